/* wk-front: started by the kernel, told by it what to serve. Wiring only.
 *
 * Environment: WK_LINK_URL, WK_LINK_TOKEN. Arguments: NAME=VALUE for the limits in limits.h. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "kernel/base/confine.h"
#include "kernel/base/log.h"
#include "services/front/front.h"

static bool
limit_set(struct wk_limits *limits, const char *arg)
{
    const struct {
        const char *name;
        uint32_t *value;
    } known[] = {
        {"headers_ms=", &limits->headers_ms},   {"idle_ms=", &limits->idle_ms},
        {"body_ms=", &limits->body_ms},         {"write_ms=", &limits->write_ms},
        {"linger_ms=", &limits->linger_ms},     {"half_ms=", &limits->half_ms},
        {"connections=", &limits->connections},
    };

    if (strncmp(arg, "body_bytes=", 11) == 0)
        return sscanf(arg + 11, "%" SCNu64, &limits->body_bytes) == 1;
    for (size_t i = 0; i < WK_COUNT(known); i++)
        if (strncmp(arg, known[i].name, strlen(known[i].name)) == 0)
            return sscanf(strchr(arg, '=') + 1, "%" SCNu32, known[i].value) == 1;
    return false;
}

int
main(int argc, char **argv)
{
    static struct wk_front front;
    struct wk_limits limits = WK_LIMITS_DEFAULT;
    const char *url = getenv("WK_LINK_URL"), *token = getenv("WK_LINK_TOKEN");
    wk_err err;
    bool drained;

    for (int i = 1; i < argc; i++)
        if (!limit_set(&limits, argv[i])) {
            fprintf(stderr, "wk-front: unknown argument \"%s\"\n", argv[i]);
            return 100;
        }
    if (url == NULL || token == NULL) {
        fprintf(stderr, "wk-front: WK_LINK_URL and WK_LINK_TOKEN are not set; the kernel "
                        "starts this program\n");
        return 100;
    }
    signal(SIGPIPE, SIG_IGN);
    wk_confine_common();
    wk_confine_files(); /* its sockets and its link are open; it needs no file */
    wk_link_global_init();
    wk_front_init(&front, uv_default_loop(), &limits);
    if ((err = wk_front_connect(&front, url, token)) != WK_OK) {
        wk_log(WK_ERROR, "front.connect_failed", "why=%s", wk_err_name(err));
        return 111;
    }
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    drained = front.draining;
    return drained ? 0 : 111;
}
