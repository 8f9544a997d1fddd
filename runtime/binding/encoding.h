/* runtime/binding/encoding.h - the decoders of the Encoding standard.
 *
 * Thread: the heap's. Lifetime: a decoder is owned by its JS handle, whose finalizer calls
 * wk_decoder_fini. */
#ifndef WK_RUNTIME_ENCODING_H
#define WK_RUNTIME_ENCODING_H
#include "runtime/engine/engine.h"

enum wk_decoder_kind {
    WK_DECODE_UTF8,
    WK_DECODE_UTF16LE,
    WK_DECODE_UTF16BE,
    WK_DECODE_TABLE,
    WK_DECODE_ICU
};

struct wk_decoder {
    enum wk_decoder_kind kind;
    bool fatal;
    bool bom_seen;      /* past the place where a byte order mark could be */
    uint8_t pending[4]; /* bytes of a character that the next chunk completes */
    uint8_t pending_count;
    uint16_t table[128]; /* WK_DECODE_TABLE: what bytes 0x80 to 0xFF mean */
    void *converter;     /* WK_DECODE_ICU: UConverter */
};

/* The encoding that a label names (surrounding white space and case do not count), or NULL. */
const char *wk_encoding_of_label(const char *label, size_t bytes);

/* Makes decoder ready for the named encoding. False: this machine's ICU does not have it. */
bool wk_decoder_init(struct wk_decoder *decoder, const char *encoding);
void wk_decoder_fini(struct wk_decoder *decoder);

/* Pushes the text of bytes; flush: they are the last. False, and nothing pushed: ill-formed and
 * fatal. */
bool wk_decoder_push(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes,
                     size_t len, bool flush);
/* The same for the encodings that ICU decodes, and their set-up. */
bool wk_decoder_push_icu(duk_context *ctx, struct wk_decoder *decoder, const uint8_t *bytes,
                         size_t len, bool flush);
bool wk_decoder_init_legacy(struct wk_decoder *decoder, const char *encoding);
#endif
