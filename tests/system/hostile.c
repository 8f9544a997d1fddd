/* Bytes that no wkctl would send, at the kernel's own socket: the kernel goes on serving. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "tests/system/system.h"

#define CONNECTIONS 200

static const char config[] =
    "using Workerd = import \"/workerd/workerd.capnp\";\n"
    "const config :Workerd.Config = (\n"
    "  services = [(name = \"main\", worker = (modules = [(name = \"w.js\", esModule =\n"
    "    \"export default { fetch() { return new Response('hello'); } };\")], compatibilityDate = \"2024-01-01\"))],\n"
    "  sockets = [(name = \"http\", address = \"127.0.0.1:0\", http = (), service = \"main\")]);\n";

static struct place place;

static void
setup(void)
{
    place_init(&place);
    place_write(&place, "config.capnp", config);
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(hostile, .init = setup, .fini = teardown, .timeout = 60);

static int
connect_kernel(void)
{
    char *path = wk_xasprintf("%s/kernel.addr", place.state);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct wk_buf url = {0};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(wk_buf_read_file(&url, path, 1000), WK_OK);
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", url.data + strlen("ipc://"));
    cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    free(path);
    wk_buf_fini(&url);
    return fd;
}

/* True if the kernel hung up. */
static bool
hung_up(int fd)
{
    struct timeval limit = {20, 0};
    char bytes[4096];
    ssize_t got;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
        continue;
    return got == 0 || errno == ECONNRESET;
}

static void
expect_serving(const struct run *start, const struct pids *pids)
{
    struct pids now;
    char *answer = http_get(run_port(start), "/");

    cr_assert_not_null(answer);
    cr_expect_not_null(strstr(answer, "hello"), "%s", answer);
    free(answer);
    pids_watch(&now, &place);
    cr_expect_eq(now.kernel, pids->kernel);
    for (size_t i = 0; i < now.count; i++)
        close(now.watches[i]);
}

Test(hostile, what_is_no_hello_is_hung_up_on)
{
    static const struct {
        const char *name, *bytes;
        size_t count;
    } says[] = {
        {"http", "GET / HTTP/1.1\r\nHost: x\r\n\r\n............", 40},
        {"a length of 4 GiB", "\xff\xff\xff\xff\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32},
        {"an unknown kind", "\0\0\0\0\x63\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32},
        {"a Ready before a Hello", "\x02\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x22\0", 34},
        {"a Hello of no version", "\x02\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x12\0", 34},
        {"a Hello with a wrong token",
         "\x08\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x12\x06\x08\x01\x12\x02XX", 40},
    };
    struct run start;
    struct pids pids;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    for (size_t i = 0; i < WK_COUNT(says); i++) {
        int fd = connect_kernel();

        cr_assert_eq(send(fd, says[i].bytes, says[i].count, MSG_NOSIGNAL), (ssize_t)says[i].count);
        cr_expect(hung_up(fd), "%s", says[i].name);
        close(fd);
    }
    expect_serving(&start, &pids);
    run_fini(&start);
}

Test(hostile, many_that_connect_and_say_half_or_nothing_do_not_stop_it)
{
    int fds[CONNECTIONS];
    struct run start;
    struct pids pids;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = connect_kernel();
        if (i % 2)
            cr_assert_eq(send(fds[i], "\x05\0\0\0\x02\0", 6, MSG_NOSIGNAL), 6);
    }
    expect_serving(&start, &pids);
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
    expect_serving(&start, &pids);
    run_fini(&start);
}

Test(hostile, who_says_nothing_is_hung_up_on_and_who_said_hello_is_not)
{
    static const char hello[] = "\x04\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x12\x02\x08\x01";
    struct run start;
    struct pids pids;
    char byte;
    int known, mute, half;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    known = connect_kernel();
    cr_assert_eq(send(known, hello, sizeof(hello) - 1, MSG_NOSIGNAL), (ssize_t)sizeof(hello) - 1);
    mute = connect_kernel();
    half = connect_kernel();
    cr_assert_eq(send(half, hello, 20, MSG_NOSIGNAL), 20);
    cr_expect(hung_up(mute));
    cr_expect(hung_up(half));
    cr_assert_gt(recv(known, &byte, 1, MSG_DONTWAIT), 0, "its Welcome");
    while (recv(known, &byte, 1, MSG_DONTWAIT) > 0)
        continue;
    cr_expect_eq(errno, EAGAIN);
    expect_serving(&start, &pids);
    close(known);
    close(mute);
    close(half);
    run_fini(&start);
}
