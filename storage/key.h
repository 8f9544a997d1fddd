/* storage/key.h - how an actor's state is laid out in the engine's one ordered map.
 *
 *     entries: namespace (u32 BE) | actor | facet (u16 BE) | generation (u32 BE) | kind (u8) |
 * user key alarms:  time (u64 BE) | namespace (u32 BE) | actor actor:   32 bytes; in a
 * namespace whose ids are texts: length (u16 BE) | text
 *
 * Bytewise order of the whole is namespace, actor, facet, generation, kind, user key. Facet 0
 * is the actor itself.
 *
 * deleteAll raises the generation: the record of the actor (and facet) says which one is
 * current, and what older ones left is deleted later as one range. Records that outlive
 * deleteAll lie in generation 0 with a kind below WK_KEY_OF_GENERATION. An actor without a
 * generation record has generation 0, so the state of one that never called deleteAll is one
 * run of keys.
 *
 * Thread: any; nothing here keeps state. */
#ifndef WK_STORAGE_KEY_H
#define WK_STORAGE_KEY_H
#include "kernel/base/buf.h"
#include "storage/storage.h"

#define WK_ACTOR_ID_BYTES 32u
#define WK_ACTOR_TEXT_BYTES_MAX 2048u

/* The numbers are on disk. */
enum wk_key_kind {
    /* in generation 0 only; outlive deleteAll */
    WK_KEY_GENERATION = 0, /* value: u32 BE */
    WK_KEY_ALARM = 1,      /* value: u64 BE, unix ms + 1 */
    WK_KEY_FACETS = 2,     /* user key and value: the daemon's */
    /* of a generation */
    WK_KEY_OF_GENERATION = 16,
    WK_KEY_PAGE_COUNT = 16, /* value: u32 BE */
    WK_KEY_PAGE = 17,       /* user key: u32 BE, the number of the page */
    WK_KEY_ENTRY = 18,      /* user key: the worker's */
};

struct wk_actor_key {
    uint32_t space;    /* number of the namespace */
    bool text;         /* ids of the namespace are texts */
    struct wk_span id; /* WK_ACTOR_ID_BYTES, or 1 to WK_ACTOR_TEXT_BYTES_MAX */
};

struct wk_entry_key {
    struct wk_actor_key actor;
    uint16_t facet;
    uint32_t generation;
    uint8_t kind; /* enum wk_key_kind */
    struct wk_span user;
};

/* Each adds the bytes to out. The id's length must be right: check what comes from outside with
 * wk_key_id_ok. */
bool wk_key_id_ok(struct wk_span id, bool text);
/* What all keys of the namespace, the actor, the facet begin with. */
void wk_key_add_space(struct wk_buf *out, uint32_t space);
void wk_key_add_actor(struct wk_buf *out, const struct wk_actor_key *actor);
void wk_key_add_facet(struct wk_buf *out, const struct wk_actor_key *actor, uint16_t facet);
/* A whole key; without a user key, what all of that kind begin with. */
void wk_key_add_entry(struct wk_buf *out, const struct wk_entry_key *key);
void wk_key_add_alarm(struct wk_buf *out, uint64_t due_ms, const struct wk_actor_key *actor);
/* Makes the key at prefix (bytes from there to the end of out) the first one behind all that
 * begin with it. It must hold a byte that is not 0xff. */
void wk_key_after(struct wk_buf *out, size_t from);
/* start and end get the range of what deleteAll of this generation deletes: all its kinds from
 * WK_KEY_OF_GENERATION on. */
void wk_key_add_generation_range(struct wk_buf *start, struct wk_buf *end,
                                 const struct wk_actor_key *actor, uint16_t facet,
                                 uint32_t generation);

/* The parts of a key, borrowed from it. text: of its namespace. WK_EPROTO: not such a key. */
wk_err wk_key_entry(struct wk_span key, bool text, struct wk_entry_key *out);
wk_err wk_key_alarm(struct wk_span key, bool text, uint64_t *due_ms, struct wk_actor_key *out);
/* The namespace's number, to know how to read the rest. */
wk_err wk_key_space(struct wk_span entry_key, uint32_t *out);
wk_err wk_key_alarm_space(struct wk_span alarm_key, uint32_t *out);

void wk_be16_put(uint8_t *out, uint16_t n);
void wk_be32_put(uint8_t *out, uint32_t n);
void wk_be64_put(uint8_t *out, uint64_t n);
uint16_t wk_be16(const uint8_t *p);
uint32_t wk_be32(const uint8_t *p);
uint64_t wk_be64(const uint8_t *p);
#endif
