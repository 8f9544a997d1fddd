#include "services/wkctl/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/state.h"
#include "services/wkctl/wkctl.h"

#define CONNECT_MS_MAX 3000u

struct request {
    struct wk_client *client;
    wk_line_fn *on_line;
    wk_reply_fn *on_reply;
    void *arg;
    bool replied;
    uint32_t code;
    char *message, *json; /* the reply, until the session ends */
    struct request *next;
};

struct wk_client {
    uv_loop_t *loop;
    struct wk_port *port;
    struct request *requests;
    bool down;
    void (*on_down)(void *arg);
    void *on_down_arg;
};

/* ---- the link ---- */

static void
client_on_open(void *arg, struct wk_session *session, uint32_t target, const Wk__Envelope *msg,
               uint8_t flags)
{
}

static void
client_on_kernel(void *arg, const Wk__Envelope *msg)
{
}

static void
client_on_down(void *arg, wk_err why)
{
    struct wk_client *client = arg;
    void (*fn)(void *) = client->on_down;

    client->down = true;
    client->on_down = NULL;
    if (fn != NULL)
        fn(client->on_down_arg);
}

/* Nobody there, or somebody who does not answer. */
static wk_err
connect_error(wk_err err, uint64_t took_ms)
{
    if (err != WK_EUNAVAILABLE)
        return err;
    return took_ms + 100 < CONNECT_MS_MAX ? WK_ENOTFOUND : WK_ETIMEDOUT;
}

wk_err
wk_client_open(uv_loop_t *loop, const char *state_dir, struct wk_client **out)
{
    static const struct wk_port_events events = {client_on_open, client_on_kernel,
                                                 client_on_down, NULL};
    char *url = wk_state_url(state_dir);
    uint64_t started_ms = wk_now_ms();
    struct wk_client *client = NULL;
    wk_err err = WK_ENOTFOUND;

    *out = NULL;
    if (url == NULL) {
        err = errno == EACCES ? WK_EDENIED : WK_ENOTFOUND;
        goto out;
    }
    client = wk_xcalloc(1, sizeof(*client));
    client->loop = loop;
    err = wk_port_connect(loop, url, NULL, "wkctl", CONNECT_MS_MAX, &events, client,
                          &client->port);
    if (err != WK_OK) {
        err = connect_error(err, wk_now_ms() - started_ms);
        goto out;
    }
    *out = client;
    client = NULL;
out:
    free(client);
    free(url);
    return err;
}

struct wk_client *
wk_client_open_or_complain(const char *state, int *status)
{
    char *dir = NULL, *nearest = wk_state_find(state, 0);
    struct wk_client *client = NULL;
    wk_err err = WK_ENOTFOUND;

    /* The nearest may be a leftover of something that ran once. */
    for (unsigned nth = 0; err == WK_ENOTFOUND && (dir = wk_state_find(state, nth)) != NULL;
         nth++) {
        err = wk_client_open(uv_default_loop(), dir, &client);
        if (err == WK_EDENIED)
            wk_complain("%s: permission denied; run this as the user who started the system", dir);
        else if (err != WK_OK && err != WK_ENOTFOUND)
            wk_complain("the kernel on %s does not answer (%s)", dir, wk_err_name(err));
        free(dir);
    }
    *status = err == WK_ENOTFOUND ? WK_EXIT_NOT_RUNNING
              : err == WK_EDENIED ? WK_EXIT_USAGE
              : err != WK_OK      ? WK_EXIT_TEMPORARY
                                  : WK_EXIT_OK;
    if (err == WK_ENOTFOUND && nearest != NULL)
        wk_complain("nothing runs on %s", nearest);
    else if (err == WK_ENOTFOUND)
        wk_complain("nothing runs here: no .wk/state in this directory or above; name it with "
                    "--state DIR");
    free(nearest);
    return client;
}

void
wk_client_close(struct wk_client *client)
{
    if (client == NULL)
        return;
    client->on_down = NULL;
    for (struct request *r = client->requests; r != NULL; r = r->next)
        r->on_reply = NULL; /* nobody waits any more */
    if (!client->down)
        wk_link_close(wk_port_link(client->port), WK_ECLOSED);
    while (!client->down)
        uv_run(client->loop, UV_RUN_ONCE);
    wk_port_free(client->port);
    free(client);
}

void
wk_client_on_down(struct wk_client *client, void (*fn)(void *arg), void *arg)
{
    client->on_down = fn;
    client->on_down_arg = arg;
}

bool
wk_client_is_down(const struct wk_client *client)
{
    return client->down;
}

/* ---- requests ---- */

