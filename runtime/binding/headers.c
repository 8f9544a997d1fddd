/* native('headers'): the header list of a message, and the hot methods of class Headers on it.
 *
 * A list is a flat array [name, value, name, value, ...] in the order of arrival, names in any
 * case; the host's own array is adopted as it is. Looking up costs one pass and makes nothing.
 *
 * get, has, set, append, remove are methods: `this` keeps its list in the slot "headers.flat",
 * and the slot "headers.guard" is set on headers that may not be changed. listAppend(flat,
 * name, value) and listGet(flat, name) work on a bare list; the name of listGet is trusted.
 * fromRecord(object) is a new list of its own properties. sorted(flat) is a new list as
 * iteration shows it: lower case, sorted, values of one name joined, except Set-Cookie's. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "runtime/binding/binding.h"
#include "runtime/binding/webidl.h"

#define FLAT_KEY DUK_HIDDEN_SYMBOL("headers.flat")
#define GUARD_KEY DUK_HIDDEN_SYMBOL("headers.guard")

/* RFC 9110 tchar */
static bool
is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void
require_arg(duk_context *ctx, duk_idx_t idx, duk_idx_t args, const char *method)
{
    if (idx >= args)
        (void)wk_throw_parameter(ctx, method, "Headers", (int)idx + 1, "string");
}

static void
check_name(duk_context *ctx, duk_idx_t idx)
{
    duk_size_t len;
    const char *name = duk_to_lstring(ctx, idx, &len);

    for (duk_size_t i = 0; i < len; i++)
        if (!is_token_char((unsigned char)name[i]))
            (void)duk_type_error(ctx, "Invalid header name.");
}

static bool
is_http_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Replaces the value at idx by its normalized form. */
static void
check_value(duk_context *ctx, duk_idx_t idx)
{
    duk_size_t len, from = 0, to;
    const char *value = duk_to_lstring(ctx, idx, &len);

    for (to = len; to > 0 && is_http_space(value[to - 1]);)
        to--;
    while (from < to && is_http_space(value[from]))
        from++;
    for (duk_size_t i = from; i < to; i++)
        if (value[i] == '\0' || value[i] == '\r' || value[i] == '\n')
            (void)duk_type_error(ctx, "Invalid header value.");
    if (to - from != len) {
        duk_push_lstring(ctx, value + from, to - from);
        duk_replace(ctx, idx);
    }
}

/* Pushes the list of `this`. */
static void
push_flat(duk_context *ctx)
{
    duk_push_this(ctx);
    if (!duk_is_object(ctx, -1) || !duk_get_prop_literal(ctx, -1, FLAT_KEY))
        (void)wk_throw_illegal_invocation(ctx);
    duk_remove(ctx, -2);
}

/* Converts the arguments of a method that changes the list, which may run script, then pushes
 * the list. */
static void
push_flat_to_change(duk_context *ctx, duk_idx_t wanted, const char *method)
{
    duk_idx_t args = duk_get_top(ctx);

    push_flat(ctx);
    for (duk_idx_t i = 0; i < wanted; i++) {
        require_arg(ctx, i, args, method);
        duk_to_string(ctx, i);
    }
    duk_push_this(ctx);
    if (duk_has_prop_literal(ctx, -1, GUARD_KEY))
        (void)duk_type_error(ctx, "Can't modify immutable headers.");
    duk_pop(ctx);
    check_name(ctx, 0);
    if (wanted > 1)
        check_value(ctx, 1);
}

/* The index of name in the list at flat, from i on; end if it is not there. */
static duk_uarridx_t
find(duk_context *ctx, duk_idx_t flat, duk_idx_t name_idx, duk_uarridx_t i, duk_uarridx_t end)
{
    duk_size_t len, other_len;
    const char *name = duk_get_lstring(ctx, name_idx, &len);

    for (; i < end; i += 2) {
        const char *other;

        duk_get_prop_index(ctx, flat, i);
        other = duk_get_lstring(ctx, -1, &other_len);
        duk_pop(ctx); /* the list keeps it */
        if (other != NULL &&
            (other == name || (other_len == len && strncasecmp(name, other, len) == 0)))
            return i;
    }
    return end;
}

