/* runtime/binding/url_priv.h - shared by the url*.c files alone. */
#ifndef WK_RUNTIME_URL_PRIV_H
#define WK_RUNTIME_URL_PRIV_H
#include "runtime/binding/url.h"

/* Percent-encode sets: each is a bit in the table, tested by byte. Bytes over 0x7E are in all
 * of them. */
enum wk_url_set {
    WK_SET_C0 = 1,
    WK_SET_FRAGMENT = 2,
    WK_SET_QUERY = 4,
    WK_SET_SPECIAL_QUERY = 8,
    WK_SET_PATH = 16,
    WK_SET_USERINFO = 32,
    WK_SET_FORM = 64,
    WK_SET_HOST_FORBIDDEN =
        128, /* not an encode set: code points that no opaque host may have */
};
bool wk_url_in_set(unsigned char byte, enum wk_url_set set);
void wk_url_encode(struct wk_buf *out, const char *text, size_t bytes, enum wk_url_set set);
/* Appends with %XX undone. */
void wk_url_decode(struct wk_buf *out, const char *text, size_t bytes);
int wk_hex_digit(char c); /* -1: not one */

/* The host parser: out becomes the serialized host. False: invalid. */
bool wk_url_host(struct wk_buf *out, const char *text, size_t bytes, bool opaque);
bool wk_url_ipv6(struct wk_buf *out, const char *text, size_t bytes);
/* 1: an IPv4 address, appended; 0: not one, a name; -1: invalid. */
int wk_url_ipv4(struct wk_buf *out, const char *text, size_t bytes);
/* Domain to ASCII. False: invalid. */
bool wk_url_domain(struct wk_buf *out, const char *text, size_t bytes);

/* -1: the scheme is not special. 0: special without port (file). */
int wk_url_default_port(const char *scheme, size_t bytes);
static inline void
wk_buf_set(struct wk_buf *buf, const void *data, size_t bytes)
{
    buf->len = 0;
    wk_buf_add(buf, data, bytes);
}
static inline bool
wk_buf_is(const struct wk_buf *buf, const char *text)
{
    size_t n = __builtin_strlen(text);

    return buf->len == n && (n == 0 || __builtin_memcmp(buf->data, text, n) == 0);
}
#endif
