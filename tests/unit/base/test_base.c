#include "kernel/base/base.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel/base/arena.h"
#include "kernel/base/buf.h"
#include "kernel/base/json.h"
#include "kernel/base/log.h"

/* ---- buf ---- */

Test(buf, grows_and_is_always_a_string)
{
    struct wk_buf b = {0};

    for (int i = 0; i < 10000; i++) {
        wk_buf_addf(&b, "%d,", i % 10);
        cr_assert_eq(b.data[b.len], '\0');
    }
    cr_expect_eq(b.len, 20000);
    wk_buf_add(&b, NULL, 0);
    wk_buf_shift(&b, 19996);
    cr_expect_str_eq(b.data, "8,9,");
    wk_buf_shift(&b, 4);
    cr_expect_eq(b.len, 0);
    wk_buf_fini(&b);
    cr_expect_null(b.data);
}

Test(buf, take_gives_a_string_even_when_nothing_was_added)
{
    struct wk_buf b = {0};
    char *text = wk_buf_take(&b);

    cr_expect_str_eq(text, "");
    free(text);
    wk_buf_add_str(&b, "one");
    text = wk_buf_take(&b);
    cr_expect_str_eq(text, "one");
    cr_expect_eq(b.len + b.cap, 0);
    free(text);
}

Test(buf, shifting_out_more_than_there_is_aborts, .signal = SIGABRT)
{
    struct wk_buf b = {0};

    wk_buf_shift(&b, 1);
}

Test(buf, a_size_that_wraps_aborts, .signal = SIGABRT)
{
    struct wk_buf b = {0};

    wk_buf_add_str(&b, "x");
    wk_buf_reserve(&b, SIZE_MAX);
}

static char dir[] = "/tmp/wk-test-base-XXXXXX";

static char *
in_dir(const char *name)
{
    return wk_xasprintf("%s/%s", dir, name);
}

