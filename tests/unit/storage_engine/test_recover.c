/* What a death leaves behind: of the process, of the machine, of parts of the disk. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "storage/key.h"
#include "storage/watermark.h"

/* A process that writes and reports every write that it was told is durable, until it is
 * killed. */
static pid_t
start_writer(struct fixture *f, unsigned first, int *acks)
{
    int fds[2];
    pid_t pid;

    cr_assert_eq(pipe(fds), 0);
    if ((pid = fork()) == 0) {
        WK_CHECK(fixture_open(f) == WK_OK);
        for (unsigned i = first;; i++) {
            char key[16], value[400];

            snprintf(key, sizeof(key), "%08u", i);
            snprintf(value, sizeof(value), "%u %*d", i, (int)(i * 7919 % 380), 0);
            put(f, key, value);
            if (write(fds[1], &i, sizeof(i)) != sizeof(i))
                _exit(1);
        }
    }
    close(fds[1]);
    *acks = fds[0];
    return pid;
}

static void
check_written(struct fixture *f, unsigned acked)
{
    WK_CHECK(fixture_open(f) == WK_OK);
    for (unsigned i = 1; i <= acked; i++) {
        char key[16], *value;

        snprintf(key, sizeof(key), "%08u", i);
        value = get(f, key);
        WK_CHECK(atoi(value) == (int)i);
        free(value);
    }
    fixture_close(f);
}

static void
check_boots(struct fixture *f, unsigned boots)
{
    WK_CHECK(fixture_open(f) == WK_OK);
    WK_CHECK(wk_engine_boot_id(f->engine) == boots);
    kill(getpid(), SIGKILL);
}

Test(recover, has_every_write_that_was_acknowledged_before_a_kill)
{
    struct fixture f = fixture_dir();
    unsigned acked = 0, seed = 11;

    for (unsigned round = 0; round < 15; round++) {
        unsigned until = acked + 1 + (unsigned)rand_r(&seed) % 1000, last = acked;
        int acks, status;
        pid_t pid = start_writer(&f, acked + 1, &acks);

        while (last < until && read(acks, &last, sizeof(last)) == sizeof(last))
            ;
        acked = last;
        cr_assert_eq(kill(pid, SIGKILL), 0);
        while (read(acks, &last, sizeof(last)) == sizeof(last))
            acked = last; /* what it said before it died */
        close(acks);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        cr_assert_geq(acked, until);
        status = fixture_in_child(&f, check_boots, 3 * round + 2);
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        cr_assert_eq(fixture_in_child(&f, check_written, acked), 0);
    }
    fixture_fini(&f);
}

enum { GROUPS = 12 };

/* f->dir as a kill leaves it: GROUPS groups, "00" to "11", in the journal alone. *ends: where
 * each ends in the journal's file; *name: that file. */
static void
make_killed(struct fixture *f, size_t *ends, const char **name)
{
    char live[100];
    struct wk_buf bytes;
    size_t count = 0;

    *f = fixture_new(false);
    fixture_reopen(f); /* so that the other file has an earlier use */
    for (int i = 0; i < GROUPS; i++) {
        char key[12], value[64];

        snprintf(key, sizeof(key), "%02d", i);
        snprintf(value, sizeof(value), "value%*d", 1 + i * 3, i);
        put(f, key, value);
    }
    snprintf(live, sizeof(live), "%s/live", f->root);
    copy_dir(f->dir, live);
    fixture_close(f);
    copy_dir(live, f->dir);
    /* the frames, by their keys: each ends at the next multiple of 16 after its value */
    *name = "journal.0";
    for (int n = 0; n < 2 && count == 0; n++) {
        *name = n == 0 ? "journal.0" : "journal.1";
        bytes = slurp(f->dir, *name);
        for (int i = 0; i < GROUPS; i++) {
            char value[64];
            char *at;
            size_t len = (size_t)snprintf(value, sizeof(value), "value%*d", 1 + i * 3, i);

            at = memmem(bytes.data, bytes.len, value, len);
            if (at == NULL)
                break;
            ends[count++] = (size_t)(at - bytes.data) + len;
        }
        wk_buf_fini(&bytes);
    }
    cr_assert_eq(count, GROUPS);
}

