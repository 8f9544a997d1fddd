/* wk-egress: started by the kernel, told by it where requests may go. Wiring only. */
#include <signal.h>
#include <stdlib.h>
#include "kernel/base/log.h"
#include "services/egress/egress.h"

int
main(void)
{
    static struct wk_egress egress;
    const char *url = getenv("WK_LINK_URL"), *token = getenv("WK_LINK_TOKEN");
    wk_err err;

    if (url == NULL || token == NULL) {
        wk_log(WK_ERROR, "egress.start", "reason=\"started by hand; the kernel starts it\"");
        return 100;
    }
    signal(SIGPIPE, SIG_IGN);
    wk_link_global_init();
    wk_egress_init(&egress, uv_default_loop());
    if ((err = wk_egress_connect(&egress, url, token)) != WK_OK) {
        wk_log(WK_ERROR, "egress.connect", "err=%s", wk_err_name(err));
        return 111;
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    return egress.draining ? 0 : 111;
}
