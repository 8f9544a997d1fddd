/* What the process may still do once a worker's code runs. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include "services/isolate_host/host.h"

void
wk_host_seal(void)
{
    struct rlimit none = {0, 0};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
}
