/* Copies, checks and repairs of a directory. */
#include "fixture.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ENTRIES = 300 };

static void
key_of(char key[12], int i)
{
    snprintf(key, 12, "%06d", i);
}

/* Entries first to last, then all of it in tables. */
static void
fill(struct fixture *f, int first, int last)
{
    struct wk_batch batch = {0};
    char key[12];

    for (int i = first; i <= last; i++) {
        key_of(key, i);
        wk_batch_put(&batch, WK_SPACE_ENTRIES, span(key), span(key));
    }
    cr_assert_eq(wk_engine_write(f->engine, &batch, true), WK_OK);
    wk_batch_fini(&batch);
    fixture_reopen(f);
}

/* How many of the entries are there with their right value; -1 if something is wrong,
 * unreadable is not. */
static int
count_right(struct fixture *f, bool *unreadable)
{
    struct wk_span all = {0};
    struct wk_scan *scan = wk_scan_open(f->engine, 0, WK_SPACE_ENTRIES, all, all, false);
    int count = 0;

    for (; wk_scan_valid(scan); wk_scan_next(scan), count++)
        if (wk_span_compare(wk_scan_key(scan), wk_scan_value(scan)) != 0)
            count = -1000000;
    *unreadable = wk_scan_err(scan) != WK_OK;
    wk_scan_close(scan);
    return count < 0 ? -1 : count;
}

static void
subdir(const struct fixture *f, struct fixture *g, const char *name)
{
    *g = *f;
    g->engine = NULL;
    g->text = (struct wk_buf){0};
    snprintf(g->dir, sizeof(g->dir), "%.64s/%s", f->root, name);
}

Test(copy, is_the_state_of_a_moment_and_opens_as_it_is)
{
    struct fixture f = fixture_new(false), g;
    struct wk_buf text = {0};
    bool unreadable;

    fill(&f, 1, ENTRIES);
    subdir(&f, &g, "copy");
    put(&f, "a", "a"); /* in the journal alone */
    cr_assert_eq(wk_engine_checkpoint(f.engine, g.dir, &text), WK_OK, "%s", text.data);
    put(&f, "b", "b");
    cr_expect_eq(wk_engine_checkpoint(f.engine, g.dir, &text), WK_EEXISTS);
    cr_assert_eq(wk_engine_verify(g.dir, &text), WK_OK, "%s", text.data);
    cr_assert_eq(fixture_open(&g), WK_OK, "%s", g.text.data);
    cr_expect_eq(count_right(&g, &unreadable), ENTRIES + 1);
    cr_expect_gt(wk_engine_boot_id(g.engine), wk_engine_boot_id(f.engine));
    expect_text(get(&g, "a"), "a");
    expect_text(get(&g, "b"), "-");
    put(&g, "c", "c");
    fixture_reopen(&g);
    expect_text(get(&g, "c"), "c");
    expect_text(get(&f, "c"), "-");
    fixture_reopen(&f);
    expect_text(get(&f, "b"), "b");
    fixture_close(&g);
    wk_buf_fini(&g.text);
    wk_buf_fini(&text);
    fixture_fini(&f);
}

struct writer {
    struct fixture *f;
    atomic_bool stop;
    atomic_int written;
};

/* Pairs of entries in different spaces, always equal, whenever one looks. */
static void *
write_pairs(void *arg)
{
    struct writer *w = arg;
    struct wk_batch batch = {0};

    for (int i = 1; !atomic_load(&w->stop); i++) {
        char value[12];

        key_of(value, i);
        wk_batch_reset(&batch, 1 << 20);
        wk_batch_put(&batch, WK_SPACE_ENTRIES, span("pair"), span(value));
        wk_batch_put(&batch, WK_SPACE_ALARMS, span("pair"), span(value));
        WK_CHECK(wk_engine_write(w->f->engine, &batch, true) == WK_OK);
        atomic_store(&w->written, i);
    }
    wk_batch_fini(&batch);
    return NULL;
}

