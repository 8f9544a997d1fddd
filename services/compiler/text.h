/* services/compiler/text.h - between the UTF-8 of files and the strings of the engine.
 *
 * Duktape holds strings as CESU-8: a character past U+FFFF is two surrogates of three bytes each.
 * Lowered code leaves as ASCII, every other character as \uXXXX, which strings and identifiers both
 * allow: the engine then indexes it in constant time. Thread: any. */
#ifndef WK_COMPILER_TEXT_H
#define WK_COMPILER_TEXT_H
#include "kernel/base/buf.h"

/* UTF-8 to CESU-8; a byte order mark goes, what is not UTF-8 becomes U+FFFD. */
void wk_text_to_engine(const char *text, size_t bytes, struct wk_buf *out);
/* CESU-8 code to ASCII with \uXXXX. */
void wk_text_to_ascii(const char *text, size_t bytes, struct wk_buf *out);
/* CESU-8 to UTF-8, for messages. */
void wk_text_to_utf8(const char *text, size_t bytes, struct wk_buf *out);
#endif
