/* services/wkctl/do.h - what the parts of `wkctl do` share. Thread: main. */
#ifndef WK_WKCTL_DO_H
#define WK_WKCTL_DO_H
#include "services/wkctl/actors.h"
#include "services/wkctl/print.h"

struct wk_do {
    struct wk_client *client;
    struct wk_namespace ns; /* unique_key NULL: none was named */
    uint8_t id[WK_ACTOR_ID_BYTES];
    const char *key; /* the word after the id; NULL: none */
    const char *service;
    bool is_name, json_wanted;
    json_t *alarms; /* found so far */
    json_t *json;   /* what to print at the end; NULL: everything was printed */
    struct wk_table table;
    size_t found;
};

/* Asks the service, and calls fn for every item of every piece of the answer. The exit code;
 * complains itself. */
int wk_do_each(struct wk_client *client, const char *service, Wk__StorageTool *ask,
               void (*fn)(void *arg, const Wk__StorageToolItem *item), void *arg);

/* do_alarms.c */
int wk_do_alarms(struct wk_do *d);
/* do_copy.c */
int wk_do_dump(struct wk_do *d);
int wk_do_restore(struct wk_do *d);
/* do_sql.c */
int wk_do_sql(struct wk_do *d);
#endif
