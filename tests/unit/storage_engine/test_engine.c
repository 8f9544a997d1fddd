#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

BOTH(gives_back_what_was_put)
{
    put(f, "a", "1");
    expect_text(get(f, "a"), "1");
    expect_text(get(f, "b"), "-");
    put(f, "a", "2");
    put(f, "b", "");
    expect_text(get(f, "a"), "2");
    expect_text(get(f, "b"), "");
}

BOTH(keeps_what_was_put_when_it_is_opened_again)
{
    put(f, "a", "1");
    fixture_reopen(f);
    put(f, "b", "2");
    fixture_reopen(f);
    expect_text(list(f, "", "", false), "a=1 b=2 ");
}

BOTH(applies_a_batch_in_its_order)
{
    struct wk_batch batch = {0};

    put(f, "gone", "x");
    wk_batch_put(&batch, WK_SPACE_ENTRIES, span("a"), span("1"));
    wk_batch_delete(&batch, WK_SPACE_ENTRIES, span("a"));
    wk_batch_put(&batch, WK_SPACE_ENTRIES, span("b"), span("1"));
    wk_batch_delete_range(&batch, WK_SPACE_ENTRIES, span("b"), span("z"));
    wk_batch_put(&batch, WK_SPACE_ENTRIES, span("c"), span("3"));
    cr_assert_eq(wk_engine_write(f->engine, &batch, true), WK_OK);
    wk_batch_fini(&batch);
    expect_text(list(f, "", "", false), "c=3 ");
    fixture_reopen(f);
    expect_text(list(f, "", "", false), "c=3 ");
}

BOTH(keeps_spaces_apart)
{
    struct wk_batch batch = {0};
    struct wk_buf value = {0};

    wk_batch_put(&batch, WK_SPACE_ALARMS, span("a"), span("alarm"));
    wk_batch_put(&batch, WK_SPACE_META, span("a"), span("meta"));
    cr_assert_eq(wk_engine_write(f->engine, &batch, true), WK_OK);
    fixture_reopen(f);
    expect_text(get(f, "a"), "-");
    cr_assert_eq(wk_engine_get(f->engine, 0, WK_SPACE_ALARMS, span("a"), &value), WK_OK);
    cr_expect_str_eq(value.data, "alarm");
    value.len = 0;
    cr_assert_eq(wk_engine_get(f->engine, 0, WK_SPACE_META, span("a"), &value), WK_OK);
    cr_expect_str_eq(value.data, "meta");
    wk_buf_fini(&value);
    wk_batch_fini(&batch);
}

BOTH(scans_between_bounds_both_ways)
{
    put(f, "a", "1");
    put(f, "b", "2");
    put(f, "ba", "3");
    put(f, "c", "4");
    expect_text(list(f, "", "", false), "a=1 b=2 ba=3 c=4 ");
    expect_text(list(f, "", "", true), "c=4 ba=3 b=2 a=1 ");
    expect_text(list(f, "b", "c", false), "b=2 ba=3 ");
    expect_text(list(f, "b", "c", true), "ba=3 b=2 ");
    expect_text(list(f, "bb", "", false), "c=4 ");
    expect_text(list(f, "", "b", true), "a=1 ");
    expect_text(list(f, "d", "", false), "");
    expect_text(list(f, "d", "", true), "");
}

BOTH(shows_a_scan_the_moment_it_was_opened)
{
    struct wk_scan *scan;

    put(f, "a", "1");
    put(f, "b", "2");
    scan = wk_scan_open(f->engine, 0, WK_SPACE_ENTRIES, span(""), span(""), false);
    put(f, "b", "changed");
    put(f, "c", "3");
    wk_scan_next(scan);
    cr_assert(wk_scan_valid(scan));
    cr_expect_eq(memcmp(wk_scan_value(scan).data, "2", 1), 0);
    wk_scan_next(scan);
    cr_expect_not(wk_scan_valid(scan));
    cr_expect_eq(wk_scan_err(scan), WK_OK);
    wk_scan_close(scan);
}

