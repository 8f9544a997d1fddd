/* Any text as _redirects and _headers, any path: parsing and matching end. */
#include <string.h>
#include "kernel/base/buf.h"
#include "services/disk/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void
see(void *arg, const char *name, const char *value)
{
    *(size_t *)arg += strlen(name) + (value != NULL ? strlen(value) : 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *cut = memchr(data, '\xFE', bytes);
    size_t first = cut == NULL ? bytes : (size_t)(cut - (const char *)data), seen = 0;
    struct wk_arena arena = {0};
    struct wk_rules_target target;
    char *text = wk_arena_strndup(&arena, (const char *)data, first);
    char *path = cut == NULL ? text : wk_arena_strndup(&arena, cut + 1, bytes - first - 1);
    struct wk_rules *rules = wk_rules_parse(text, text, (bytes & 1) != 0);

    wk_rules_redirect(rules, &arena, path, "?q", &target);
    wk_rules_headers(rules, &arena, "h", path, see, &seen);
    wk_rules_free(rules);
    wk_arena_fini(&arena);
    return 0;
}
