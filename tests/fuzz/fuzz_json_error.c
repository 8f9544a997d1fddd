/* Any text as JSON: the search for its first error ends, and says something that ends, too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "runtime/engine/duk/json_error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char out[WK_JSON_ERROR_BYTES_MAX];
    char *text = malloc(bytes + 1); /* of its own, so that a read past its end is seen */

    memcpy(text, data, bytes);
    wk_json_error(text, bytes, out);
    if (memchr(out, '\0', sizeof(out)) == NULL)
        abort();
    free(text);
    return 0;
}
