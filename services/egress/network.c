#include "services/egress/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    uint8_t bytes[16];
    int family;
    unsigned bits;
};

struct list {
    struct block *blocks;
    size_t count;
    bool is_public, network;
};

struct wk_network {
    struct list allow, deny;
};

/* This machine itself; 0.0.0.0 and :: connect to it too. */
static const char *const local_blocks[] = {"127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"};
static const char *const private_blocks[] = {"10.0.0.0/8",  "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12",
                                             "192.168.0.0/16", "fc00::/7",   "fe80::/10",      "fec0::/10"};
/* Nobody's on the public network: protocol, example, benchmark, multicast and future addresses. */
static const char *const reserved_blocks[] = {"192.0.0.0/24",    "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24",
                                              "203.0.113.0/24",  "224.0.0.0/4",  "240.0.0.0/4",   "2001::/23",
                                              "2001:db8::/32",   "100::/64",     "ff00::/8"};

static bool
block_parse(const char *text, struct block *b)
{
    char address[64];
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);

    if (len >= sizeof(address))
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    memset(b, 0, sizeof(*b));
    b->family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
    if (inet_pton(b->family, address, b->bytes) != 1)
        return false;
    b->bits = b->family == AF_INET ? 32 : 128;
    if (slash != NULL && (unsigned)atoi(slash + 1) < b->bits)
        b->bits = (unsigned)atoi(slash + 1);
    return true;
}

static void
list_add(struct list *list, const char *text)
{
    struct block b;

    if (!block_parse(text, &b))
        return;
    list->blocks = wk_xrealloc(list->blocks, (list->count + 1) * sizeof(b));
    list->blocks[list->count++] = b;
}

static void
list_add_all(struct list *list, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        list_add(list, texts[i]);
}

static void
list_parse(struct list *list, char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], "public") == 0)
            list->is_public = true;
        else if (strcmp(texts[i], "network") == 0)
            list->network = true;
        else if (strcmp(texts[i], "local") == 0 || strcmp(texts[i], "private") == 0)
            list_add_all(list, local_blocks, WK_COUNT(local_blocks));
        else
            list_add(list, texts[i]);
        if (strcmp(texts[i], "private") == 0)
            list_add_all(list, private_blocks, WK_COUNT(private_blocks));
    }
}

struct wk_network *
wk_network_new(char *const *allow, size_t allow_count, char *const *deny, size_t deny_count)
{
    struct wk_network *network = wk_xcalloc(1, sizeof(*network));

    list_parse(&network->allow, allow, allow_count);
    list_parse(&network->deny, deny, deny_count);
    return network;
}

void
wk_network_free(struct wk_network *network)
{
    if (network == NULL)
        return;
    free(network->allow.blocks);
    free(network->deny.blocks);
    free(network);
}

/* ---- looking an address up ---- */

static bool
block_has(const struct block *b, const struct block *addr)
{
    unsigned whole = b->bits / 8, rest = b->bits % 8;

    if (b->family != addr->family || memcmp(b->bytes, addr->bytes, whole) != 0)
        return false;
    return rest == 0 || ((b->bytes[whole] ^ addr->bytes[whole]) >> (8 - rest)) == 0;
}

/* The longest prefix among the blocks, -1: none matches. */
static int
longest(const struct block *blocks, size_t count, const struct block *addr)
{
    int best = -1;

    for (size_t i = 0; i < count; i++)
        if (block_has(&blocks[i], addr) && (int)blocks[i].bits > best)
            best = (int)blocks[i].bits;
    return best;
}

static bool
is_in(const char *const *texts, size_t count, const struct block *addr)
{
    struct block b;

    for (size_t i = 0; i < count; i++)
        if (block_parse(texts[i], &b) && block_has(&b, addr))
            return true;
    return false;
}

/* Specificity of the list's match: words count 0, -1: none. */
static int
list_match(const struct list *list, const struct block *addr)
{
    int best = longest(list->blocks, list->count, addr);
    bool local = is_in(local_blocks, WK_COUNT(local_blocks), addr);

    if (best >= 0 || local)
        return best;
    if (list->network)
        return 0;
    if (list->is_public && !is_in(private_blocks, WK_COUNT(private_blocks), addr) &&
        !is_in(reserved_blocks, WK_COUNT(reserved_blocks), addr))
        return 0;
    return -1;
}

static void
to_v4(struct block *b, size_t at)
{
    memmove(b->bytes, b->bytes + at, 4);
    memset(b->bytes + 4, 0, 12);
    b->family = AF_INET;
}

static bool
address_of(const struct sockaddr *addr, struct block *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}, nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t compatible[12];

    memset(out, 0, sizeof(*out));
    out->family = addr->sa_family;
    if (addr->sa_family == AF_INET) {
        memcpy(out->bytes, &((const struct sockaddr_in *)(const void *)addr)->sin_addr, 4);
        return true;
    }
    if (addr->sa_family != AF_INET6)
        return false;
    memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr, 16);
    if (memcmp(out->bytes, mapped, 12) == 0 || memcmp(out->bytes, nat64, 12) == 0 ||
        (memcmp(out->bytes, compatible, 12) == 0 && (out->bytes[12] | out->bytes[13]) != 0))
        to_v4(out, 12);
    else if (out->bytes[0] == 0x20 && out->bytes[1] == 0x02)
        to_v4(out, 2);
    return true;
}

bool
wk_network_allows(const struct wk_network *network, const struct sockaddr *addr)
{
    struct block b;
    int allowed, denied;

    if (!address_of(addr, &b))
        return false;
    allowed = list_match(&network->allow, &b);
    denied = list_match(&network->deny, &b);
    return allowed >= 0 && denied < allowed;
}
