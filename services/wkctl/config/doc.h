/* services/wkctl/config/doc.h - a configuration file as a tree, every node knowing where it
 * stood.
 *
 * The JSON, TOML and Cap'n Proto readers all make this tree; what a key means is not known
 * here. Thread: its owner's. Lifetime: nodes, keys and texts live in the arena they were made
 * in; file names must outlive it. Limits: WK_DOC_DEPTH_MAX levels, WK_DOC_BYTES_MAX bytes a
 * file, WK_DOC_KEYS_MAX keys an object. */
#ifndef WK_CONFIG_DOC_H
#define WK_CONFIG_DOC_H
#include "kernel/base/arena.h"
#include "services/wkctl/config/diag.h"

#define WK_DOC_DEPTH_MAX 64
#define WK_DOC_BYTES_MAX (64u << 20)
#define WK_DOC_KEYS_MAX 5000 /* in one object */

enum wk_doc_kind {
    WK_DOC_NULL, /* JSON null, Cap'n Proto void */
    WK_DOC_BOOL,
    WK_DOC_NUMBER,
    WK_DOC_STRING,
    WK_DOC_BYTES, /* Cap'n Proto Data */
    WK_DOC_ARRAY,
    WK_DOC_OBJECT,
};

struct wk_doc {
    enum wk_doc_kind kind;
    bool boolean;
    bool is_integer;  /* NUMBER without fraction or exponent that fits integer */
    bool used;        /* for readers: which keys were looked at */
    const char *key;  /* in an object, else NULL */
    const char *text; /* STRING, BYTES; of a NUMBER its JSON spelling. NUL-terminated */
    size_t text_len;
    double number;
    int64_t integer;
    struct wk_doc *parent;
    struct wk_doc *first;
    struct wk_doc *last;
    struct wk_doc *next;
    size_t count; /* children */
    const char *file;
    int line, column;         /* of the value */
    int key_line, key_column; /* of the key, or of the value where there is none */
    const char *origin;       /* the file a text was embedded from, or NULL */
};

struct wk_doc *wk_doc_new(struct wk_arena *arena, enum wk_doc_kind kind, const char *file,
                          int line, int column);
/* Puts child at the end of parent's children. */
void wk_doc_append(struct wk_doc *parent, struct wk_doc *child);
/* The member, or NULL. doc may be NULL. Marks it used. */
struct wk_doc *wk_doc_find(struct wk_doc *doc, const char *key);
/* "text", "number" ...: what to call the kind in a message. */
const char *wk_doc_kind_name(enum wk_doc_kind kind);
/* The path from the root, "env.staging.vars[2]". */
void wk_doc_path(const struct wk_doc *doc, struct wk_buf *out);
/* Compact JSON of the value; BYTES as a string of their base64. */
void wk_doc_to_json(const struct wk_doc *doc, struct wk_buf *out);
void wk_doc_json_string(struct wk_buf *out, const char *text, size_t bytes);
/* Records a finding at the value. */
void wk_doc_diag(struct wk_diag_list *diags, enum wk_diag_level level, const struct wk_doc *at,
                 const char *fmt, ...) WK_PRINTF(4, 5);
/* The same, at the key. */
void wk_doc_diag_key(struct wk_diag_list *diags, enum wk_diag_level level,
                     const struct wk_doc *at, const char *fmt, ...) WK_PRINTF(4, 5);

/* Readers. The text is borrowed, NUL-terminated at bytes. NULL after adding an error of syntax.
 * Of keys that are there twice the first is kept, and an error is added although a tree is
 * returned. */
struct wk_doc *wk_jsonc_parse(struct wk_arena *arena, const char *file, const char *text,
                              size_t bytes, struct wk_diag_list *diags);
struct wk_doc *wk_toml_parse(struct wk_arena *arena, const char *file, const char *text,
                             size_t bytes, struct wk_diag_list *diags);
/* The offset of the first byte that is not part of well-formed UTF-8, or bytes. */
size_t wk_utf8_bad_at(const char *text, size_t bytes);
/* Writes one code point; returns the bytes written, 1 to 4, or 0 if it is none. */
size_t wk_utf8_put(uint32_t code, char out[4]);
/* Of the words, the one most like word (at most a third of it changed), or NULL. */
const char *wk_did_you_mean(const char *word, const char *const *words, size_t count);
#endif
