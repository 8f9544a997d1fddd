/* runtime/engine/duk/json_error.h - why a text is no JSON, in the words that people know from
 * V8.
 *
 * Duktape's parser says that there is an error; this reads the text again and says which.
 * Thread: any. */
#ifndef WK_RUNTIME_ENGINE_DUK_JSON_ERROR_H
#define WK_RUNTIME_ENGINE_DUK_JSON_ERROR_H
#include <stddef.h>

#define WK_JSON_DEPTH_MAX 2048      /* deeper than the parser goes */
#define WK_JSON_ERROR_BYTES_MAX 512 /* of a message, with its NUL */

/* Puts the message for the first error of the text, which is CESU-8, into out; an empty one
 * when there is none. */
void wk_json_error(const char *text, size_t bytes, char out[WK_JSON_ERROR_BYTES_MAX]);
#endif
