/* runtime/regexp/fold.h - which characters are equal under the i flag (ECMA-262 22.2.2.7.3).
 *
 * With code points: simple case folding. Without: the upper case of one UTF-16 unit, unless that is
 * longer, or is ASCII for a character that is not. Thread: any; the tables are built once. */
#ifndef WK_REGEXP_FOLD_H
#define WK_REGEXP_FOLD_H
#include <unicode/uset.h>
#include "kernel/base/base.h"

#define WK_FOLD_EQUALS_MAX 6

/* The characters equal to c, c itself among them, ascending; their number. */
size_t wk_fold_equals(uint32_t c, bool code_points, uint32_t out[WK_FOLD_EQUALS_MAX]);
/* Adds to set whatever is equal to a member of it; its strings stay as they are. */
void wk_fold_close(USet *set, bool code_points);
#endif
