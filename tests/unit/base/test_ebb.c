#include <criterion/criterion.h>
#include "kernel/base/ebb.h"

static bool
fall_to(struct wk_ebb *ebb, size_t from, size_t to)
{
    bool gave = false;

    while (from > to)
        gave = wk_ebb_note(ebb, --from);
    return gave;
}

Test(ebb, gives_back_at_a_quarter_and_again_at_the_end)
{
    struct wk_ebb ebb = {0};

    cr_expect_not(wk_ebb_note(&ebb, 2000));
    cr_expect_not(fall_to(&ebb, 2000, 501));
    cr_expect(wk_ebb_note(&ebb, 500));
    cr_expect_not(fall_to(&ebb, 500, 1));
    cr_expect(wk_ebb_note(&ebb, 0));
    cr_expect_not(wk_ebb_note(&ebb, 1));
    cr_expect_not(wk_ebb_note(&ebb, 0));
}

Test(ebb, leaves_few_things_alone)
{
    struct wk_ebb ebb = {0};

    cr_expect_not(wk_ebb_note(&ebb, 999));
    cr_expect_not(fall_to(&ebb, 999, 0));
}
