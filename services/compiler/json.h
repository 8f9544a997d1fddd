/* services/compiler/json.h - package.json and tsconfig.json: JSON, and JSON with comments.
 *
 * Thread: its owner's. */
#ifndef WK_COMPILER_JSON_H
#define WK_COMPILER_JSON_H
#include <jansson.h>
#include "kernel/base/base.h"

/* Parses text; comments and trailing commas are allowed. NULL: malformed, with what is wrong in error
 * (error->line counts in text). Owns: the caller's, json_decref. */
json_t *wk_json_parse(const char *text, size_t bytes, json_error_t *error);
/* The string member, or NULL. Borrowed. */
const char *wk_json_str(const json_t *object, const char *key);
#endif
