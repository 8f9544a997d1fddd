/* services/wkctl/config/capnp_priv.h - shared by the parts of the Cap'n Proto reader:
 * capnp_lex.c text to tokens, capnp_parse.c tokens to declarations and expressions,
 * capnp_schema.c the peer's schema as a table, capnp_eval.c expressions with a type to a wk_doc
 * tree. */
#ifndef WK_CONFIG_CAPNP_PRIV_H
#define WK_CONFIG_CAPNP_PRIV_H
#include "services/wkctl/config/capnp.h"
#include "services/wkctl/config/cursor.h"

/* ---- tokens ---- */
enum capnp_token_kind {
    CAPNP_END,
    CAPNP_WORD,
    CAPNP_STRING, /* neighbours already joined */
    CAPNP_BYTES,
    CAPNP_NUMBER,
    CAPNP_MARK, /* one punctuation character, in mark */
    CAPNP_BAD,  /* an error was added; nothing follows */
};

struct capnp_token {
    enum capnp_token_kind kind;
    char mark;
    bool is_integer;
    const char *text; /* in the arena; of a number its JSON spelling */
    size_t len;
    double number;
    uint64_t magnitude; /* of an integer */
    int line, column;
};

struct capnp_lexer {
    struct wk_cursor cur;
    struct wk_arena *arena;
    struct wk_buf scratch;
};
void capnp_next(struct capnp_lexer *lexer, struct capnp_token *token);

/* ---- expressions and declarations ---- */
enum capnp_expr_kind {
    CAPNP_X_STRING,
    CAPNP_X_BYTES,
    CAPNP_X_NUMBER,
    CAPNP_X_LIST,
    CAPNP_X_TUPLE, /* children have a name */
    CAPNP_X_EMBED, /* text: path */
    CAPNP_X_IMPORT,
    CAPNP_X_NAME,   /* a word in the file's scope; with absolute: .word */
    CAPNP_X_MEMBER, /* child . text */
    CAPNP_X_APPLY,  /* child ( children ): List(Text) */
};

struct capnp_expr {
    enum capnp_expr_kind kind;
    const char *text;
    size_t len;
    bool negative;
    struct capnp_token number;
    struct capnp_expr *first, *last, *next;
    const char *name; /* in a tuple: of the member; NULL if it has none */
    int name_line, name_column;
    int line, column;
};

enum capnp_decl_kind { CAPNP_CONST, CAPNP_USING };

struct capnp_decl {
    enum capnp_decl_kind kind;
    const char *name;
    int line, column;
    struct capnp_expr *type;  /* CONST */
    struct capnp_expr *value; /* CONST: the value; USING: what it stands for */
    bool busy;                /* being resolved: meeting it again is a circle */
    struct capnp_decl *next;
};

struct capnp_file {
    const char *path; /* as given, for messages */
    const char *real; /* canonical, to find it again */
    struct capnp_decl *decls;
    struct capnp_file *next;
    bool failed;
};

/* Fills file->decls. False after adding errors; what could be read is there. */
bool capnp_parse(struct wk_arena *arena, struct capnp_file *file, const char *text,
                 size_t bytes, struct wk_diag_list *diags);

/* ---- schema ---- */
enum capnp_base {
    CAPNP_VOID,
    CAPNP_BOOL,
    CAPNP_TEXT,
    CAPNP_DATA,
    CAPNP_UINT,
    CAPNP_INT,
    CAPNP_FLOAT,
    CAPNP_ENUM,
    CAPNP_STRUCT
};

struct capnp_struct;
struct capnp_type {
    enum capnp_base base;
    bool list;
    unsigned bits;                   /* UINT, INT */
    const char *words;               /* ENUM: between blanks */
    const struct capnp_struct *type; /* STRUCT */
};

enum capnp_support {
    CAPNP_YES,
    CAPNP_NO,   /* known to the peer, not offered here: an error unless the value is empty */
    CAPNP_IDLE, /* accepted, has no effect here: a warning that says why */
};

struct capnp_field {
    const char *name;
    struct capnp_type type;
    bool in_union;
    enum capnp_support support;
    const char *note; /* NO: what to do instead; IDLE: why */
};

struct capnp_struct {
    const char *name; /* "Worker.Binding" */
    const struct capnp_field *fields;
    size_t count;
    bool group; /* no type of its own: a const cannot have it */
};

/* By dotted name inside the peer's schema file, or NULL. */
const struct capnp_struct *capnp_struct_find(const char *name);
const struct capnp_field *capnp_field_find(const struct capnp_struct *st, const char *name);
bool capnp_word_in(const char *words, const char *word);
/* "List(Text)", for messages. */
void capnp_type_name(const struct capnp_type *type, struct wk_buf *out);
#endif
