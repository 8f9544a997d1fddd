#include "services/wkctl/facet_path.h"

#include <stdlib.h>
#include <string.h>

void
wk_facet_name_add(struct wk_buf *out, const char *name, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (name[i] == '%' || name[i] == '\0')
            wk_buf_add_str(out, name[i] == '%' ? "%25" : "%00");
        else
            wk_buf_add_char(out, name[i]);
}

/* The name that a person wrote, up to the next slash. */
static const char *
name_read(const char *at, struct wk_buf *out)
{
    for (; *at != '\0' && *at != '/'; at++) {
        if (*at != '%') {
            wk_buf_add_char(out, *at);
        } else if (strncmp(at, "%2F", 3) == 0 || strncmp(at, "%2f", 3) == 0) {
            wk_buf_add_char(out, '/');
            at += 2;
        } else if (strncmp(at, "%25", 3) == 0 || strncmp(at, "%00", 3) == 0) {
            wk_buf_add(out, at, 3);
            at += 2;
        } else {
            wk_buf_add_str(out, "%25");
        }
    }
    return at;
}

bool
wk_facet_path_read(const char *text, struct wk_facet_path *out)
{
    *out = (struct wk_facet_path){0};
    for (const char *at = text;; at++) {
        struct wk_buf name = {0};

        at = name_read(at, &name);
        if (out->count == WK_FACET_DEPTH_MAX || name.len > WK_FACET_NAME_BYTES_MAX) {
            wk_buf_fini(&name);
            return false;
        }
        out->names[out->count++] = wk_xstrndup(name.data != NULL ? name.data : "", name.len);
        wk_buf_fini(&name);
        if (*at == '\0')
            return true;
    }
}

void
wk_facet_path_fini(struct wk_facet_path *path)
{
    while (path->count > 0)
        free(path->names[--path->count]);
}

void
wk_facet_path_text(char *const *names, size_t count, struct wk_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            wk_buf_add_char(out, '/');
        for (const char *c = names[i]; *c != '\0'; c++)
            if (*c == '/')
                wk_buf_add_str(out, "%2F");
            else
                wk_buf_add_char(out, *c);
    }
}