Test(copy, of_a_running_engine_has_only_whole_batches)
{
    struct fixture f = fixture_new(false), g;
    struct writer writer = {.f = &f};
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, write_pairs, &writer), 0);
    for (int round = 0; round < 8; round++) {
        struct wk_buf text = {0}, a = {0}, b = {0};
        char name[16];
        int before;

        snprintf(name, sizeof(name), "copy%d", round);
        subdir(&f, &g, name);
        while ((before = atomic_load(&writer.written)) < round * 20 + 1)
            sched_yield();
        cr_assert_eq(wk_engine_checkpoint(f.engine, g.dir, &text), WK_OK, "%s", text.data);
        cr_assert_eq(fixture_open(&g), WK_OK, "%s", g.text.data);
        cr_assert_eq(wk_engine_get(g.engine, 0, WK_SPACE_ENTRIES, span("pair"), &a), WK_OK);
        cr_assert_eq(wk_engine_get(g.engine, 0, WK_SPACE_ALARMS, span("pair"), &b), WK_OK);
        cr_expect_str_eq(a.data, b.data);
        cr_expect_geq(atoi(a.data), before);
        fixture_close(&g);
        wk_buf_fini(&g.text);
        wk_buf_fini(&text);
        wk_buf_fini(&a);
        wk_buf_fini(&b);
    }
    atomic_store(&writer.stop, true);
    pthread_join(thread, NULL);
    fixture_fini(&f);
}

/* The files of dir/tables whose names begin or end so; how many. */
static int
table_files(const char *dir, const char *part, char names[][64], int max)
{
    char path[200];
    struct dirent *entry;
    int count = 0;
    DIR *d;

    snprintf(path, sizeof(path), "%s/tables", dir);
    d = opendir(path);
    cr_assert_not_null(d);
    while ((entry = readdir(d)) != NULL && count < max)
        if (strstr(entry->d_name, part) != NULL)
            snprintf(names[count++], 64, "tables/%.50s", entry->d_name);
    closedir(d);
    return count;
}

/* Flips bits in the file, one at a time: what can be read must be right, and if anything is
 * missing that must be told, by opening, by reading or by verifying. */
static void
flip_through(struct fixture *f, const char *name, size_t step, int *noticed, int *tried)
{
    struct wk_buf bytes = slurp(f->dir, name);
    struct fixture g;

    subdir(f, &g, "try");
    for (size_t at = 0; at < bytes.len; at += step) {
        bool unreadable = false;
        int right = 0;
        wk_err err, verified;

        copy_dir(f->dir, g.dir);
        bytes.data[at] ^= (char)(1 << at % 8);
        spit(g.dir, name, &bytes);
        bytes.data[at] ^= (char)(1 << at % 8);
        g.text.len = 0;
        verified = wk_engine_verify(g.dir, &g.text);
        if ((err = fixture_open(&g)) == WK_OK)
            right = count_right(&g, &unreadable);
        else
            cr_assert(says(&g, "wkctl repair"), "%s", g.text.data);
        cr_assert_neq(right, -1, "%s at %zu", name, at);
        cr_assert(err != WK_OK || unreadable || right == ENTRIES, "%s at %zu: %d", name, at,
                  right);
        cr_assert(verified != WK_OK || right == ENTRIES, "%s at %zu", name, at);
        *noticed += verified != WK_OK;
        ++*tried;
        fixture_close(&g);
    }
    wk_buf_fini(&g.text);
    wk_buf_fini(&bytes);
}

Test(verify, notices_flipped_bits_in_tables_and_in_the_list_of_them)
{
    struct fixture f = fixture_new(false);
    char names[16][64];
    int count, noticed = 0, tried = 0;

    fill(&f, 1, ENTRIES);
    fixture_close(&f);
    count = table_files(f.dir, ".sst", names, 16);
    cr_assert_gt(count, 0);
    for (int i = 0; i < count; i++)
        flip_through(&f, names[i], 61, &noticed, &tried);
    cr_expect_gt(noticed, tried / 2, "%d of %d", noticed, tried);
    noticed = tried = 0;
    cr_assert_eq(table_files(f.dir, "MANIFEST", names, 16), 1);
    flip_through(&f, names[0], 3, &noticed, &tried);
    cr_expect_gt(noticed, tried * 8 / 10, "%d of %d", noticed, tried);
    fixture_fini(&f);
}

