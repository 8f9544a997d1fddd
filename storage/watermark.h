/* storage/watermark.h - the number of the last group that was acknowledged, in a file of its
 * own.
 *
 * Written after each group without a sync (a second one would cost what the first did) and
 * synced about once a second: it survives the death of the process exactly, and that of the
 * machine about. It notices what the journal alone can not: that the journal's own end is gone.
 *
 * Thread: set by the writer, synced by any other. */
#ifndef WK_STORAGE_WATERMARK_H
#define WK_STORAGE_WATERMARK_H
#include "kernel/base/buf.h"

#define WK_WATERMARK_NAME "watermark"

struct wk_watermark;

/* Made, or set to number whatever it was. WK_EIO. */
wk_err wk_watermark_create(const char *dir, uint64_t number);
/* WK_EIO, with a line in text: missing or damaged. */
wk_err wk_watermark_open(const char *dir, struct wk_buf *text, struct wk_watermark **out);
void wk_watermark_close(struct wk_watermark *watermark);
uint64_t wk_watermark_get(const struct wk_watermark *watermark);
/* number grows. WK_EIO. */
wk_err wk_watermark_set(struct wk_watermark *watermark, uint64_t number);
/* Costs nothing if it did not change since. WK_EIO. */
wk_err wk_watermark_sync(struct wk_watermark *watermark);
#endif
