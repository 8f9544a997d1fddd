/* What is stored as text, and the lines of a dump: neither may do more than say that the bytes are no such thing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/base/base.h"
#include "services/wkctl/dump_line.h"
#include "services/wkctl/v8_text.h"

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
        (line.kind > WK_DUMP_ENTRY || line.key.len + line.value.len > size))
        abort();
    wk_dump_line_fini(&line);
    return 0;
}
