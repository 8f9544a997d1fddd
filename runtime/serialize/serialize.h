/* runtime/serialize/serialize.h - values as bytes: V8's structured clone format, version 15.
 *
 * What actor storage keeps and structuredClone copies. The bytes are those that the peer writes
 * for the same value, host objects included; read are also the older versions 13 and 14, with a
 * header or, as the oldest data has it, without one.
 *
 * Thread: the heap's. Lifetime: nothing outlives a call. */
#ifndef WK_SERIALIZE_SERIALIZE_H
#define WK_SERIALIZE_SERIALIZE_H
#include "kernel/base/buf.h"
#include "runtime/engine/engine.h"

/* More than this is "out of memory". */
#define WK_SERIALIZED_BYTES_MAX ((size_t)128 << 20)

/* Registers native('serialize') and what the built-in modules need for it. Once a heap. */
void wk_serialize_init(duk_context *ctx);

/* Appends the value at idx to out. Getters of the value run, and may do anything.
 * Throws: DataCloneError (a DOMException) for what has no form as bytes, RangeError when it
 * nests too deep, whatever a getter throws. out is touched last, so that it needs no cleaning
 * up after a throw. */
void wk_serialize(duk_context *ctx, duk_idx_t idx, struct wk_buf *out);

/* Pushes the value that the bytes hold. Runs no script of the tenant's. Any bytes are safe:
 * memory grows with their number only. Throws: Error when they are not well-formed, RangeError
 * when they nest too deep, TypeError for a kind of value that this engine does not have. */
void wk_deserialize(duk_context *ctx, const void *data, size_t bytes);

/* The compatibility flag enhanced_error_serialization: errors keep all their own properties
 * (the default); without it only the class, message, cause and stack. */
void wk_serialize_enhanced_errors(duk_context *ctx, bool on);
#endif
