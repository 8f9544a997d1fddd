/* runtime/binding/binding.h - C verbs behind the Web APIs, one registration function per file. */
#ifndef WK_RUNTIME_BINDING_H
#define WK_RUNTIME_BINDING_H
#include "runtime/engine/engine.h"

/* Registers every binding of this directory with native(). */
void wk_binding_init(duk_context *ctx);

void wk_binding_clock_init(duk_context *ctx);
void wk_binding_chunk_init(duk_context *ctx);
void wk_binding_headers_init(duk_context *ctx);
void wk_binding_promise_init(duk_context *ctx);
void wk_binding_webidl_init(duk_context *ctx);
void wk_binding_url_init(duk_context *ctx);
void wk_binding_form_init(duk_context *ctx);
void wk_binding_encoding_init(duk_context *ctx);
void wk_binding_bytes_init(duk_context *ctx);
void wk_binding_jobs_init(duk_context *ctx);
void wk_binding_formdata_init(duk_context *ctx);
void wk_binding_ids_init(duk_context *ctx);
#endif
