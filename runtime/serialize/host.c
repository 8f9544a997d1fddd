#include "duk_internal.h"

#include <string.h>
#include <strings.h>
#include "kernel/base/base.h"
#include "runtime/serialize/host.h"

static const char *const common[] = {NULL,
                                     "accept-charset",
                                     "accept-encoding",
                                     "accept-language",
                                     "accept-ranges",
                                     "accept",
                                     "access-control-allow-origin",
                                     "age",
                                     "allow",
                                     "authorization",
                                     "cache-control",
                                     "content-disposition",
                                     "content-encoding",
                                     "content-language",
                                     "content-length",
                                     "content-location",
                                     "content-range",
                                     "content-type",
                                     "cookie",
                                     "date",
                                     "etag",
                                     "expect",
                                     "expires",
                                     "from",
                                     "host",
                                     "if-match",
                                     "if-modified-since",
                                     "if-none-match",
                                     "if-range",
                                     "if-unmodified-since",
                                     "last-modified",
                                     "link",
                                     "location",
                                     "max-forwards",
                                     "proxy-authenticate",
                                     "proxy-authorization",
                                     "range",
                                     "referer",
                                     "refresh",
                                     "retry-after",
                                     "server",
                                     "set-cookie",
                                     "strict-transport-security",
                                     "transfer-encoding",
                                     "user-agent",
                                     "vary",
                                     "via",
                                     "www-authenticate"};

uint32_t
wk_common_header_number(const char *name, size_t len)
{
    for (uint32_t i = 1; i < WK_COUNT(common); i++) {
        if (strlen(common[i]) == len && strncasecmp(common[i], name, len) == 0)
            return i;
    }
    return 0;
}

const char *
wk_common_header_name(uint32_t number)
{
    return number < WK_COUNT(common) ? common[number] : NULL;
}
