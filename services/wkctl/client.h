/* services/wkctl/client.h - a connection to a kernel's control endpoint.
 *
 * A request is one session: any number of lines (LogLine, CtlTestLine), then one reply.
 * Requests run side by side. Thread: main. Lifetime: from wk_client_open to wk_client_close,
 * which forgets what is open. */
#ifndef WK_WKCTL_CLIENT_H
#define WK_WKCTL_CLIENT_H
#include <jansson.h>
#include "kernel/ipc/codec.h"
#include "kernel/ipc/port.h"

struct wk_client;

struct wk_reply {
    wk_err code;         /* WK_EUNAVAILABLE: the kernel went away before it answered */
    const char *message; /* why, for a person; "" if there is nothing to say */
    const char *json;    /* the facts; "" if none */
};

typedef void wk_line_fn(void *arg, const Wk__Envelope *line);
typedef void wk_reply_fn(void *arg, const struct wk_reply *reply);

/* Connects to the kernel of state_dir. *out is the caller's.
 * Errors: WK_ENOTFOUND, none runs there; WK_ETIMEDOUT, one does but does not answer; WK_EPROTO,
 * it is of another version. */
wk_err wk_client_open(uv_loop_t *loop, const char *state_dir, struct wk_client **out);
/* As above for a command about a running system: state may be NULL. Complains itself; *status
 * is then the exit code, and the result NULL. */
struct wk_client *wk_client_open_or_complain(const char *state, int *status);
void wk_client_close(struct wk_client *client);
/* Calls fn once when the kernel goes away. */
void wk_client_on_down(struct wk_client *client, void (*fn)(void *arg), void *arg);
bool wk_client_is_down(const struct wk_client *client);

/* Sends a request. on_line may be NULL. on_reply comes once, from the loop. The result is the session, for more of the
 * request; NULL if the kernel is gone. */
struct wk_session *wk_client_send(struct wk_client *client, const Wk__Envelope *request, wk_line_fn *on_line,
                    wk_reply_fn *on_reply, void *arg);

/* A reply that outlives its message. */
struct wk_answer {
    wk_err code;
    char *message, *text; /* text: the JSON as it came */
    json_t *json;         /* NULL if there is none */
};
/* Sends and runs the loop until the reply is there; the result is answer->code. */
wk_err wk_client_ask(struct wk_client *client, const Wk__Envelope *request, wk_line_fn *on_line,
                     void *arg, struct wk_answer *answer);
/* Asks the system that runs on state and prints what it says: as it came with json, else by
 * print. The result is the exit code. */
int wk_client_show(const char *state, const Wk__Envelope *request, bool json,
                   void (*print)(const json_t *facts));
/* What to say next after a reply; NULL: that was all. */
typedef const Wk__StorageTool *wk_tool_fn(void *arg, const Wk__StorageToolReply *reply);
/* A conversation with a storage daemon: sends ask, then what fn gives for each reply, until it
 * gives NULL. Runs the loop meanwhile. answer has no JSON. */
wk_err wk_client_tool(struct wk_client *client, const Wk__StorageTool *ask, wk_tool_fn *fn,
                      void *arg, struct wk_answer *answer);
/* The same, said piece by piece by who has something to say. */
struct wk_talk;
struct wk_talk *wk_talk_new(struct wk_client *client);
/* Says it, and runs the loop until it is answered: code is WK_OK, or nothing can be said any
 * more. Borrowed until the next. */
const struct wk_answer *wk_talk_say(struct wk_talk *talk, const Wk__StorageTool *ask);
/* Ends it, if it has not ended. NULL is fine. */
void wk_talk_free(struct wk_talk *talk);
void wk_answer_fini(struct wk_answer *answer);
/* What to tell a person about an answer that failed: its message or the name of its code. */
const char *wk_answer_why(const struct wk_answer *answer);
/* The exit code for it. */
int wk_exit_of(wk_err code);
#endif
