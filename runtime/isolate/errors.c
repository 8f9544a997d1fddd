/* Errors of script as text for a person. */
#include "runtime/isolate/isolate_priv.h"

#include <stdlib.h>
#include <string.h>
#include "runtime/actor/actor.h"
#include "runtime/binding/utf8.h"
#include "runtime/linemap/line_map.h"

#define STACK_GETTER_KEY DUK_HIDDEN_SYMBOL("stackGetter")

/* ---- stacks with the author's lines ---- */

/* The author's line of a place in lowered code; the line itself where no map knows it. */
static uint32_t
author_line(const struct wk_isolate *iso, const char *file, size_t len, uint32_t line)
{
    for (size_t i = 0; iso->worker != NULL && i < iso->worker->module_count; i++) {
        const struct wk_module *m = &iso->worker->modules[i];
        uint32_t found;

        if (strlen(m->display) != len || memcmp(m->display, file, len) != 0)
            continue;
        found = wk_line_map_find(m->line_map.data, m->line_map.len, line);
        return found > 0 ? found : line;
    }
    return line;
}

/* One "    at name (file:line)" of a stack; frames of the runtime itself are left out. */
static void
map_frame(const struct wk_isolate *iso, const char *frame, size_t len, struct wk_buf *out)
{
    const char *open = memrchr(frame, '(', len), *colon = memrchr(frame, ':', len);
    uint32_t line = 0;

    if (open != NULL && ((size_t)(frame + len - open) > 3 && memcmp(open, "(wk:", 4) == 0))
        return;
    if (memmem(frame, len, "(native)", 8) != NULL)
        return;
    wk_buf_add_char(out, '\n');
    if (open == NULL || colon == NULL || colon < open) {
        wk_buf_add(out, frame, len);
        return;
    }
    for (const char *p = colon + 1; p < frame + len && *p >= '0' && *p <= '9'; p++)
        line = line * 10 + (uint32_t)(*p - '0');
    wk_buf_add(out, frame, (size_t)(colon - frame) + 1);
    wk_buf_addf(out, "%u)", author_line(iso, open + 1, (size_t)(colon - open) - 1, line));
}

static void
map_stack(const struct wk_isolate *iso, const char *stack, size_t len, struct wk_buf *out)
{
    const char *p = stack, *end = stack + len;

    while (p < end) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        size_t bytes = (size_t)((eol != NULL ? eol : end) - p);

        if (bytes > 7 && memcmp(p, "    at ", 7) == 0) {
            map_frame(iso, p, bytes, out);
        } else {
            if (p != stack)
                wk_buf_add_char(out, '\n');
            wk_buf_add(out, p, bytes);
        }
        p += bytes + 1;
    }
}

/* get Error.prototype.stack */
static duk_ret_t
stack_get(duk_context *ctx)
{
    struct wk_buf out = {0};
    const char *text;
    size_t len;

    duk_push_current_function(ctx);
    duk_get_prop_string(ctx, -1, STACK_GETTER_KEY);
    duk_push_this(ctx);
    duk_call_method(ctx, 0);
    if (!duk_is_string(ctx, -1))
        return 1;
    text = duk_get_lstring(ctx, -1, &len);
    if (memmem(text, len, "\n    at ", 8) == NULL)
        return 1;
    map_stack(wk_isolate_of(ctx), text, len, &out);
    duk_push_lstring(ctx, out.data, out.len);
    wk_buf_fini(&out);
    return 1;
}

void
wk_isolate_stacks_init(duk_context *ctx)
{
    duk_get_global_string(ctx, "Error");
    duk_get_prop_string(ctx, -1, "prototype");
    duk_push_string(ctx, "stack");
    duk_get_prop_desc(ctx, -2, 0);
    if (duk_is_object(ctx, -1) && duk_get_prop_string(ctx, -1, "get") && duk_is_function(ctx, -1)) {
        duk_push_string(ctx, "stack");
        duk_push_c_function(ctx, stack_get, 0);
        duk_dup(ctx, -3);
        duk_put_prop_string(ctx, -2, STACK_GETTER_KEY);
        duk_def_prop(ctx, -5, DUK_DEFPROP_HAVE_GETTER | DUK_DEFPROP_FORCE);
    }
    duk_set_top(ctx, 0);
}

/* Pushes the string property, or "". Never throws for what a getter does. */
static duk_ret_t
get_text(duk_context *ctx, void *name)
{
    duk_get_prop_string(ctx, -1, name);
    duk_to_string(ctx, -1);
    return 1;
}

static void
push_text(duk_context *ctx, duk_idx_t idx, const char *name)
{
    duk_dup(ctx, idx);
    if (!duk_is_object(ctx, -1) || duk_safe_call(ctx, get_text, (void *)(uintptr_t)name, 1, 1) != 0 ||
        !duk_is_string(ctx, -1)) {
        duk_pop(ctx);
        duk_push_string(ctx, "");
    } else if (strcmp(duk_get_string(ctx, -1), "undefined") == 0) {
        duk_pop(ctx);
        duk_push_string(ctx, "");
    }
}