Test(file, replace_then_read_and_the_limits)
{
    char *path, *deep;
    struct wk_buf b = {0};
    struct stat st;

    cr_assert_not_null(mkdtemp(dir));
    path = in_dir("f");
    cr_expect_eq(wk_buf_read_file(&b, path, 10), WK_ENOTFOUND);
    cr_expect_eq(wk_file_replace(path, "0123456789", 10), WK_OK);
    cr_expect_eq(wk_buf_read_file(&b, path, 10), WK_OK);
    cr_expect_str_eq(b.data, "0123456789");
    b.len = 0;
    cr_expect_eq(wk_buf_read_file(&b, path, 9), WK_ELIMIT);
    cr_expect_eq(wk_file_replace(path, "", 0), WK_OK);
    b.len = 0;
    cr_expect_eq(wk_buf_read_file(&b, path, 9), WK_OK);
    cr_expect_eq(b.len, 0);
    cr_expect_eq(stat(path, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
    cr_expect_eq(wk_buf_read_file(&b, dir, 9), WK_EIO);
    deep = in_dir("a/b/c");
    cr_expect_eq(wk_mkdirs(deep), WK_OK);
    cr_expect_eq(wk_mkdirs(deep), WK_OK);
    cr_expect_eq(wk_file_replace("/proc/none/x", "x", 1), WK_EIO);
    cr_expect_eq(wk_mkdirs("/proc/none/x"), WK_EIO);
    rmdir(deep);
    free(deep);
    deep = in_dir("a/b");
    rmdir(deep);
    free(deep);
    deep = in_dir("a");
    rmdir(deep);
    free(deep);
    unlink(path);
    free(path);
    wk_buf_fini(&b);
    cr_expect_eq(rmdir(dir), 0, "nothing else is left behind");
}

/* ---- arena ---- */

Test(arena, memory_is_zero_and_aligned_also_after_a_reset)
{
    struct wk_arena a = {0};

    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 5000; n += 37) {
            unsigned char *p = wk_arena_alloc(&a, n);

            cr_assert_not_null(p);
            cr_assert_eq((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < n; i++)
                cr_assert_eq(p[i], 0);
            memset(p, 0xff, n);
        }
        wk_arena_reset(&a);
        cr_expect_eq(a.used, 0);
    }
    wk_arena_fini(&a);
    cr_expect_null(a.blocks);
}

Test(arena, the_quota_holds_and_comes_back_with_a_reset)
{
    struct wk_arena a = {.quota = 1000};

    cr_expect_not_null(wk_arena_alloc(&a, 992));
    cr_expect_null(wk_arena_alloc(&a, 9));
    cr_expect_null(wk_arena_alloc(&a, SIZE_MAX));
    cr_expect_null(wk_arena_alloc(&a, SIZE_MAX - 20));
    cr_expect_null(wk_arena_strndup(&a, "12345678", 8));
    wk_arena_reset(&a);
    cr_expect_str_eq(wk_arena_strndup(&a, "12345678", 5), "12345");
    wk_arena_fini(&a);
}

/* ---- the rest ---- */

Test(base, secrets_compare_by_all_their_bytes)
{
    cr_expect(wk_equal_secret("abc", "abc", 3));
    cr_expect_not(wk_equal_secret("abc", "abd", 3));
    cr_expect_not(wk_equal_secret("xbc", "abc", 3));
    cr_expect(wk_equal_secret("abc", "xyz", 0));
}

Test(base, random_bytes_differ)
{
    uint8_t a[64], b[64];

    wk_random(a, sizeof(a));
    wk_random(b, sizeof(b));
    cr_expect_neq(memcmp(a, b, sizeof(a)), 0);
}

Test(base, clocks_agree_and_do_not_go_back)
{
    uint64_t ns = wk_now_ns(), ms = wk_now_ms();

    cr_expect_geq(ms, ns / 1000000u);
    cr_expect_geq(wk_now_ns(), ns);
    cr_expect_gt(wk_unix_ms(), UINT64_C(1700000000000));
}

Test(base, a_failed_check_aborts, .signal = SIGABRT)
{
    WK_CHECK(1 + 1 == 3);
}

Test(err, every_code_has_a_word_of_its_own)
{
    for (int i = 0; i <= WK_EINTERNAL; i++) {
        cr_expect_str_neq(wk_err_name((wk_err)i), "unknown", "%d", i);
        for (int j = 0; j < i; j++)
            cr_expect_str_neq(wk_err_name((wk_err)i), wk_err_name((wk_err)j));
    }
    cr_expect_str_eq(wk_err_name((wk_err)9999), "unknown");
    cr_expect_str_eq(wk_err_name((wk_err)-1), "unknown");
}

/* ---- log ---- */

static char logged[4096];
static unsigned lines;

static void
sink(enum wk_log_level level, const char *text)
{
    lines++;
    snprintf(logged, sizeof(logged), "%s", text);
}

Test(log, a_line_stays_one_line_whatever_is_in_it)
{
    char *large = wk_xmalloc(100001);

    wk_log_sink_set(sink);
    wk_log(WK_INFO, "thing.done", "name=\"%s\"", "evil\nerror fake.line\r\x1b[2J\x7f");
    cr_expect_eq(lines, 1);
    for (const char *p = logged; *p != '\0'; p++)
        cr_expect_not((unsigned char)*p < 0x20 || *p == 0x7f, "control byte %d", *p);
    cr_expect_not_null(strstr(logged, "thing.done name="));
    wk_log(WK_DEBUG, "thing.quiet", "%s", "");
    cr_expect_eq(lines, 1);
    memset(large, 'x', 100000);
    large[100000] = '\0';
    wk_log(WK_ERROR, "thing.large", "%s", large);
    cr_expect_eq(lines, 2);
    wk_log_sink_set(NULL);
    free(large);
}

/* ---- json ---- */

Test(json, is_well_formed_whatever_the_text)
{
    struct wk_buf b = {0};

    wk_json_open(&b, NULL, '{');
    wk_json_str(&b, "a\"\\", "x\n\t\x01\x7f");
    wk_json_strn(&b, "bad", "\xff\xc0\xaf\xed\xa0\x80\xf5", 7);
    wk_json_str(&b, "good", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    wk_json_str(&b, "none", NULL);
    wk_json_int(&b, "n", INT64_MIN);
    wk_json_bool(&b, "t", true);
    wk_json_open(&b, "list", '[');
    wk_json_int(&b, NULL, 1);
    wk_json_int(&b, NULL, 2);
    wk_json_close(&b, ']');
    wk_json_close(&b, '}');
    cr_expect_str_eq(b.data, "{\"a\\\"\\\\\":\"x\\n\\u0009\\u0001\\u007f\","
                             "\"bad\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\","
                             "\"good\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\",\"none\":null,"
                             "\"n\":-9223372036854775808,\"t\":true,\"list\":[1,2]}");
    wk_buf_fini(&b);
}
