/* wk-disk: started by the kernel, told by it which directory to serve. Wiring only. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/disk/disk.h"

int
main(void)
{
    static struct wk_disk disk;
    const char *url = getenv("WK_LINK_URL"), *token = getenv("WK_LINK_TOKEN");
    wk_err err;

    if (url == NULL || token == NULL) {
        wk_log(WK_ERROR, "disk.start", "reason=\"started by hand; the kernel starts it\"");
        return 100;
    }
    signal(SIGPIPE, SIG_IGN);
    wk_link_global_init();
    wk_disk_init(&disk, uv_default_loop());
    if ((err = wk_disk_connect(&disk, url, token)) != WK_OK) {
        wk_log(WK_ERROR, "disk.connect", "err=%s", wk_err_name(err));
        return 111;
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    _exit(disk.draining ? 0 : 111); /* nothing is left to tidy, and the sandbox would not let a sanitizer look */
}
