/* services/isolate_host/actor_messages.h - between the structs of runtime/actor and the
 * messages of proto/storage.proto.
 *
 * What is made points into what it is made from and into the arena. Thread: any; nothing here
 * keeps state. */
#ifndef WK_ISOLATE_HOST_ACTOR_MESSAGES_H
#define WK_ISOLATE_HOST_ACTOR_MESSAGES_H
#include "kernel/base/arena.h"
#include "proto/envelope.pb-c.h"
#include "runtime/actor/actor.h"

void wk_actor_message_writes(struct wk_arena *arena, const struct wk_write *writes,
                             size_t count, bool turn_end, Wk__ActorWrites *out);
void wk_actor_message_read(struct wk_arena *arena, const struct wk_actor_read *read,
                           Wk__ActorRead *out);
void wk_actor_message_entries(struct wk_arena *arena, const Wk__ActorEntries *in,
                              struct wk_actor_answer *out);
/* All but what the worker's configuration says: storage, enable_sql. */
void wk_actor_message_start(struct wk_arena *arena, const Wk__ActorStart *in,
                            struct wk_actor_start *out);
#endif
