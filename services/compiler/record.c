#include "services/compiler/record.h"

#include <string.h>

#define LIST_MAX 65536u

static void
put_u32(struct wk_buf *out, uint32_t value)
{
    char bytes[4] = {(char)value, (char)(value >> 8), (char)(value >> 16), (char)(value >> 24)};

    wk_buf_add(out, bytes, 4);
}

static void
put_bytes(struct wk_buf *out, const void *data, size_t bytes)
{
    put_u32(out, (uint32_t)bytes);
    if (bytes > 0)
        wk_buf_add(out, data, bytes);
}

/* NULL and "" are the same. */
static void
put_str(struct wk_buf *out, const char *text)
{
    put_bytes(out, text, text == NULL ? 0 : strlen(text));
}

struct reader {
    struct wk_arena *arena;
    const uint8_t *p, *end;
    bool bad; /* sticky: everything read after it is zero or empty */
};

static uint32_t
get_u32(struct reader *r)
{
    uint32_t value;

    if (r->end - r->p < 4) {
        r->bad = true;
        r->p = r->end;
        return 0;
    }
    value = (uint32_t)r->p[0] | (uint32_t)r->p[1] << 8 | (uint32_t)r->p[2] << 16 | (uint32_t)r->p[3] << 24;
    r->p += 4;
    return value;
}

static const char *
get_bytes(struct reader *r, size_t *bytes)
{
    *bytes = get_u32(r);
    if (*bytes > (size_t)(r->end - r->p)) {
        r->bad = true;
        *bytes = 0;
    }
    r->p += *bytes;
    return wk_arena_strndup(r->arena, (const char *)r->p - *bytes, *bytes);
}

static const char *
get_str(struct reader *r)
{
    size_t bytes;

    return get_bytes(r, &bytes);
}

static const char *
get_str_or_null(struct reader *r)
{
    const char *text = get_str(r);

    return *text == '\0' ? NULL : text;
}

/* How many entries follow; an entry takes at least entry_bytes. */
static size_t
get_count(struct reader *r, size_t entry_bytes)
{
    uint32_t count = get_u32(r);

    if (count > LIST_MAX || count * entry_bytes > (size_t)(r->end - r->p)) {
        r->bad = true;
        return 0;
    }
    return count;
}

void
wk_lowered_fail(struct wk_arena *arena, struct wk_lowered *lowered, uint32_t line, uint32_t column, const char *text)
{
    memset(lowered, 0, sizeof(*lowered));
    lowered->code = "";
    lowered->problems = wk_arena_alloc(arena, sizeof(*lowered->problems));
    lowered->problems_len = 1;
    lowered->problems[0] = (struct wk_problem){
        .error = true, .line = line, .column = column, .text = wk_arena_strndup(arena, text, strlen(text)),
        .source_line = "",
    };
}

bool
wk_lowered_has_error(const struct wk_lowered *lowered)
{
    for (size_t i = 0; i < lowered->problems_len; i++)
        if (lowered->problems[i].error)
            return true;
    return false;
}

void
wk_lowered_encode(const struct wk_lowered *lowered, struct wk_buf *out)
{
    put_u32(out, lowered->type);
    put_u32(out, lowered->exported);
    put_bytes(out, lowered->code, lowered->code_bytes);
    put_bytes(out, lowered->line_map, lowered->line_map_bytes);
    put_u32(out, (uint32_t)lowered->imports_len);
    for (size_t i = 0; i < lowered->imports_len; i++) {
        const struct wk_import *import = &lowered->imports[i];

        put_str(out, import->specifier);
        put_u32(out, import->kind);
        put_u32(out, import->line);
        put_u32(out, import->column);
    }
    put_u32(out, (uint32_t)lowered->problems_len);
    for (size_t i = 0; i < lowered->problems_len; i++) {
        const struct wk_problem *problem = &lowered->problems[i];

        put_u32(out, problem->error);
        put_u32(out, problem->line);
        put_u32(out, problem->column);
        put_str(out, problem->text);
        put_str(out, problem->source_line);
    }
}

wk_err
wk_lowered_decode(struct wk_arena *arena, const void *data, size_t bytes, struct wk_lowered *out)
{
    struct reader r = {arena, data, (const uint8_t *)data + bytes, false};

    memset(out, 0, sizeof(*out));
    out->type = get_u32(&r);
    out->exported = get_u32(&r) != 0;
    out->code = get_bytes(&r, &out->code_bytes);
    out->line_map = (const uint8_t *)get_bytes(&r, &out->line_map_bytes);
    out->imports_len = get_count(&r, 16);
    out->imports = wk_arena_alloc(arena, (out->imports_len + 1) * sizeof(*out->imports));
    for (size_t i = 0; i < out->imports_len; i++) {
        out->imports[i].specifier = get_str(&r);
        out->imports[i].kind = get_u32(&r);
        out->imports[i].line = get_u32(&r);
        out->imports[i].column = get_u32(&r);
    }
    out->problems_len = get_count(&r, 20);
    out->problems = wk_arena_alloc(arena, (out->problems_len + 1) * sizeof(*out->problems));
    for (size_t i = 0; i < out->problems_len; i++) {
        out->problems[i].error = get_u32(&r) != 0;
        out->problems[i].line = get_u32(&r);
        out->problems[i].column = get_u32(&r);
        out->problems[i].text = get_str(&r);
        out->problems[i].source_line = get_str(&r);
    }
    return r.bad || r.p != r.end ? WK_EINVAL : WK_OK;
}

void
wk_lower_input_encode(const struct wk_lower_input *input, struct wk_buf *out)
{
    const struct wk_lower_opts *opts = &input->opts;

    put_str(out, input->display);
    put_bytes(out, input->source, input->source_bytes);
    put_u32(out, input->kind);
    put_u32(out, input->ours);
    put_str(out, opts->jsx);
    put_str(out, opts->jsx_import_source);
    put_str(out, opts->jsx_factory);
    put_str(out, opts->jsx_fragment_factory);
    put_u32(out, opts->assign_fields);
    put_u32(out, (uint32_t)opts->defines_len);
    for (size_t i = 0; i < opts->defines_len; i++) {
        put_str(out, opts->defines[i].name);
        put_str(out, opts->defines[i].value);
    }
}

wk_err
wk_lower_input_decode(struct wk_arena *arena, const void *data, size_t bytes, struct wk_lower_input *out)
{
    struct reader r = {arena, data, (const uint8_t *)data + bytes, false};
    struct wk_define *defines;

    memset(out, 0, sizeof(*out));
    out->display = get_str(&r);
    out->source = get_bytes(&r, &out->source_bytes);
    out->kind = get_u32(&r);
    out->ours = get_u32(&r) != 0;
    out->opts.jsx = get_str_or_null(&r);
    out->opts.jsx_import_source = get_str_or_null(&r);
    out->opts.jsx_factory = get_str_or_null(&r);
    out->opts.jsx_fragment_factory = get_str_or_null(&r);
    out->opts.assign_fields = get_u32(&r) != 0;
    out->opts.defines_len = get_count(&r, 8);
    defines = wk_arena_alloc(arena, (out->opts.defines_len + 1) * sizeof(*defines));
    for (size_t i = 0; i < out->opts.defines_len; i++) {
        defines[i].name = get_str(&r);
        defines[i].value = get_str(&r);
    }
    out->opts.defines = defines;
    return r.bad || r.p != r.end ? WK_EINVAL : WK_OK;
}
