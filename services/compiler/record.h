/* services/compiler/record.h - what lowering one module takes and gives, as plain bytes.
 *
 * The same form goes between the compiler and its workers and, with a checksum around it, into the
 * cache. Integers are little-endian u32, strings and bytes carry their length. Decoding borrows nothing:
 * everything lands in the arena. Any bytes are safe to decode. Thread: any. */
#ifndef WK_COMPILER_RECORD_H
#define WK_COMPILER_RECORD_H
#include "kernel/base/arena.h"
#include "kernel/base/buf.h"

enum wk_lower_kind { WK_LOWER_AUTO, WK_LOWER_ESM, WK_LOWER_CJS, WK_LOWER_SCRIPT };
enum wk_import_kind { WK_IMPORT_STATIC, WK_IMPORT_DYNAMIC, WK_IMPORT_REQUIRE };

struct wk_define {
    const char *name;
    const char *value; /* a JavaScript expression: JSON or a name */
};

/* How a project wants its sources read. */
struct wk_lower_opts {
    const char *jsx; /* tsconfig's words; NULL: react */
    const char *jsx_import_source;
    const char *jsx_factory;
    const char *jsx_fragment_factory;
    bool assign_fields; /* useDefineForClassFields: false */
    const struct wk_define *defines;
    size_t defines_len;
};

struct wk_lower_input {
    const char *display; /* file name in messages and stack traces; its extension tells the language */
    const char *source;
    size_t source_bytes;
    enum wk_lower_kind kind;
    bool ours; /* not from node_modules */
    struct wk_lower_opts opts;
};

struct wk_import {
    const char *specifier;
    enum wk_import_kind kind;
    uint32_t line, column; /* from 1; 0: made by the compiler */
};

struct wk_problem {
    bool error;
    uint32_t line, column; /* from 1; 0: the file as a whole */
    const char *text;
    const char *source_line;
};

struct wk_lowered {
    uint32_t type; /* Wk__LoweredModule__Type */
    bool exported; /* has an export declaration */
    const char *code;
    size_t code_bytes;
    const uint8_t *line_map;
    size_t line_map_bytes;
    struct wk_import *imports;
    size_t imports_len;
    struct wk_problem *problems;
    size_t problems_len;
};

/* A module with one error and nothing else; text is copied into the arena. */
void wk_lowered_fail(struct wk_arena *arena, struct wk_lowered *lowered, uint32_t line, uint32_t column,
                     const char *text);
bool wk_lowered_has_error(const struct wk_lowered *lowered);

void wk_lowered_encode(const struct wk_lowered *lowered, struct wk_buf *out);
/* WK_EINVAL. */
wk_err wk_lowered_decode(struct wk_arena *arena, const void *data, size_t bytes, struct wk_lowered *out);
void wk_lower_input_encode(const struct wk_lower_input *input, struct wk_buf *out);
wk_err wk_lower_input_decode(struct wk_arena *arena, const void *data, size_t bytes, struct wk_lower_input *out);
#endif
