/* runtime/binding/utf8.h - between UTF-8 outside and Duktape's strings inside.
 *
 * A Duktape string is CESU-8: a character above U+FFFF is two encoded surrogates of three bytes
 * each, and a lone surrogate is legal. UTF-8 outside has neither, and bytes from outside pushed
 * as they are would make strings with wrong lengths. So everything that crosses goes through
 * here. Both ways cost one scan when nothing has to change, which is nearly always.
 *
 * Thread: the heap's. */
#ifndef WK_RUNTIME_UTF8_H
#define WK_RUNTIME_UTF8_H
#include "runtime/engine/engine.h"

/* Pushes the string that UTF-8 bytes decode to. Each ill-formed part becomes U+FFFD, as the
 * Encoding standard's decoder does it; a byte order mark stays. May throw (out of memory). */
void wk_push_utf8(duk_context *ctx, const void *bytes, size_t len);

/* Pushes a string whose characters are the bytes, U+0000 to U+00FF ("isomorphic decode"). May
 * throw. */
void wk_push_latin1(duk_context *ctx, const void *bytes, size_t len);

/* The value at idx as UTF-8, after ToString; a lone surrogate becomes U+FFFD (a USVString).
 * Owns: the stack slot at idx, which may now hold a buffer in place of the string; the bytes
 * live as long as that slot. Not NUL-terminated in that case. Throws what ToString throws. */
const char *wk_to_utf8(duk_context *ctx, duk_idx_t idx, size_t *len);

/* How many bytes from the start are ASCII. */
size_t wk_ascii_prefix(const void *bytes, size_t len);

/* Reads one sequence at p (end > p). Well-formed: its length, and *code. Ill-formed: minus the
 * length of the part that one U+FFFD stands for. WK_UTF8_CUT: well-formed so far, but end comes
 * first. */
#define WK_UTF8_CUT 0
int wk_utf8_next(const unsigned char *p, const unsigned char *end, uint32_t *code);
#endif
