/* Any bytes as multipart/form-data: reading ends, and every part lies inside the body, in
 * order. */
#include <stdlib.h>
#include <string.h>
#include "runtime/binding/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void
check_inside(struct wk_span part, struct wk_span body)
{
    WK_CHECK(part.len == 0 ||
             (part.data >= body.data && part.data + part.len <= body.data + body.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct wk_span all = {(const char *)data, bytes}, boundary = {"a", 1}, value;
    struct wk_multipart m;
    struct wk_part part;
    const char *last = all.data;
    size_t parts = 0;

    if (bytes > 0 && wk_mime_parameter(all, "boundary", &value)) {
        check_inside(value, all);
        if (value.len > 0)
            boundary = value;
    }
    wk_mime_is(all, "multipart/form-data");
    wk_multipart_init(&m, all, boundary);
    while (wk_multipart_next(&m, &part) > 0) {
        char *name = malloc(part.name.len + 1);

        check_inside(part.name, all);
        check_inside(part.filename, all);
        check_inside(part.type, all);
        check_inside(part.body, all);
        WK_CHECK(part.name.data >= last && part.body.data >= part.name.data);
        last = part.body.data + part.body.len;
        WK_CHECK(wk_multipart_unquote(part.name, name) <= part.name.len);
        free(name);
        WK_CHECK(++parts <= bytes);
    }
    return 0;
}
