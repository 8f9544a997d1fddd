#include "runtime/binding/binding.h"

void
wk_binding_init(duk_context *ctx)
{
    wk_binding_clock_init(ctx);
    wk_binding_headers_init(ctx);
    wk_binding_slots_init(ctx);
}
