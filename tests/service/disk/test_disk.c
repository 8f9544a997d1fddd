/* A real wk-disk behind a scripted kernel. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/support/fake_http.h"

static char dir[] = "/tmp/wk-disk-XXXXXX";
static struct fake_kernel *fk;
static Wk__Disk disk;

static void
put_file(const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/root/%s", dir, name);
    f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *
at(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/root/%s", dir, name);
    return path;
}

static void
setup(void)
{
    char outside[64];

    cr_assert_not_null(mkdtemp(dir));
    mkdir(at(""), 0755);
    mkdir(at("sub"), 0755);
    put_file("a.txt", "hello world");
    put_file(".dot", "hidden");
    put_file("sub/b", "b");
    put_file("../outside", "secret");
    snprintf(outside, sizeof(outside), "%s/outside", dir);
    symlink("../outside", at("out"));
    symlink(outside, at("absolute"));
    symlink("a.txt", at("link"));
    wk__disk__init(&disk);
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    return remove(path);
}

static void
teardown(void)
{
    if (fk != NULL)
        fake_kernel_free(fk);
    nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(disk, .init = setup, .fini = teardown, .timeout = 60);

static void
start(void)
{
    Wk__Service service = WK__SERVICE__INIT;
    static char root[64];

    snprintf(root, sizeof(root), "%s/root", dir);
    disk.path = root;
    service.kind_case = WK__SERVICE__KIND_DISK;
    service.disk = &disk;
    fk = fake_kernel_new();
    fake_kernel_start(fk, WK_BIN "/wk-disk", NULL, -1);
    fake_configure(fk, &service);
}

static void
expect(const struct fake_request *request, unsigned status, const char *body)
{
    struct fake_reply reply = fake_fetch(fk, request);

    cr_expect_eq(reply.status, status, "%s %s: %u", request->method, request->url, reply.status);
    if (body != NULL)
        cr_expect_str_eq(reply.body.data, body, "%s %s: %s", request->method, request->url, reply.body.data);
    fake_reply_fini(&reply);
}
#define EXPECT(status, body, ...) expect(&(struct fake_request){__VA_ARGS__}, status, body)

Test(disk, serves_files_parts_and_directories)
{
    start();
    EXPECT(200, "hello world", "GET", "http://x/a.txt");
    EXPECT(200, "", "HEAD", "http://x/a.txt");
    EXPECT(206, "llo", "GET", "http://x/a.txt", {"Range", "bytes=2-4"});
    EXPECT(416, "Range Not Satisfiable", "GET", "http://x/a.txt", {"Range", "bytes=99-"});
    EXPECT(404, "Not Found", "GET", "http://x/none");
    EXPECT(404, NULL, "GET", "http://x/.dot");
    EXPECT(200, "[{\"name\":\"b\",\"type\":\"file\"}]", "GET", "http://x/sub/");
    EXPECT(501, NULL, "POST", "http://x/a.txt");
    EXPECT(405, NULL, "PUT", "http://x/n", .body = "x");
    EXPECT(405, NULL, "DELETE", "http://x/a.txt");
    cr_expect_eq(access(at("a.txt"), F_OK), 0);
}

Test(disk, tells_type_length_date_and_range)
{
    struct fake_reply reply;

    start();
    reply = FETCH(fk, "GET", "http://x/a.txt", {"range", "bytes=0-1"});
    cr_expect_not_null(strstr(reply.headers.data, "Content-Type: application/octet-stream\nLast-Modified: "));
    cr_expect_not_null(strstr(reply.headers.data, "Content-Range: bytes 0-1/11\nContent-Length: 2\n"));
    fake_reply_fini(&reply);
}

Test(disk, nothing_outside_can_be_reached)
{
    static const char *const ways[] = {"http://x/out",          "http://x/absolute",        "http://x/../outside",
                                       "http://x/%2e%2e/outside", "http://x/sub/%2e%2e%2f%2e%2e/outside",
                                       "http://x/..%2foutside", "http://x/sub/../../outside"};

    disk.writable = true;
    disk.allow_dotfiles = true;
    start();
    for (size_t i = 0; i < WK_COUNT(ways); i++) {
        bool names_something = strstr(ways[i], "%2f") == NULL; /* if only something inside */

        EXPECT(404, "Not Found", "GET", ways[i]);
        EXPECT(names_something ? 204 : 403, NULL, "PUT", ways[i], .body = "evil");
        EXPECT(names_something ? 204 : 403, NULL, "DELETE", ways[i]);
    }
    EXPECT(200, "hello world", "GET", "http://x/link");
    cr_expect_eq(access(at("../outside"), F_OK), 0);
    EXPECT(404, NULL, "GET", "http://x/outside");
}

