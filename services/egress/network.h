/* services/egress/network.h - which addresses a network service may connect to.
 *
 * An address must match an entry of allow and no entry of deny that is as specific: the longer prefix wins.
 * What is checked is the address that a socket is about to connect to, after name resolution. IPv4 inside
 * IPv6 (mapped, NAT64, 6to4) counts as the IPv4 address. Thread: any, once made. */
#ifndef WK_EGRESS_NETWORK_H
#define WK_EGRESS_NETWORK_H
#include <sys/socket.h>
#include "kernel/base/base.h"

struct wk_network;
/* Entries: CIDR blocks, public, private, local, network, unix, unix-abstract; others are ignored. */
struct wk_network *wk_network_new(char *const *allow, size_t allow_count, char *const *deny, size_t deny_count);
void wk_network_free(struct wk_network *network);
bool wk_network_allows(const struct wk_network *network, const struct sockaddr *addr);
#endif
