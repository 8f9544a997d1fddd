/* native('slots'): the names under which built-in classes keep their inside.
 *
 * key(name) is a hidden symbol: no script can make one, and neither Object.keys, Reflect.ownKeys nor
 * console.log shows what is stored under it. A missing slot is how a class knows a foreign `this`. */
#include "runtime/binding/binding.h"

static duk_ret_t
slots_key(duk_context *ctx)
{
    duk_push_sprintf(ctx, DUK_HIDDEN_SYMBOL("%s"), duk_require_string(ctx, 0));
    return 1;
}

void
wk_binding_slots_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"key", slots_key, 1}, {NULL, NULL, 0}};

    wk_engine_native(ctx, "slots", verbs);
}
