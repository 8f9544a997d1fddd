/* services/wkctl/config/wrangler_priv.h - one Wrangler project being read.
 *
 * wrangler.c finds the file and the environment, wrangler_keys.c knows every key,
 * wrangler_worker.c what a worker is made of, wrangler_bind.c its bindings, wrangler_actor.c
 * its Durable Objects. */
#ifndef WK_CONFIG_WRANGLER_PRIV_H
#define WK_CONFIG_WRANGLER_PRIV_H
#include "services/wkctl/config/config_priv.h"

struct wrangler {
    struct config_load *load;
    const char *dir;  /* as the person wrote it, for messages */
    char *root;       /* absolute */
    const char *file; /* the configuration file, for messages */
    struct wk_doc *top;
    struct wk_doc *env; /* the chosen environment, or NULL */
    const char *env_name;
    char *name; /* of the service */
    bool first; /* gets the socket */
};

enum wrangler_scope {
    WRANGLER_TOP,       /* only at the top level */
    WRANGLER_INHERITED, /* an environment may override it */
    WRANGLER_PER_ENV,   /* an environment starts without it */
};

enum wrangler_use {
    WRANGLER_READ,
    WRANGLER_SILENT,  /* about deploying: nothing to do here */
    WRANGLER_NOTED,   /* has no effect here, which is worth a warning */
    WRANGLER_REFUSED, /* an error unless empty */
    WRANGLER_BINDING, /* a kind of binding that is not offered: throws when it is used */
};

struct wrangler_key {
    const char *name;
    enum wrangler_scope scope;
    enum wrangler_use use;
    const char *note;  /* NOTED, REFUSED: why. BINDING: what it is, "KV namespace" */
    const char *inner; /* BINDING: the key of its list in an object, or NULL */
    const char *label; /* BINDING: the key that holds the binding's name */
};

const struct wrangler_key *wrangler_key_find(const char *name);
/* Complains about every key of the file that is unknown or stands in the wrong place. */
void wrangler_check_keys(struct wrangler *w);
/* Adds the bindings that are not offered. */
void wrangler_refused_bindings(struct wrangler *w, Wk__Worker *worker);

/* The value of a key for the chosen environment, whatever its kind; or NULL. */
struct wk_doc *wrangler_get(struct wrangler *w, const char *key);
/* The same if it has that kind; another kind is an error. Null counts as absent. */
struct wk_doc *wrangler_get_kind(struct wrangler *w, const char *key, enum wk_doc_kind kind);
struct wk_doc *wrangler_member(struct wrangler *w, struct wk_doc *object, const char *key,
                               enum wk_doc_kind kind);
/* The text of a member, or NULL. */
const char *wrangler_text(struct wrangler *w, struct wk_doc *object, const char *key);
/* The same, and its absence is an error that says what it is for. */
const char *wrangler_need(struct wrangler *w, struct wk_doc *object, const char *key,
                          const char *what_for);
bool wrangler_is(struct wrangler *w, const struct wk_doc *doc, enum wk_doc_kind kind);
/* Every key of object must be one of the words. */
void wrangler_only(struct wrangler *w, struct wk_doc *object, const char *words);
void wrangler_say(struct wrangler *w, enum wk_diag_level level, const struct wk_doc *at,
                  const char *fmt, ...) WK_PRINTF(4, 5);

/* Fills the worker, its assets service and its storage. */
void wrangler_worker(struct wrangler *w);
void wrangler_bindings(struct wrangler *w, Wk__Worker *worker);
void wrangler_actors(struct wrangler *w, Wk__Worker *worker);
/* The project part: entry, rules, alias, define. */
void wrangler_project(struct wrangler *w, Wk__Worker *worker, const char *main_file);
/* .dev.vars over the vars. */
void wrangler_dev_vars(struct wrangler *w, Wk__Worker *worker);
/* The socket that the first worker of a start gets. dev may be NULL. */
void wrangler_socket(struct config_load *load, const char *service, const char *ip, int port);
#endif
