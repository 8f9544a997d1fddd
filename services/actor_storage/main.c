/* wk-actor-storage: started by the kernel, told by it which actors to store and where. Wiring
 * only. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"

int
main(void)
{
    static struct wk_daemon daemon;
    const char *url = getenv("WK_LINK_URL"), *token = getenv("WK_LINK_TOKEN");
    wk_err err;

    if (url == NULL || token == NULL) {
        wk_log(WK_ERROR, "storage.start", "reason=\"started by hand; the kernel starts it\"");
        return 100;
    }
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
