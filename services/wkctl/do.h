/* services/wkctl/do.h - what the parts of `wkctl do` share. Thread: main. */
#ifndef WK_WKCTL_DO_H
#define WK_WKCTL_DO_H
#include "services/wkctl/actors.h"
#include "services/wkctl/facet_path.h"
#include "services/wkctl/print.h"

struct wk_do {
    struct wk_client *client;
    struct wk_namespace ns; /* unique_key NULL: none was named */
    uint8_t id[WK_ACTOR_ID_BYTES];
    struct wk_facet_path facet; /* count 0: the object itself */
    const char *key;            /* the word after the id; NULL: none */
    const char *service;
    bool is_name, has_id, json_wanted;
    json_t *alarms; /* found so far */
    json_t *json;   /* what to print at the end; NULL: everything was printed */
    struct wk_table table;
    size_t found;
};

/* Asks the service, and calls fn for every item of every piece of the answer, until it says
 * false or standard output takes no more. The exit code; complains itself. */
typedef bool wk_do_fn(void *arg, const Wk__StorageToolItem *item);
int wk_do_each(struct wk_client *client, const char *service, Wk__StorageTool *ask,
               wk_do_fn *fn, void *arg);
/* The question about the object, or the facet, that was named; the same, of its service. */
void wk_do_ask(struct wk_do *d, Wk__StorageToolDump *dump);
int wk_do_object(struct wk_do *d, Wk__StorageToolDump *dump, wk_do_fn *fn, void *arg);
/* do_id.c: what a person wrote for an id. False after a complaint; *status is the exit code. */
bool wk_do_id(struct wk_do *d, const char *text, bool whole, int *status);
/* do_ls.c */
int wk_do_ls(struct wk_do *d);

/* do_alarms.c */
int wk_do_alarms(struct wk_do *d);
/* do_copy.c */
int wk_do_dump(struct wk_do *d);
int wk_do_restore(struct wk_do *d);
/* do_sql.c */
int wk_do_sql(struct wk_do *d);
#endif
