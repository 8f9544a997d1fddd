/* wk-actor-storage: started by the kernel, told by it which actors to store and where; or, with
 * --verify DIR or --repair DIR, by an operator, about a directory that nobody has open. Wiring
 * only. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"

#define EXIT_DAMAGED 100
#define EXIT_IN_USE 111

/* What was done or is there goes to standard output, what is wrong to standard error. */
static int
look_after(wk_err (*fn)(const char *dir, struct wk_buf *text), const char *dir)
{
    struct wk_buf text = {0};
    wk_err err = fn(dir, &text);

    fputs(text.len > 0 ? text.data : "", err == WK_OK ? stdout : stderr);
    wk_buf_fini(&text);
    if (fflush(stdout) != 0)
        return EXIT_IN_USE;
    return err == WK_OK                                 ? 0
           : err == WK_EEXISTS || err == WK_EOVERLOADED ? EXIT_IN_USE
                                                        : EXIT_DAMAGED;
}

int
main(int argc, char **argv)
{
    static struct wk_daemon daemon;
    const char *url = getenv("WK_LINK_URL"), *token = getenv("WK_LINK_TOKEN");
    wk_err err;

    if (argc == 3 && strcmp(argv[1], "--verify") == 0)
        return look_after(wk_engine_verify, argv[2]);
    if (argc == 3 && strcmp(argv[1], "--repair") == 0)
        return look_after(wk_engine_repair, argv[2]);
    if (url == NULL || token == NULL) {
        wk_log(WK_ERROR, "storage.start", "reason=\"started by hand; the kernel starts it\"");
        return 100;
    }
    WK_EVENTS_OPEN('D', "actor-storage");
    signal(SIGPIPE, SIG_IGN);
    wk_link_global_init();
    wk_daemon_init(&daemon, uv_default_loop());
    if ((err = wk_daemon_connect(&daemon, url, token)) != WK_OK) {
        wk_log(WK_ERROR, "storage.connect", "err=%s", wk_err_name(err));
        return 111;
    }
    _exit(wk_daemon_run(
        &daemon)); /* everything is on disk or lost by now; nothing is left to tidy */
}
