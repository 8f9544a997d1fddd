#include "runtime/linemap/line_map.h"

struct reader {
    const uint8_t *p, *end;
    int64_t line;
};

static bool
read_line(struct reader *r)
{
    uint64_t value = 0;

    for (unsigned shift = 0; r->p < r->end && shift < 35; shift += 7) {
        uint8_t byte = *r->p++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            r->line += (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
            if (r->line < 0 || r->line > UINT32_MAX)
                return false;
            return true;
        }
    }
    return false;
}

void
wk_line_map_encode(const uint32_t *lines, size_t count, struct wk_buf *out)
{
    uint32_t last = 0;

    if (count > WK_LINE_MAP_LINES_MAX)
        count = WK_LINE_MAP_LINES_MAX;
    for (size_t i = 0; i < count; i++) {
        uint32_t line = lines[i] == 0 ? last : lines[i];
        int64_t delta = (int64_t)line - (int64_t)last;
        uint64_t zigzag = ((uint64_t)delta << 1) ^ (uint64_t)(delta >> 63);

        for (; zigzag >= 0x80; zigzag >>= 7)
            wk_buf_add_char(out, (char)(zigzag | 0x80));
        wk_buf_add_char(out, (char)zigzag);
        last = line;
    }
}

uint32_t
wk_line_map_find(const void *map, size_t bytes, uint32_t line)
{
    struct reader r = {map, (const uint8_t *)map + bytes, 0};

    for (uint32_t i = 0; i < line; i++)
        if (!read_line(&r))
            break;
    return r.line < 0 || r.line > UINT32_MAX ? 0 : (uint32_t)r.line;
}

size_t
wk_line_map_decode(const void *map, size_t bytes, uint32_t *lines, size_t max)
{
    struct reader r = {map, (const uint8_t *)map + bytes, 0};
    size_t count = 0;

    while (count < max && read_line(&r))
        lines[count++] = (uint32_t)r.line;
    return count;
}