Test(verify, reads_all_that_a_kill_left)
{
    struct fixture f = fixture_new(false), g;

    fill(&f, 1, ENTRIES);
    put(&f, "a", "a");
    subdir(&f, &g, "killed");
    cr_expect_eq(wk_engine_verify(f.dir, &f.text), WK_EEXISTS);
    copy_dir(f.dir, g.dir);
    cr_expect_eq(wk_engine_verify(g.dir, &g.text), WK_OK, "%s", g.text.data);
    cr_expect(says(&g, "all of them readable"), "%s", g.text.data);
    cr_expect_eq(wk_engine_verify("/dev/shm/wk-engine-is-not-there", &g.text), WK_ENOTFOUND);
    wk_buf_fini(&g.text);
    fixture_fini(&f);
}

Test(repair, keeps_what_is_before_the_damage_in_the_journal)
{
    struct fixture f = fixture_new(false);
    char live[100], path[200];
    int damaged = 0;
    bool unreadable;

    fill(&f, 1, ENTRIES);
    for (int i = ENTRIES + 1; i <= ENTRIES + 10; i++) {
        char key[12];

        key_of(key, i);
        put(&f, key, key);
    }
    snprintf(live, sizeof(live), "%s/live", f.root);
    copy_dir(f.dir, live);
    fixture_close(&f);
    copy_dir(live, f.dir);
    for (int n = 0; n < 2; n++) {
        const char *name = n == 0 ? "journal.0" : "journal.1";
        struct wk_buf bytes = slurp(f.dir, name);
        char *at = memmem(bytes.data, bytes.len, "000306", 6);

        if (at != NULL) {
            *at ^= 4;
            spit(f.dir, name, &bytes);
            damaged++;
        }
        wk_buf_fini(&bytes);
    }
    cr_assert_eq(damaged, 1);
    cr_assert_eq(fixture_open(&f), WK_EIO);
    cr_assert_eq(wk_engine_repair(f.dir, &f.text), WK_OK, "%s", f.text.data);
    cr_expect(says(&f, "are lost"), "%s", f.text.data);
    snprintf(path, sizeof(path), "%s/journal.0.damaged", f.dir);
    cr_expect_eq(access(path, F_OK), 0);
    cr_assert_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    cr_expect_eq(count_right(&f, &unreadable), ENTRIES + 5);
    put(&f, "a", "a");
    fixture_reopen(&f);
    expect_text(get(&f, "a"), "a");
    fixture_close(&f);
    cr_expect_eq(wk_engine_verify(f.dir, &f.text), WK_OK, "%s", f.text.data);
    fixture_fini(&f);
}

/* Whatever single file is gone or garbage. */
Test(repair, opens_again_whatever_was_damaged)
{
    static const char *const names[] = {"format",         "watermark",      "journal.0",
                                        "journal.1",      "tables/CURRENT", "tables/MANIFEST-",
                                        "tables/IDENTITY"};
    struct fixture f = fixture_new(false), g;
    char path[200];

    for (int part = 0; part < 6; part++)
        fill(&f, part * 50 + 1, part * 50 + 50);
    fixture_close(&f);
    subdir(&f, &g, "try");
    for (size_t i = 0; i < WK_COUNT(names); i++)
        for (int missing = 0; missing < 2; missing++) {
            struct wk_buf garbage = {0};
            char found[4][64];
            const char *name = names[i];
            bool unreadable;

            if (strcmp(name, "tables/MANIFEST-") == 0) {
                cr_assert_eq(table_files(f.dir, "MANIFEST", found, 4), 1);
                name = found[0];
            }
            copy_dir(f.dir, g.dir);
            wk_buf_add_str(&garbage, "garbage garbage garbage garbage garbage garbage");
            spit(g.dir, name, &garbage);
            snprintf(path, sizeof(path), "%s/%s", g.dir, name);
            cr_assert(!missing || unlink(path) == 0);
            g.text.len = 0;
            cr_expect_eq(wk_engine_repair(g.dir, &g.text), WK_OK, "%s: %s", name, g.text.data);
            cr_assert_eq(fixture_open(&g), WK_OK, "%s: %s", name, g.text.data);
            cr_expect_eq(count_right(&g, &unreadable), ENTRIES, "%s", name);
            cr_expect_not(unreadable);
            put(&g, "a", "a");
            fixture_reopen(&g);
            expect_text(get(&g, "a"), "a");
            fixture_close(&g);
            wk_buf_fini(&garbage);
        }
    wk_buf_fini(&g.text);
    fixture_fini(&f);
}