Test(disk, writes_appear_whole_or_not_at_all)
{
    uint32_t session;
    struct fake_reply reply;
    struct stat st;

    disk.writable = true;
    start();
    EXPECT(204, "", "PUT", "http://x/new/deep/file", .body = "content");
    EXPECT(200, "content", "GET", "http://x/new/deep/file");
    session = fake_open(fk, &(struct fake_request){"PUT", "http://x/a.txt", .body_follows = true});
    fake_send_raw(fk, session, "half", 4, 0);
    EXPECT(200, "hello world", "GET", "http://x/a.txt");
    fake_send_close(fk, session, WK_ECANCELED, NULL);
    EXPECT(200, "hello world", "GET", "http://x/a.txt");
    session = fake_open(fk, &(struct fake_request){"PUT", "http://x/a.txt", .body_follows = true});
    fake_send_raw(fk, session, "all ", 4, 0);
    fake_send_raw(fk, session, "of it", 5, WK_FLAG_END);
    reply = fake_reply(fk, session);
    cr_expect_eq(reply.status, 204);
    fake_reply_fini(&reply);
    EXPECT(200, "all of it", "GET", "http://x/a.txt");
    EXPECT(403, "Unauthorized", "PUT", "http://x/.new", .body = "x");
    EXPECT(204, NULL, "DELETE", "http://x/new");
    EXPECT(404, NULL, "DELETE", "http://x/new");
    cr_expect_neq(stat(at("new"), &st), 0);
}

/* Small pieces of a large file in flight, never more than the window. */
Test(disk, a_large_file_waits_for_its_reader)
{
    size_t bytes = 3u << 20, got = 0;
    char *data = calloc(1, bytes);
    int fd = open(at("large"), O_WRONLY | O_CREAT, 0644);
    uint32_t session;
    bool over = false;

    for (size_t i = 0; i < bytes; i++)
        data[i] = (char)(i >> 12);
    cr_assert_eq(write(fd, data, bytes), (ssize_t)bytes);
    close(fd);
    start();
    session = fake_open(fk, &(struct fake_request){"GET", "http://x/large"});
    (void)(fake_expect_msg(fk, WK__ENVELOPE__BODY_HTTP_RESPONSE));
    while (got < WK_SESSION_WINDOW_BYTES) {
        struct fake_frame *frame = fake_expect(fk, WK_FRAME_DATA);

        cr_assert_eq(memcmp(frame->f.body, data + got, frame->f.body_bytes), 0);
        got += frame->f.body_bytes;
        (void)(frame);
    }
    cr_assert_eq(got, WK_SESSION_WINDOW_BYTES);
    cr_expect_not(fake_pending(fk, 50), "more than the window");
    fake_send_credit(fk, session, WK_SESSION_WINDOW_BYTES);
    while (!over) {
        struct fake_frame *frame = fake_expect(fk, WK_FRAME_DATA);

        cr_assert_eq(memcmp(frame->f.body, data + got, frame->f.body_bytes), 0);
        got += frame->f.body_bytes;
        fake_send_credit(fk, session, frame->f.body_bytes);
        over = frame->f.flags & WK_FLAG_LAST;
        (void)(frame);
    }
    cr_expect_eq(got, bytes);
    free(data);
}

Test(disk, a_large_upload_is_credited_as_it_is_written)
{
    size_t bytes = 2u << 20, sent = 0;
    char *data = calloc(1, bytes);
    uint32_t session;
    struct fake_reply reply;
    struct stat st;

    disk.writable = true;
    start();
    session = fake_open(fk, &(struct fake_request){"PUT", "http://x/up", .body_follows = true});
    while (sent < bytes) {
        fake_send_raw(fk, session, data + sent, WK_SESSION_WINDOW_BYTES / 2, 0);
        sent += WK_SESSION_WINDOW_BYTES / 2;
        if (sent > WK_SESSION_WINDOW_BYTES / 2)
            fake_wait_credit(fk, sent - WK_SESSION_WINDOW_BYTES / 2 - (64u << 10));
    }
    fake_send_raw(fk, session, NULL, 0, WK_FLAG_END);
    reply = fake_reply(fk, session);
    cr_expect_eq(reply.status, 204);
    cr_expect_eq(stat(at("up"), &st), 0);
    cr_expect_eq((size_t)st.st_size, bytes);
    fake_reply_fini(&reply);
    free(data);
}

/* ---- a website ---- */

static void
site_start(void)
{
    disk.assets = true;
    disk.html_handling = (char *)(uintptr_t) "auto-trailing-slash";
    disk.not_found_handling = (char *)(uintptr_t) "single-page-application";
    put_file("index.html", "<p>");
    put_file("app.js", "x");
    put_file("_headers", "x");
    put_file(".dev.vars", "x");
    start();
}

