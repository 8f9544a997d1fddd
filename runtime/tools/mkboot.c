/* runtime/tools/mkboot.c IN OUT - compiles the packed built-in modules to Duktape bytecode (build time).
 *
 * IN and OUT are "name\nbytes\ncontent" records; a module is a function of exports, require, module,
 * native. Exit status 1 with "file: message" for a module that does not compile. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/base/buf.h"
#include "duktape.h"

unsigned int
wk_engine_exec_timeout(void *udata)
{
    return 0;
}

int
wk_engine_native_stack_check(void)
{
    return 0;
}

int
wk_engine_parse_date(duk_context *ctx, const char *text)
{
    return 0;
}

static int
compile(duk_context *ctx, const char *name, const char *source, size_t bytes, FILE *out)
{
    static const char head[] = "(function (exports, require, module, native) {";
    struct wk_buf text = {0};
    duk_size_t code_bytes;
    void *code;

    wk_buf_add(&text, head, sizeof(head) - 1);
    wk_buf_add(&text, source, bytes);
    wk_buf_add_str(&text, "\n})");
    duk_push_sprintf(ctx, "wk:%s", name);
    if (duk_pcompile_lstring_filename(ctx, DUK_COMPILE_EVAL, text.data, text.len) != 0 ||
        duk_pcall(ctx, 0) != 0) {
        fprintf(stderr, "%s: %s\n", name, duk_safe_to_stacktrace(ctx, -1));
        return 1;
    }
    wk_buf_fini(&text);
    duk_dump_function(ctx);
    code = duk_get_buffer_data(ctx, -1, &code_bytes);
    fprintf(out, "%s\n%zu\n", name, (size_t)code_bytes);
    fwrite(code, 1, code_bytes, out);
    duk_pop(ctx);
    return 0;
}

int
main(int argc, char **argv)
{
    duk_context *ctx = duk_create_heap_default();
    struct wk_buf in = {0};
    FILE *out;
    int status = 0;

    if (argc != 3 || wk_buf_read_file(&in, argv[1], 64u << 20) != WK_OK ||
        (out = fopen(argv[2], "wb")) == NULL) {
        fprintf(stderr, "usage: mkboot IN OUT\n");
        return 100;
    }
    for (char *p = in.data; p < in.data + in.len;) {
        char *name = p, *end = strchr(name, '\n');
        size_t bytes;

        *end = '\0';
        bytes = strtoul(end + 1, &p, 10);
        p++;
        status |= compile(ctx, name, p, bytes, out);
        p += bytes;
    }
    wk_buf_fini(&in);
    duk_destroy_heap(ctx);
    return fclose(out) != 0 ? 1 : status;
}
