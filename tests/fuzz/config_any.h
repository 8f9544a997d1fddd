/* tests/fuzz/config_any.h - any bytes as a configuration: a tree or an error, never neither;
 * what was read is written as JSON that reads the same. */
#ifndef WK_FUZZ_CONFIG_ANY_H
#define WK_FUZZ_CONFIG_ANY_H
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct wk_doc *config_parse_fn(struct wk_arena *arena, const char *file,
                                       const char *text, size_t bytes,
                                       struct wk_diag_list *diags);

static inline void
fuzz_config(config_parse_fn *parse, const uint8_t *data, size_t size)
{
    struct wk_diag_list diags = {0};
    struct wk_arena arena = {0};
    struct wk_buf json = {0}, again = {0};
    char *text = wk_xmalloc(size + 1);
    struct wk_doc *doc;

    memcpy(text, data, size);
    text[size] = '\0';
    doc = parse(&arena, "fuzz", text, size, &diags);
    WK_CHECK(doc != NULL || diags.errors > 0);
    if (doc != NULL && diags.errors == 0) {
        wk_doc_to_json(doc, &json);
        doc = wk_jsonc_parse(&arena, "again", json.data, json.len, &diags);
        WK_CHECK(doc != NULL && diags.errors == 0);
        wk_doc_to_json(doc, &again);
        WK_CHECK(json.len == again.len && memcmp(json.data, again.data, json.len) == 0);
    }
    wk_buf_fini(&json);
    wk_buf_fini(&again);
    wk_arena_fini(&arena);
    wk_diag_fini(&diags);
    free(text);
}
#endif
