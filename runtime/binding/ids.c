/* native('ids'): the ids of a namespace of Durable Objects, 32 bytes in a plain buffer.
 *
 * The first half is the base: random, or the MAC of a name. The second half is the MAC of the
 * first under the key of the namespace, so that an id of another namespace, or a made-up one,
 * is told from ours. */
#include "runtime/binding/binding.h"

#include <string.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include "runtime/binding/utf8.h"
#include "storage/storage.h"

#define BLOCK_BYTES 64
#define BASE_BYTES 16
#define ID_BYTES 32

/* HMAC-SHA-256 after its key was taken in: what every MAC of the namespace begins with. */
struct mac_key {
    mbedtls_sha256_context inner, outer;
    uint32_t number; /* from 1 */
};

/* Ids of short names that were asked for before: two MACs are a dozen times the work of looking
 * here. */
static struct known {
    uint32_t key; /* number of it; 0: free */
    uint8_t bytes;
    char name[59];
    uint8_t id[ID_BYTES];
} known_names[512];

static void
sha256(const void *data, size_t bytes, uint8_t out[32])
{
    WK_CHECK(mbedtls_sha256_ret(data, bytes, out, 0) == 0);
}

static void
pad_begin(mbedtls_sha256_context *sha, const uint8_t key[32], uint8_t pad)
{
    uint8_t block[BLOCK_BYTES];

    for (size_t i = 0; i < BLOCK_BYTES; i++)
        block[i] = (i < 32 ? key[i] : 0) ^ pad;
    mbedtls_sha256_init(sha);
    WK_CHECK(mbedtls_sha256_starts_ret(sha, 0) == 0);
    WK_CHECK(mbedtls_sha256_update_ret(sha, block, BLOCK_BYTES) == 0);
    mbedtls_platform_zeroize(block, sizeof(block));
}

/* The first half of the MAC. */
static void
mac(const struct mac_key *key, const void *data, size_t bytes, uint8_t out[BASE_BYTES])
{
    mbedtls_sha256_context sha;
    uint8_t hash[32];

    mbedtls_sha256_clone(&sha, &key->inner);
    WK_CHECK(mbedtls_sha256_update_ret(&sha, data, bytes) == 0);
    WK_CHECK(mbedtls_sha256_finish_ret(&sha, hash) == 0);
    mbedtls_sha256_clone(&sha, &key->outer);
    WK_CHECK(mbedtls_sha256_update_ret(&sha, hash, sizeof(hash)) == 0);
    WK_CHECK(mbedtls_sha256_finish_ret(&sha, hash) == 0);
    memcpy(out, hash, BASE_BYTES);
}

static const struct mac_key *
arg_key(duk_context *ctx)
{
    duk_size_t bytes;
    const void *key = duk_require_buffer(ctx, 0, &bytes);

    WK_CHECK(bytes == sizeof(struct mac_key));
    return key;
}

/* Where the name is if it is known; NULL: it is too long to be. */
static struct known *
known_slot(const struct mac_key *key, const char *name, size_t bytes)
{
    uint32_t hash = 2166136261u ^ key->number;

    if (bytes > sizeof(known_names[0].name))
        return NULL;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (uint8_t)name[i]) * 16777619u;
    return &known_names[(hash ^ hash >> 16) % WK_COUNT(known_names)];
}

/* key(uniqueKey): what the other verbs take. */
static duk_ret_t
ids_key(duk_context *ctx)
{
    size_t bytes;
    const char *text = wk_to_utf8(ctx, 0, &bytes);
    struct mac_key *key = duk_push_fixed_buffer(ctx, sizeof(*key));
    static uint32_t last;
    uint8_t hash[32];

    key->number = ++last;
    sha256(text, bytes, hash);
    pad_begin(&key->inner, hash, 0x36);
    pad_begin(&key->outer, hash, 0x5c);
    return 1;
}

/* named(key, name): the id of the name. */
static duk_ret_t
ids_named(duk_context *ctx)
{
    const struct mac_key *key = arg_key(ctx);
    size_t bytes;
    const char *name = wk_to_utf8(ctx, 1, &bytes);
    uint8_t *id = duk_push_fixed_buffer(ctx, ID_BYTES);
    struct known *known = known_slot(key, name, bytes);

    if (known != NULL && known->key == key->number && known->bytes == bytes &&
        memcmp(known->name, name, bytes) == 0) {
        memcpy(id, known->id, ID_BYTES);
        return 1;
    }
    mac(key, name, bytes, id);
    mac(key, id, BASE_BYTES, id + BASE_BYTES);
    if (known != NULL) {
        known->key = key->number;
        known->bytes = (uint8_t)bytes;
        memcpy(known->name, name, bytes);
        memcpy(known->id, id, ID_BYTES);
    }
    return 1;
}

