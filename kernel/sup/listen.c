/* Listening sockets. */
#include "kernel/kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

/* "*:80", "1.2.3.4:80", "[::1]:80", "localhost:80", "1.2.3.4" (port 80) */
static bool
parse_inet(const char *address, struct sockaddr_storage *out, socklen_t *len)
{
    char host[128];
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    const char *colon = strrchr(address, ':'), *end = strchr(address, ']');
    unsigned long port = 80;
    size_t host_len;

    if (end != NULL && colon != NULL && colon < end)
        colon = NULL;
    if (colon != NULL) {
        char *rest;

        port = strtoul(colon + 1, &rest, 10);
        if (*rest != '\0' || rest == colon + 1 || port > 65535)
            return false;
    }
    host_len = colon != NULL ? (size_t)(colon - address) : strlen(address);
    if (host_len >= 2 && address[0] == '[') {
        address++;
        host_len -= 2;
    }
    if (host_len >= sizeof(host))
        return false;
    memcpy(host, address, host_len);
    host[host_len] = '\0';
    memset(out, 0, sizeof(*out));
    if (strcmp(host, "localhost") == 0)
        snprintf(host, sizeof(host), "127.0.0.1");
    if (strcmp(host, "*") == 0) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *len = sizeof(*v6);
        return true;
    }
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *len = sizeof(*v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *len = sizeof(*v6);
        return true;
    }
    return false;
}

static bool
parse_unix(const char *path, bool abstract, struct sockaddr_storage *out, socklen_t *len)
{
    struct sockaddr_un *un = (struct sockaddr_un *)out;

    if (strlen(path) + 1 >= sizeof(un->sun_path))
        return false;
    memset(out, 0, sizeof(*out));
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path + (abstract ? 1 : 0), path, strlen(path));
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1);
    return true;
}

static int
listen_bind(const char *address, char **why)
{
    struct sockaddr_storage addr;
    socklen_t len;
    bool ok;
    int fd, one = 1;

    if (strncmp(address, "unix:", 5) == 0) {
        unlink(address + 5);
        ok = parse_unix(address + 5, false, &addr, &len);
    } else if (strncmp(address, "unix-abstract:", 14) == 0) {
        ok = parse_unix(address + 14, true, &addr, &len);
    } else {
        ok = parse_inet(address, &addr, &len);
    }
    if (!ok) {
        *why = wk_xasprintf("\"%s\" is not an address; write HOST:PORT, *:PORT, [IPv6]:PORT or unix:PATH", address);
        return -1;
    }
    fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && addr.ss_family != AF_UNIX)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) != 0 || listen(fd, BACKLOG) != 0) {
        *why = wk_xasprintf("cannot listen on %s: %s", address, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

struct wk_listen *
wk_listen_open(struct wk_kernel *kernel, const char *name, const char *address, char **why)
{
    struct wk_listen *l, **at = &kernel->listens;
    int fd;

    for (l = kernel->listens; l != NULL; l = l->next)
        if (strcmp(l->name, name) == 0 && strcmp(l->address, address) == 0)
            return l;
    if ((fd = listen_bind(address, why)) < 0)
        return NULL;
    l = wk_xcalloc(1, sizeof(*l));
    l->name = wk_xstrdup(name);
    l->address = wk_xstrdup(address);
    l->fd = fd;
    while (*at != NULL)
        at = &(*at)->next;
    *at = l;
    return l;
}

void
wk_listen_close(struct wk_kernel *kernel, struct wk_listen *l)
{
    struct wk_listen **at = &kernel->listens;

    while (*at != l)
        at = &(*at)->next;
    *at = l->next;
    close(l->fd);
    if (strncmp(l->address, "unix:", 5) == 0)
        unlink(l->address + 5);
    free(l->name);
    free(l->address);
    free(l);
}

char *
wk_listen_bound(const struct wk_listen *l)
{
    struct sockaddr_storage addr;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&addr;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&addr;
    socklen_t len = sizeof(addr);
    char host[INET6_ADDRSTRLEN];

    if (getsockname(l->fd, (struct sockaddr *)&addr, &len) != 0 || addr.ss_family == AF_UNIX)
        return wk_xstrdup(l->address);
    if (addr.ss_family == AF_INET)
        return wk_xasprintf("%s:%u", inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host)),
                            ntohs(v4->sin_port));
    if (IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
        return wk_xasprintf("*:%u", ntohs(v6->sin6_port));
    return wk_xasprintf("[%s]:%u", inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host)),
                        ntohs(v6->sin6_port));
}
