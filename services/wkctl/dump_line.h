/* services/wkctl/dump_line.h - a line of a dump: what `wkctl do dump` prints of one Durable
 * Object.
 *
 *     {"durableObject":2,"namespace":K,"id":HEX,"name":N}  the first; name if known
 *     {"alarm":MS}  {"pages":N}  {"page":N,"data":B64}  {"key":B64,"value":B64,"text":T}
 *     {"facet":[NAME,...]}     what follows is of the facet of that path
 *     {"end":N}                the last; the number of lines, itself included
 *
 * text is for a person, and not read. A dump that was cut off has no end. Thread: any.
 * Lifetime: until wk_dump_line_fini. */
#ifndef WK_WKCTL_DUMP_LINE_H
#define WK_WKCTL_DUMP_LINE_H
#include <jansson.h>
#include "kernel/base/buf.h"

#define WK_DUMP_FORMAT 2
#define WK_DUMP_LINE_BYTES_MAX (16u << 20)
#define WK_DUMP_FACET_DEPTH_MAX 3u

enum wk_dump_kind {
    WK_DUMP_HEAD,
    WK_DUMP_ALARM,
    WK_DUMP_PAGE_COUNT,
    WK_DUMP_PAGE,
    WK_DUMP_ENTRY,
    WK_DUMP_FACET,
    WK_DUMP_END
};

struct wk_dump_line {
    enum wk_dump_kind kind;
    uint64_t number;   /* unix ms, pages, the page's number, names, lines */
    struct wk_buf key; /* of an entry; of the head: the name, if there is one; of a facet: its
                          names, each with a NUL */
    struct wk_buf value;
};

/* False: it is no line of a dump. *out is to be freed either way. */
bool wk_dump_line_read(struct wk_dump_line *out, const char *text, size_t bytes);
void wk_dump_line_fini(struct wk_dump_line *line);
/* Bytes as a string of base64. */
json_t *wk_dump_bytes(const void *data, size_t bytes);
#endif
