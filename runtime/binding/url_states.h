/* runtime/binding/url_states.h - the states of the basic URL parser, for url_parse.c,
 * url_path.c and url_set.c. */
#ifndef WK_RUNTIME_URL_STATES_H
#define WK_RUNTIME_URL_STATES_H
#include "runtime/binding/url_priv.h"

enum wk_url_state {
    DONE,
    FAILED,
    SCHEME_START,
    NO_SCHEME,
    RELATIVE,
    RELATIVE_SLASH,
    SPECIAL_SLASHES,
    AUTHORITY,
    HOST,
    HOSTNAME,
    PORT,
    FILE_START,
    FILE_SLASH,
    FILE_HOST,
    PATH_START,
    PATH,
    OPAQUE_PATH,
    QUERY,
    FRAGMENT,
};

struct wk_url_parser {
    struct wk_url *url;
    const struct wk_url *base;
    const char *p, *end;
    enum wk_url_state override; /* DONE: none */
};

/* The character at the pointer, -1 at the end. */
static inline int
at(const struct wk_url_parser *s)
{
    return s->p < s->end ? (unsigned char)*s->p : -1;
}

static inline bool
at_slash(const struct wk_url_parser *s)
{
    return at(s) == '/' || (s->url->special && at(s) == '\\');
}

/* Runs the parser from a state; override: the setter's state, or DONE for none. False: failure.
 */
bool wk_url_run(struct wk_url *url, const char *text, size_t bytes, const struct wk_url *base,
                enum wk_url_state state, enum wk_url_state override);

/* url_path.c: the states after the authority. */
enum wk_url_state wk_url_path_start(struct wk_url_parser *s);
enum wk_url_state wk_url_path(struct wk_url_parser *s);
enum wk_url_state wk_url_opaque_path(struct wk_url_parser *s);
enum wk_url_state wk_url_query(struct wk_url_parser *s);
enum wk_url_state wk_url_fragment(struct wk_url_parser *s);
/* Past the '?' or '#' at the pointer. */
enum wk_url_state wk_url_to_query(struct wk_url_parser *s);
enum wk_url_state wk_url_to_fragment(struct wk_url_parser *s);
/* Drops the last segment of the path, but not a file's drive letter. */
void wk_url_shorten(struct wk_url *url);
/* "C:" or "C|", alone: the two characters are all there is. */
bool wk_url_is_drive(const char *p, size_t bytes);
/* "/C:" as the first of the path's segments. */
bool wk_url_path_has_drive(const struct wk_buf *path);
#endif
