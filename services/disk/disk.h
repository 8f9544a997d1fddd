/* services/disk/disk.h - the disk service: its process, and one request in it.
 *
 *     on_open --> LOOK (pool: open, list, resolve) --> answered at once
 *                                                  --> SEND (pool: read a piece, loop: write
 * it) --> over
 *                                                  --> FORWARD to the worker (forward.c)
 *             --> PUT (put.c)
 *
 * At most one piece of work of a request is in the pool at a time. Invariants:
 *  1. request->session is NULL from the moment its end was sent or seen.
 *  2. a request lives while it has a session or work in the pool; request_settle frees it.
 *  3. the pool's function touches only its request, which the loop leaves alone meanwhile.
 *
 * Thread: the loop's, but for functions named *_work, which run in libuv's pool. */
#ifndef WK_DISK_DISK_H
#define WK_DISK_DISK_H
#include <sys/stat.h>
#include <uv.h>
#include "kernel/ipc/codec.h"
#include "kernel/ipc/port.h"
#include "proto/config.pb-c.h"
#include "services/disk/path.h"
#include "services/disk/tree.h"

/* What sessions are opened to: the directory, or the directory with the worker behind it. */
#define WK_DISK_TARGET_FILES 0u
#define WK_DISK_TARGET_WORKER 1u
/* The handle of the worker that requests without an asset go to. */
#define WK_DISK_HANDLE_WORKER 0u
/* Bodies up to this size travel in the message that answers. */
#define WK_DISK_INLINE_BYTES_MAX (64u << 10)
#define WK_DISK_PIECE_BYTES (128u << 10)

/* What tells one version of a file from another. */
struct wk_rules_stamp {
    uint64_t inode;
    int64_t size, seconds, nanoseconds;
};

#define WK_RULES_FILES 2
struct wk_site_rules;
/* The rules of a website as they were last read; shared with the pool. */
struct wk_rules_cache {
    uv_mutex_t lock;
    struct wk_rules_stamp stamps[WK_RULES_FILES];
    struct wk_site_rules *current;
};

struct wk_disk {
    uv_loop_t *loop;
    struct wk_port *port;
    struct wk_arena arena;  /* of config */
    const Wk__Disk *config; /* NULL until Configure came */
    int root;
    struct wk_rules_cache rules;
    size_t requests;
    bool draining;
};

struct wk_request {
    struct wk_disk *disk;
    struct wk_session *session; /* invariant 1 */
    uv_work_t pool;
    bool working, is_head;
    bool behind_worker; /* what no asset answers goes on to the worker */
    void (*work)(struct wk_request *r);
    void (*done)(struct wk_request *r);
    void (*undo)(struct wk_request *r); /* in the pool, before it is freed; may be NULL */
    void *extra;                        /* put.c's; freed with it */
    struct wk_arena arena;              /* of head and what is made of it */
    const Wk__HttpRequest *head;
    char *path;

    struct wk_buf early; /* data that came while LOOK was on; at most a window */
    uint8_t early_flags;

    /* what LOOK found */
    const char *file; /* of a website: what is served, below the directory */
    const char *type; /* its Content-Type, or NULL */
    bool whole;       /* the Range header does not matter */
    int err;          /* errno */
    unsigned status;
    const char *location;        /* of a redirect, or NULL */
    unsigned moved;              /* its status */
    struct wk_site_rules *rules; /* NULL before LOOK */
    int fd;
    struct stat st;
    uint64_t first, last; /* of the file, both inclusive */

    /* SEND */
    struct wk_buf body;
    size_t body_at;  /* bytes of body that are sent */
    uint64_t left;   /* bytes of the file that are not in body */
    uint64_t offset; /* of the next of them */
};

void wk_disk_init(struct wk_disk *disk, uv_loop_t *loop);
/* Connects to the kernel; it then says what to serve. */
wk_err wk_disk_connect(struct wk_disk *disk, const char *url, const char *token_hex);

/* A request was freed: perhaps the last one that draining waits for. */
void wk_disk_request_gone(struct wk_disk *disk);

/* ---- request.c ---- */
struct wk_request *wk_request_new(struct wk_disk *disk, struct wk_session *session,
                                  const Wk__Envelope *msg);
/* Runs work in the pool, then done on the loop if the session still lives. */
void wk_request_run(struct wk_request *r, void (*work)(struct wk_request *),
                    void (*done)(struct wk_request *));
/* The session ended, by which side ever. */
void wk_request_ended(struct wk_request *r);
/* A header of the request as a NUL-terminated text, or NULL. */
const char *wk_request_header(struct wk_request *r, const char *name);

#define WK_REPLY_HEADERS_MAX 64
struct wk_reply {
    unsigned status;
    bool tells_length; /* with a Content-Length, as files do */
    ProtobufCBinaryData headers[2 * WK_REPLY_HEADERS_MAX];
    size_t count;
};
void wk_reply_header(struct wk_reply *reply, const char *name, const char *value);
/* Answers with a whole body (bytes 0: an empty one), or without one if the request was HEAD;
 * the session is over. */
void wk_request_answer(struct wk_request *r, struct wk_reply *reply, const void *body,
                       size_t bytes);
/* Answers with the words of the status as body; headers of reply are sent too. */
void wk_request_refuse(struct wk_request *r, struct wk_reply *reply, unsigned status);
/* Answers with the words for errno err, or ends the session if there are none. */
void wk_request_failed(struct wk_request *r, int err);
/* Sends the head for a body of r->body and r->left further bytes of r->fd, and the body. */
void wk_request_stream(struct wk_request *r, struct wk_reply *reply);

/* ---- get.c ---- */
/* Serves GET and HEAD of r->path. */
void wk_get_begin(struct wk_request *r);
/* Opens path and reads the first piece of what the Range header asks for. In the pool. */
void wk_get_open_work(struct wk_request *r, const char *path, bool list);
/* Adds Last-Modified of what is open. */
void wk_get_date(struct wk_request *r, struct wk_reply *reply, char scratch[64]);
/* Adds Content-Type (may be NULL), Last-Modified and, for a part, Content-Range; sets the
 * status. */
void wk_get_file_reply(struct wk_request *r, struct wk_reply *reply, const char *type,
                       char scratch[128]);

/* ---- put.c ---- */
void wk_put_begin(struct wk_request *r);
void wk_delete_begin(struct wk_request *r);

/* ---- site.c ---- */
/* A request to the assets of a website. */
void wk_site_begin(struct wk_request *r);

/* ---- site_rules.c ---- */
struct wk_rules_target;
void wk_site_rules_init(struct wk_rules_cache *cache);
/* Gives the request the rules as they are now. In the pool. */
void wk_site_rules_take(struct wk_request *r);
void wk_site_rules_drop(struct wk_request *r);
bool wk_site_rules_redirect(struct wk_request *r, const char *path,
                            struct wk_rules_target *out);
/* Puts the headers of the rules into the reply. */
void wk_site_rules_headers(struct wk_request *r, struct wk_reply *reply);

/* ---- forward.c ---- */
/* Hands the session of r on to the worker: from here both ways pass through; r is gone. */
void wk_forward_begin(struct wk_request *r);

/* ---- sandbox.c ---- */
/* What the process may still do: read (and write) beneath the directory. */
void wk_disk_seal(const char *path, bool writable);
#endif
