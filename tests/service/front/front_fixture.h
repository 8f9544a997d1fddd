/* A real wk-front behind a scripted kernel, and raw clients of it. */
#ifndef WK_TESTS_FRONT_FIXTURE_H
#define WK_TESTS_FRONT_FIXTURE_H
#include "proto/config.pb-c.h"
#include "tests/support/fake_kernel.h"

#define FRONT_HANDLE 7u

struct front {
    struct fake_kernel *fk;
    int listen_fd;
    uint16_t tcp_port;
};

struct front_setup {
    const Wk__HttpOptions *options;
    bool error_pages, log_requests;
    const char *args[8];
};

/* Starts a front and waits until it is ready. setup may be NULL. */
struct front front_start(const struct front_setup *setup);
void front_stop(struct front *f);
/* Sends FrontSockets anew, with that handle, and waits until they are served. */
void front_sockets(struct front *f, const struct front_setup *setup, uint32_t handle);
/* Returns when the front has dealt with everything sent to it before. */
void front_sync(struct front *f);
void front_tell_drain(struct front *f);

/* A session that the front opened, with the request that opened it. */
struct fake_frame *front_request(struct front *f);
/* Answers with status 200 and a whole body. */
void front_answer(struct front *f, uint32_t session, const char *body);
/* Begins an answer whose body follows; length may be -1. */
void front_answer_stream(struct front *f, uint32_t session, long length);
/* Expects a CLOSE of that session with that code. */
void front_expect_close(struct front *f, uint32_t session, wk_err code);
/* The value of a header of the request, or NULL. */
const char *front_header(const struct fake_frame *open, const char *name);

/* ---- clients; a blocking call fails the test after 10 s; what they return lives until
 * front_stop ---- */
int client_open(struct front *f);
void client_send(int fd, const char *text);
void client_send_bytes(int fd, const void *data, size_t bytes);
/* Reads until text has come (it is the end of what is returned, or the test fails). */
char *client_until(int fd, const char *text);
/* Reads to the end of the connection; "[not closed...]" is added if that does not come. *reset
 * says that it was reset; may be NULL. */
char *client_rest(int fd, bool *reset);
/* Sends a request, answers it with body, gives the whole response up to the end of body. */
char *client_round(struct front *f, int fd, const char *request, const char *body);
#endif
