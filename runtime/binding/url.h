/* runtime/binding/url.h - URLs as the WHATWG URL standard has them, for the URL class and for
 * other C code.
 *
 * A struct wk_url is the standard's record: components, already percent-encoded, so all of it
 * is ASCII. It knows no JS; the class is in url_class.c. Parsing is one pass over the input and
 * never recurses.
 *
 *     struct wk_url url = {0};
 *     if (wk_url_parse(&url, text, bytes, NULL)) { wk_url_href(&url, &href, &parts); ... }
 *     wk_url_fini(&url);
 *
 * A record can be used again for the next parse, which then allocates nothing.
 * Thread: any, a record belongs to one at a time. Lifetime: zero-initialised, ended by
 * wk_url_fini. */
#ifndef WK_RUNTIME_URL_H
#define WK_RUNTIME_URL_H
#include "kernel/base/buf.h"

struct wk_url {
    struct wk_buf scheme; /* without ':' */
    struct wk_buf username;
    struct wk_buf password;
    struct wk_buf host;     /* serialized; meaningful if has_host */
    struct wk_buf path;     /* "/a/b", or anything when opaque */
    struct wk_buf query;    /* without '?'; meaningful if has_query */
    struct wk_buf fragment; /* without '#'; meaningful if has_fragment */
    int port;               /* -1: none, or the scheme's default */
    bool special;           /* http, https, ws, wss, ftp, file */
    bool has_host, has_query, has_fragment, opaque_path;
};

/* Where the components are in a serialized URL: [start, end) in bytes. */
struct wk_url_parts {
    uint32_t scheme_end; /* after the ':' */
    uint32_t user_start, user_end, pass_start, pass_end;
    uint32_t host_start, host_end; /* without the port; empty if the host is null or empty */
    uint32_t path_start, path_end;
    uint32_t query_start; /* after the '?'; 0: no query */
    uint32_t query_end;
    uint32_t fragment_start; /* after the '#'; 0: no fragment */
    int32_t port;            /* -1: none */
    uint8_t has_host, opaque_path, special;
};

enum wk_url_component {
    WK_URL_PROTOCOL,
    WK_URL_USERNAME,
    WK_URL_PASSWORD,
    WK_URL_HOST,
    WK_URL_HOSTNAME,
    WK_URL_PORT,
    WK_URL_PATHNAME,
    WK_URL_SEARCH,
    WK_URL_HASH,
};

/* The longest input that is parsed; longer ones are invalid. Every offset fits 32 bits with
 * room. */
#define WK_URL_BYTES_MAX (256u << 20)

/* Parses UTF-8 into url; base may be NULL. False: invalid, and url holds nothing of use.
 * Allocates what grows with the input and aborts when the process has no memory. */
bool wk_url_parse(struct wk_url *url, const char *text, size_t bytes,
                  const struct wk_url *base);
/* Does what the setter of the URL class does; an invalid value changes nothing (except where
 * the standard keeps the part before the error). */
void wk_url_set(struct wk_url *url, enum wk_url_component which, const char *text,
                size_t bytes);

/* Appends the serialization to out (which must be empty for parts to be right); parts may be
 * NULL. */
void wk_url_href(const struct wk_url *url, struct wk_buf *out, struct wk_url_parts *parts);
/* Fills url from a serialization and its parts. */
void wk_url_load(struct wk_url *url, const char *href, const struct wk_url_parts *parts);
/* Appends the origin ("https://a:81", or "null"). */
void wk_url_origin(const struct wk_url *url, struct wk_buf *out);
void wk_url_fini(struct wk_url *url);
#endif
