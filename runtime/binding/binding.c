#include "runtime/binding/binding.h"

#include "runtime/locale/locale.h"

void
wk_binding_init(duk_context *ctx)
{
    wk_binding_clock_init(ctx);
    wk_binding_chunk_init(ctx);
    wk_binding_headers_init(ctx);
    wk_binding_promise_init(ctx);
    wk_binding_webidl_init(ctx);
    wk_binding_url_init(ctx);
    wk_binding_form_init(ctx);
    wk_binding_encoding_init(ctx);
    wk_binding_bytes_init(ctx);
    wk_binding_jobs_init(ctx);
    wk_binding_formdata_init(ctx);
    wk_binding_ids_init(ctx);
    wk_locale_init(ctx);
}
