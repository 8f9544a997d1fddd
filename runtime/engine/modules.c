/* The built-in modules: bytecode in the binary, loaded on first require(). */
#include "runtime/engine/engine_priv.h"

#include <stdlib.h>
#include <string.h>

extern const char wk_boot_start[], wk_boot_end[]; /* runtime/engine/boot.S */

#define NATIVE_KEY DUK_HIDDEN_SYMBOL("native")
#define CACHE_KEY DUK_HIDDEN_SYMBOL("modules")

static const char *
boot_find(const char *name, size_t *bytes)
{
    size_t name_bytes = strlen(name);

    for (const char *p = wk_boot_start; p < wk_boot_end;) {
        const char *end = memchr(p, '\n', (size_t)(wk_boot_end - p));
        const char *head = p;
        char *content;

        *bytes = strtoul(end + 1, &content, 10);
        p = content + 1 + *bytes;
        if ((size_t)(end - head) == name_bytes && memcmp(head, name, name_bytes) == 0)
            return content + 1;
    }
    return NULL;
}

void
wk_engine_native(duk_context *ctx, const char *name, const duk_function_list_entry *verbs)
{
    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, NATIVE_KEY);
    if (!duk_get_prop_string(ctx, -1, name)) {
        duk_pop(ctx);
        duk_push_bare_object(ctx);
        duk_dup_top(ctx);
        duk_put_prop_string(ctx, -3, name);
    }
    duk_put_function_list(ctx, -1, verbs);
    duk_pop_3(ctx);
}

static duk_ret_t
native(duk_context *ctx)
{
    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, NATIVE_KEY);
    duk_dup(ctx, 0);
    if (!duk_get_prop(ctx, -2))
        return duk_error(ctx, DUK_ERR_REFERENCE_ERROR, "no native verbs named %s",
                         duk_to_string(ctx, 0));
    return 1;
}

static duk_ret_t
require(duk_context *ctx)
{
    wk_engine_require(ctx, duk_require_string(ctx, 0));
    return 1;
}

void
wk_engine_require(duk_context *ctx, const char *name)
{
    duk_idx_t top = duk_get_top(ctx);
    const char *code;
    size_t bytes = 0;

    duk_push_global_stash(ctx);
    duk_get_prop_string(ctx, -1, CACHE_KEY); /* stash cache */
    if (duk_get_prop_string(ctx, -1, name)) {
        duk_get_prop_string(ctx, -1, "exports");
        goto out;
    }
    duk_pop(ctx);
    if ((code = boot_find(name, &bytes)) == NULL)
        (void)duk_error(ctx, DUK_ERR_REFERENCE_ERROR, "no built-in module named %s", name);
    duk_push_bare_object(ctx); /* stash cache module */
    duk_push_object(ctx);
    duk_put_prop_string(ctx, -2, "exports");
    duk_dup_top(ctx);
    duk_put_prop_string(ctx, -3, name);
    memcpy(duk_push_fixed_buffer(ctx, bytes), code, bytes);
    duk_load_function(ctx); /* stash cache module fn */
    duk_get_prop_string(ctx, -2, "exports");
    duk_push_c_function(ctx, require, 1);
    duk_dup(ctx, -4);
    duk_push_c_function(ctx, native, 1);
    duk_call(ctx, 4);
    duk_pop(ctx);
    duk_get_prop_string(ctx, -1, "exports");
out:
    duk_replace(ctx, top);
    duk_set_top(ctx, top + 1);
}

void
wk_engine_modules_init(duk_context *ctx)
{
    duk_push_global_stash(ctx);
    duk_push_bare_object(ctx);
    duk_put_prop_string(ctx, -2, NATIVE_KEY);
    duk_push_bare_object(ctx);
    duk_put_prop_string(ctx, -2, CACHE_KEY);
    duk_pop(ctx);
}
