#include "storage/key.h"

#include <string.h>

void
wk_be16_put(uint8_t *out, uint16_t n)
{
    out[0] = (uint8_t)(n >> 8);
    out[1] = (uint8_t)n;
}

void
wk_be32_put(uint8_t *out, uint32_t n)
{
    wk_be16_put(out, (uint16_t)(n >> 16));
    wk_be16_put(out + 2, (uint16_t)n);
}

void
wk_be64_put(uint8_t *out, uint64_t n)
{
    wk_be32_put(out, (uint32_t)(n >> 32));
    wk_be32_put(out + 4, (uint32_t)n);
}

uint16_t
wk_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t
wk_be32(const uint8_t *p)
{
    return (uint32_t)wk_be16(p) << 16 | wk_be16(p + 2);
}

uint64_t
wk_be64(const uint8_t *p)
{
    return (uint64_t)wk_be32(p) << 32 | wk_be32(p + 4);
}

static void
add_u16(struct wk_buf *out, uint16_t n)
{
    uint8_t bytes[2];

    wk_be16_put(bytes, n);
    wk_buf_add(out, bytes, sizeof(bytes));
}

static void
add_u32(struct wk_buf *out, uint32_t n)
{
    uint8_t bytes[4];

    wk_be32_put(bytes, n);
    wk_buf_add(out, bytes, sizeof(bytes));
}

bool
wk_key_id_ok(struct wk_span id, bool text)
{
    return text ? id.len >= 1 && id.len <= WK_ACTOR_TEXT_BYTES_MAX
                : id.len == WK_ACTOR_ID_BYTES;
}

void
wk_key_add_space(struct wk_buf *out, uint32_t space)
{
    add_u32(out, space);
}

void
wk_key_add_actor(struct wk_buf *out, const struct wk_actor_key *actor)
{
    WK_CHECK(wk_key_id_ok(actor->id, actor->text));
    add_u32(out, actor->space);
    if (actor->text)
        add_u16(out, (uint16_t)actor->id.len);
    wk_buf_add(out, actor->id.data, actor->id.len);
}

void
wk_key_add_facet(struct wk_buf *out, const struct wk_actor_key *actor, uint16_t facet)
{
    wk_key_add_actor(out, actor);
    add_u16(out, facet);
}

void
wk_key_add_entry(struct wk_buf *out, const struct wk_entry_key *key)
{
    wk_key_add_facet(out, &key->actor, key->facet);
    add_u32(out, key->generation);
    wk_buf_add_char(out, (char)key->kind);
    wk_buf_add(out, key->user.data, key->user.len);
}

void
wk_key_add_alarm(struct wk_buf *out, uint64_t due_ms, const struct wk_actor_key *actor)
{
    uint8_t bytes[8];

    wk_be64_put(bytes, due_ms);
    wk_buf_add(out, bytes, sizeof(bytes));
    wk_key_add_actor(out, actor);
}

void
wk_key_after(struct wk_buf *out, size_t from)
{
    while (out->len > from && (uint8_t)out->data[out->len - 1] == 0xff)
        out->len--;
    WK_CHECK(out->len > from);
    out->data[out->len - 1]++;
    out->data[out->len] = '\0';
}

void
wk_key_add_generation_range(struct wk_buf *start, struct wk_buf *end,
                            const struct wk_actor_key *actor, uint16_t facet,
                            uint32_t generation)
{
    size_t from = end->len;

    wk_key_add_facet(start, actor, facet);
    add_u32(start, generation);
    wk_key_add_facet(end, actor, facet);
    add_u32(end, generation);
    wk_buf_add_char(start, WK_KEY_OF_GENERATION);
    /* the kinds of a generation end where the next generation begins; 0xff is no kind */
    wk_buf_add_char(end, (char)0xff);
    WK_CHECK(end->len > from);
}

/* Takes namespace and id off the front of key. */
static bool
take_actor(struct wk_span *key, bool text, struct wk_actor_key *out)
{
    size_t head = text ? 6 : 4;
    size_t len;

    if (key->len < head)
        return false;
    out->space = wk_be32(key->data);
    out->text = text;
    len = text ? wk_be16(key->data + 4) : WK_ACTOR_ID_BYTES;
    if (key->len - head < len)
        return false;
    out->id = (struct wk_span){key->data + head, len};
    key->data += head + len;
    key->len -= head + len;
    return wk_key_id_ok(out->id, text);
}

wk_err
wk_key_entry(struct wk_span key, bool text, struct wk_entry_key *out)
{
    if (!take_actor(&key, text, &out->actor) || key.len < 7)
        return WK_EPROTO;
    out->facet = wk_be16(key.data);
    out->generation = wk_be32(key.data + 2);
    out->kind = key.data[6];
    out->user = (struct wk_span){key.data + 7, key.len - 7};
    return WK_OK;
}

wk_err
wk_key_alarm(struct wk_span key, bool text, uint64_t *due_ms, struct wk_actor_key *out)
{
    if (key.len < 8)
        return WK_EPROTO;
    *due_ms = wk_be64(key.data);
    key.data += 8;
    key.len -= 8;
    return take_actor(&key, text, out) && key.len == 0 ? WK_OK : WK_EPROTO;
}

wk_err
wk_key_space(struct wk_span entry_key, uint32_t *out)
{
    if (entry_key.len < 4)
        return WK_EPROTO;
    *out = wk_be32(entry_key.data);
    return WK_OK;
}

wk_err
wk_key_alarm_space(struct wk_span alarm_key, uint32_t *out)
{
    if (alarm_key.len < 8)
        return WK_EPROTO;
    return wk_key_space((struct wk_span){alarm_key.data + 8, alarm_key.len - 8}, out);
}
