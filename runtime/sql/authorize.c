/* What the tenant's SQL may do: the peer's lists. Called by SQLite while it compiles a
 * statement. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "runtime/sql/sql_priv.h"

/* Sorted, for bsearch. */
static const char *const functions[] = {
    "->",
    "->>",
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "avg",
    "bm25",
    "ceil",
    "changes",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "cos",
    "cosh",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "highlight",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array",
    "json_array_length",
    "json_each",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "json_valid",
    "jsonb",
    "jsonb_array",
    "jsonb_extract",
    "jsonb_group_array",
    "jsonb_group_object",
    "jsonb_insert",
    "jsonb_object",
    "jsonb_patch",
    "jsonb_remove",
    "jsonb_replace",
    "jsonb_set",
    "julianday",
    "lag",
    "last_insert_rowid",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "ln",
    "log",
    "log2",
    "lower",
    "ltrim",
    "match",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "octet_length",
    "percent_rank",
    "pi",
    "pow",
    "printf",
    "quote",
    "radians",
    "random",
    "randomblob",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtreecheck",
    "rtrim",
    "sign",
    "sin",
    "sinh",
    "snippet",
    "soundex",
    "sqlite_drop_column",
    "sqlite_rename_column",
    "sqlite_rename_quotefix",
    "sqlite_rename_table",
    "sqlite_rename_test",
    "sqrt",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "tan",
    "tanh",
    "time",
    "timediff",
    "total",
    "total_changes",
    "trim",
    "trunc",
    "typeof",
    "unhex",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
    "zeroblob",
};

enum argument { NONE, BOOLEAN, NAME, NAME_OR_NONE, NUMBER_OR_NONE, ANY_OR_NONE, ANY };

static const struct {
    const char *name;
    enum argument argument;
} pragmas[] = {
    {"case_sensitive_like", BOOLEAN},
    {"data_version", NONE},
    {"defer_foreign_keys", BOOLEAN},
    {"foreign_key_check", NAME_OR_NONE},
    {"foreign_key_list", NAME},
    {"foreign_keys", BOOLEAN},
    {"ignore_check_constraints", BOOLEAN},
    {"index_info", NAME},
    {"index_list", NAME},
    {"index_xinfo", NAME},
    {"legacy_alter_table", BOOLEAN},
    {"optimize", NUMBER_OR_NONE},
    {"page_size", NONE},
    {"quick_check", NAME_OR_NONE},
    {"recursive_triggers", BOOLEAN},
    {"reverse_unordered_selects", BOOLEAN},
    {"table_info", NAME},
    {"table_list", ANY},
    {"table_xinfo", NAME},
};

static bool
is_name(const char *name)
{
    return name != NULL && strncasecmp(name, "_cf_", 4) != 0;
}

static bool
is_boolean(const char *text)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};
    size_t len = strlen(text);

    if (len >= 2 && (text[0] == '\'' || text[0] == '"') && text[len - 1] == text[0])
        text++;
    for (size_t i = 0; i < WK_COUNT(words); i++) {
        if (strncasecmp(text, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}

static bool
is_number(const char *text)
{
    char *end;
    long long n;

    if (*text == '\0')
        return false;
    n = strtoll(text, &end, 0);
    return *end == '\0' && n >= INT32_MIN && n <= INT32_MAX;
}

static bool
pragma_allowed(const char *name, const char *argument)
{
    for (size_t i = 0; i < WK_COUNT(pragmas); i++) {
        if (strcasecmp(pragmas[i].name, name) != 0)
            continue;
        switch (pragmas[i].argument) {
        case NONE:
            return argument == NULL;
        case BOOLEAN:
            return argument == NULL || is_boolean(argument);
        case NAME:
            return is_name(argument);
        case NAME_OR_NONE:
            return argument == NULL || is_name(argument);
        case NUMBER_OR_NONE:
            return argument == NULL || is_number(argument);
        default:
            return true;
        }
    }
    return false;
}

static int
by_text(const void *key, const void *entry)
{
    return strcasecmp(key, *(const char *const *)entry);
}

static bool
module_allowed(const char *name)
{
    static const char *const modules[] = {"fts5", "fts5vocab", "rtree", "rtree_i32"};

    for (size_t i = 0; name != NULL && i < WK_COUNT(modules); i++) {
        if (strcasecmp(name, modules[i]) == 0)
            return true;
    }
    return false;
}

static bool
allowed(struct wk_sql *sql, int action, const char *a, const char *b)
{
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_ANALYZE: /* tables of ours have no secrets in their statistics */
        return true;
    case SQLITE_CREATE_TABLE:
    case SQLITE_DELETE:
    case SQLITE_DROP_TABLE:
    case SQLITE_INSERT:
    case SQLITE_CREATE_VIEW:
    case SQLITE_DROP_VIEW:
    case SQLITE_REINDEX:
    case SQLITE_ALTER_TABLE:
    case SQLITE_READ:
    case SQLITE_UPDATE:
        return is_name(a);
    case SQLITE_CREATE_INDEX:
    case SQLITE_DROP_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_DROP_TRIGGER:
        return is_name(a) && is_name(b);
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_VTABLE:
        return is_name(a) && module_allowed(b);
    case SQLITE_FUNCTION:
        return b != NULL && bsearch(b, functions, WK_COUNT(functions), sizeof(functions[0]),
                                    by_text) != NULL;
    case SQLITE_PRAGMA:
        return pragma_allowed(a, b);
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        sql->transaction_refused = true;
        return false;
    default:
        return false;
    }
}

int
wk_sql_authorize(void *arg, int action, const char *a, const char *b, const char *database,
                 const char *trigger)
{
    struct wk_sql *sql = arg;

    if (sql->trusted)
        return SQLITE_OK;
    if (action == SQLITE_ALTER_TABLE) { /* the database comes first here, then the table */
        const char *table = b;

        b = database;
        database = a;
        a = table;
    }
    if (database != NULL && strcmp(database, "temp") == 0)
        return (action == SQLITE_READ || action == SQLITE_UPDATE) && is_name(a) ? SQLITE_OK
                                                                                : SQLITE_DENY;
    if (database != NULL && strcmp(database, "main") != 0)
        return SQLITE_DENY;
    return allowed(sql, action, a, b) ? SQLITE_OK : SQLITE_DENY;
}
