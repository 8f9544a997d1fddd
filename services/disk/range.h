/* services/disk/range.h - the Range header, of which one range of bytes is served. Thread: any. */
#ifndef WK_DISK_RANGE_H
#define WK_DISK_RANGE_H
#include "kernel/base/base.h"

enum wk_range_kind {
    WK_RANGE_ALL,  /* no header, several ranges, or one that covers everything */
    WK_RANGE_PART, /* first..last, both inclusive */
    WK_RANGE_BAD,  /* malformed, or nothing of it is there */
};

/* header may be NULL; bytes is the size of the file. */
enum wk_range_kind wk_range_parse(const char *header, uint64_t bytes, uint64_t *first, uint64_t *last);
#endif
