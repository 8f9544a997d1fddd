#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include "services/egress/network.h"

static bool
allows(const struct wk_network *n, const char *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return wk_network_allows(n, (struct sockaddr *)&v4);
    cr_assert_eq(inet_pton(AF_INET6, address, &v6.sin6_addr), 1, "%s", address);
    return wk_network_allows(n, (struct sockaddr *)&v6);
}

static void
expect(char *const *allow, size_t allow_count, char *const *deny, size_t deny_count, const char *const *yes,
       const char *const *no)
{
    struct wk_network *n = wk_network_new(allow, allow_count, deny, deny_count);

    for (size_t i = 0; yes[i] != NULL; i++)
        cr_expect(allows(n, yes[i]), "%s should be allowed", yes[i]);
    for (size_t i = 0; no[i] != NULL; i++)
        cr_expect_not(allows(n, no[i]), "%s should be denied", no[i]);
    wk_network_free(n);
}
#define LIST(...) (const char *const[]){__VA_ARGS__, NULL}
#define WORDS(...) (char *const[]){__VA_ARGS__}, sizeof((char *const[]){__VA_ARGS__}) / sizeof(char *)

Test(network, public_is_what_everybody_reaches)
{
    expect(WORDS("public"), NULL, 0, LIST("1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700::1", "::ffff:1.1.1.1"),
           LIST("127.0.0.1", "127.255.0.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1",
                "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
                "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
                "::127.0.0.1", "2001:db8::1"));
}

Test(network, words_mean_what_they_say)
{
    expect(WORDS("private"), NULL, 0, LIST("10.0.0.1", "192.168.1.1", "127.0.0.1", "::1", "fd00::1"),
           LIST("1.1.1.1", "2606:4700::1"));
    expect(WORDS("local"), NULL, 0, LIST("127.0.0.1", "::1"), LIST("10.0.0.1", "1.1.1.1"));
    expect(WORDS("network"), NULL, 0, LIST("10.0.0.1", "1.1.1.1"), LIST("127.0.0.1", "::1"));
    expect(WORDS("unix"), NULL, 0, LIST(NULL), LIST("1.1.1.1"));
}

Test(network, the_longer_prefix_wins_and_deny_wins_among_equals)
{
    expect(WORDS("public", "10.1.0.0/16"), WORDS("10.0.0.0/8", "1.1.1.0/24"), LIST("10.1.2.3", "1.1.2.1"),
           LIST("10.2.0.1", "1.1.1.1"));
    expect(WORDS("10.0.0.0/8"), WORDS("10.0.0.0/8"), LIST(NULL), LIST("10.0.0.1"));
    expect(WORDS("0.0.0.0/0", "::/0"), WORDS("private"), LIST("1.1.1.1", "2606::1"), LIST("127.0.0.1", "10.0.0.1"));
    expect(WORDS("172.16.0.0/12"), NULL, 0, LIST("172.31.255.255"), LIST("172.32.0.0", "172.15.255.255"));
}

Test(network, other_families_are_denied)
{
    struct sockaddr sa = {.sa_family = AF_UNIX};
    struct wk_network *n = wk_network_new((char *const[]){"public", "private"}, 2, NULL, 0);

    cr_expect_not(wk_network_allows(n, &sa));
    wk_network_free(n);
}
