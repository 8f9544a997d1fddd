/* runtime/locale/collator.h - the order of strings in a language.
 *
 * ASCII in the root's order, which most languages share, needs no ICU; the rest goes to a
 * collator out of a few that are kept open. Thread: the heap's. */
#ifndef WK_RUNTIME_LOCALE_COLLATOR_H
#define WK_RUNTIME_LOCALE_COLLATOR_H
#include "runtime/locale/locale_priv.h"

#include <unicode/ucol.h>

enum wk_sensitivity {
    WK_SENSITIVITY_BASE,
    WK_SENSITIVITY_ACCENT,
    WK_SENSITIVITY_CASE,
    WK_SENSITIVITY_VARIANT
};
enum wk_case_first { WK_CASE_FIRST_FALSE, WK_CASE_FIRST_UPPER, WK_CASE_FIRST_LOWER };

/* What a collator is made of; comparable with memcmp, so made by wk_collation_init. */
struct wk_collation {
    char locale[2 * WK_LOCALE_BYTES_MAX]; /* ICU's name, with its keywords */
    uint8_t sensitivity, case_first;
    int8_t ignore_punctuation; /* -1: as the language has it */
    bool numeric, search, has_sensitivity;
    bool ascii_fast; /* ASCII is in the root's order */
};

/* For a canonical tag with everything else as by default. */
void wk_collation_init(struct wk_collation *c, const char *tag);
/* The open collator; good until the next call. Throws. */
UCollator *wk_collation_open(duk_context *ctx, const struct wk_collation *c);
/* The order of two strings on the stack: -1, 0 or 1. */
int wk_collation_compare(duk_context *ctx, const struct wk_collation *c, duk_idx_t a,
                         duk_idx_t b);

/* The order of two ASCII strings; WK_ASCII_UNKNOWN: characters that ICU leaves out. */
#define WK_ASCII_UNKNOWN 2
int wk_ascii_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes,
                     enum wk_sensitivity sensitivity);
#endif