/* unique(key) */
static duk_ret_t
ids_unique(duk_context *ctx)
{
    const struct mac_key *key = arg_key(ctx);
    uint8_t *id = duk_push_fixed_buffer(ctx, ID_BYTES);

    wk_random(id, BASE_BYTES);
    mac(key, id, BASE_BYTES, id + BASE_BYTES);
    return 1;
}

static int
hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
hex_parse(const char *text, size_t len, uint8_t out[ID_BYTES])
{
    if (len != 2 * ID_BYTES)
        return false;
    for (size_t i = 0; i < ID_BYTES; i++) {
        int high = hex_digit((unsigned char)text[2 * i]),
            low = hex_digit((unsigned char)text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* parse(key, text): the id; null, it is no 64 hex digits; false, it is none of this namespace.
 */
static duk_ret_t
ids_parse(duk_context *ctx)
{
    const struct mac_key *key = arg_key(ctx);
    size_t len;
    const char *text = wk_to_utf8(ctx, 1, &len);
    uint8_t id[ID_BYTES], want[BASE_BYTES];

    if (!hex_parse(text, len, id)) {
        duk_push_null(ctx);
        return 1;
    }
    mac(key, id, BASE_BYTES, want);
    if (memcmp(want, id + BASE_BYTES, BASE_BYTES) != 0) {
        duk_push_false(ctx);
        return 1;
    }
    memcpy(duk_push_fixed_buffer(ctx, ID_BYTES), id, ID_BYTES);
    return 1;
}

/* bytes(hex): the id, which must be one. */
static duk_ret_t
ids_bytes(duk_context *ctx)
{
    duk_size_t len;
    const char *text = duk_require_lstring(ctx, 0, &len);
    uint8_t *id = duk_push_fixed_buffer(ctx, ID_BYTES);

    return hex_parse(text, len, id) ? 1 : 0;
}

/* hex(id) */
static duk_ret_t
ids_hex(duk_context *ctx)
{
    static const char digits[] = "0123456789abcdef";
    duk_size_t bytes;
    const uint8_t *id = duk_require_buffer(ctx, 0, &bytes);
    char text[2 * ID_BYTES];

    WK_CHECK(bytes == ID_BYTES);
    for (size_t i = 0; i < ID_BYTES; i++) {
        text[2 * i] = digits[id[i] >> 4];
        text[2 * i + 1] = digits[id[i] & 15];
    }
    duk_push_lstring(ctx, text, sizeof(text));
    return 1;
}

/* same(a, b) */
static duk_ret_t
ids_same(duk_context *ctx)
{
    duk_size_t a_bytes, b_bytes;
    const void *a = duk_require_buffer(ctx, 0, &a_bytes),
               *b = duk_require_buffer(ctx, 1, &b_bytes);

    duk_push_boolean(ctx, a_bytes == b_bytes && memcmp(a, b, a_bytes) == 0);
    return 1;
}

/* The bytes of an id: a plain buffer, or the UTF-8 of a text. */
static const void *
id_bytes(duk_context *ctx, duk_idx_t idx, size_t *bytes)
{
    duk_size_t len;
    const void *data;

    if (duk_is_string(ctx, idx))
        return wk_to_utf8(ctx, idx, bytes);
    data = duk_require_buffer(ctx, idx, &len);
    *bytes = len;
    return data;
}

/* shard(id, shards): which of them has the actor. */
static duk_ret_t
ids_shard(duk_context *ctx)
{
    size_t bytes;
    const void *id = id_bytes(ctx, 0, &bytes);

    duk_push_uint(ctx, wk_actor_shard(id, bytes, duk_get_uint(ctx, 1)));
    return 1;
}

/* length(text): in bytes of UTF-8. */
static duk_ret_t
ids_length(duk_context *ctx)
{
    size_t bytes;

    wk_to_utf8(ctx, 0, &bytes);
    duk_push_number(ctx, (double)bytes);
    return 1;
}

void
wk_binding_ids_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {
        {"key", ids_key, 1},     {"named", ids_named, 2}, {"unique", ids_unique, 1},
        {"parse", ids_parse, 2}, {"hex", ids_hex, 1},     {"bytes", ids_bytes, 1},
        {"same", ids_same, 2},   {"shard", ids_shard, 2}, {"length", ids_length, 1},
        {NULL, NULL, 0},
    };

    wk_engine_native(ctx, "ids", verbs);
}