BOTH(gets_many_at_once)
{
    enum { COUNT = WK_GET_KEYS_MAX };
    struct wk_span keys[COUNT];
    static char names[COUNT][8];
    struct wk_buf values[COUNT] = {{0}};
    wk_err errs[COUNT];
    struct wk_batch batch = {0};

    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof(names[i]), "%04d", COUNT - i);
        keys[i] = span(names[i]);
        if (i % 3 != 0)
            wk_batch_put(&batch, WK_SPACE_ENTRIES, keys[i], keys[i]);
    }
    cr_assert_eq(wk_engine_write(f->engine, &batch, true), WK_OK);
    wk_engine_get_many(f->engine, 0, WK_SPACE_ENTRIES, keys, COUNT, values, errs);
    for (int i = 0; i < COUNT; i++) {
        cr_assert_eq(errs[i], i % 3 != 0 ? WK_OK : WK_ENOTFOUND);
        if (errs[i] == WK_OK)
            cr_assert_str_eq(values[i].data, names[i]);
        wk_buf_fini(&values[i]);
    }
    wk_batch_fini(&batch);
}

BOTH(counts_its_boots_and_writes)
{
    struct wk_engine_stats stats;
    struct wk_buf text = {0};

    cr_expect_eq(wk_engine_boot_id(f->engine), 1);
    fixture_reopen(f);
    cr_expect_eq(wk_engine_boot_id(f->engine), 2);
    wk_engine_stats(f->engine, &stats);
    cr_expect_eq(stats.syncs, 1, "the boot number's");
    put(f, "a", "1");
    wk_engine_stats(f->engine, &stats);
    cr_expect_eq(stats.syncs, 2);
    cr_expect_eq(stats.writes, 2);
    cr_expect_eq(stats.records, 2);
    cr_expect_not(stats.dead);
    wk_engine_stats_text(f->engine, &text);
    cr_expect(strstr(text.data, "syncs 2\n") != NULL);
    wk_buf_fini(&text);
}

BOTH(is_open_once)
{
    struct wk_engine *second;
    struct wk_buf text = {0};
    wk_err err = f->disk != NULL ? wk_mem_disk_open(f->disk, &second)
                                 : wk_engine_open(f->dir, &f->options, &text, &second);

    cr_expect_eq(err, WK_EEXISTS);
    cr_expect_null(second);
    cr_expect(f->disk != NULL || strstr(text.data, "another process has this storage open"));
    wk_buf_fini(&text);
}

/* Any writes in any order are the same as in a plain table, also when it is opened again. */
BOTH(is_a_map)
{
    enum { KEYS = 40, STEPS = 1500 };
    int model[KEYS] = {0};
    unsigned seed = 7;

    for (int step = 1; step <= STEPS; step++) {
        struct wk_batch batch = {0};

        for (int n = rand_r(&seed) % 4; n >= 0; n--) {
            char key[8], end[8], value[8];
            int k = rand_r(&seed) % KEYS, what = rand_r(&seed) % 8, to = k + rand_r(&seed) % 6;

            snprintf(key, sizeof(key), "%02d", k);
            snprintf(end, sizeof(end), "%02d", to);
            snprintf(value, sizeof(value), "%d", step);
            if (what < 5) {
                wk_batch_put(&batch, WK_SPACE_ENTRIES, span(key), span(value));
                model[k] = step;
            } else if (what < 7) {
                wk_batch_delete(&batch, WK_SPACE_ENTRIES, span(key));
                model[k] = 0;
            } else {
                wk_batch_delete_range(&batch, WK_SPACE_ENTRIES, span(key), span(end));
                for (; k < to && k < KEYS; k++)
                    model[k] = 0;
            }
        }
        cr_assert_eq(wk_engine_write(f->engine, &batch, step % 5 == 0), WK_OK);
        wk_batch_fini(&batch);
        if (step % 500 == 0)
            fixture_reopen(f);
        if (step % 50 == 0) {
            struct wk_buf expected = {0};

            for (int k = 0; k < KEYS; k++)
                if (model[k] != 0)
                    wk_buf_addf(&expected, "%02d=%d ", k, model[k]);
            wk_buf_add_str(&expected, "");
            expect_text(list(f, "", "", false), expected.data);
            wk_buf_fini(&expected);
        }
    }
}

