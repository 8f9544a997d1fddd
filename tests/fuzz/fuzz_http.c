/* Hostile bytes against the HTTP parser. The same bytes, given whole and given in pieces, must
 * yield the same requests, bodies and refusal; slices must lie inside the bytes given. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/front/parse.h"

#define OUT_BYTES_MAX (1u << 20)

struct transcript {
    char *text;
    size_t len;
};

static void
say(void *arg, const char *data, size_t bytes)
{
    struct transcript *t = arg;

    if (t->len + bytes > OUT_BYTES_MAX)
        return;
    if (bytes > 0)
        memcpy(t->text + t->len, data, bytes);
    t->len += bytes;
}

static void
say_slice(struct transcript *t, struct wk_slice s, const char *from, size_t bytes)
{
    if (s.at < from || s.at + s.len > from + bytes)
        abort();
    say(t, s.at, s.len);
    say(t, "|", 1);
}

static void
say_head(struct transcript *t, const struct wk_head *h, const char *from, size_t bytes)
{
    char flags[64];

    say_slice(t, h->method, from, bytes);
    say_slice(t, h->target, from, bytes);
    for (unsigned i = 0; i < h->count; i++) {
        say_slice(t, h->headers[i].name, from, bytes);
        say_slice(t, h->headers[i].value, from, bytes);
    }
    if (h->chunked && h->has_length)
        abort();
    say(t, flags,
        (size_t)snprintf(flags, sizeof(flags), "%d%d%d%u %lu\n", h->has_length, h->chunked,
                         h->keep_alive, h->minor, (unsigned long)h->length));
}

/* Parses data as it would come in reads of step bytes (0: at once). */
static void
run(const char *data, size_t bytes, size_t step, struct transcript *t)
{
    static struct wk_head head;
    struct wk_parser p;
    size_t at = 0, have = step ? 0 : bytes, used;
    int in_body = 0;
    char end[160];

    wk_parser_init(&p, 1 << 16);
    for (;;) {
        enum wk_parse r;

        if (in_body)
            r = wk_parser_body(&p, data + at, have - at, say, t, &used);
        else
            r = wk_parser_head(&p, data + at, have - at, &head, &used);
        if (r == WK_PARSE_BAD) {
            if (p.status < 400 || p.status > 505 || p.reason == NULL)
                abort();
            say(t, end, (size_t)snprintf(end, sizeof(end), "%u", p.status));
            return;
        }
        if (used > have - at)
            abort();
        if (r == WK_PARSE_DONE && !in_body)
            say_head(t, &head, data + at, have - at);
        at += used;
        if (r == WK_PARSE_DONE) {
            in_body = !in_body && !wk_parser_complete(&p);
            if (!in_body)
                wk_parser_reset(&p);
            continue;
        }
        if (have == bytes)
            return;
        have = have + step < bytes ? have + step : bytes;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static char whole[OUT_BYTES_MAX], pieces[OUT_BYTES_MAX];
    struct transcript a = {whole, 0}, b = {pieces, 0};
    char *copy;

    if (bytes < 2 || bytes > 100000)
        return 0;
    copy = malloc(bytes - 1); /* so that a read past the end is seen */
    memcpy(copy, data + 1, bytes - 1);
    run(copy, bytes - 1, 0, &a);
    run(copy, bytes - 1, 1 + data[0] % 17, &b);
    if (a.len != b.len || memcmp(a.text, b.text, a.len) != 0)
        abort();
    free(copy);
    return 0;
}
