/* Many alarms, of which few are in memory: 16 here. The model is an array of what is set. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/service/actor_storage/fixture.h"

TestSuite(alarm_window, .fini = storage_stop, .timeout = 60);

#define ACTORS 200u
#define IN_MEMORY 16u
#define FAR 4102444800000ull /* in the year 2100 */
#define OK WK__ACTOR_ALARM_DONE__OUTCOME__OK

static struct {
    uint64_t due_ms; /* 0: none is set */
    unsigned fired;
    struct gate gate;
} actors[ACTORS];
static unsigned seed;

static unsigned
pick(unsigned below)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % below;
}

static unsigned
actor_of(const Wk__ActorStart *start)
{
    return (unsigned)start->actor->id.data[1] << 8 | start->actor->id.data[31];
}

static void
set(unsigned i, uint64_t due_ms)
{
    char text[32];

    snprintf(text, sizeof(text), due_ms != 0 ? "@%lu ;" : "@ ;", (unsigned long)due_ms);
    writes(&actors[i].gate, text);
    actors[i].due_ms = due_ms;
}

static void
settle(unsigned i)
{
    advance_expect(&actors[i].gate, actors[i].gate.messages);
}

static size_t
due_before(uint64_t ms)
{
    size_t n = 0;

    for (unsigned i = 0; i < ACTORS; i++)
        n += actors[i].due_ms != 0 && actors[i].due_ms < ms;
    return n;
}

/* The handler of one runs: sometimes it sets another. */
static void
on_alarm(const struct fake_frame *frame, uint64_t next_ms)
{
    unsigned i = 0;

    while (i < ACTORS && actors[i].gate.session != frame->f.parent)
        i++;
    cr_assert_lt(i, ACTORS);
    cr_assert_neq(actors[i].due_ms, 0, "%u was not set, or came already", i);
    cr_assert_eq(frame->msg->actor_alarm->scheduled_ms, actors[i].due_ms);
    cr_assert_geq(wk_unix_ms(), actors[i].due_ms);
    actors[i].due_ms = 0;
    if (actors[i].fired++ == 0 && next_ms != 0 && pick(2) == 0)
        set(i, next_ms + pick(300));
    alarm_done(frame->f.session, OK, false, false);
}

static void
await_all(uint64_t before_ms, uint64_t next_ms)
{
    while (due_before(before_ms) > 0) {
        struct fake_frame *frame = fake_next(fk);

        if (frame->f.kind != WK_FRAME_OPEN)
            continue;
        if (frame->msg->body_case == WK__ENVELOPE__BODY_ACTOR_ALARM)
            on_alarm(frame, next_ms);
        else
            actors[actor_of(frame->msg->actor_start)].gate = (struct gate){
                frame->f.session, 0, frame->msg->actor_start->incarnation, NULL, 0};
    }
}

/* Everything that was sent is dealt with. */
static void
drain(void)
{
    while (fake_pending(fk, 30))
        cr_assert_neq(fake_next(fk)->f.kind, WK_FRAME_OPEN);
}

static void
each_comes_once(unsigned first_seed)
{
    uint64_t start_ms;

    seed = first_seed;
    storage_start_mem();
    for (unsigned i = 0; i < ACTORS; i++)
        actors[i].gate = place(0, i);
    start_ms = wk_unix_ms() + 2500;
    for (unsigned step = 0; step < 3 * ACTORS; step++) {
        unsigned what = pick(8);

        set(pick(ACTORS), what == 0   ? 0
                          : what == 1 ? FAR + pick(1000)
                          : what == 2 ? start_ms + 7 /* of one time */
                                      : start_ms + pick(800));
        if (step % 50 == 0)
            drain();
    }
    drain();
    for (unsigned i = 0; i < ACTORS; i += 2) /* they sleep, and are placed for their alarms */
        offer(&actors[i].gate, 1);
    drain();
    cr_assert_lt(wk_unix_ms(), start_ms, "this machine is too slow for the test");
    cr_expect_leq(counter("alarms"), IN_MEMORY + IN_MEMORY / 2);
    await_all(FAR, start_ms + 1000);
    cr_expect_lt(wk_unix_ms(), start_ms + 3000);
    drain();
    for (unsigned i = 0; i < ACTORS; i++)
        cr_expect(actors[i].due_ms == 0 || actors[i].due_ms >= FAR);
    cr_expect_leq(counter("alarms"), IN_MEMORY);
}

Test(alarm_window, each_of_many_comes_once_and_in_time)
{
    each_comes_once(1);
}

Test(alarm_window, each_of_others_comes_once_and_in_time)
{
    each_comes_once(77);
}

Test(alarm_window, one_that_is_not_in_memory_is_deleted_and_changed_like_any_other)
{
    uint64_t now_ms;

    storage_start_mem();
    for (unsigned i = 0; i < 60; i++) {
        actors[i].gate = place(0, i);
        set(i, FAR + i);
        settle(i);
    }
    set(59, 0);
    settle(59);
    now_ms = wk_unix_ms();
    set(58, now_ms + 20);
    settle(58);
    await_all(FAR, 0);
    for (unsigned i = 0; i < 58; i++) {
        uint64_t stored = alarm_read(&actors[i].gate);

        cr_expect_eq(stored, FAR + i + 1);
        if (i == 0)
            break; /* what the handler's end said may come in between for the others */
    }
}
