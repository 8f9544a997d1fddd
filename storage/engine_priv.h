/* storage/engine_priv.h - what an implementation of the engine is, for the files of the engine
 * alone.
 *
 * Thread: as storage/engine.h. */
#ifndef WK_STORAGE_ENGINE_PRIV_H
#define WK_STORAGE_ENGINE_PRIV_H
#include "storage/engine.h"

/* Every function as the one of wk_engine_* it is named after; NULL is not allowed. */
struct wk_engine_ops {
    void (*close)(struct wk_engine *engine);
    wk_err (*write)(struct wk_engine *engine, const struct wk_batch *batch, bool sync);
    bool (*dead)(const struct wk_engine *engine);
    void (*get_many)(struct wk_engine *engine, int flags, enum wk_space space,
                     const struct wk_span *keys, size_t count, struct wk_buf *values,
                     wk_err *errs);
    struct wk_scan *(*scan)(struct wk_engine *engine, int flags, enum wk_space space,
                            struct wk_span start, struct wk_span end, bool reverse);
    uint64_t (*size)(struct wk_engine *engine, enum wk_space space, struct wk_span start,
                     struct wk_span end);
    void (*stats)(struct wk_engine *engine, struct wk_engine_stats *out);
    void (*stats_text)(struct wk_engine *engine, struct wk_buf *out); /* beyond stats */
    wk_err (*checkpoint)(struct wk_engine *engine, const char *dir, struct wk_buf *text);
};

/* The first member of every implementation's engine. */
struct wk_engine {
    const struct wk_engine_ops *ops;
    uint32_t boot_id;
};

struct wk_scan_ops {
    void (*close)(struct wk_scan *scan);
    bool (*valid)(const struct wk_scan *scan);
    void (*next)(struct wk_scan *scan);
    struct wk_span (*key)(const struct wk_scan *scan);
    struct wk_span (*value)(const struct wk_scan *scan);
    wk_err (*err)(const struct wk_scan *scan);
};

struct wk_scan {
    const struct wk_scan_ops *ops;
};

/* Raises the boot number in the engine, which was just opened. */
wk_err wk_engine_boot(struct wk_engine *engine);
#endif
