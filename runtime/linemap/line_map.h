/* runtime/linemap/line_map.h - for each line of lowered code, the author's line it came from.
 *
 * Form: one varint a generated line, the zigzag of its difference from the line before it (the first
 * from 0). A generated line without a place of its own has the place of the line before. At most
 * WK_LINE_MAP_LINES_MAX lines; whatever follows has the last line's place.
 * Thread: any. */
#ifndef WK_RUNTIME_LINE_MAP_H
#define WK_RUNTIME_LINE_MAP_H
#include "kernel/base/buf.h"

#define WK_LINE_MAP_LINES_MAX (4u << 20)

/* Appends the map of lines[count] to out; 0 in lines means "as the line before". */
void wk_line_map_encode(const uint32_t *lines, size_t count, struct wk_buf *out);

/* The author's line, from 1, of generated line `line`, from 1. 0: the map does not tell. Reads every
 * byte before it: for a whole table use wk_line_map_decode. Any bytes are safe. */
uint32_t wk_line_map_find(const void *map, size_t bytes, uint32_t line);

/* All lines, at most max of them, into lines. Gives how many there are. */
size_t wk_line_map_decode(const void *map, size_t bytes, uint32_t *lines, size_t max);
#endif
