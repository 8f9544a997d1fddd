/* services/front/timers.h - deadlines of ten thousand connections with one uv timer.
 *
 * Every kind has one fixed duration, so its waiting timers form a queue in the order of their
 * ends: arming appends, the tick looks at queue heads only. Thread: the loop's. Lifetime: a
 * timer is the caller's storage; stop it before it goes. */
#ifndef WK_FRONT_TIMERS_H
#define WK_FRONT_TIMERS_H
#include <stdbool.h>
#include <uv.h>

enum wk_timer_kind {
    WK_TIMER_HEAD,
    WK_TIMER_IDLE,
    WK_TIMER_BODY,
    WK_TIMER_WRITE,
    WK_TIMER_LINGER,
    WK_TIMER_HALF,
    WK_TIMER_KINDS,
};

struct wk_timer {
    struct wk_timer *prev, *next; /* NULL: not armed */
    uint64_t since_ms;
    enum wk_timer_kind kind;
};

struct wk_timers {
    uv_timer_t tick;
    struct wk_timer queues[WK_TIMER_KINDS]; /* ring heads */
    uint32_t after_ms[WK_TIMER_KINDS];
    void (*fire)(struct wk_timer *timer);
    bool ticking;
};

/* fire gets timers that are no longer armed. */
void wk_timers_init(struct wk_timers *timers, uv_loop_t *loop,
                    const uint32_t after_ms[WK_TIMER_KINDS],
                    void (*fire)(struct wk_timer *timer));
void wk_timers_fini(struct wk_timers *timers);
/* Starts timer anew, whatever it was before. */
void wk_timer_arm(struct wk_timers *timers, struct wk_timer *timer, enum wk_timer_kind kind);
void wk_timer_stop(struct wk_timer *timer);
bool wk_timer_armed(const struct wk_timer *timer, enum wk_timer_kind kind);
/* The timer of that kind that ends first; NULL: none. */
struct wk_timer *wk_timers_first(struct wk_timers *timers, enum wk_timer_kind kind);
#endif
