/* What is stored as text, and the lines of a dump: neither may do more than say that the bytes
 * are no such thing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/base/base.h"
#include "services/wkctl/dump_line.h"
#include "services/wkctl/peer_facets.h"
#include "services/wkctl/v8_text.h"

/* The names of facets, as the peer's file has them and as a person writes them. */
static void
names(const uint8_t *data, size_t size)
{
    char *text = wk_xstrndup((const char *)data, size);
    const char *path[WK_FACET_DEPTH_MAX];
    struct wk_peer_facets facets;
    struct wk_facet_path read;
    struct wk_buf again = {0};

    if (wk_peer_facets_parse(data, size, &facets))
        for (size_t n = 1; n <= facets.count; n++)
            if (wk_peer_facets_path(&facets, n, path) > WK_FACET_DEPTH_MAX)
                abort();
    wk_peer_facets_fini(&facets);
    if (wk_facet_path_read(text, &read)) {
        struct wk_facet_path other;

        wk_facet_path_text(read.names, read.count, &again);
        if (!wk_facet_path_read(again.data != NULL ? again.data : "", &other) ||
            other.count != read.count)
            abort();
        for (size_t i = 0; i < read.count; i++)
            if (strcmp(read.names[i], other.names[i]) != 0)
                abort();
        wk_facet_path_fini(&other);
    }
    wk_facet_path_fini(&read);
    wk_buf_fini(&again);
    free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wk_dump_line line;
    struct wk_buf text = {0};

    if (size == 0)
        return 0;
    wk_v8_text(&text, data + 1, size - 1);
    if (text.len > 0 && strlen(text.data) > text.len)
        abort();
    /* one digit may be worth some bytes, and the text of a value ends at its bound */
    if (text.len > 64 + 16 * size && text.len > 2 * WK_V8_TEXT_BYTES_MAX)
        abort();
    wk_buf_fini(&text);
    if (wk_dump_line_read(&line, (const char *)data, size) &&
        (line.kind > WK_DUMP_END || line.key.len + line.value.len > size))
        abort();
    wk_dump_line_fini(&line);
    names(data, size);
    return 0;
}
