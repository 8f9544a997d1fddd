/* Hosts are forks of one heap. */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>
#include "runtime/engine/engine.h"

/* What Math.random() gives first in a forked process. */
static double
random_of_fork(struct wk_engine *engine, bool reseed)
{
    duk_context *ctx = wk_engine_ctx(engine);
    double number = -1;
    int ends[2];
    pid_t pid;

    cr_assert_eq(pipe(ends), 0);
    if ((pid = fork()) == 0) {
        if (reseed)
            wk_engine_reseed(engine);
        number = duk_peval_string(ctx, "Math.random()") == 0 ? duk_get_number(ctx, -1) : -1;
        _exit(write(ends[1], &number, sizeof(number)) == (ssize_t)sizeof(number) ? 0 : 1);
    }
    cr_assert_eq(read(ends[0], &number, sizeof(number)), (ssize_t)sizeof(number));
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    close(ends[0]);
    close(ends[1]);
    return number;
}

Test(engine_reseed, forks_of_a_heap_give_numbers_of_their_own)
{
    struct wk_engine_opts opts = {0};
    struct wk_engine *engine;

    cr_assert_eq(wk_engine_new(&opts, &engine), WK_OK);
    cr_expect(random_of_fork(engine, false) == random_of_fork(engine, false));
    cr_expect(random_of_fork(engine, true) != random_of_fork(engine, true));
    wk_engine_free(engine);
}
