/* services/disk/path.h - from the URL of a request to a place in the directory.
 *
 * Purely textual; that nothing leads outside is the kernel's work (tree.h). Thread: any. */
#ifndef WK_DISK_PATH_H
#define WK_DISK_PATH_H
#include "kernel/base/buf.h"

#define WK_PATH_BYTES_MAX 4096u

/* Where in url its path begins, and how long it is, without query and fragment. */
const char *wk_url_path(const char *url, size_t *bytes);
/* "?a=b" of url, or "". Borrowed from url; ends at a fragment, whose start *bytes gives. */
const char *wk_url_query(const char *url, size_t *bytes);

/* The segments of the path, decoded, "." and ".." worked off, joined by '/', without a slash at either
 * end; "" is the directory itself. *hidden: one of them begins with a dot.
 * Errors: WK_ENOTFOUND, it can name nothing: an empty segment, a NUL or a slash inside one, too long. */
wk_err wk_path_parse(const char *url, char out[WK_PATH_BYTES_MAX], bool *hidden);

/* Decodes %XX. false (and *out empty) if it is not well-formed, or not UTF-8 or with
 * a NUL afterwards. */
bool wk_percent_decode(const char *text, size_t bytes, struct wk_buf *out);
/* Adds text with everything encoded that encodeURIComponent encodes. */
void wk_percent_encode(const char *text, size_t bytes, struct wk_buf *out);
#endif
