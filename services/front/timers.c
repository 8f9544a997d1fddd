#include "services/front/timers.h"

#include <stddef.h>

#define TICK_MS_MAX 500u
#define TICK_MS_MIN 10u

void
wk_timer_stop(struct wk_timer *timer)
{
    if (timer->next == NULL)
        return;
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    timer->prev = timer->next = NULL;
}

struct wk_timer *
wk_timers_first(struct wk_timers *timers, enum wk_timer_kind kind)
{
    struct wk_timer *head = &timers->queues[kind];

    return head->next != head ? head->next : NULL;
}

static void
timers_tick(uv_timer_t *tick)
{
    struct wk_timers *timers = tick->data;
    uint64_t now = uv_now(tick->loop);
    bool any = false;

    for (int kind = 0; kind < WK_TIMER_KINDS; kind++) {
        struct wk_timer *t;

        while ((t = wk_timers_first(timers, kind)) != NULL) {
            any = true;
            if (now - t->since_ms < timers->after_ms[kind])
                break;
            wk_timer_stop(t);
            timers->fire(t);
        }
    }
    if (!any) {
        uv_timer_stop(tick);
        timers->ticking = false;
    }
}

void
wk_timers_init(struct wk_timers *timers, uv_loop_t *loop,
               const uint32_t after_ms[WK_TIMER_KINDS], void (*fire)(struct wk_timer *timer))
{
    uv_timer_init(loop, &timers->tick);
    uv_unref((uv_handle_t *)&timers->tick);
    timers->tick.data = timers;
    timers->fire = fire;
    timers->ticking = false;
    for (int kind = 0; kind < WK_TIMER_KINDS; kind++) {
        timers->queues[kind].prev = timers->queues[kind].next = &timers->queues[kind];
        timers->after_ms[kind] = after_ms[kind];
    }
}

void
wk_timers_fini(struct wk_timers *timers)
{
    uv_close((uv_handle_t *)&timers->tick, NULL);
}

/* Fine enough for the shortest duration, coarse enough to cost nothing. */
static uint32_t
tick_ms(const struct wk_timers *timers)
{
    uint32_t ms = TICK_MS_MAX;

    for (int kind = 0; kind < WK_TIMER_KINDS; kind++)
        if (timers->after_ms[kind] / 4 < ms)
            ms = timers->after_ms[kind] / 4;
    return ms < TICK_MS_MIN ? TICK_MS_MIN : ms;
}

void
wk_timer_arm(struct wk_timers *timers, struct wk_timer *timer, enum wk_timer_kind kind)
{
    struct wk_timer *head = &timers->queues[kind];

    wk_timer_stop(timer);
    timer->kind = kind;
    timer->since_ms = uv_now(timers->tick.loop);
    timer->prev = head->prev;
    timer->next = head;
    head->prev->next = timer;
    head->prev = timer;
    if (!timers->ticking) {
        timers->ticking = true;
        uv_timer_start(&timers->tick, timers_tick, tick_ms(timers), tick_ms(timers));
    }
}

bool
wk_timer_armed(const struct wk_timer *timer, enum wk_timer_kind kind)
{
    return timer->next != NULL && timer->kind == kind;
}
