/* The service: what the kernel tells it, who opens what, how it ends. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel/base/log.h"
#include "services/actor_storage/actor_storage.h"

#define CONNECT_MS 10000
#define DRAIN_MS 1000
#define TICK_MS 1000
#define IN_USE                                                                                 \
    " (stop the other system with wkctl stop, or name another directory with --persist-to)"

/* ---- the end ---- */

void
wk_daemon_settle(struct wk_daemon *daemon)
{
    Wk__Drained drained = WK__DRAINED__INIT;
    WK_ENVELOPE(msg, DRAINED, drained, &drained);

    if (daemon->failed) {
        uv_stop(daemon->loop);
        return;
    }
    if (!daemon->draining || daemon->ended || daemon->counters.live > 0 ||
        daemon->counters.waiting > 0 || !wk_round_idle(daemon) || wk_alarms_loading(daemon))
        return;
    daemon->ended = true;
    wk_port_tell(daemon->port, &msg);
    wk_link_drain(wk_port_link(daemon->port), DRAIN_MS);
    uv_stop(daemon->loop);
}

void
wk_daemon_fail(struct wk_daemon *daemon, const char *text)
{
    if (daemon->failed)
        return;
    wk_log(WK_ERROR, "storage.fail", "reason=\"%s\"", text);
    daemon->failed = true;
    if (daemon->port != NULL)
        wk_link_drain(wk_port_link(daemon->port), DRAIN_MS);
    uv_stop(daemon->loop);
}

static void
quiesce_one(void *arg, struct wk_node *node)
{
    wk_gate_quiesce(WK_CONTAINER(node, struct wk_resident, node));
}

static void
on_drain(struct wk_daemon *daemon)
{
    daemon->draining = true;
    wk_table_each(&daemon->residents, quiesce_one, NULL);
    wk_daemon_settle(daemon);
}

/* ---- configuration ---- */

static void
log_lines(enum wk_log_level level, char *text)
{
    char *save = NULL;

    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save))
        wk_log(level, "storage.open", "text=\"%s\"", line);
}

/* How many daemons share what is in a directory of that name; 0: it is no such directory. */
static unsigned
shards_of_name(const char *name)
{
    unsigned shard, shards;

    if (strcmp(name, "actors") == 0)
        return 1;
    return sscanf(name, "actors.%uof%u", &shard, &shards) == 2 ? shards : 0;
}

static bool
is_empty(const char *base, const char *name)
{
    char *path = wk_xasprintf("%s/%s", base, name);
    DIR *dir = opendir(path);
    int entries = 0;

    while (dir != NULL && readdir(dir) != NULL)
        entries++;
    if (dir != NULL)
        closedir(dir);
    free(path);
    return entries <= 2; /* "." and ".." */
}

/* What another number of daemons stored would not be found: who has which actor depends on it.
 */
static bool
layout_is_ours(const char *base, unsigned shards, char **why)
{
    DIR *dir = opendir(base);
    struct dirent *entry;
    bool ours = true;

    while (dir != NULL && ours && (entry = readdir(dir)) != NULL) {
        unsigned theirs = shards_of_name(entry->d_name);

        ours = theirs == 0 || theirs == shards || is_empty(base, entry->d_name);
        if (!ours)
            *why = wk_xasprintf("%s/%s was written with %u storage shards, and now there are "
                                "%u; start with as many as then, or move it away",
                                base, entry->d_name, theirs, shards);
    }
    if (dir != NULL)
        closedir(dir);
    return ours;
}

static void
daemon_exit(struct wk_daemon *daemon, int code)
{
    daemon->exit_code = code;
    daemon->failed = true;
    uv_stop(daemon->loop);
}

/* For the operator, who may not look into the log. text: lines; the last one says what it is.
 */
static void
tell_unable(struct wk_daemon *daemon, const char *text)
{
    Wk__StorageUnable unable = WK__STORAGE_UNABLE__INIT;
    WK_ENVELOPE(msg, STORAGE_UNABLE, storage_unable, &unable);
    size_t len = strlen(text);
    const char *last;
    char *reason;

    while (len > 0 && text[len - 1] == '\n')
        len--;
    for (last = text + len; last > text && last[-1] != '\n';)
        last--;
    reason = wk_xstrndup(last, (size_t)(text + len - last));
    unable.reason = reason;
    if (daemon->port != NULL) {
        wk_port_tell(daemon->port, &msg);
        wk_link_drain(wk_port_link(daemon->port), DRAIN_MS);
    }
    free(reason);
}