/* Pushes the values of the name joined with ", ", or null. */
static void
push_joined(duk_context *ctx, duk_idx_t flat, duk_idx_t name)
{
    duk_uarridx_t end = (duk_uarridx_t)duk_get_length(ctx, flat);
    duk_uarridx_t i = find(ctx, flat, name, 0, end);

    if (i >= end) {
        duk_push_null(ctx);
        return;
    }
    duk_get_prop_index(ctx, flat, i + 1);
    while ((i = find(ctx, flat, name, i + 2, end)) < end) {
        duk_push_literal(ctx, ", ");
        duk_get_prop_index(ctx, flat, i + 1);
        duk_concat(ctx, 3);
    }
}

static duk_ret_t
headers_get(duk_context *ctx)
{
    duk_idx_t args = duk_get_top(ctx);

    push_flat(ctx);
    require_arg(ctx, 0, args, "get");
    check_name(ctx, 0);
    push_joined(ctx, args, 0);
    return 1;
}

static duk_ret_t
headers_has(duk_context *ctx)
{
    duk_idx_t args = duk_get_top(ctx);
    duk_uarridx_t end;

    push_flat(ctx);
    require_arg(ctx, 0, args, "has");
    check_name(ctx, 0);
    end = (duk_uarridx_t)duk_get_length(ctx, args);
    duk_push_boolean(ctx, find(ctx, args, 0, 0, end) < end);
    return 1;
}

/* Puts name and value of the stack at index i of the list. */
static void
put_pair(duk_context *ctx, duk_idx_t flat, duk_uarridx_t i, duk_idx_t name, duk_idx_t value)
{
    duk_dup(ctx, name);
    duk_put_prop_index(ctx, flat, i);
    duk_dup(ctx, value);
    duk_put_prop_index(ctx, flat, i + 1);
}

/* Closes the gaps that entries of the name leave from index i on. */
static void
remove_from(duk_context *ctx, duk_idx_t flat, duk_idx_t name, duk_uarridx_t i)
{
    duk_uarridx_t end = (duk_uarridx_t)duk_get_length(ctx, flat), to;

    i = to = find(ctx, flat, name, i, end);
    while (i < end) {
        duk_uarridx_t next = find(ctx, flat, name, i += 2, end);

        for (; i < next; i++) {
            duk_get_prop_index(ctx, flat, i);
            duk_put_prop_index(ctx, flat, to++);
        }
    }
    duk_set_length(ctx, flat, to);
}

static duk_ret_t
headers_set(duk_context *ctx)
{
    duk_idx_t args = duk_get_top(ctx);
    duk_uarridx_t end, i;

    push_flat_to_change(ctx, 2, "set");
    end = (duk_uarridx_t)duk_get_length(ctx, args);
    i = find(ctx, args, 0, 0, end);
    if (i < end) {
        duk_dup(ctx, 1);
        duk_put_prop_index(ctx, args, i + 1);
        remove_from(ctx, args, 0, i + 2);
    } else {
        put_pair(ctx, args, end, 0, 1);
    }
    return 0;
}

static duk_ret_t
headers_append(duk_context *ctx)
{
    duk_idx_t args = duk_get_top(ctx);

    push_flat_to_change(ctx, 2, "append");
    put_pair(ctx, args, (duk_uarridx_t)duk_get_length(ctx, args), 0, 1);
    return 0;
}

static duk_ret_t
headers_remove(duk_context *ctx)
{
    duk_idx_t args = duk_get_top(ctx);

    push_flat_to_change(ctx, 1, "delete");
    remove_from(ctx, args, 0, 0);
    return 0;
}

