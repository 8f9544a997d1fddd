/* services/wkctl/v8_text.h - a stored value as text for a person: near to JSON, with what JSON lacks spelled out.
 *
 * Reads V8's serialization format, versions 13 to 15 (v8/src/objects/value-serializer.cc describes it in comments).
 * Bounds: WK_V8_TEXT_DEPTH_MAX levels, WK_V8_TEXT_BYTES_MAX of text; what is beyond is shown as "...". Thread: any. */
#ifndef WK_WKCTL_V8_TEXT_H
#define WK_WKCTL_V8_TEXT_H
#include "kernel/base/buf.h"

#define WK_V8_TEXT_DEPTH_MAX 64
#define WK_V8_TEXT_BYTES_MAX (1u << 20)

/* Adds the text of a value. False: the bytes are no such value; what was understood so far is there. */
bool wk_v8_text(struct wk_buf *out, const void *data, size_t bytes);
#endif