Test(engine_memory, loses_what_no_sync_covered_when_the_machine_dies)
{
    struct fixture f = fixture_new(true);
    struct wk_batch batch = {0};

    put(&f, "a", "1");
    for (int i = 0; i < 3; i++) {
        char key[2] = {(char)('b' + i), 0};

        wk_batch_reset(&batch, 0);
        wk_batch_put(&batch, WK_SPACE_ENTRIES, span(key), span("u"));
        cr_assert_eq(wk_engine_write(f.engine, &batch, false), WK_OK);
    }
    expect_text(list(&f, "", "", false), "a=1 b=u c=u d=u ");
    fixture_close(&f);
    wk_mem_disk_crash(f.disk, 1);
    cr_assert_eq(fixture_open(&f), WK_OK);
    expect_text(list(&f, "", "", false), "a=1 b=u ");
    wk_batch_fini(&batch);
    fixture_fini(&f);
}

Test(engine_disk, goes_round_its_journal_many_times)
{
    struct fixture f = fixture_new(false);
    struct wk_engine_stats stats;
    char value[5001];

    memset(value, 'v', 5000);
    value[5000] = '\0';
    for (int i = 0; i < 200; i++) {
        char key[8];

        snprintf(key, sizeof(key), "%03d", i);
        put(&f, key, value);
    }
    wk_engine_stats(f.engine, &stats);
    cr_expect_gt(stats.log_switches, 10);
    fixture_reopen(&f);
    for (int i = 0; i < 200; i++) {
        char key[8];

        snprintf(key, sizeof(key), "%03d", i);
        expect_text(get(&f, key), value);
    }
    fixture_fini(&f);
}

Test(engine_disk, takes_a_batch_larger_than_its_journal)
{
    struct fixture f = fixture_new(false);
    size_t bytes = 300 << 10;
    char *value = wk_xcalloc(1, bytes + 1);

    memset(value, 'v', bytes);
    put(&f, "large", value);
    put(&f, "small", "1");
    put(&f, "large2", value);
    fixture_reopen(&f);
    expect_text(get(&f, "large"), value);
    expect_text(get(&f, "large2"), value);
    expect_text(get(&f, "small"), "1");
    free(value);
    fixture_fini(&f);
}

Test(engine_disk, tells_what_is_not_in_memory_instead_of_reading_it)
{
    struct fixture f = fixture_new(false);
    struct wk_buf value = {0};
    struct wk_scan *scan;

    put(&f, "a", "1");
    cr_expect_eq(wk_engine_get(f.engine, WK_READ_CACHED, 0, span("a"), &value), WK_OK);
    fixture_reopen(&f);
    cr_expect_eq(wk_engine_get(f.engine, WK_READ_CACHED, 0, span("a"), &value), WK_EAGAIN);
    scan = wk_scan_open(f.engine, WK_READ_CACHED, 0, span(""), span(""), false);
    cr_expect_not(wk_scan_valid(scan));
    cr_expect_eq(wk_scan_err(scan), WK_EAGAIN);
    wk_scan_close(scan);
    expect_text(get(&f, "a"), "1");
    cr_expect_eq(wk_engine_get(f.engine, WK_READ_CACHED, 0, span("a"), &value), WK_OK);
    wk_buf_fini(&value);
    fixture_fini(&f);
}