Test(repair, leaves_out_a_table_that_can_not_be_read)
{
    struct fixture f = fixture_new(false);
    char names[16][64];
    struct wk_buf bytes;
    bool unreadable;
    int count, right;

    for (int part = 0; part < 3; part++)
        fill(&f, part * 100 + 1, part * 100 + 100);
    fixture_close(&f);
    count = table_files(f.dir, ".sst", names, 16);
    for (int i = 0; i < count; i++) { /* the one with 150 in it */
        bytes = slurp(f.dir, names[i]);
        if (memmem(bytes.data, bytes.len, "000150", 6) != NULL || bytes.len > 2000) {
            bytes.data[40] ^= 1;
            spit(f.dir, names[i], &bytes);
            wk_buf_fini(&bytes);
            break;
        }
        wk_buf_fini(&bytes);
    }
    cr_assert_neq(wk_engine_verify(f.dir, &f.text), WK_OK);
    cr_assert_eq(wk_engine_repair(f.dir, &f.text), WK_OK, "%s", f.text.data);
    cr_expect(says(&f, "tables.damaged"), "%s", f.text.data);
    cr_assert_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    right = count_right(&f, &unreadable);
    cr_expect_not(unreadable);
    cr_expect(right >= 100 && right <= ENTRIES, "%d", right);
    fixture_close(&f);
    cr_expect_eq(wk_engine_verify(f.dir, &f.text), WK_OK, "%s", f.text.data);
    fixture_fini(&f);
}

/* A real disk that becomes full: never an abort, never a lost write. */
Test(full, a_small_disk_refuses_writes_and_takes_them_again)
{
    struct fixture f = fixture_new(false);
    struct wk_engine_stats stats;
    struct wk_batch batch = {0};
    char mount_point[100], filler[120], *value = wk_xcalloc(1, 20000);
    struct timespec tick = {0, 10000000};
    int written = 0;
    wk_err err = WK_OK;
    FILE *fill_up;

    fixture_close(&f);
    snprintf(mount_point, sizeof(mount_point), "%s/small", f.root);
    snprintf(filler, sizeof(filler), "%s/filler", mount_point);
    cr_assert_eq(mkdir(mount_point, 0700), 0);
    if (mount("tmpfs", mount_point, "tmpfs", 0, "size=40m") != 0) {
        fprintf(stderr, "skipped: no right to mount a small disk\n");
        goto out;
    }
    snprintf(f.dir, sizeof(f.dir), "%.70s/storage", mount_point);
    f.options.reserve_bytes = 4 << 20;
    f.options.low_water_bytes = 6 << 20;
    cr_assert_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    /* somebody else fills the disk */
    fill_up = fopen(filler, "w");
    for (int i = 0; i < 1000; i++)
        fwrite(value, 1, 20000, fill_up);
    fclose(fill_up);
    for (unsigned seed = 5; err == WK_OK && written < 5000; written += err == WK_OK) {
        char key[12];

        for (int i = 0; i < 19999; i++)
            value[i] = (char)('!' + rand_r(&seed) % 90);
        key_of(key, written);
        wk_batch_reset(&batch, 1 << 20);
        wk_batch_put(&batch, WK_SPACE_ENTRIES, span(key), span(value));
        err = wk_engine_write(f.engine, &batch, true);
    }
    cr_expect_eq(err, WK_EOVERLOADED, "%s after %d", wk_err_name(err), written);
    wk_engine_stats(f.engine, &stats);
    cr_expect(stats.full && !stats.dead);
    cr_assert_eq(unlink(filler), 0);
    for (int i = 0;
         (err = wk_engine_write(f.engine, &batch, true)) == WK_EOVERLOADED && i < 1000; i++)
        nanosleep(&tick, NULL);
    cr_expect_eq(err, WK_OK);
    fixture_reopen(&f);
    for (int i = 0; i <= written; i++) {
        char key[12], *got;

        key_of(key, i);
        got = get(&f, key);
        cr_assert_eq(strlen(got), 19999, "%s", key);
        free(got);
    }
    fixture_close(&f);
    cr_expect_eq(umount(mount_point), 0);
out:
    snprintf(f.dir, sizeof(f.dir), "%s/storage", f.root);
    free(value);
    wk_batch_fini(&batch);
    fixture_fini(&f);
}
