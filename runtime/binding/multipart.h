/* runtime/binding/multipart.h - reading multipart/form-data, part by part. Knows no JS.
 *
 * Takes what the peer takes: the first boundary may stand anywhere, lines may end in LF alone,
 * and parameters of Content-Disposition must be quoted. Time is linear in the body.
 *
 * Thread: any. Lifetime: the reader and its parts borrow the body and the boundary. */
#ifndef WK_RUNTIME_MULTIPART_H
#define WK_RUNTIME_MULTIPART_H
#include "kernel/base/buf.h"

struct wk_span {
    const char *data;
    size_t len;
};

struct wk_multipart {
    const char *at, *end;
    struct wk_span boundary; /* without the leading "--" */
    bool started;
    const char *error;  /* why wk_multipart_next gave -1; a static text */
    struct wk_span got; /* for the error that shows a value: the text ends in "Got: " */
};

struct wk_part {
    struct wk_span name,
        filename;        /* still with backslash escapes; filename.len 0: not a file */
    struct wk_span type; /* Content-Type, or empty */
    struct wk_span body;
};

void wk_multipart_init(struct wk_multipart *m, struct wk_span body, struct wk_span boundary);
/* 1: *part is the next one. 0: the end. -1: malformed, see error. */
int wk_multipart_next(struct wk_multipart *m, struct wk_part *part);
/* Undoes \" and \\ ; out has room for text.len bytes. Gives the length. */
size_t wk_multipart_unquote(struct wk_span text, char *out);

/* Finds a parameter of a MIME type such as Content-Type's boundary (name in lower case); the
 * value without quotes, still escaped. False: there is none, or it is empty and not quoted. */
bool wk_mime_parameter(struct wk_span mime, const char *name, struct wk_span *value);
/* Is the type's essence this one (lower case "a/b")? */
bool wk_mime_is(struct wk_span mime, const char *essence);
#endif
