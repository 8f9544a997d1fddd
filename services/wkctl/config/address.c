/* services/wkctl/config/address.c - is this an address one can listen on or connect to? */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/config_priv.h"

static const char *
port_bad(const char *port)
{
    if (*port == '\0' || strspn(port, "0123456789") != strlen(port))
        return "the port must be a number";
    return strlen(port) > 5 || atoi(port) > 65535 ? "Port number too large." : NULL;
}

const char *
config_address_bad(const char *address)
{
    const char *colon = strrchr(address, ':');
    size_t host = colon != NULL ? (size_t)(colon - address) : strlen(address);

    if (strncmp(address, "unix:", 5) == 0)
        return address[5] != '\0' ? NULL : "a path must follow unix:";
    if (strncmp(address, "unix-abstract:", 14) == 0)
        return address[14] != '\0' ? NULL : "a name must follow unix-abstract:";
    if (address[0] == '[') {
        const char *close = strchr(address, ']');

        if (close == NULL || close == address + 1)
            return "an IPv6 address stands in [brackets]";
        if (close[1] == '\0')
            return NULL;
        return close[1] == ':' ? port_bad(close + 2) : "expected :port after ]";
    }
    if (colon != NULL && memchr(address, ':', host) != NULL) /* bare IPv6, without a port */
        return strspn(address, "0123456789abcdefABCDEF:.%") == strlen(address)
                   ? NULL
                   : "this is no IPv6 address";
    if (host == 0)
        return "a host must stand before the colon, * for all";
    for (size_t i = 0; i < host; i++)
        if (!isalnum((unsigned char)address[i]) && strchr("-._*", address[i]) == NULL)
            return "a host name has only letters, digits, - and .";
    return colon != NULL ? port_bad(colon + 1) : NULL;
}
