/* What the setters of the URL class do to a record. */
#include "runtime/binding/url_states.h"

static void
set_query_or_fragment(struct wk_url *url, struct wk_buf *which, bool *has, char sign,
                      const char *text, size_t bytes)
{
    *has = bytes > 0;
    which->len = 0;
    if (bytes == 0)
        return;
    if (text[0] == sign) {
        text++;
        bytes--;
    }
    wk_url_run(url, text, bytes, NULL, sign == '?' ? QUERY : FRAGMENT,
               sign == '?' ? QUERY : FRAGMENT);
}

static void
set_port(struct wk_url *url, const char *text, size_t bytes)
{
    if (bytes == 0)
        url->port = -1;
    else
        wk_url_run(url, text, bytes, NULL, PORT, PORT);
}

static void
set_protocol(struct wk_url *url, const char *text, size_t bytes)
{
    struct wk_buf with_colon = {0};

    wk_buf_add(&with_colon, text, bytes);
    wk_buf_add_char(&with_colon, ':');
    wk_url_run(url, with_colon.data, with_colon.len, NULL, SCHEME_START, SCHEME_START);
    wk_buf_fini(&with_colon);
}

void
wk_url_set(struct wk_url *url, enum wk_url_component which, const char *text, size_t bytes)
{
    bool no_credentials =
        !url->has_host || url->host.len == 0 || wk_buf_is(&url->scheme, "file");
    struct wk_buf *userinfo = which == WK_URL_USERNAME ? &url->username : &url->password;

    if (bytes > WK_URL_BYTES_MAX)
        return;
    switch (which) {
    case WK_URL_PROTOCOL:
        set_protocol(url, text, bytes);
        break;
    case WK_URL_USERNAME:
    case WK_URL_PASSWORD:
        if (no_credentials)
            return;
        userinfo->len = 0;
        wk_url_encode(userinfo, text, bytes, WK_SET_USERINFO);
        break;
    case WK_URL_HOST:
    case WK_URL_HOSTNAME:
        if (!url->opaque_path)
            wk_url_run(url, text, bytes, NULL, HOST, which == WK_URL_HOST ? HOST : HOSTNAME);
        break;
    case WK_URL_PORT:
        if (!no_credentials)
            set_port(url, text, bytes);
        break;
    case WK_URL_PATHNAME:
        if (url->opaque_path)
            return;
        url->path.len = 0;
        wk_url_run(url, text, bytes, NULL, PATH_START, PATH_START);
        break;
    case WK_URL_SEARCH:
        set_query_or_fragment(url, &url->query, &url->has_query, '?', text, bytes);
        break;
    case WK_URL_HASH:
        set_query_or_fragment(url, &url->fragment, &url->has_fragment, '#', text, bytes);
        break;
    }
}
