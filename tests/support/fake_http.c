#include "tests/support/fake_http.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

void
fake_configure(struct fake_kernel *fk, const Wk__Service *service)
{
    Wk__Configure configure = WK__CONFIGURE__INIT;
    WK_ENVELOPE(msg, CONFIGURE, configure, &configure);
    struct wk_buf packed = {0};

    wk_pack(&service->base, &packed);
    configure.service = WK_BYTES_OF(packed.data, packed.len);
    fake_send_msg(fk, 0, &msg, 0);
    (void)(fake_expect_msg(fk, WK__ENVELOPE__BODY_READY));
    wk_buf_fini(&packed);
}

uint32_t
fake_open(struct fake_kernel *fk, const struct fake_request *request)
{
    static uint32_t last; /* of the process: each test is one */
    Wk__HttpRequest req = WK__HTTP_REQUEST__INIT;
    WK_ENVELOPE(msg, HTTP_REQUEST, http_request, &req);
    ProtobufCBinaryData headers[16];
    struct wk_frame f = {.kind = WK_FRAME_OPEN, .session = WK_SESSION_OF_KERNEL | ++last, .handle = request->target};
    struct wk_buf packed = {0};

    for (size_t i = 0; request->headers[i] != NULL; i++)
        headers[req.n_headers++] = WK_BYTES_OF(request->headers[i], strlen(request->headers[i]));
    req.headers = headers;
    req.method = (char *)(uintptr_t)request->method;
    req.url = (char *)(uintptr_t)request->url;
    req.has_body = request->body != NULL || request->body_follows;
    req.body_follows = request->body_follows;
    if (request->body != NULL)
        req.body = WK_BYTES_OF(request->body, strlen(request->body));
    wk_pack(&msg.base, &packed);
    f.flags = request->body_follows ? 0 : WK_FLAG_END;
    f.body = (const uint8_t *)packed.data;
    f.body_bytes = (uint32_t)packed.len;
    fake_send(fk, &f);
    wk_buf_fini(&packed);
    return f.session;
}

static void
take_head(struct fake_reply *reply, const Wk__HttpResponse *res)
{
    reply->status = res->status;
    for (size_t i = 0; i + 1 < res->n_headers; i += 2)
        wk_buf_addf(&reply->headers, "%.*s: %.*s\n", (int)res->headers[i].len, (const char *)res->headers[i].data,
                    (int)res->headers[i + 1].len, (const char *)res->headers[i + 1].data);
    wk_buf_add(&reply->body, res->body.data, res->body.len);
}

struct fake_reply
fake_reply(struct fake_kernel *fk, uint32_t session)
{
    struct fake_reply reply = {0};
    bool over = false;

    wk_buf_add(&reply.headers, "", 0);
    wk_buf_add(&reply.body, "", 0);
    while (!over) {
        struct fake_frame *frame = fake_next(fk);

        if (frame->f.session != session) {
            (void)(frame);
            continue;
        }
        if (frame->f.kind == WK_FRAME_CLOSE) {
            reply.code = (wk_err)frame->f.code;
            if (frame->msg != NULL && frame->msg->body_case == WK__ENVELOPE__BODY_ERROR)
                snprintf(reply.error, sizeof(reply.error), "%s", frame->msg->error->message);
            over = true;
        } else if (frame->f.flags & WK_FLAG_RAW) {
            wk_buf_add(&reply.body, frame->f.body, frame->f.body_bytes);
            if (frame->f.body_bytes > 0)
                fake_send_credit(fk, session, frame->f.body_bytes);
        } else if (frame->msg != NULL && frame->msg->body_case == WK__ENVELOPE__BODY_HTTP_RESPONSE) {
            take_head(&reply, frame->msg->http_response);
        }
        over |= frame->f.flags & WK_FLAG_LAST;
        (void)(frame);
    }
    return reply;
}

void
fake_reply_fini(struct fake_reply *reply)
{
    wk_buf_fini(&reply->headers);
    wk_buf_fini(&reply->body);
}

struct fake_reply
fake_fetch(struct fake_kernel *fk, const struct fake_request *request)
{
    return fake_reply(fk, fake_open(fk, request));
}