static void
configure_done(struct wk_daemon *daemon, const Wk__ConfigureStorage *config)
{
    Wk__Ready ready = WK__READY__INIT;
    WK_ENVELOPE(msg, READY, ready, &ready);
    const char *bad = wk_namespaces_configure(daemon, config);

    if (bad != NULL) {
        wk_log(WK_ERROR, "storage.configure", "reason=\"%s\"", bad);
        daemon_exit(daemon, 100);
        return;
    }
    WK_EVENT("D.boot", daemon->boot_id, daemon->shard);
    wk_alarms_load(daemon);
    WK_EVENT("D.ready", daemon->boot_id);
    if (!daemon->configured) {
        daemon->configured = true;
        daemon->lost = config->lost;
        daemon->ready_ms = wk_now_ms();
    }
    wk_port_tell(daemon->port, &msg);
}

/* ---- opening, in the pool: a recovery takes its time ---- */

struct open_job {
    uv_work_t pool;
    struct wk_daemon *daemon;
    char *directory;
    struct wk_buf config; /* packed ConfigureStorage, the newest */
    struct wk_buf text;
    struct wk_engine *engine;
    wk_err err;
};

static void
open_work(uv_work_t *pool)
{
    struct open_job *job = WK_CONTAINER(pool, struct open_job, pool);

    job->err = job->daemon->engine_open(job->directory, &job->text, &job->engine);
}

/* What will not go away by itself is not tried again. */
static int
open_exit_code(wk_err err)
{
    return err == WK_EUNSUPPORTED || err == WK_EIO ? 100 : 111;
}

static void
open_configure(struct wk_daemon *daemon, const struct wk_buf *packed)
{
    struct wk_arena arena = {0};
    const Wk__ConfigureStorage *config = (const Wk__ConfigureStorage *)(const void *)wk_unpack(
        &wk__configure_storage__descriptor, packed->data, packed->len, &arena);

    configure_done(daemon, config);
    wk_arena_fini(&arena);
}

static void
open_done(uv_work_t *pool, int status)
{
    struct open_job *job = WK_CONTAINER(pool, struct open_job, pool);
    struct wk_daemon *daemon = job->daemon;

    daemon->opening = NULL;
    if (job->err == WK_EEXISTS && job->text.len > 0) {
        job->text.len--; /* the end of the line */
        wk_buf_add_str(&job->text, IN_USE "\n");
    }
    if (job->err != WK_OK)
        tell_unable(daemon, job->text.data != NULL ? job->text.data : wk_err_name(job->err));
    if (job->text.len > 0)
        log_lines(job->err == WK_OK ? WK_WARN : WK_ERROR, job->text.data);
    if (job->err != WK_OK) {
        wk_log(WK_ERROR, "storage.open", "directory=\"%s\" err=%s", job->directory,
               wk_err_name(job->err));
        daemon_exit(daemon, open_exit_code(job->err));
    } else {
        daemon->engine = job->engine;
        daemon->boot_id = wk_engine_boot_id(job->engine);
        wk_round_start(daemon);
        wk_tidy_load(daemon);
        open_configure(daemon, &job->config);
        wk_log(WK_INFO, "storage.open", "directory=\"%s\" boot=%" PRIu64 " alarms=%zu",
               job->directory, daemon->boot_id, wk_alarms_count(daemon));
    }
    free(job->directory);
    wk_buf_fini(&job->config);
    wk_buf_fini(&job->text);
    free(job);
}

static void
config_keep(struct open_job *job, const Wk__ConfigureStorage *config)
{
    job->config.len = 0;
    wk_pack(&config->base, &job->config);
}

static void
open_begin(struct wk_daemon *daemon, const Wk__ConfigureStorage *config)
{
    struct open_job *job = wk_xcalloc(1, sizeof(*job));

    daemon->opening = job;
    job->daemon = daemon;
    job->directory = config->shards > 1 ? wk_xasprintf("%s/actors.%uof%u", config->directory,
                                                       config->shard, config->shards)
                                        : wk_xasprintf("%s/actors", config->directory);
    config_keep(job, config);
    daemon->directory = wk_xstrdup(config->directory);
    wk_daemon_seal();
    WK_CHECK(uv_queue_work(daemon->loop, &job->pool, open_work, open_done) == 0);
}