/* listAppend(flat, name, value): checks both, then adds them. */
static duk_ret_t
list_append(duk_context *ctx)
{
    duk_to_string(ctx, 1);
    duk_to_string(ctx, 2);
    check_name(ctx, 1);
    check_value(ctx, 2);
    put_pair(ctx, 0, (duk_uarridx_t)duk_get_length(ctx, 0), 1, 2);
    return 0;
}

static duk_ret_t
list_from_record(duk_context *ctx)
{
    duk_uarridx_t to = 0;

    duk_push_array(ctx);                            /* at 1 */
    duk_enum(ctx, 0, DUK_ENUM_OWN_PROPERTIES_ONLY); /* at 2 */
    while (duk_next(ctx, 2, true)) {                /* name at 3, value at 4 */
        duk_to_string(ctx, 4);
        check_name(ctx, 3);
        check_value(ctx, 4);
        put_pair(ctx, 1, to, 3, 4);
        to += 2;
        duk_pop_2(ctx);
    }
    duk_set_top(ctx, 2);
    return 1;
}

static duk_ret_t
list_get(duk_context *ctx)
{
    duk_require_string(ctx, 1);
    push_joined(ctx, 0, 1);
    return 1;
}

static void
push_lower(duk_context *ctx, const char *name, size_t len)
{
    char small[64], *lower = len <= sizeof(small) ? small : duk_push_fixed_buffer(ctx, len);

    for (size_t i = 0; i < len; i++)
        lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
    duk_push_lstring(ctx, lower, len);
    if (lower != small)
        duk_remove(ctx, -2);
}

struct entry {
    const char *name; /* lower case, kept by the array of names */
    duk_uarridx_t at; /* of the value in the list */
};

static int
entry_cmp(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = x->name == y->name ? 0 : strcmp(x->name, y->name); /* no NUL in a token */

    return order != 0 ? order : x->at < y->at ? -1 : 1;
}

static duk_ret_t
list_sorted(duk_context *ctx)
{
    duk_uarridx_t count = (duk_uarridx_t)duk_get_length(ctx, 0) / 2, to = 0;
    struct entry *entries = duk_push_fixed_buffer(ctx, count * sizeof(*entries)); /* at 1 */

    duk_push_bare_array(ctx); /* at 2: the names */
    for (duk_uarridx_t i = 0; i < count; i++) {
        duk_size_t len;
        const char *name;

        duk_get_prop_index(ctx, 0, i * 2);
        name = duk_require_lstring(ctx, -1, &len);
        push_lower(ctx, name, len);
        entries[i].name = duk_get_string(ctx, -1);
        entries[i].at = i * 2 + 1;
        duk_put_prop_index(ctx, 2, i);
        duk_pop(ctx);
    }
    if (count > 1)
        qsort(entries, count, sizeof(*entries), entry_cmp);
    duk_push_array(ctx); /* at 3 */
    for (duk_uarridx_t i = 0; i < count;) {
        const char *name = entries[i].name;
        bool joins = strcmp(name, "set-cookie") != 0;

        duk_push_string(ctx, name);
        duk_put_prop_index(ctx, 3, to++);
        duk_get_prop_index(ctx, 0, entries[i].at);
        for (i++; joins && i < count && entries[i].name == name;
             i++) { /* interned: one pointer */
            duk_push_literal(ctx, ", ");
            duk_get_prop_index(ctx, 0, entries[i].at);
            duk_concat(ctx, 3);
        }
        duk_put_prop_index(ctx, 3, to++);
    }
    return 1;
}

void
wk_binding_headers_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"get", headers_get, DUK_VARARGS},
                                                    {"has", headers_has, DUK_VARARGS},
                                                    {"set", headers_set, DUK_VARARGS},
                                                    {"append", headers_append, DUK_VARARGS},
                                                    {"remove", headers_remove, DUK_VARARGS},
                                                    {"listAppend", list_append, 3},
                                                    {"fromRecord", list_from_record, 1},
                                                    {"listGet", list_get, 2},
                                                    {"sorted", list_sorted, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "headers", verbs);
}
