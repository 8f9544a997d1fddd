/* What the daemon tells of itself: one flat object of counters. */
#include "kernel/base/json.h"
#include "services/actor_storage/actor_storage.h"

static uint64_t
disk_bytes(struct wk_daemon *daemon)
{
    struct wk_span all = {NULL, 0};
    uint64_t bytes = 0;

    for (int space = 0; space < WK_SPACES; space++)
        bytes += wk_engine_size(daemon->engine, (enum wk_space)space, all, all);
    return bytes;
}

static void
json_engine(struct wk_daemon *daemon, struct wk_buf *out)
{
    struct wk_engine_stats stats;

    wk_engine_stats(daemon->engine, &stats);
    wk_json_int(out, "writes", (int64_t)stats.writes);
    wk_json_int(out, "records", (int64_t)stats.records);
    wk_json_int(out, "syncs", (int64_t)stats.syncs);
    wk_json_int(out, "refusedFull", (int64_t)stats.refused);
    wk_json_int(out, "replayed", (int64_t)stats.replayed);
    wk_json_int(out, "freeBytes", (int64_t)stats.free_bytes);
    wk_json_int(out, "engineMemoryBytes", (int64_t)stats.memory_bytes);
    wk_json_bool(out, "full", stats.full);
    wk_json_int(out, "dbBytes", (int64_t)disk_bytes(daemon));
}

static void
json_counters(struct wk_daemon *daemon, struct wk_buf *out)
{
    const struct wk_counters *c = &daemon->counters;
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"residents", c->residents},
        {"live", c->live},
        {"waiting", c->waiting},
        {"placed", c->placed},
        {"evicted", c->evicted},
        {"moved", c->moved},
        {"broken", c->broken},
        {"events", c->events},
        {"overloaded", c->overloaded},
        {"messages", c->messages},
        {"batches", c->batches},
        {"groups", c->rounds},
        {"bytesWritten", c->bytes_written},
        {"readsFromHost", c->reads},
        {"readsFromDisk", c->reads_pooled},
        {"loadsFromDisk", c->loads_pooled},
        {"alarms", wk_alarms_count(daemon)},
        {"alarmsSet", c->alarms_set},
        {"alarmsFired", c->alarms_fired},
        {"alarmsFailed", c->alarms_failed},
        {"generationsDeleted", c->ranges_deleted},
    };

    for (size_t i = 0; i < WK_COUNT(rows); i++)
        wk_json_int(out, rows[i].name, (int64_t)rows[i].value);
}

void
wk_stats_open(struct wk_daemon *daemon, struct wk_session *session)
{
    static const struct wk_session_events none = {0};
    Wk__StorageStats stats = WK__STORAGE_STATS__INIT;
    WK_ENVELOPE(msg, STORAGE_STATS, storage_stats, &stats);
    struct wk_buf json = {0};

    wk_json_open(&json, NULL, '{');
    json_counters(daemon, &json);
    if (daemon->engine != NULL)
        json_engine(daemon, &json);
    wk_json_close(&json, '}');
    stats.json = json.data;
    wk_session_accept(session, &none, NULL);
    wk_session_send(session, &msg, WK_FLAG_END | WK_FLAG_LAST);
    wk_buf_fini(&json);
}