static int
count_entries(struct fixture *f)
{
    struct wk_scan *scan =
        wk_scan_open(f->engine, 0, WK_SPACE_ENTRIES, span(""), span(""), false);
    int count = 0;

    for (; wk_scan_valid(scan); wk_scan_next(scan)) {
        char key[12];

        snprintf(key, sizeof(key), "%02d", count++);
        cr_assert_eq(wk_span_compare(wk_scan_key(scan), span(key)), 0);
    }
    cr_assert_eq(wk_scan_err(scan), WK_OK);
    wk_scan_close(scan);
    return count;
}

/* Groups before the first of the test's: the boot numbers'. */
static uint64_t
watermark_of(struct fixture *f)
{
    struct wk_watermark *watermark;
    uint64_t number;

    cr_assert_eq(wk_watermark_open(f->dir, &f->text, &watermark), WK_OK);
    number = wk_watermark_get(watermark);
    wk_watermark_close(watermark);
    return number;
}

/* Opens f->dir with the journal file as given; the outcome is -1 if it is refused with a text
 * that tells what to do, else how many of the groups are there. f->dir is as before. */
static int
open_with(struct fixture *f, const char *name, const struct wk_buf *bytes, uint64_t watermark)
{
    struct fixture g = *f;
    int count = -1;

    snprintf(g.dir, sizeof(g.dir), "%s/try", f->root);
    copy_dir(f->dir, g.dir);
    spit(g.dir, name, bytes);
    if (watermark > 0)
        cr_assert_eq(wk_watermark_create(g.dir, watermark), WK_OK);
    if (fixture_open(&g) == WK_OK) {
        count = count_entries(&g);
    } else {
        cr_assert(says(&g, "wkctl repair"), "%s", g.text.data);
        cr_assert(says(&g, "damaged"), "%s", g.text.data);
    }
    fixture_close(&g);
    f->text = g.text;
    return count;
}

Test(recover, notices_a_journal_that_ends_before_what_was_acknowledged)
{
    size_t ends[GROUPS];
    const char *name;
    struct fixture f;
    struct wk_buf bytes;

    make_killed(&f, ends, &name);
    bytes = slurp(f.dir, name);
    cr_assert_eq(open_with(&f, name, &bytes, 0), GROUPS);
    for (size_t cut = ends[GROUPS - 4] + 16; cut < ends[GROUPS - 1]; cut++) {
        struct wk_buf shorter = {bytes.data, cut, bytes.cap};

        cr_assert_eq(open_with(&f, name, &shorter, 0), -1, "%zu", cut);
        cr_assert(says(&f, name));
    }
    wk_buf_fini(&bytes);
    fixture_fini(&f);
}

/* The same, the last group not acknowledged: it goes whole, and quietly; any other does not. */
Test(recover, drops_a_torn_group_that_was_not_acknowledged)
{
    size_t ends[GROUPS];
    const char *name;
    struct fixture f;
    struct wk_buf bytes, zeroed = {0};
    uint64_t last;
    bool told = false;

    make_killed(&f, ends, &name);
    last = watermark_of(&f);
    bytes = slurp(f.dir, name);
    for (size_t cut = ends[GROUPS - 4] + 16; cut < ends[GROUPS - 1]; cut++) {
        struct wk_buf shorter = {bytes.data, cut, bytes.cap};
        int expected = cut < ends[GROUPS - 2] ? -1 : GROUPS - 1;

        cr_assert_eq(open_with(&f, name, &shorter, last - 1), expected, "%zu", cut);
        zeroed.len = 0;
        wk_buf_add(&zeroed, bytes.data, bytes.len);
        memset(zeroed.data + cut, 0, zeroed.len - cut);
        cr_assert_eq(open_with(&f, name, &zeroed, last - 1), expected, "%zu", cut);
        told |= says(&f, "dropped what was being written");
    }
    cr_expect(told);
    wk_buf_fini(&bytes);
    wk_buf_fini(&zeroed);
    fixture_fini(&f);
}

