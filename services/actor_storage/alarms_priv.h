/* services/actor_storage/alarms_priv.h - the scheduler's inside, for alarms.c and
 * alarm_window.c. */
#ifndef WK_ACTOR_STORAGE_ALARMS_PRIV_H
#define WK_ACTOR_STORAGE_ALARMS_PRIV_H
#include "services/actor_storage/actor_storage.h"

struct alarm_entry {
    struct wk_node node;
    struct wk_daemon *daemon;
    struct wk_namespace *ns;
    struct wk_alarm alarm;
    struct wk_session *session;    /* it runs */
    uint64_t wake_ms;              /* monotonic */
    size_t heap_at;                /* place in the heap, from 1; 0: not there */
    struct alarm_entry *next_gone; /* in window.gone */
    bool gone;                     /* its record is, and it stays while alarms are loaded */
    bool listed;                   /* in window.gone */
    uint8_t id[];
};

/* Which alarms of the disk have an entry: all whose key in the index is before the horizon, and
 * some others. While more are loaded everything that changes has one, be it gone, so that what
 * was read is not taken for what is. */
struct alarm_window {
    size_t max;          /* entries; more if they run or wait for a retry */
    size_t shrink_at;    /* so many entries are too many */
    struct wk_buf from;  /* the horizon: a key of the index */
    uint64_t horizon_ms; /* its time */
    bool complete;       /* there is no horizon: all have an entry */
    bool loading;
    uint64_t serial; /* changes with every horizon */
    struct alarm_entry *gone;
    struct wk_buf key; /* scratch */
};

struct wk_alarms {
    struct wk_daemon *daemon;
    struct wk_table entries;
    struct alarm_entry **heap;
    size_t count, cap;
    uv_timer_t timer;
    int64_t clock_ms; /* unix time less the monotonic, when the heap was made */
    struct alarm_window window;
};

/* ---- alarms.c ---- */
/* NULL: there is none; it may be gone. */
struct alarm_entry *wk_alarm_entry_find(struct wk_daemon *daemon, uint32_t space,
                                        struct wk_span id);
struct alarm_entry *wk_alarm_entry_new(struct wk_daemon *daemon, struct wk_namespace *ns,
                                       struct wk_span id, uint64_t due_ms);
void wk_alarm_entry_schedule(struct alarm_entry *e);
void wk_alarm_entry_free(struct alarm_entry *e);
/* Sets the timer for the next thing to do. */
void wk_alarms_timer_set(struct wk_alarms *alarms, uint64_t at_least_ms);
/* When the monotonic clock will show the unix time ms, as the clocks run now; the same for the
 * same ms as long as clock_ms is. */
uint64_t wk_alarms_monotonic(const struct wk_alarms *alarms, uint64_t unix_ms);

/* ---- alarm_window.c ---- */
void wk_alarm_window_init(struct wk_alarms *alarms);
/* An alarm of the disk that was set now is to have an entry. */
bool wk_alarm_window_takes(struct wk_alarms *alarms, const struct wk_namespace *ns,
                           struct wk_span id, uint64_t due_ms);
/* There is one entry more: drops the latest, if there are too many. */
void wk_alarm_window_grown(struct wk_alarms *alarms);
/* The entry's record is gone: frees it, or keeps that in mind. */
void wk_alarm_window_forget(struct alarm_entry *e);
/* Everything is loaded anew from the first on: there are namespaces that were not there. */
void wk_alarm_window_reset(struct wk_alarms *alarms);
/* Loads more if there is room, or if what is there is over. */
void wk_alarm_window_check(struct wk_alarms *alarms);
/* When that must be called, on the monotonic clock; UINT64_MAX: never. */
uint64_t wk_alarm_window_wake_ms(const struct wk_alarms *alarms);
#endif
