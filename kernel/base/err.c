#include "kernel/base/err.h"

#include <stddef.h>

const char *
wk_err_name(wk_err err)
{
    static const char *const names[] = {
        "ok",          "invalid",     "limit",     "not_found", "denied",  "protocol",
        "closed",      "canceled",    "unavailable", "overloaded", "again", "io",
        "exception",   "cpu",         "memory",    "broken",    "exists",  "timed_out",
        "unsupported", "internal",
    };

    return (size_t)err < sizeof(names) / sizeof(names[0]) ? names[err] : "unknown";
}