Test(disk, a_website_has_types_and_etags)
{
    struct fake_reply reply;
    char etag[64] = "";

    site_start();
    reply = FETCH(fk, "GET", "http://x/app.js");
    cr_expect_eq(reply.status, 200);
    cr_expect_not_null(strstr(reply.headers.data, "Content-Type: text/javascript; charset=utf-8\n"));
    cr_expect_not_null(strstr(reply.headers.data, "Cache-Control: public, max-age=0, must-revalidate\n"));
    cr_assert_eq(sscanf(strstr(reply.headers.data, "ETag: "), "ETag: %63s", etag), 1);
    fake_reply_fini(&reply);
    EXPECT(304, "", "GET", "http://x/app.js", {"If-None-Match", etag});
    EXPECT(200, "x", "GET", "http://x/app.js", {"If-None-Match", "\"other\""});
    EXPECT(405, "", "POST", "http://x/app.js", .body = "x");
    EXPECT(307, "", "GET", "http://x/index.html");
    EXPECT(200, "<p>", "GET", "http://x/any/where");
    EXPECT(200, "<p>", "GET", "http://x/_headers");
    EXPECT(200, "<p>", "GET", "http://x/.dev.vars");
    EXPECT(200, "<p>", "GET", "http://x/out");
}

Test(disk, what_no_asset_answers_goes_to_the_worker_and_back)
{
    struct fake_frame *open, *data;
    Wk__HttpResponse res = WK__HTTP_RESPONSE__INIT;
    WK_ENVELOPE(msg, HTTP_RESPONSE, http_response, &res);
    struct fake_reply reply;
    uint32_t session;

    site_start();
    EXPECT(200, "x", "GET", "http://x/app.js", .target = 1);
    session = fake_open(fk, &(struct fake_request){"POST", "http://x/api", .target = 1, .body_follows = true});
    fake_send_raw(fk, session, "question", 8, WK_FLAG_END);
    open = fake_expect(fk, WK_FRAME_OPEN);
    cr_expect_eq(open->f.handle, 0);
    cr_expect_eq(open->f.parent, session);
    cr_expect_str_eq(open->msg->http_request->url, "http://x/api");
    data = fake_expect(fk, WK_FRAME_DATA);
    cr_expect_eq(data->f.body_bytes, 8);
    cr_expect(data->f.flags & WK_FLAG_END);
    res.status = 201;
    res.body_follows = true;
    fake_send_msg(fk, open->f.session, &msg, 0);
    fake_send_raw(fk, open->f.session, "answer", 6, WK_FLAG_END | WK_FLAG_LAST);
    reply = fake_reply(fk, session);
    cr_expect_eq(reply.status, 201);
    cr_expect_str_eq(reply.body.data, "answer");
    fake_reply_fini(&reply);
    (void)(open);
    (void)(data);
}

Test(disk, an_error_of_the_worker_reaches_the_client_and_a_client_s_end_the_worker)
{
    Wk__Error error = WK__ERROR__INIT;
    struct fake_frame *open, *end;
    struct fake_reply reply;
    uint32_t session;

    site_start();
    session = fake_open(fk, &(struct fake_request){"GET", "http://x/api", .target = 1});
    open = fake_expect(fk, WK_FRAME_OPEN);
    error.message = (char *)(uintptr_t) "it threw";
    fake_send_close(fk, open->f.session, WK_EEXCEPTION, &error);
    reply = fake_reply(fk, session);
    cr_expect_eq(reply.code, WK_EEXCEPTION);
    cr_expect_str_eq(reply.error, "it threw");
    fake_reply_fini(&reply);
    (void)(open);
    session = fake_open(fk, &(struct fake_request){"GET", "http://x/api", .target = 1});
    open = fake_expect(fk, WK_FRAME_OPEN);
    fake_send_close(fk, session, WK_ECANCELED, NULL);
    end = fake_expect(fk, WK_FRAME_CLOSE);
    cr_expect_eq(end->f.session, open->f.session);
    cr_expect_eq(end->f.code, WK_ECANCELED);
    (void)(open);
    (void)(end);
}

Test(disk, draining_finishes_what_is_under_way)
{
    Wk__Drain drain = WK__DRAIN__INIT;
    WK_ENVELOPE(msg, DRAIN, drain, &drain);
    uint32_t session;
    struct fake_reply reply;

    disk.writable = true;
    start();
    session = fake_open(fk, &(struct fake_request){"PUT", "http://x/late", .body_follows = true});
    fake_send_msg(fk, 0, &msg, 0);
    fake_send_raw(fk, session, "x", 1, WK_FLAG_END);
    reply = fake_reply(fk, session);
    cr_expect_eq(reply.status, 204);
    (void)(fake_expect_msg(fk, WK__ENVELOPE__BODY_DRAINED));
    cr_expect_eq(fake_kernel_wait_exit(fk), 0);
    fake_reply_fini(&reply);
}
