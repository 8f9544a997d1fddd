/* tests/support/fake_http.h - HTTP sessions that the scripted kernel opens to a service. */
#ifndef WK_TESTS_FAKE_HTTP_H
#define WK_TESTS_FAKE_HTTP_H
#include "proto/config.pb-c.h"
#include "tests/support/fake_kernel.h"

/* Sends Configure and waits for Ready. */
void fake_configure(struct fake_kernel *fk, const Wk__Service *service);

struct fake_request {
    const char *method, *url;
    const char *headers[17]; /* name, value, ...; NULL ends them */
    const char *body;        /* the whole of it; NULL: none */
    bool body_follows;
    uint32_t target;
};
/* Opens a session with that request; gives its number. */
uint32_t fake_open(struct fake_kernel *fk, const struct fake_request *request);

struct fake_reply {
    unsigned status; /* 0: the session ended without a response */
    wk_err code;     /* it ended with */
    char error[256]; /* the message of the Error that came with it */
    struct wk_buf headers; /* "name: value\n" ... */
    struct wk_buf body;
};
/* Everything that comes on the session until its end, credit given for all of it. */
struct fake_reply fake_reply(struct fake_kernel *fk, uint32_t session);
void fake_reply_fini(struct fake_reply *reply);
/* Both. */
struct fake_reply fake_fetch(struct fake_kernel *fk, const struct fake_request *request);
#define FETCH(fk, ...) fake_fetch(fk, &(struct fake_request){__VA_ARGS__})
#endif
