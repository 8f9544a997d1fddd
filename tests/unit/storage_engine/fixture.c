#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/file.h"

struct fixture
fixture_dir(void)
{
    struct fixture f = {.root = "/dev/shm/wk-engine-XXXXXX"};

    /* in memory, where a sync costs nothing: some tests open hundreds */
    if (access("/dev/shm", W_OK) != 0)
        snprintf(f.root, sizeof(f.root), "%s", "/tmp/wk-engine-XXXXXX");
    cr_assert_not_null(mkdtemp(f.root));
    snprintf(f.dir, sizeof(f.dir), "%s/storage", f.root);
    f.options = (struct wk_engine_options){.cache_bytes = 1 << 20,
                                           .memtable_bytes = 1 << 20,
                                           .log_bytes = 64 << 10,
                                           .reserve_bytes = 1,
                                           .low_water_bytes = 1};
    return f;
}

int
fixture_in_child(struct fixture *f, void (*fn)(struct fixture *f, unsigned n), unsigned n)
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        fn(f, n);
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

struct fixture
fixture_new(bool in_memory)
{
    struct fixture f = fixture_dir();

    if (in_memory)
        f.disk = wk_mem_disk_new();
    cr_assert_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    return f;
}

void
fixture_close(struct fixture *f)
{
    wk_engine_close(f->engine);
    f->engine = NULL;
}

wk_err
fixture_open(struct fixture *f)
{
    f->text.len = 0;
    wk_buf_add_str(&f->text, "");
    return f->disk != NULL ? wk_mem_disk_open(f->disk, &f->engine)
                           : wk_engine_open(f->dir, &f->options, &f->text, &f->engine);
}

void
fixture_reopen(struct fixture *f)
{
    fixture_close(f);
    cr_assert_eq(fixture_open(f), WK_OK, "%s", f->text.data);
}

void
fixture_fini(struct fixture *f)
{
    char *command = wk_xasprintf("rm -rf %s", f->root);

    fixture_close(f);
    wk_mem_disk_free(f->disk);
    wk_buf_fini(&f->text);
    cr_expect_eq(system(command), 0);
    free(command);
}

struct wk_span
span(const char *text)
{
    return (struct wk_span){(const uint8_t *)text, strlen(text)};
}

void
put(struct fixture *f, const char *key, const char *value)
{
    struct wk_batch batch = {0};

    wk_batch_put(&batch, WK_SPACE_ENTRIES, span(key), span(value));
    cr_assert_eq(wk_engine_write(f->engine, &batch, true), WK_OK);
    wk_batch_fini(&batch);
}

char *
get(struct fixture *f, const char *key)
{
    struct wk_buf value = {0};
    wk_err err = wk_engine_get(f->engine, WK_READ_ANY, WK_SPACE_ENTRIES, span(key), &value);

    if (err != WK_OK)
        wk_buf_add_str(&value, err == WK_ENOTFOUND ? "-" : "!");
    return wk_buf_take(&value);
}

char *
list(struct fixture *f, const char *start, const char *end, bool reverse)
{
    struct wk_scan *scan =
        wk_scan_open(f->engine, WK_READ_ANY, WK_SPACE_ENTRIES, span(start), span(end), reverse);
    struct wk_buf out = {0};

    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        wk_buf_add(&out, wk_scan_key(scan).data, wk_scan_key(scan).len);
        wk_buf_add_char(&out, '=');
        wk_buf_add(&out, wk_scan_value(scan).data, wk_scan_value(scan).len);
        wk_buf_add_char(&out, ' ');
    }
    if (wk_scan_err(scan) != WK_OK)
        wk_buf_add_str(&out, "!");
    wk_scan_close(scan);
    return wk_buf_take(&out);
}

bool
says(const struct fixture *f, const char *words)
{
    return f->text.len > 0 && strstr(f->text.data, words) != NULL;
}

void
copy_dir(const char *from, const char *to)
{
    char *command = wk_xasprintf("rm -rf %s && cp -a %s %s", to, from, to);

    cr_assert_eq(system(command), 0);
    free(command);
}

struct wk_buf
slurp(const char *dir, const char *name)
{
    char *path = wk_file_path(dir, name);
    struct wk_buf bytes = {0};

    cr_assert_eq(wk_buf_read_file(&bytes, path, 1 << 30), WK_OK, "%s", path);
    free(path);
    return bytes;
}

void
spit(const char *dir, const char *name, const struct wk_buf *bytes)
{
    char *path = wk_file_path(dir, name);
    FILE *out = fopen(path, "w");

    cr_assert_not_null(out);
    cr_assert_eq(fwrite(bytes->data, 1, bytes->len, out), bytes->len);
    fclose(out);
    free(path);
}
