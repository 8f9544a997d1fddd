/* kernel/sup/deploy_priv.h - a deployment under way, for deploy*.c. */
#ifndef WK_SUP_DEPLOY_PRIV_H
#define WK_SUP_DEPLOY_PRIV_H
#include "kernel/kernel.h"

/* A worker of it. */
struct wk_deploy_item {
    struct wk_deploy *deploy;
    const Wk__Service *definition;
    struct wk_service *service;
    struct wk_bundle *bundle;
    struct wk_process *process; /* loading */
    struct wk_route *compile;   /* NULL: not under way */
    struct wk_buf worker;       /* packed, for the compiler */
    size_t worker_sent;
    uint32_t lowered, took_ms, targets_before;
    bool changed;
};

struct wk_deploy {
    struct wk_kernel *kernel;
    struct wk_config_ref *config;
    struct wk_route *route; /* NULL: whoever asked went away */
    struct wk_deploy_item *items;
    size_t count, waiting;
    bool watch, failed, front_waiting;
    uint64_t storage_since_ms; /* when the wait for storage began; 0: not yet */
    struct wk_buf diagnostics; /* JSON objects, comma-separated */
    struct wk_buf watched; /* JSON strings: files whose change asks for another deployment */
    char *error;
    wk_err code; /* of the failure */
    uint64_t started_ms;
};

void wk_config_unref(struct wk_config_ref *ref);
/* ---- deploy_compile.c ---- */
/* Asks for the bundle of the item's worker. */
void wk_deploy_compile(struct wk_deploy_item *item);
/* One step less to wait for; after the last the new workers are loaded. */
void wk_deploy_compiled(struct wk_deploy *deploy);
/* ---- deploy_load.c ---- */
void wk_deploy_load(struct wk_deploy *deploy);
/* ---- deploy_commit.c ---- */
/* Everything is there: what runs is replaced. */
void wk_deploy_commit(struct wk_deploy *deploy);
enum wk_service_kind wk_kind_of(const Wk__Service *definition);
bool wk_same_packed(const ProtobufCMessage *a, const ProtobufCMessage *b);
/* ---- deploy_answer.c ---- */
/* The reply, and the end of the deployment. */
void wk_deploy_finish(struct wk_deploy *deploy);
/* It has failed, if it had not; error is taken over. */
void wk_deploy_fail(struct wk_deploy *deploy, char *error);
bool wk_storage_serves(const struct wk_service *service);
#endif