static void
request_on_message(struct wk_session *session, void *arg, const Wk__Envelope *msg,
                   uint8_t flags)
{
    struct request *r = arg;

    if (r->on_reply == NULL || r->replied)
        return;
    if (msg->body_case == WK__ENVELOPE__BODY_CTL_REPLY) {
        r->replied = true;
        r->code = msg->ctl_reply->code;
        r->message = wk_xstrdup(msg->ctl_reply->message);
        r->json = wk_xstrdup(msg->ctl_reply->json);
    } else if (r->on_line != NULL) {
        r->on_line(r->arg, msg);
    }
}

/* The request is over; it has left the list before its owner hears of it. */
static void
request_on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    struct request *r = arg, **at = &r->client->requests;
    struct wk_reply reply = {code != WK_OK ? code : WK_ECLOSED,
                             error != NULL ? error->message : "", ""};

    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    if (r->replied)
        reply = (struct wk_reply){(wk_err)r->code, r->message, r->json};
    if (r->on_reply != NULL)
        r->on_reply(r->arg, &reply);
    free(r->message);
    free(r->json);
    free(r);
}

static const struct wk_session_events request_events = {
    .on_message = request_on_message,
    .on_closed = request_on_closed,
};

struct wk_session *
wk_client_send(struct wk_client *client, const Wk__Envelope *request, wk_line_fn *on_line,
               wk_reply_fn *on_reply, void *arg)
{
    struct wk_session *session;
    struct request *r;

    if (wk_port_is_down(client->port)) {
        on_reply(arg, &(struct wk_reply){WK_EUNAVAILABLE, "", ""});
        return NULL;
    }
    r = wk_xcalloc(1, sizeof(*r));
    r->client = client;
    r->on_line = on_line;
    r->on_reply = on_reply;
    r->arg = arg;
    r->next = client->requests;
    client->requests = r;
    session = wk_port_open(client->port, 0, NULL, request, 0, &request_events, r);
    wk_link_flush(wk_port_link(client->port));
    return wk_port_is_down(client->port) ? NULL : session;
}

/* ---- waiting for the answer ---- */

struct ask {
    struct wk_answer *answer;
    wk_line_fn *on_line;
    void *arg;
    bool done;
};

static void
ask_on_line(void *arg, const Wk__Envelope *line)
{
    struct ask *ask = arg;

    if (ask->on_line != NULL)
        ask->on_line(ask->arg, line);
}