static duk_ret_t
to_text(duk_context *ctx, void *udata)
{
    duk_to_string(ctx, -1);
    return 1;
}

void
wk_isolate_describe(duk_context *ctx, duk_idx_t idx)
{
    idx = duk_normalize_index(ctx, idx);
    push_text(ctx, idx, "stack");
    if (duk_get_length(ctx, -1) > 0)
        return;
    duk_pop(ctx);
    duk_dup(ctx, idx);
    if (duk_is_symbol(ctx, -1) || duk_safe_call(ctx, to_text, NULL, 1, 1) != 0) {
        duk_pop(ctx);
        duk_push_string(ctx, "(JavaScript exception with no message)");
    }
}

void
wk_isolate_uncaught(struct wk_isolate *iso, const char *prefix, duk_idx_t idx)
{
    duk_context *ctx = iso->ctx;
    const char *text;
    size_t len;

    iso->stats.exceptions++;
    duk_push_string(ctx, prefix);
    wk_isolate_describe(ctx, idx < 0 ? idx - 1 : idx);
    duk_concat(ctx, 2);
    text = wk_to_utf8(ctx, -1, &len);
    iso->ops->log(iso->host, 0, text, len);
    duk_pop(ctx);
}

#define EXCERPT_LINES 4 /* on either side */

/* Adds the lines around `line` of text, each with its number. */
static void
add_excerpt(const struct wk_slice *text, const char *file, size_t file_len, uint32_t line, struct wk_buf *out)
{
    const char *p = text->data, *end = text->data + text->len;

    wk_buf_addf(out, "%.*s:%u\n", (int)file_len, file, line);
    for (uint32_t n = 1; p < end && n <= line + EXCERPT_LINES; n++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        size_t bytes = (size_t)((eol != NULL ? eol : end) - p);

        if (n + EXCERPT_LINES >= line)
            wk_buf_addf(out, "%s %4u | %.*s\n", n == line ? ">" : " ", n, (int)(bytes < 400 ? bytes : 400), p);
        p += bytes + 1;
    }
}

/* The lines around the first place of a stack whose source is known. */
static void
find_excerpt(const struct wk_isolate *iso, const char *stack, struct wk_buf *out)
{
    for (const char *open = strchr(stack, '('); open != NULL; open = strchr(open + 1, '(')) {
        const char *close = strchr(open, ')'), *colon;

        if (close == NULL || (colon = memrchr(open, ':', (size_t)(close - open))) == NULL)
            continue;
        for (size_t i = 0; iso->worker != NULL && i < iso->worker->module_count; i++) {
            const struct wk_module *m = &iso->worker->modules[i];

            if (m->source.len > 0 && strlen(m->display) == (size_t)(colon - open - 1) &&
                memcmp(m->display, open + 1, (size_t)(colon - open - 1)) == 0) {
                add_excerpt(&m->source, m->display, strlen(m->display), (uint32_t)strtoul(colon + 1, NULL, 10), out);
                return;
            }
        }
    }
}

void
wk_isolate_js_error(struct wk_isolate *iso, duk_idx_t idx, struct wk_js_error *out, struct wk_buf *excerpt)
{
    duk_context *ctx = iso->ctx;
    size_t len;

    idx = duk_normalize_index(ctx, idx);
    push_text(ctx, idx, "name");
    push_text(ctx, idx, "message");
    wk_isolate_describe(ctx, idx);
    if (!duk_is_object(ctx, idx)) {
        duk_dup_top(ctx);
        duk_replace(ctx, -3); /* the message of what is no error is its text */
    }
    memset(out, 0, sizeof(*out));
    out->name = wk_to_utf8(ctx, -3, &len);
    out->message = wk_to_utf8(ctx, -2, &len);
    out->stack = wk_to_utf8(ctx, -1, &len);
    find_excerpt(iso, out->stack, excerpt);
    out->excerpt = excerpt->data != NULL ? excerpt->data : "";
}

void
wk_isolate_fail(struct wk_exchange *x, wk_err code, duk_idx_t idx, uint32_t traits, struct wk_slice detail)
{
    struct wk_buf excerpt = {0};
    struct wk_isolate *iso = x->isolate;
    struct wk_js_error error;

    wk_isolate_js_error(iso, idx, &error, &excerpt);
    error.traits = traits;
    error.detail = detail;
    error.incarnation = x->actor != NULL ? wk_actor_incarnation(x->actor) : 0;
    if (x->peer != NULL)
        iso->ops->finish(iso->host, x->peer, code, &error);
    wk_buf_fini(&excerpt);
    x->peer = NULL;
    duk_pop_3(iso->ctx);
}
