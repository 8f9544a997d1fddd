#include "tests/support/origin.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "kernel/base/buf.h"

static atomic_int connections;

/* One request's text, chunks undone; false at the end of the connection. */
static bool
read_request(FILE *f, struct wk_buf *text)
{
    char line[8192];
    long length = 0;
    bool chunked = false;

    text->len = 0;
    while (fgets(line, sizeof(line), f) != NULL && strcmp(line, "\r\n") != 0) {
        if (strncasecmp(line, "content-length:", 15) == 0)
            length = atol(line + 15);
        chunked |= strncasecmp(line, "transfer-encoding:", 18) == 0;
        wk_buf_add(text, line, strlen(line));
    }
    if (text->len == 0)
        return false;
    wk_buf_add_str(text, "\r\n");
    do {
        if (chunked && (fgets(line, sizeof(line), f) == NULL || (length = strtol(line, NULL, 16)) == 0))
            break;
        for (long i = 0; i < length; i++)
            wk_buf_add_char(text, (char)fgetc(f));
        if (chunked)
            fgets(line, sizeof(line), f);
    } while (chunked);
    if (chunked)
        fgets(line, sizeof(line), f);
    return !ferror(f) && !feof(f);
}

static void
put_all(int fd, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = send(fd, data, bytes, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        data += n;
        bytes -= (size_t)n;
    }
}

static void
answer(int fd, const char *status, const char *headers, const char *body, size_t bytes)
{
    struct wk_buf out = {0};

    wk_buf_addf(&out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers, bytes);
    wk_buf_add(&out, body, bytes);
    put_all(fd, out.data, out.len);
    wk_buf_fini(&out);
}

static void
redirect(int fd, const char *status, const char *to)
{
    char *header = wk_xasprintf("Location: %s\r\n", to);

    answer(fd, status, header, "moved", 5);
    free(header);
}

static void
filler(int fd, bool in_headers, size_t bytes)
{
    struct wk_buf text = {0};

    while (text.len < bytes && in_headers)
        wk_buf_addf(&text, "X-%zu: %0500d\r\n", text.len, 0);
    for (size_t i = 0; i < bytes && !in_headers; i++)
        wk_buf_add_char(&text, '0');
    answer(fd, "200 OK", in_headers ? text.data : "", in_headers ? "" : text.data, in_headers ? 0 : text.len);
    wk_buf_fini(&text);
}

/* Answers; false: the connection ends. */
static bool
respond(int fd, int connection, const struct wk_buf *text)
{
    char path[256] = "", query[1024] = "", number[16];

    sscanf(text->data, "%*s %255[^? ]?%1023s", path, query);
    if (strcmp(path, "/cut") == 0)
        return false;
    if (strcmp(path, "/garbage") == 0) {
        put_all(fd, "what?\r\n\r\n", 9);
        return false;
    }
    if (strcmp(path, "/short") == 0) {
        put_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 45);
        return false;
    }
    snprintf(number, sizeof(number), "%d", connection);
    if (strcmp(path, "/early") == 0)
        put_all(fd, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 37);
    if (strcmp(path, "/to") == 0)
        redirect(fd, "302 Found", query);
    else if (strcmp(path, "/loop") == 0)
        redirect(fd, "302 Found", "/loop");
    else if (strcmp(path, "/303") == 0)
        redirect(fd, "303 See Other", query);
    else if (strcmp(path, "/307") == 0)
        redirect(fd, "307 Temporary Redirect", query);
    else if (strcmp(path, "/big") == 0 || strcmp(path, "/headers") == 0)
        filler(fd, path[1] == 'h', strtoul(query, NULL, 10));
    else if (strcmp(path, "/conn") == 0)
        answer(fd, "200 OK", "", number, strlen(number));
    else if (strcmp(path, "/204") == 0)
        put_all(fd, "HTTP/1.1 204 No Content\r\n\r\n", 27);
    else
        answer(fd, "200 Fine", "X-Drop: 1\r\nX-Keep: a\r\nX-Keep: b\r\nConnection: keep-alive\r\n", text->data, text->len);
    return true;
}

static void *
serve(void *arg)
{
    int fd = (int)(intptr_t)arg, connection = ++connections;
    FILE *f = fdopen(dup(fd), "r");
    struct wk_buf text = {0};

    while (read_request(f, &text) && respond(fd, connection, &text))
        ;
    wk_buf_fini(&text);
    fclose(f);
    close(fd);
    return NULL;
}

static void *
accept_all(void *arg)
{
    int listener = (int)(intptr_t)arg, fd;
    pthread_t thread;

    while ((fd = accept(listener, NULL, NULL)) >= 0)
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    return NULL;
}

uint16_t
origin_start(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_t thread;

    cr_assert_eq(bind(fd, (struct sockaddr *)&addr, len), 0);
    cr_assert_eq(listen(fd, 64), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    cr_assert_eq(pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)fd), 0);
    pthread_detach(thread);
    return ntohs(addr.sin_port);
}
