#include "services/front/timers.h"

#include <criterion/criterion.h>

static struct wk_timers timers;
static struct wk_timer *fired[8];
static unsigned fired_count;

static void
record(struct wk_timer *timer)
{
    fired[fired_count++] = timer;
}

static void
setup(void)
{
    const uint32_t after_ms[WK_TIMER_KINDS] = {
        [WK_TIMER_HEAD] = 40,     [WK_TIMER_IDLE] = 80,      [WK_TIMER_BODY] = 10000,
        [WK_TIMER_WRITE] = 10000, [WK_TIMER_LINGER] = 10000, [WK_TIMER_HALF] = 10000};

    wk_timers_init(&timers, uv_default_loop(), after_ms, record);
    uv_ref((uv_handle_t *)&timers.tick);
}

TestSuite(timers, .init = setup);

Test(timers, fire_in_the_order_of_their_ends)
{
    struct wk_timer idle = {0}, head = {0}, never = {0};

    wk_timer_arm(&timers, &idle, WK_TIMER_IDLE);
    wk_timer_arm(&timers, &head, WK_TIMER_HEAD);
    wk_timer_arm(&timers, &never, WK_TIMER_BODY);
    while (fired_count < 2)
        uv_run(uv_default_loop(), UV_RUN_ONCE);
    cr_expect_eq(fired[0], &head);
    cr_expect_eq(fired[1], &idle);
    cr_expect_not(wk_timer_armed(&idle, WK_TIMER_IDLE));
    cr_expect(wk_timer_armed(&never, WK_TIMER_BODY));
}

Test(timers, stopped_or_moved_do_not_fire)
{
    struct wk_timer a = {0}, b = {0};

    wk_timer_arm(&timers, &a, WK_TIMER_HEAD);
    wk_timer_arm(&timers, &b, WK_TIMER_HEAD);
    wk_timer_arm(&timers, &b, WK_TIMER_IDLE);
    wk_timer_stop(&a);
    wk_timer_stop(&a);
    uv_run(uv_default_loop(), UV_RUN_DEFAULT); /* ends when no timer is left */
    cr_expect_eq(fired_count, 1);
    cr_expect_eq(fired[0], &b);
}

Test(timers, know_who_ends_first)
{
    struct wk_timer a = {0}, b = {0};

    cr_expect_null(wk_timers_first(&timers, WK_TIMER_IDLE));
    wk_timer_arm(&timers, &a, WK_TIMER_IDLE);
    wk_timer_arm(&timers, &b, WK_TIMER_IDLE);
    cr_expect_eq(wk_timers_first(&timers, WK_TIMER_IDLE), &a);
    wk_timer_arm(&timers, &a, WK_TIMER_IDLE);
    cr_expect_eq(wk_timers_first(&timers, WK_TIMER_IDLE), &b);
}
