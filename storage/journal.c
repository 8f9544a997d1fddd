#include "storage/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "kernel/base/fault.h"
#include "storage/file.h"
#include "storage/key.h"

/* On disk, all big-endian:
 *   head, at 0:  "wkjournl" | version u32 | 0 u32 | use u64 | first u64 | nonce u64 | crc u32
 *   frame, from FRAMES_AT, each at a multiple of ALIGN:
 *                nonce u64 | number u64 | durable u64 | payload bytes u32 | crc u32 | payload
 */
#define HEAD_BYTES 44u
#define FRAMES_AT 4096u
#define ALIGN 16u
#define VERSION 1u
static const char magic[8] = {'w', 'k', 'j', 'o', 'u', 'r', 'n', 'l'};

struct journal_file {
    int fd;
    uint64_t use; /* how many heads were written before: tells which file is newer */
    uint64_t first;
    uint64_t nonce;
    bool damaged;
    uint8_t *bytes; /* while what was read is kept */
    size_t len;
    uint64_t torn_at; /* offset of a frame of this use that is not whole; 0: none */
};

struct wk_journal {
    char *dir;
    size_t file_bytes;
    struct journal_file files[WK_JOURNAL_FILES];
    unsigned current;
    uint64_t at;   /* where the next frame goes in the current file; 0: none was begun */
    uint64_t size; /* of the current file */
    struct wk_journal_group *groups;
    size_t group_count, group_cap;
};

const char *
wk_journal_name(unsigned file)
{
    static const char *const names[WK_JOURNAL_FILES] = {"journal.0", "journal.1"};

    return names[file];
}

static uint64_t
aligned(uint64_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

static uint32_t
crc_of(const void *data, size_t bytes)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, bytes);
}

static wk_err
write_head(struct journal_file *file, uint64_t use, uint64_t first)
{
    uint8_t head[HEAD_BYTES] = {0};

    file->use = use;
    file->first = first;
    wk_random(&file->nonce, sizeof(file->nonce));
    memcpy(head, magic, sizeof(magic));
    wk_be32_put(head + 8, VERSION);
    wk_be64_put(head + 16, use);
    wk_be64_put(head + 24, first);
    wk_be64_put(head + 32, file->nonce);
    wk_be32_put(head + 40, crc_of(head, 40));
    return wk_file_write_at(file->fd, head, sizeof(head), 0);
}

static bool
read_head(struct journal_file *file)
{
    const uint8_t *p = file->bytes;

    if (file->len < HEAD_BYTES || memcmp(p, magic, sizeof(magic)) != 0 ||
        wk_be32(p + 8) != VERSION || wk_be32(p + 40) != crc_of(p, 40))
        return false;
    file->use = wk_be64(p + 16);
    file->first = wk_be64(p + 24);
    file->nonce = wk_be64(p + 32);
    return true;
}

/* Space for all of it now, so that no group meets a full disk. */
static wk_err
reserve(int fd, uint64_t bytes)
{
    int error = posix_fallocate(fd, 0, (off_t)bytes);

    return error == 0 ? WK_OK : error == ENOSPC ? WK_EOVERLOADED : WK_EIO;
}

