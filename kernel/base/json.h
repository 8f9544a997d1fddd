/* kernel/base/json.h - writes JSON text into a buffer; commas and quotes are its business.
 *
 * Keys are written before values inside objects; NULL key inside arrays. Text that is not UTF-8 comes
 * out with U+FFFD, control characters escaped. Thread: the buffer's owner's. */
#ifndef WK_BASE_JSON_H
#define WK_BASE_JSON_H
#include "kernel/base/buf.h"

void wk_json_open(struct wk_buf *buf, const char *key, char bracket); /* '{' or '[' */
void wk_json_close(struct wk_buf *buf, char bracket);                 /* '}' or ']' */
void wk_json_str(struct wk_buf *buf, const char *key, const char *value); /* NULL: null */
void wk_json_strn(struct wk_buf *buf, const char *key, const char *value, size_t bytes);
void wk_json_int(struct wk_buf *buf, const char *key, int64_t value);
void wk_json_num(struct wk_buf *buf, const char *key, double value);
void wk_json_bool(struct wk_buf *buf, const char *key, bool value);
/* value is JSON text already. */
void wk_json_raw(struct wk_buf *buf, const char *key, const char *value);
#endif
