/* services/wkctl/config/capnp_eval.h - shared by capnp_eval.c (values), capnp_name.c (what
 * names stand for) and capnp_load.c (files). */
#ifndef WK_CONFIG_CAPNP_EVAL_H
#define WK_CONFIG_CAPNP_EVAL_H
#include "services/wkctl/config/capnp_priv.h"

#define CAPNP_NODES_MAX 200000
#define CAPNP_FILES_MAX 200
#define CAPNP_NAMES_DEPTH_MAX 50

struct capnp_embed {
    const char *path;
    const char *text;
    size_t len;
    struct capnp_embed *next;
};

struct capnp_eval {
    struct wk_arena *arena;
    const struct wk_capnp_opts *opts;
    wk_capnp_seen_fn *seen;
    void *seen_arg;
    struct wk_diag_list *diags;
    struct capnp_file *files;
    struct capnp_embed *embeds;
    size_t file_count;
    size_t bytes; /* read from files, at most WK_DOC_BYTES_MAX */
    size_t nodes;
    size_t text_bytes; /* of all values, at most WK_DOC_BYTES_MAX */
    int depth;         /* of constants inside constants, names inside names */
    const char *field; /* being read, for messages */
};

enum capnp_entity_kind {
    CAPNP_ENTITY_FILE,
    CAPNP_ENTITY_SCHEMA, /* the peer's schema file, or with a name a struct in it */
    CAPNP_ENTITY_TYPE,
    CAPNP_ENTITY_CONST,
};

struct capnp_entity {
    enum capnp_entity_kind kind;
    struct capnp_file *file; /* FILE; CONST: where it is declared */
    struct capnp_decl *decl;
    struct capnp_type type;
};

/* False after adding an error. */
bool capnp_resolve(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
                   struct capnp_entity *out);
bool capnp_resolve_type(struct capnp_eval *e, struct capnp_file *file, struct capnp_expr *x,
                        struct capnp_type *out);
/* NULL after adding an error at x, whose text is the path. */
struct capnp_file *capnp_import(struct capnp_eval *e, const struct capnp_file *from,
                                const struct capnp_expr *x);
const struct capnp_embed *capnp_embed_load(struct capnp_eval *e, const struct capnp_file *from,
                                           const struct capnp_expr *x);
struct wk_doc *capnp_eval_value(struct capnp_eval *e, struct capnp_file *file,
                                struct capnp_expr *x, const struct capnp_type *want);
#endif
