/* services/wkctl/config/config_priv.h - one load: what the readers fill and the checks look at.
 *
 * Everything in the Config is on the C heap, as protobuf-c frees it; the trees that it was made
 * from live in the arena until the load ends, so that a check can name the place that a message
 * is about. */
#ifndef WK_CONFIG_CONFIG_PRIV_H
#define WK_CONFIG_CONFIG_PRIV_H
#include "services/wkctl/config/config.h"
#include "services/wkctl/config/doc.h"

struct config_where {
    const void *what; /* a message of the Config, or one of its texts */
    const struct wk_doc *at;
};

struct config_load {
    const struct wk_config_opts *opts;
    struct wk_diag_list *diags;
    struct wk_arena arena;
    Wk__Config *config;
    struct config_where *where;
    size_t where_count;
    size_t where_cap;
    bool wrangler;   /* a Wrangler project was read */
    bool incomplete; /* something could not be read: what refers to it would only be noise */
};

/* Appends item to a repeated field. */
#define CONFIG_PUSH(message, field, item)                                                      \
    ((message)->field = wk_xrealloc((message)->field,                                          \
                                    ((message)->n_##field + 1) * sizeof(*(message)->field)),   \
     (message)->field[(message)->n_##field++] = (item))

void config_note(struct config_load *load, const void *what, const struct wk_doc *at);
const struct wk_doc *config_at(const struct config_load *load, const void *what);
/* A finding at the place of a message, or without a place. */
void config_say(struct config_load *load, enum wk_diag_level level, const void *what,
                const char *fmt, ...) WK_PRINTF(4, 5);

/* Copies on the C heap. doc NULL: the empty text. */
char *config_text(const struct wk_doc *doc);
/* The same, its place noted. */
char *config_text_noted(struct config_load *load, const struct wk_doc *doc);
char *config_json(const struct wk_doc *doc);
void config_set(char **field, const char *text);

Wk__Service *config_service(struct config_load *load, const char *name,
                            Wk__Service__KindCase kind, const struct wk_doc *at);
Wk__Worker *config_worker(struct config_load *load, const char *name, const struct wk_doc *at);
Wk__Socket *config_socket(struct config_load *load, const char *name, const char *address,
                          const struct wk_doc *at);
Wk__Binding *config_binding(struct config_load *load, Wk__Worker *worker, const char *name,
                            const struct wk_doc *at);
Wk__Designator *config_designator(struct config_load *load, const char *service,
                                  const struct wk_doc *at);
Wk__Service *config_service_find(const Wk__Config *config, const char *name);
/* Remembers a file, a change of which changes the configuration. */
void config_watch(struct config_load *load, const char *path);

/* The readers. They report into load->diags. */
void config_read_capnp(struct config_load *load, const char *path);
void config_read_wrangler(struct config_load *load, const char *dir, const char *file,
                          bool first);
void config_read_module(struct config_load *load, const char *path, bool first);

/* Then, in this order. */
void config_apply_flags(struct config_load *load);
void config_validate(struct config_load *load);
void config_check_worker(struct config_load *load, const Wk__Service *s);
/* who: what to call the place, 'Worker "m"'s binding "B"', 'Socket "http"'. */
void config_check_designator(struct config_load *load, const Wk__Designator *d,
                             const char *who);
/* What to add to a complaint about a missing service: workers of Wrangler projects find one
 * another when they are started together. */
const char *config_other_project(const struct config_load *load);
/* "*:80", "[::1]:8080", "unix:/path": NULL if it can be an address, or what is wrong with it.
 */
const char *config_address_bad(const char *address);
#endif