static void
ask_on_reply(void *arg, const struct wk_reply *reply)
{
    struct ask *ask = arg;
    struct wk_answer *answer = ask->answer;

    ask->done = true;
    answer->code = reply->code;
    answer->message = wk_xstrdup(reply->message);
    answer->text = wk_xstrdup(reply->json);
    answer->json = json_loads(reply->json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

wk_err
wk_client_ask(struct wk_client *client, const Wk__Envelope *request, wk_line_fn *on_line,
              void *arg, struct wk_answer *answer)
{
    struct ask ask = {answer, on_line, arg, false};

    *answer = (struct wk_answer){0};
    wk_client_send(client, request, ask_on_line, ask_on_reply, &ask);
    while (!ask.done)
        uv_run(client->loop, UV_RUN_ONCE);
    return answer->code;
}

/* ---- conversations with a storage daemon ---- */

struct tool {
    wk_tool_fn *fn;
    void *arg;
    struct wk_answer *answer;
    bool done;
};

static void
tool_on_message(struct wk_session *session, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    struct tool *t = arg;
    const Wk__StorageTool *next;
    Wk__Envelope out = WK__ENVELOPE__INIT;

    if (msg->body_case != WK__ENVELOPE__BODY_STORAGE_TOOL_REPLY || t->done)
        return;
    next = t->fn(t->arg, msg->storage_tool_reply);
    if (next == NULL) {
        t->done = true;
        wk_session_close(session, WK_OK, NULL);
        return;
    }
    out.body_case = WK__ENVELOPE__BODY_STORAGE_TOOL;
    out.storage_tool = (Wk__StorageTool *)(uintptr_t)next;
    wk_session_send(session, &out, 0);
}

static void
tool_on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    struct tool *t = arg;

    if (t->done)
        return;
    t->done = true;
    t->answer->code = code != WK_OK ? code : WK_ECLOSED;
    t->answer->message = wk_xstrdup(error != NULL ? error->message : "");
}

wk_err
wk_client_tool(struct wk_client *client, const Wk__StorageTool *ask, wk_tool_fn *fn, void *arg,
               struct wk_answer *answer)
{
    static const struct wk_session_events events = {.on_message = tool_on_message,
                                                    .on_closed = tool_on_closed};
    struct tool tool = {fn, arg, answer, false};
    Wk__Envelope msg = WK__ENVELOPE__INIT;

    *answer = (struct wk_answer){0};
    if (wk_port_is_down(client->port)) {
        answer->code = WK_EUNAVAILABLE;
        return answer->code;
    }
    msg.body_case = WK__ENVELOPE__BODY_STORAGE_TOOL;
    msg.storage_tool = (Wk__StorageTool *)(uintptr_t)ask;
    wk_port_open(client->port, 0, NULL, &msg, 0, &events, &tool);
    wk_link_flush(wk_port_link(client->port));
    while (!tool.done)
        uv_run(client->loop, UV_RUN_ONCE);
    return answer->code;
}

/* ---- the same, piece by piece ---- */

struct wk_talk {
    struct wk_client *client;
    struct wk_session *session; /* NULL: not open */
    bool opened, replied;
    struct wk_answer answer;
};

static void
talk_on_message(struct wk_session *session, void *arg, const Wk__Envelope *msg, uint8_t flags)
{
    struct wk_talk *talk = arg;

    talk->replied |= msg->body_case == WK__ENVELOPE__BODY_STORAGE_TOOL_REPLY;
}

/* Before it was answered, or with an error: what is said does not succeed. */
static void
talk_on_closed(struct wk_session *session, void *arg, wk_err code, const Wk__Error *error)
{
    struct wk_talk *talk = arg;

    talk->session = NULL;
    if (talk->replied && code == WK_OK)
        return;
    wk_answer_fini(&talk->answer);
    talk->answer.code = code != WK_OK ? code : WK_ECLOSED;
    talk->answer.message = wk_xstrdup(error != NULL ? error->message : "");
    talk->replied = true;
}

struct wk_talk *
wk_talk_new(struct wk_client *client)
{
    struct wk_talk *talk = wk_xcalloc(1, sizeof(*talk));

    talk->client = client;
    talk->answer.message = wk_xstrdup("");
    return talk;
}

const struct wk_answer *
wk_talk_say(struct wk_talk *talk, const Wk__StorageTool *ask)
{
    static const struct wk_session_events events = {.on_message = talk_on_message,
                                                    .on_closed = talk_on_closed};
    Wk__Envelope msg = WK__ENVELOPE__INIT;

    msg.body_case = WK__ENVELOPE__BODY_STORAGE_TOOL;
    msg.storage_tool = (Wk__StorageTool *)(uintptr_t)ask;
    talk->replied = false;
    if (!talk->opened && !wk_port_is_down(talk->client->port)) {
        talk->opened = true;
        talk->session = wk_port_open(talk->client->port, 0, NULL, &msg, 0, &events, talk);
    } else if (talk->session != NULL) {
        wk_session_send(talk->session, &msg, 0);
    } else {
        talk->replied = true;
        talk->answer.code = talk->answer.code != WK_OK ? talk->answer.code : WK_EUNAVAILABLE;
    }
    if (!talk->replied)
        wk_link_flush(wk_port_link(talk->client->port));
    while (!talk->replied)
        uv_run(talk->client->loop, UV_RUN_ONCE);
    return &talk->answer;
}

void
wk_talk_free(struct wk_talk *talk)
{
    if (talk == NULL)
        return;
    if (talk->session != NULL)
        wk_session_close(talk->session, WK_ECANCELED, NULL);
    wk_answer_fini(&talk->answer);
    free(talk);
}

void
wk_answer_fini(struct wk_answer *answer)
{
    free(answer->message);
    free(answer->text);
    json_decref(answer->json);
    *answer = (struct wk_answer){0};
}

const char *
wk_answer_why(const struct wk_answer *answer)
{
    return answer->message != NULL && answer->message[0] != '\0' ? answer->message
                                                                 : wk_err_name(answer->code);
}

int
wk_exit_of(wk_err code)
{
    switch (code) {
    case WK_OK:
        return WK_EXIT_OK;
    case WK_EINVAL:
    case WK_ELIMIT:
    case WK_ENOTFOUND:
    case WK_EUNSUPPORTED:
        return WK_EXIT_USAGE;
    case WK_EUNAVAILABLE:
    case WK_EOVERLOADED:
    case WK_ECLOSED:
    case WK_ETIMEDOUT:
    case WK_EIO:
        return WK_EXIT_TEMPORARY;
    default:
        return WK_EXIT_FAILED;
    }
}

int
wk_client_show(const char *state, const Wk__Envelope *request, bool json,
               void (*print)(const json_t *facts))
{
    struct wk_client *client;
    struct wk_answer answer;
    int status;

    if ((client = wk_client_open_or_complain(state, &status)) == NULL)
        return status;
    if (wk_client_ask(client, request, NULL, NULL, &answer) != WK_OK)
        wk_complain("%s", wk_answer_why(&answer));
    else if (json)
        printf("%s\n", answer.text);
    else
        print(answer.json);
    status = answer.code == WK_ENOTFOUND ? WK_EXIT_FAILED : wk_exit_of(answer.code);
    wk_answer_fini(&answer);
    wk_client_close(client);
    return status;
}
