/* services/diag/diag.h - diagnostics as a person reads them.
 *
 *     src/worker.ts:3:14: error: ')' expected.
 *       return new (Response;
 *                   ^
 * Thread: any. */
#ifndef WK_DIAG_H
#define WK_DIAG_H
#include "kernel/base/buf.h"
#include "proto/bundle.pb-c.h"

/* Appends one diagnostic, three lines where the place is known. Control bytes are shown as "?". */
void wk_diagnostic_format(const Wk__Diagnostic *diagnostic, struct wk_buf *out);
/* All of them, then "N errors, N warnings" where there is more than one. */
void wk_diagnostics_format(Wk__Diagnostic *const *list, size_t n, struct wk_buf *out);
#endif
