#include "duk_internal.h"

#include "runtime/engine/duk/json_error.h"

#define SHOWN_FIRST                                                                            \
    2 /* steps of a long way round that are named, after the start and before the last */

DUK_INTERNAL void
wk_throw_json_syntax(duk_hthread *thr, const duk_uint8_t *text, duk_size_t bytes)
{
    char message[WK_JSON_ERROR_BYTES_MAX];

    wk_json_error((const char *)text, bytes, message);
    (void)duk_syntax_error(thr, "%s", message[0] != '\0' ? message : "invalid JSON");
    DUK_WO_NORETURN(return;);
}

/* Pushes "object with constructor 'Name'". */
static void
push_constructor(duk_hthread *thr, duk_hobject *h)
{
    const char *name = NULL;

    duk_push_hobject(thr, h);
    duk_get_prop_literal(thr, -1, "constructor");
    if (duk_is_function(thr, -1)) {
        duk_get_prop_literal(thr, -1, "name");
        duk_remove(thr, -2);
        name = duk_get_string(thr, -1);
    }
    duk_push_sprintf(thr, "object with constructor '%s'",
                     name != NULL && *name != '\0' ? name : "Object");
    duk_replace(thr, -3);
    duk_pop(thr);
}

/* Pushes "property 'key'" or "index N": where `in` holds `value`. False and nothing: it is not
 * to be seen, for it was made by a getter. */
static int
push_key(duk_hthread *thr, duk_hobject *in, duk_hobject *value)
{
    duk_idx_t top = duk_get_top(thr);
    int found = 0;

    if (DUK_HOBJECT_IS_PROXY(in))
        return 0;
    duk_push_hobject(thr, in);
    duk_enum(thr, -1, DUK_ENUM_OWN_PROPERTIES_ONLY);
    while (!found && duk_next(thr, top + 1, 0)) {
        duk_dup_top(thr);
        duk_get_prop_desc(thr, top, 0); /* runs no getter */
        duk_get_prop_literal(thr, -1, "value");
        found = duk_get_hobject(thr, -1) == value;
        duk_set_top(thr, found ? top + 3 : top + 2);
    }
    if (found) {
        duk_push_sprintf(thr, duk_is_array(thr, top) ? "index %s" : "property '%s'",
                         duk_get_string(thr, -1));
        duk_replace(thr, top);
        duk_set_top(thr, top + 1);
    } else {
        duk_set_top(thr, top);
    }
    return found;
}

/* Pushes the line of a step from chain[at - 1] to chain[at]. */
static int
push_step(duk_hthread *thr, duk_hobject **chain, duk_size_t at)
{
    duk_push_literal(thr, "\n    |     ");
    if (!push_key(thr, chain[at - 1], chain[at]))
        return 0;
    duk_push_literal(thr, " -> ");
    push_constructor(thr, chain[at]);
    duk_concat(thr, 4);
    return 1;
}

/* Pushes the lines that say how chain[0] comes back to itself; false: not to be told. */
static int
push_circle(duk_hthread *thr, duk_hobject **chain, duk_size_t count)
{
    duk_idx_t top = duk_get_top(thr);

    duk_push_literal(thr, "\n    --> starting at ");
    push_constructor(thr, chain[0]);
    for (duk_size_t i = 1; i < count; i++) {
        if (i > SHOWN_FIRST && i + 1 < count) {
            duk_push_literal(thr, "\n    |     ...");
            i = count - 2;
        } else if (!push_step(thr, chain, i)) {
            return 0;
        }
    }
    duk_push_literal(thr, "\n    --- ");
    if (!push_key(thr, chain[count - 1], chain[0]))
        return 0;
    duk_push_literal(thr, " closes the circle");
    duk_concat(thr, duk_get_top(thr) - top);
    return 1;
}

DUK_INTERNAL void
wk_throw_json_circular(duk_hthread *thr, duk_hobject **chain, duk_size_t count,
                       duk_hobject *again)
{
    duk_idx_t top = duk_get_top(thr);
    duk_size_t first = 0;

    duk_require_stack(thr, 32);
    while (first < count && chain[first] != again)
        first++;
    if (first == count || !push_circle(thr, chain + first, count - first)) {
        duk_set_top(thr, top);
        duk_push_literal(thr, "");
    }
    (void)duk_type_error(thr, "Converting circular structure to JSON%s",
                         duk_get_string(thr, -1));
    DUK_WO_NORETURN(return;);
}