/* Of a write that no sync covered any sectors may be on the disk. */
Test(recover, takes_an_unsynced_group_whole_or_not_at_all)
{
    enum { SECTOR = 512, SECTORS_MAX = 8 };
    size_t ends[GROUPS], changed[SECTORS_MAX], count = 0;
    const char *name;
    struct fixture f;
    struct wk_buf before, after;
    char value[1500], live[100];
    uint64_t last;

    make_killed(&f, ends, &name);
    cr_assert_eq(fixture_open(&f), WK_OK);
    fixture_close(&f);
    cr_assert_eq(fixture_open(&f), WK_OK);
    put(&f, "12", "x");
    snprintf(live, sizeof(live), "%s/live", f.root);
    name = "journal.0";
    for (int n = 0; n < 2; n++) { /* which file it is in shows when it changed */
        before = slurp(f.dir, name);
        memset(value, 'v', sizeof(value));
        value[sizeof(value) - 1] = '\0';
        if (n == 0) {
            struct wk_buf other = slurp(f.dir, "journal.1");

            copy_dir(f.dir, live);
            put(&f, "13", value);
            after = slurp(f.dir, name);
            if (memcmp(before.data, after.data, before.len) != 0) {
                wk_buf_fini(&other);
                break;
            }
            wk_buf_fini(&before);
            wk_buf_fini(&after);
            before = other;
            name = "journal.1";
            after = slurp(f.dir, name);
            break;
        }
    }
    fixture_close(&f);
    copy_dir(live, f.dir);
    last = watermark_of(&f);
    for (size_t at = 0; at < before.len; at += SECTOR)
        if (memcmp(before.data + at, after.data + at, SECTOR) != 0) {
            cr_assert_lt(count, SECTORS_MAX);
            changed[count++] = at;
        }
    cr_assert_gt(count, 2);
    for (unsigned subset = 0; subset < 1u << count; subset++) {
        struct wk_buf image = {0};

        wk_buf_add(&image, before.data, before.len);
        for (size_t i = 0; i < count; i++)
            if (subset >> i & 1)
                memcpy(image.data + changed[i], after.data + changed[i], SECTOR);
        cr_assert_eq(open_with(&f, name, &image, last),
                     subset == (1u << count) - 1 ? GROUPS + 2 : GROUPS + 1, "%x", subset);
        wk_buf_fini(&image);
    }
    wk_buf_fini(&before);
    wk_buf_fini(&after);
    fixture_fini(&f);
}

Test(recover, notices_every_flipped_bit_that_changes_a_group)
{
    size_t ends[GROUPS];
    const char *name;
    struct fixture f;
    struct wk_buf bytes;
    int refused = 0, tried = 0;

    make_killed(&f, ends, &name);
    bytes = slurp(f.dir, name);
    for (size_t at = 0; at < ends[GROUPS - 1]; at = at == 42 ? 4096 : at + (at < 42 ? 1 : 5)) {
        int count;

        bytes.data[at] ^= (char)(1 << at % 8);
        count = open_with(&f, name, &bytes, 0);
        bytes.data[at] ^= (char)(1 << at % 8);
        cr_assert(count == -1 || count == GROUPS, "%zu: %d", at, count);
        refused += count == -1;
        tried++;
    }
    /* the rest hit what fills up to the next frame */
    cr_expect_gt(refused, tried * 8 / 10, "%d of %d", refused, tried);
    wk_buf_fini(&bytes);
    fixture_fini(&f);
}

static void
leave_killed(struct fixture *f, unsigned unused)
{
    WK_CHECK(fixture_open(f) == WK_OK);
    for (int i = 0; i < GROUPS; i++) {
        char key[12];

        snprintf(key, sizeof(key), "%02d", i);
        put(f, key, "v");
    }
    kill(getpid(), SIGKILL);
}

static void
open_and_die(struct fixture *f, unsigned at_sync)
{
    die_at_sync = (int)at_sync;
    WK_CHECK(fixture_open(f) == WK_OK);
}

static void
check_opens(struct fixture *f, unsigned entries)
{
    WK_CHECK(fixture_open(f) == WK_OK);
    WK_CHECK(count_entries(f) == (int)entries);
    put(f, "aa", "a");
    fixture_reopen(f);
    expect_text(get(f, "aa"), "a");
    fixture_close(f);
}

/* Opening is killed at its nth sync, for every n, and then once more from where that left it.
 */
