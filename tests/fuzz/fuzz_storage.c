/* What is read from a disk that lies: keys, records of batches, files of the journal,
 * watermarks. Nothing in them may be taken for more than is there. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "storage/batch.h"
#include "storage/file.h"
#include "storage/journal.h"
#include "storage/key.h"
#include "storage/watermark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static char dir[] = "/dev/shm/wk-fuzz-storage-XXXXXX";

static void
remove_dir(void)
{
    static const char *const names[] = {"journal.0", "journal.1", WK_WATERMARK_NAME};

    for (size_t i = 0; i < WK_COUNT(names); i++) {
        char *path = wk_file_path(dir, names[i]);

        unlink(path);
        free(path);
    }
    rmdir(dir);
}

static void
read_keys(struct wk_span bytes, bool text)
{
    struct wk_buf again = {0};
    struct wk_actor_key actor;
    struct wk_entry_key key;
    uint64_t due;

    if (wk_key_entry(bytes, text, &key) == WK_OK) {
        wk_key_add_entry(&again, &key);
        WK_CHECK(again.len == bytes.len && memcmp(again.data, bytes.data, bytes.len) == 0);
    }
    again.len = 0;
    if (wk_key_alarm(bytes, text, &due, &actor) == WK_OK) {
        wk_key_add_alarm(&again, due, &actor);
        WK_CHECK(again.len == bytes.len && memcmp(again.data, bytes.data, bytes.len) == 0);
    }
    wk_buf_fini(&again);
}

static void
write_file(const char *name, const void *data, size_t bytes)
{
    char *path = wk_file_path(dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    WK_CHECK(fd >= 0 && wk_file_write_at(fd, data, bytes, 0) == WK_OK);
    close(fd);
    free(path);
}

/* The input is the frames of one file whose head is right. So that its frames can be, too, the
 * nonce is a constant, and where the first byte says so the checksums of the frame at the front
 * are made right. */
static void
make_journal(const uint8_t *data, size_t bytes)
{
    static uint8_t file[4096 + 8192];
    uint8_t *frame = file + 4096;
    size_t len = bytes < 8192 ? bytes : 8192;

    memset(file, 0, sizeof(file));
    memcpy(file, "wkjournl", 8);
    wk_be32_put(file + 8, 1);
    wk_be64_put(file + 16, 1);
    wk_be64_put(file + 24, 1);
    wk_be64_put(file + 32, 0x4141414141414141);
    wk_be32_put(file + 40, (uint32_t)crc32_z(crc32_z(0, NULL, 0), file, 40));
    memcpy(frame, data, len);
    if (len > WK_JOURNAL_FRAME_BYTES && data[0] == 'A' && wk_be32(frame + 24) < 8192 - 32) {
        uint32_t crc = (uint32_t)crc32_z(crc32_z(0, NULL, 0), frame, 28);

        wk_be32_put(frame + 28, (uint32_t)crc32_z(crc, frame + 32, wk_be32(frame + 24)));
    }
    write_file("journal.0", file, 4096 + len);
    write_file("journal.1", data, len < 64 ? len : 64);
}

static void
read_journal(void)
{
    struct wk_journal *journal;
    struct wk_buf text = {0};

    if (wk_journal_open(dir, 4096, true, &text, &journal) == WK_OK) {
        size_t count, sum = 0;
        const struct wk_journal_group *groups = wk_journal_groups(journal, &count);

        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < groups[i].payload.len; k++)
                sum += groups[i].payload.data[k];
        wk_journal_place(journal, sum, &text);
        wk_journal_close(journal);
    }
    wk_buf_fini(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct wk_span rest = {data, bytes};
    struct wk_watermark *watermark;
    struct wk_buf text = {0};
    struct wk_record record;
    size_t taken = 0;

    if (dir[sizeof(dir) - 2] == 'X') {
        WK_CHECK(mkdtemp(dir) != NULL);
        atexit(remove_dir);
    }
    read_keys(rest, false);
    read_keys(rest, true);
    while (wk_batch_next(&rest, &record) == WK_OK)
        taken += record.key.len + record.value.len;
    WK_CHECK(taken <= bytes);
    make_journal(data, bytes);
    read_journal();
    write_file(WK_WATERMARK_NAME, data, bytes);
    if (wk_watermark_open(dir, &text, &watermark) == WK_OK)
        wk_watermark_close(watermark);
    wk_buf_fini(&text);
    return 0;
}