wk_err
wk_journal_create(const char *dir, size_t file_bytes, uint64_t first, struct wk_buf *text)
{
    wk_err err = WK_OK;

    for (unsigned i = 0; i < WK_JOURNAL_FILES && err == WK_OK; i++) {
        struct journal_file file = {0};
        char *path = wk_file_path(dir, wk_journal_name(i));

        if ((file.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
            err = WK_EIO;
        if (err == WK_OK && (err = reserve(file.fd, file_bytes)) == WK_OK &&
            (err = write_head(&file, i, first)) == WK_OK && fsync(file.fd) != 0)
            err = WK_EIO;
        if (err != WK_OK)
            wk_buf_addf(text, "%s: can not be made: %s\n", path, wk_err_name(err));
        if (file.fd >= 0)
            close(file.fd);
        free(path);
    }
    return err == WK_OK ? wk_dir_sync(dir) : err;
}

static void
add_group(struct wk_journal *journal, const struct wk_journal_group *group)
{
    if (journal->group_count == journal->group_cap) {
        journal->group_cap = journal->group_cap * 2 + 64;
        journal->groups =
            wk_xrealloc(journal->groups, journal->group_cap * sizeof(*journal->groups));
    }
    journal->groups[journal->group_count++] = *group;
}

/* The frame at the offset, if there is a whole one. */
static bool
read_frame(const struct journal_file *file, uint64_t at, struct wk_journal_group *out)
{
    const uint8_t *p = file->bytes + at;
    uint32_t len = wk_be32(p + 24);
    uint32_t crc;

    if (len > file->len - at - WK_JOURNAL_FRAME_BYTES)
        return false;
    crc = crc_of(p, 28);
    crc = (uint32_t)crc32_z(crc, p + WK_JOURNAL_FRAME_BYTES, len);
    if (crc != wk_be32(p + 28))
        return false;
    out->number = wk_be64(p + 8);
    out->durable = wk_be64(p + 16);
    out->payload = (struct wk_span){p + WK_JOURNAL_FRAME_BYTES, len};
    out->offset = at;
    return true;
}

/* Finds every whole frame of the file's present use, also behind damage. */
static void
read_frames(struct wk_journal *journal, unsigned n)
{
    struct journal_file *file = &journal->files[n];
    struct wk_journal_group group = {.file = n};
    uint64_t at = FRAMES_AT;

    while (at + WK_JOURNAL_FRAME_BYTES <= file->len) {
        if (wk_be64(file->bytes + at) == file->nonce) {
            if (read_frame(file, at, &group)) {
                add_group(journal, &group);
                at += aligned(WK_JOURNAL_FRAME_BYTES + group.payload.len);
                continue;
            }
            file->torn_at = at;
        }
        at += ALIGN;
    }
}

static wk_err
read_file(struct wk_journal *journal, unsigned n, bool salvage, struct wk_buf *text)
{
    struct journal_file *file = &journal->files[n];
    char *path = wk_file_path(journal->dir, wk_journal_name(n));
    struct stat st;
    wk_err err = WK_OK;

    if ((file->fd = open(path, O_RDWR | O_CLOEXEC)) < 0 || fstat(file->fd, &st) != 0) {
        wk_buf_addf(text, "%s: %s\n", path, strerror(errno));
        err = WK_EIO;
        goto out;
    }
    file->bytes = wk_xmalloc((size_t)st.st_size + 1);
    if ((err = wk_file_read_at(file->fd, file->bytes, (size_t)st.st_size, 0, &file->len)) !=
        WK_OK) {
        wk_buf_addf(text, "%s: can not be read: %s\n", path, strerror(errno));
        goto out;
    }
    if (!read_head(file)) {
        wk_buf_addf(text, "%s: its head (the first %u bytes) is damaged\n", path, HEAD_BYTES);
        err = WK_EIO;
        goto out;
    }
out:
    file->damaged = err != WK_OK;
    /* to salvage, it only has to be there to be written over */
    if (salvage && file->damaged && file->fd < 0)
        file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    return salvage && file->fd >= 0 ? WK_OK : err;
}

/* Of a number that both files have, the newer file's counts: the other was never acknowledged.
 */
static void
order_groups(struct wk_journal *journal)
{
    struct journal_file *f = journal->files;
    unsigned older = f[0].damaged || (!f[1].damaged && f[0].use < f[1].use) ? 0 : 1;
    unsigned newer = 1 - older;
    size_t of_older;

    if (!f[older].damaged)
        read_frames(journal, older);
    of_older = journal->group_count;
    while (of_older > 0 && !f[newer].damaged &&
           journal->groups[of_older - 1].number >= f[newer].first)
        of_older--;
    journal->group_count = of_older;
    if (!f[newer].damaged)
        read_frames(journal, newer);
    journal->current = newer;
}

wk_err
wk_journal_open(const char *dir, size_t file_bytes, bool salvage, struct wk_buf *text,
                struct wk_journal **out)
{
    struct wk_journal *journal = wk_xcalloc(1, sizeof(*journal));
    wk_err err = WK_OK;

    *out = NULL;
    journal->dir = wk_xstrdup(dir);
    journal->file_bytes = file_bytes;
    for (unsigned i = 0; i < WK_JOURNAL_FILES; i++)
        journal->files[i].fd = -1;
    for (unsigned i = 0; i < WK_JOURNAL_FILES; i++) {
        wk_err of_file = read_file(journal, i, salvage, text);

        err = err == WK_OK ? of_file : err;
    }
    if (err != WK_OK)
        goto out;
    order_groups(journal);
    *out = journal;
    journal = NULL;
out:
    wk_journal_close(journal);
    return err;
}

void
wk_journal_close(struct wk_journal *journal)
{
    if (journal == NULL)
        return;
    wk_journal_forget(journal);
    for (unsigned i = 0; i < WK_JOURNAL_FILES; i++)
        if (journal->files[i].fd >= 0)
            close(journal->files[i].fd);
    free(journal->dir);
    free(journal);
}

const struct wk_journal_group *
wk_journal_groups(const struct wk_journal *journal, size_t *count)
{
    *count = journal->group_count;
    return journal->groups;
}

void
wk_journal_place(const struct wk_journal *journal, uint64_t number, struct wk_buf *text)
{
    unsigned file = journal->current;
    uint64_t at = FRAMES_AT;

    if (number < journal->files[file].first)
        file = 1 - file;
    for (size_t i = 0; i < journal->group_count; i++) {
        const struct wk_journal_group *g = &journal->groups[i];

        if (g->file == file && g->number < number)
            at = g->offset + aligned(WK_JOURNAL_FRAME_BYTES + g->payload.len);
    }
    wk_buf_addf(text, "%s/%s, byte %" PRIu64, journal->dir, wk_journal_name(file), at);
}

bool
wk_journal_torn(const struct wk_journal *journal)
{
    return journal->files[journal->current].torn_at > 0;
}

void
wk_journal_forget(struct wk_journal *journal)
{
    for (unsigned i = 0; i < WK_JOURNAL_FILES; i++) {
        free(journal->files[i].bytes);
        journal->files[i].bytes = NULL;
        journal->files[i].len = 0;
    }
    free(journal->groups);
    journal->groups = NULL;
    journal->group_count = journal->group_cap = 0;
}

wk_err
wk_journal_begin(struct wk_journal *journal, uint64_t first, size_t bytes)
{
    uint64_t need = aligned(FRAMES_AT + WK_JOURNAL_FRAME_BYTES + bytes);
    uint64_t size = need > journal->file_bytes ? need : journal->file_bytes;
    uint64_t use = journal->files[journal->current].use + 1;
    struct journal_file *file = &journal->files[1 - journal->current];
    struct stat st;
    wk_err err;

    if (fstat(file->fd, &st) != 0 ||
        ((uint64_t)st.st_size > size && ftruncate(file->fd, (off_t)size) != 0))
        return WK_EIO;
    if ((uint64_t)st.st_size != size && (err = reserve(file->fd, size)) != WK_OK)
        return err;
    if (use <= file->use)
        use = file->use + 1;
    if ((err = write_head(file, use, first)) != WK_OK)
        return err;
    if (fdatasync(file->fd) != 0)
        return WK_EIO;
    journal->current = 1 - journal->current;
    journal->at = FRAMES_AT;
    journal->size = size;
    return WK_OK;
}

bool
wk_journal_fits(const struct wk_journal *journal, size_t bytes)
{
    return journal->at > 0 && journal->at + WK_JOURNAL_FRAME_BYTES + bytes <= journal->size;
}

wk_err
wk_journal_append(struct wk_journal *journal, struct wk_buf *frame, uint64_t number,
                  uint64_t durable, bool sync)
{
    struct journal_file *file = &journal->files[journal->current];
    uint8_t *p = (uint8_t *)frame->data;
    size_t bytes = frame->len - WK_JOURNAL_FRAME_BYTES;
    uint32_t crc;

    WK_CHECK(wk_journal_fits(journal, bytes) && bytes <= WK_JOURNAL_GROUP_BYTES_MAX);
    wk_be64_put(p, file->nonce);
    wk_be64_put(p + 8, number);
    wk_be64_put(p + 16, durable);
    wk_be32_put(p + 24, (uint32_t)bytes);
    crc = crc_of(p, 28);
    crc = (uint32_t)crc32_z(crc, p + WK_JOURNAL_FRAME_BYTES, bytes);
    wk_be32_put(p + 28, crc);
    if (wk_file_write_at(file->fd, p, frame->len, (off_t)journal->at) != WK_OK)
        return WK_EIO;
    journal->at += aligned(frame->len);
    (void)WK_FAULT_POINT("D.commit.after_write_before_sync");
    return !sync || fdatasync(file->fd) == 0 ? WK_OK : WK_EIO;
}