static void
kill_while_opening(bool make)
{
    struct fixture f = fixture_dir(), g = f;
    int status = 1;
    unsigned n;

    cr_assert_neq(fixture_in_child(&f, leave_killed, 0), 0);
    for (n = 1; status != 0; n++) {
        snprintf(g.dir, sizeof(g.dir), "%.64s/try%u", f.root, n);
        if (!make)
            copy_dir(f.dir, g.dir);
        for (unsigned at = n, again = 0; again < 2; again++, at = (n + 1) / 2) {
            int of_this = fixture_in_child(&g, open_and_die, at);

            cr_assert(of_this == 0 || (WIFSIGNALED(of_this) && WTERMSIG(of_this) == SIGKILL));
            status = again ? status : of_this;
        }
        cr_assert_eq(fixture_in_child(&g, check_opens, make ? 0 : GROUPS), 0, "%u", n);
    }
    cr_expect_gt(n, 10);
    fixture_fini(&f);
}

Test(recover, survives_a_kill_at_every_sync_of_opening)
{
    kill_while_opening(false);
}

Test(recover, survives_a_kill_at_every_sync_of_making_a_directory)
{
    kill_while_opening(true);
}

/* The watermark may be a second old when the machine dies; later groups know better. */
Test(recover, notices_a_flipped_bit_without_the_watermark_too)
{
    size_t ends[GROUPS];
    const char *name;
    struct fixture f;
    struct wk_buf bytes;

    make_killed(&f, ends, &name);
    bytes = slurp(f.dir, name);
    for (int i = 0; i < GROUPS; i++) {
        int expected = i < GROUPS - 1 ? -1 : i;

        bytes.data[ends[i] - 1] ^= 1;
        cr_assert_eq(open_with(&f, name, &bytes, 1), expected, "%d", i);
        bytes.data[ends[i] - 1] ^= 1;
    }
    wk_buf_fini(&bytes);
    fixture_fini(&f);
}

Test(recover, needs_both_files_of_the_journal_and_the_watermark)
{
    static const char *const names[] = {"journal.0", "journal.1", "watermark",
                                        "tables/CURRENT"};
    size_t ends[GROUPS];
    const char *name;
    struct fixture f;
    char path[200], kept[200];

    make_killed(&f, ends, &name);
    for (size_t i = 0; i < WK_COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", f.dir, names[i]);
        snprintf(kept, sizeof(kept), "%s/kept", f.root);
        cr_assert_eq(rename(path, kept), 0);
        cr_expect_eq(fixture_open(&f), WK_EIO, "%s", names[i]);
        cr_expect(says(&f, "wkctl repair"), "%s", f.text.data);
        cr_assert_eq(rename(kept, path), 0);
    }
    cr_assert_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    cr_expect_eq(count_entries(&f), GROUPS);
    fixture_fini(&f);
}

Test(recover, ignores_damage_in_what_the_tables_have)
{
    struct fixture f = fixture_new(false);
    struct wk_buf bytes;

    put(&f, "00", "1");
    fixture_close(&f); /* puts it into tables */
    for (int n = 0; n < 2; n++) {
        const char *name = n == 0 ? "journal.0" : "journal.1";

        bytes = slurp(f.dir, name);
        memset(bytes.data + 4096, 0x55, 2000);
        spit(f.dir, name, &bytes);
        wk_buf_fini(&bytes);
    }
    cr_assert_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    cr_expect_eq(count_entries(&f), 1);
    fixture_fini(&f);
}

/* A worker may store whatever it likes, the bytes of the journal too. */
Test(recover, takes_no_stored_bytes_for_a_group)
{
    struct fixture f;
    size_t ends[GROUPS];
    const char *name;
    struct wk_buf bytes;
    struct wk_batch batch = {0};

    make_killed(&f, ends, &name);
    bytes = slurp(f.dir, name);
    cr_assert_eq(fixture_open(&f), WK_OK);
    for (size_t shift = 0; shift < 16; shift++)
        wk_batch_put(&batch, WK_SPACE_META, span("x"),
                     (struct wk_span){(uint8_t *)bytes.data + 4096 - shift, 2000});
    cr_assert_eq(wk_engine_write(f.engine, &batch, true), WK_OK);
    fixture_reopen(&f);
    cr_expect_eq(count_entries(&f), GROUPS);
    wk_buf_fini(&bytes);
    wk_batch_fini(&batch);
    fixture_fini(&f);
}