static void
on_configure(struct wk_daemon *daemon, const Wk__ConfigureStorage *config)
{
    if (daemon->opening != NULL) {
        config_keep(daemon->opening, config);
        return;
    }
    daemon->shard = config->shard;
    daemon->shards = config->shards;
    if (daemon->directory == NULL && config->directory[0] != '\0') {
        char *why = NULL;

        if (wk_mkdirs(config->directory) != WK_OK) {
            why = wk_xasprintf("there is no directory %s, and it cannot be made: %s",
                               config->directory, strerror(errno));
            daemon_exit(daemon, 111);
        } else if (!layout_is_ours(config->directory, config->shards > 1 ? config->shards : 1,
                                   &why)) {
            daemon_exit(daemon, 100);
        } else {
            open_begin(daemon, config);
        }
        if (why != NULL) {
            wk_log(WK_ERROR, "storage.open", "reason=\"%s\"", why);
            tell_unable(daemon, why);
        }
        free(why);
        return;
    }
    if (daemon->boot_id ==
        0) /* nothing on disk to count by; a process never begins twice in a second */
        daemon->boot_id = wk_unix_ms() / 1000;
    configure_done(daemon, config);
}

/* ---- the kernel ---- */

static void
on_kernel(void *arg, const Wk__Envelope *msg)
{
    struct wk_daemon *daemon = arg;

    if (msg->body_case == WK__ENVELOPE__BODY_CONFIGURE_STORAGE)
        on_configure(daemon, msg->configure_storage);
    else if (msg->body_case == WK__ENVELOPE__BODY_DRAIN)
        on_drain(daemon);
}

static void
on_open_of_kernel(struct wk_daemon *daemon, struct wk_session *s, const Wk__Envelope *msg)
{
    if (msg->body_case == WK__ENVELOPE__BODY_STORAGE_STATS_GET)
        wk_stats_open(daemon, s);
    else if (msg->body_case == WK__ENVELOPE__BODY_STORAGE_TOOL)
        wk_tool_open(daemon, s, msg->storage_tool);
}

static void
on_open(void *arg, struct wk_session *s, uint32_t target, const Wk__Envelope *msg,
        uint8_t flags)
{
    struct wk_daemon *daemon = arg;
    struct wk_namespace *ns;

    if (!daemon->configured || daemon->failed)
        wk_session_close(s, WK_EUNAVAILABLE, NULL);
    else if (target == WK_TARGET_OF_KERNEL)
        on_open_of_kernel(daemon, s, msg);
    else if ((ns = wk_namespace_find(daemon, target)) == NULL)
        wk_session_close(s, WK_ENOTFOUND, "there is no such namespace any more");
    else if (msg->actor == NULL)
        wk_session_close(s, WK_EPROTO, "the actor is not named");
    else
        wk_event_open(daemon, ns, s, msg);
}

static void
on_down(void *arg, wk_err why)
{
    struct wk_daemon *daemon = arg;

    daemon->failed = true;
    uv_stop(daemon->loop);
}

/* ---- the process ---- */

static void
on_tick(uv_timer_t *timer)
{
    struct wk_daemon *daemon = timer->data;
    uint64_t now_ms = wk_now_ms();

    wk_round_tick(daemon, now_ms);
    wk_reads_tick(daemon, now_ms);
    wk_alarms_tick(daemon);
    wk_events_tick(daemon, now_ms);
}

static wk_err
open_rocksdb(const char *dir, struct wk_buf *text, struct wk_engine **out)
{
    return wk_engine_open(dir, NULL, text, out);
}

void
wk_daemon_init(struct wk_daemon *daemon, uv_loop_t *loop)
{
    *daemon = (struct wk_daemon){.loop = loop, .exit_code = 111, .engine_open = open_rocksdb};
    umask(077);
    wk_alarms_init(daemon);
    wk_tidy_init(daemon);
    daemon->tick.data = daemon;
    uv_timer_init(loop, &daemon->tick);
    uv_timer_start(&daemon->tick, on_tick, TICK_MS, TICK_MS);
}

wk_err
wk_daemon_connect(struct wk_daemon *daemon, const char *url, const char *token_hex)
{
    static const struct wk_port_events events = {on_open, on_kernel, on_down, NULL};

    return wk_port_connect(daemon->loop, url, token_hex, "actor-storage", CONNECT_MS, &events,
                           daemon, &daemon->port);
}

int
wk_daemon_run(struct wk_daemon *daemon)
{
    if (!daemon->failed && !daemon->ended) /* a configuration may have come with the Welcome */
        uv_run(daemon->loop, UV_RUN_DEFAULT);
    if (!daemon->ended)
        return daemon->exit_code;
    wk_commit_free(daemon->committer);
    if (daemon->tools == 0) /* else a scan may be open, and the next start recovers */
        wk_engine_close(daemon->engine);
    return 0;
}
