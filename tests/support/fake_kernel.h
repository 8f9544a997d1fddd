/* tests/support/fake_kernel.h - a scripted kernel: one service process, its frames in the
 * test's hands.
 *
 * The link runs on a thread of its own; a test calls in from its thread and waits there, at
 * most FAKE_WAIT_MS, after which it fails. CREDIT frames are summed up, not queued. Lifetime:
 * fake_kernel_new .. fake_kernel_free, which kills the service by its pid. */
#ifndef WK_TESTS_FAKE_KERNEL_H
#define WK_TESTS_FAKE_KERNEL_H
#include <stdbool.h>
#include <sys/types.h>
#include "kernel/ipc/codec.h"
#include "kernel/ipc/frame.h"

#define FAKE_WAIT_MS 10000

struct fake_kernel;
struct fake_frame {
    struct fake_frame *next;
    struct wk_frame f; /* body: of this object */
    Wk__Envelope *msg; /* unpacked, for frames that are no raw data; may be NULL */
    struct wk_arena arena;
};

struct fake_kernel *fake_kernel_new(void);
void fake_kernel_free(struct fake_kernel *fk);
/* Starts program with args (NULL ends them; may be NULL), keeping fd (or -1) open in it, and
 * waits for its Hello, which it answers. */
void fake_kernel_start(struct fake_kernel *fk, const char *program, const char *const *args,
                       int fd);
pid_t fake_kernel_pid(const struct fake_kernel *fk);
/* Waits for the service to end; gives its exit status, -1 if a signal ended it. */
int fake_kernel_wait_exit(struct fake_kernel *fk);

/* The next frame that came; fails the test if none comes. Frames live as long as fk. */
struct fake_frame *fake_next(struct fake_kernel *fk);
/* Frees the frames that were given out so far, for tests with very many. */
void fake_forget(struct fake_kernel *fk);
/* Is a frame there, within ms? */
bool fake_pending(struct fake_kernel *fk, unsigned ms);
/* The next frame must be of that kind. */
struct fake_frame *fake_expect(struct fake_kernel *fk, unsigned kind);
/* The next frame must be a message of that kind. */
struct fake_frame *fake_expect_msg(struct fake_kernel *fk, Wk__Envelope__BodyCase body_case);
/* Waits until the service has credited at least that many bytes altogether; gives the sum. */
uint64_t fake_wait_credit(struct fake_kernel *fk, uint64_t bytes);

void fake_send(struct fake_kernel *fk, const struct wk_frame *frame);
void fake_send_msg(struct fake_kernel *fk, uint32_t session, const Wk__Envelope *msg,
                   uint8_t flags);
void fake_send_raw(struct fake_kernel *fk, uint32_t session, const void *data, size_t bytes,
                   uint8_t flags);
void fake_send_credit(struct fake_kernel *fk, uint32_t session, uint32_t bytes);
/* error may be NULL. */
void fake_send_close(struct fake_kernel *fk, uint32_t session, wk_err code,
                     const Wk__Error *error);
#endif
