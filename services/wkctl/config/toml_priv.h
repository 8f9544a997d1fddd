/* services/wkctl/config/toml_priv.h - shared by the two halves of the TOML reader: toml.c has
 * keys and tables, toml_value.c has values. */
#ifndef WK_CONFIG_TOML_PRIV_H
#define WK_CONFIG_TOML_PRIV_H
#include "services/wkctl/config/cursor.h"

enum toml_mark { TOML_OPEN, TOML_DEFINED, TOML_DOTTED, TOML_CLOSED, TOML_TABLES };

struct toml_doc {
    struct wk_doc doc;
    enum toml_mark mark;
};

struct toml {
    struct wk_cursor cur;
    struct wk_arena *arena;
    struct wk_buf scratch; /* the string being read */
};

/* All give NULL or false after adding an error. Every node is a toml_doc. */
struct wk_doc *toml_new(struct toml *t, enum wk_doc_kind kind, int line, int column);
void toml_blanks(struct toml *t);
struct wk_doc *toml_value(struct toml *t, int depth);
struct wk_doc *toml_array(struct toml *t, int depth);
struct wk_doc *toml_inline_table(struct toml *t, int depth);
bool toml_string(struct toml *t, const char **out, size_t *out_len);
#endif
