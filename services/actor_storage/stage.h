/* services/actor_storage/stage.h - what is to take the place of all there is of an actor, while
 * it is coming in.
 *
 * It is written to the disk as it comes, in generations of the actor and its facets that are
 * far above the current ones, so nobody reads it and nothing of it stays in memory. A record of
 * tidy.c says of each such generation that it is to be deleted: it is there before the first
 * byte is, and goes in the batch that makes the generation the current one. So whoever dies
 * meanwhile, all of it is there or none.
 *
 * Invariants:
 *  1. One stage per actor.
 *  2. A staged generation is above all that are noted for deletion, and WK_STAGE_GAP above the
 * current one. When deleteAll has come half the way, the stage is given up.
 *
 * Thread: the loop's, but for writing the batches. Lifetime: until wk_stage_drop or
 * wk_stage_commit. */
#ifndef WK_ACTOR_STORAGE_STAGE_H
#define WK_ACTOR_STORAGE_STAGE_H
#include "services/actor_storage/actor_storage.h"

#define WK_STAGE_GAP (1u << 20)

struct wk_stage_part {
    uint32_t generation;
    uint32_t pages, pages_seen; /* the database's; one more than the highest that came */
    uint16_t facet;             /* 0: the actor itself */
    bool has_pages;
};

struct wk_stage {
    struct wk_stage *next; /* of daemon->stages */
    struct wk_tool *tool;
    struct wk_daemon *daemon;
    struct wk_namespace *ns;
    uint8_t id[WK_ACTOR_ID_BYTES];
    struct wk_stage_part *parts;
    size_t part_count;
    uint64_t alarm_plus1;
    struct wk_batch notes, batch; /* of the message: to be synced before; what it brought */
    wk_err err;                   /* of writing them */
};

/* NULL: there is one of that actor already. */
struct wk_stage *wk_stage_begin(struct wk_tool *tool, struct wk_namespace *ns,
                                struct wk_span id);
struct wk_actor_key wk_stage_key(const struct wk_stage *stage);
/* The part of that facet, made when new: its notes are in stage->notes then. It may wait for
 * the disk. WK_EIO, WK_ELIMIT. */
wk_err wk_stage_part(struct wk_stage *stage, uint16_t facet, struct wk_stage_part **out);
/* Adds a write to stage->batch. A text says what is wrong with it; NULL: it is fine. */
const char *wk_stage_write(struct wk_stage *stage, struct wk_stage_part *part,
                           const Wk__StorageWrite *write);
/* A text says what is missing; NULL: it is all there. */
const char *wk_stage_lacks(const struct wk_stage *stage);
/* The turn that makes it the state of r, which is not live and has nothing under way, nor have
 * its facets; done hears of it. Owns: stage. WK_EIO, WK_EAGAIN: nothing was done. */
wk_err wk_stage_commit(struct wk_stage *stage, struct wk_resident *r,
                       void (*done)(struct wk_resident *r, void *arg, wk_err err), void *arg);
/* It goes, and what it has on the disk. NULL is fine. */
void wk_stage_drop(struct wk_stage *stage);
/* A generation of an actor is about to be given up. */
void wk_stages_note(struct wk_daemon *daemon, const struct wk_actor_key *key, uint16_t facet,
                    uint32_t generation);
#endif
