/* tests/fuzz/fuzz_capnp.c - any bytes as a configuration: a tree or an error, never neither. */
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/capnp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wk_diag_list diags = {0};
    struct wk_arena arena = {0};
    struct wk_buf json = {0};
    const struct wk_capnp_opts opts = {0};
    char *text = wk_xmalloc(size + 1);
    struct wk_doc *doc;

    memcpy(text, data, size);
    text[size] = '\0';
    doc = wk_capnp_parse(&arena, "fuzz.capnp", text, size, &opts, NULL, NULL, &diags);
    WK_CHECK(doc != NULL || diags.errors > 0);
    if (doc != NULL)
        wk_doc_to_json(doc, &json);
    wk_buf_fini(&json);
    wk_arena_fini(&arena);
    wk_diag_fini(&diags);
    free(text);
    return 0;
}