Test(recover, refuses_a_newer_format_and_an_illegible_one)
{
    struct fixture f = fixture_new(false);
    struct wk_buf bytes = {0};

    fixture_close(&f);
    wk_buf_add_str(&bytes, "wk-storage 2\n");
    spit(f.dir, "format", &bytes);
    cr_expect_eq(fixture_open(&f), WK_EUNSUPPORTED);
    cr_expect(says(&f, "newer version (format 2"), "%s", f.text.data);
    bytes.len = 0;
    wk_buf_add_str(&bytes, "hello\n");
    spit(f.dir, "format", &bytes);
    cr_expect_eq(fixture_open(&f), WK_EIO);
    cr_expect(says(&f, "is damaged"), "%s", f.text.data);
    wk_buf_fini(&bytes);
    fixture_fini(&f);
}

Test(recover, keeps_the_data_if_only_the_format_file_is_lost)
{
    struct fixture f = fixture_new(false);
    char path[200];

    put(&f, "00", "1");
    fixture_close(&f);
    snprintf(path, sizeof(path), "%s/format", f.dir);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    cr_expect_eq(count_entries(&f), 1);
    fixture_fini(&f);
}

/* A second sync would claim success, and the first one's data may be gone. */
Test(recover, believes_no_sync_after_a_failed_one)
{
    struct fixture f = fixture_new(false);
    struct wk_batch batch = {0};
    char *value;

    put(&f, "00", "1");
    wk_batch_put(&batch, WK_SPACE_ENTRIES, span("01"), span("2"));
    fail_fdatasync_in = 1;
    cr_expect_eq(wk_engine_write(f.engine, &batch, true), WK_EIO);
    cr_expect_eq(fail_fdatasync_in, 0);
    cr_expect(wk_engine_dead(f.engine));
    for (int i = 0; i < 3; i++)
        cr_expect_eq(wk_engine_write(f.engine, &batch, true), WK_EIO);
    expect_text(get(&f, "00"), "1");
    expect_text(get(&f, "01"), "-");
    fixture_reopen(&f);
    expect_text(get(&f, "00"), "1");
    value = get(&f, "01");
    cr_expect(strcmp(value, "-") == 0 || strcmp(value, "2") == 0);
    free(value);
    put(&f, "02", "3");
    expect_text(get(&f, "02"), "3");
    wk_batch_fini(&batch);
    fixture_fini(&f);
}

Test(recover, writes_nothing_on_a_nearly_full_disk_and_goes_on_when_there_is_space)
{
    struct fixture f = fixture_new(false);
    struct wk_batch batch = {0};
    struct wk_engine_stats stats;
    struct timespec tick = {0, 10000000};
    wk_err err;

    fixture_close(&f);
    f.options.low_water_bytes = 10 << 20;
    f.options.reserve_bytes = 1 << 20;
    cr_assert_eq(fixture_open(&f), WK_OK);
    put(&f, "00", "1");
    pretended_free_bytes = 9 << 20;
    wk_batch_put(&batch, WK_SPACE_ENTRIES, span("01"), span("2"));
    cr_expect_eq(wk_engine_write(f.engine, &batch, true), WK_EOVERLOADED);
    pretended_free_bytes = 11 << 20; /* the reserve given back, and no more */
    cr_expect_eq(wk_engine_write(f.engine, &batch, true), WK_EOVERLOADED);
    wk_engine_stats(f.engine, &stats);
    cr_expect(stats.full);
    cr_expect_not(stats.dead);
    cr_expect_eq(stats.refused, 2);
    expect_text(get(&f, "00"), "1");
    expect_text(get(&f, "01"), "-");
    pretended_free_bytes = 100 << 20;
    /* the keeper looks once a second */
    for (int i = 0;
         (err = wk_engine_write(f.engine, &batch, true)) == WK_EOVERLOADED && i < 1000; i++)
        nanosleep(&tick, NULL);
    cr_expect_eq(err, WK_OK);
    expect_text(get(&f, "01"), "2");
    fixture_close(&f);
    pretended_free_bytes = 1 << 20;
    cr_expect_eq(fixture_open(&f), WK_EOVERLOADED);
    cr_expect(says(&f, "the disk is nearly full"), "%s", f.text.data);
    pretended_free_bytes = 0;
    cr_expect_eq(fixture_open(&f), WK_OK, "%s", f.text.data);
    wk_batch_fini(&batch);
    fixture_fini(&f);
}
