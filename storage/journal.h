/* storage/journal.h - the log of the engine: groups of writes, each durable by one sync.
 *
 * Two files of a fixed size that are overwritten in turn, so that a sync writes data alone and
 * no size of a file. Medians of one durable write of 128 bytes, one writer, ext4 on a quiet
 * virtual disk: RocksDB's own log 155 us, the same with recycled files 124 us (RocksDB allows
 * that only in the mode that skips damage), this journal 108 us.
 *
 * A file begins with a head: its first group's number and a random nonce. A group's frame has
 * the nonce of its file, its number, a checksum over everything, and the highest number that
 * was known to be durable when it was written. So
 *   1. a group that was torn, and what an earlier use of the file left behind, is recognised as
 * no group;
 *   2. bytes that a worker stored can not pass for a group, since it can not know the nonce;
 *   3. a group that was acknowledged and is missing is noticed by any later one, wherever the
 * damage is.
 *
 * Thread: its owner's; one at a time. */
#ifndef WK_STORAGE_JOURNAL_H
#define WK_STORAGE_JOURNAL_H
#include "kernel/base/buf.h"
#include "storage/storage.h"

#define WK_JOURNAL_FILES 2
#define WK_JOURNAL_FRAME_BYTES 32u
#define WK_JOURNAL_GROUP_BYTES_MAX (1u << 30)

struct wk_journal;

/* A group found when it was opened; borrowed from the journal. */
struct wk_journal_group {
    uint64_t number;
    uint64_t durable; /* known to be when it was written */
    struct wk_span payload;
    unsigned file;
    uint64_t offset; /* in it */
};

/* The name of a file of it, without the directory. */
const char *wk_journal_name(unsigned file);
/* Makes the files in dir that are not there; the first group will be `first`. A line in text
 * when it fails. WK_EIO, WK_EOVERLOADED (no space). */
wk_err wk_journal_create(const char *dir, size_t file_bytes, uint64_t first,
                         struct wk_buf *text);
/* Reads the files. Nothing is changed until wk_journal_begin. WK_EIO: a head is damaged (that
 * file's groups are unknown), a file is missing or can not be read; says which in text. With
 * salvage such a file counts as empty. */
wk_err wk_journal_open(const char *dir, size_t file_bytes, bool salvage, struct wk_buf *text,
                       struct wk_journal **out);
void wk_journal_close(struct wk_journal *journal);

/* What was found, in the order of numbers, each number once: the one that was written last. */
const struct wk_journal_group *wk_journal_groups(const struct wk_journal *journal,
                                                 size_t *count);
/* Where the group of that number should be: file and offset, for a person. */
void wk_journal_place(const struct wk_journal *journal, uint64_t number, struct wk_buf *text);
/* There is the beginning of a group that is not whole, and nothing newer. */
bool wk_journal_torn(const struct wk_journal *journal);
/* Frees what reading kept. */
void wk_journal_forget(struct wk_journal *journal);

/* Goes to the other file, whose groups must not be needed any more: its first will be `first`,
 * and bytes fit. Durable when it returns. */
wk_err wk_journal_begin(struct wk_journal *journal, uint64_t first, size_t bytes);
/* A payload of so many bytes fits in the file that was begun. */
bool wk_journal_fits(const struct wk_journal *journal, size_t bytes);
/* frame: WK_JOURNAL_FRAME_BYTES for the journal's use, then the payload. Durable if sync. After
 * an error the journal is not used any more. */
wk_err wk_journal_append(struct wk_journal *journal, struct wk_buf *frame, uint64_t number,
                         uint64_t durable, bool sync);
#endif
