/* services/wkctl/config/flags.c - what the command line overrides in a Config, in the peer's
 * words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/config/config_priv.h"

static void
say_no_match(struct config_load *load, const char *kind, const struct wk_config_pair *pair)
{
    wk_diag_error(
        load->diags,
        "Config did not define any %s named \"%.*s\" to match the override provided on the "
        "command line.",
        kind, (int)pair->name_len, pair->name);
}

static bool
is_named(const char *name, const struct wk_config_pair *pair)
{
    return strlen(name) == pair->name_len && memcmp(name, pair->name, pair->name_len) == 0;
}

static void
apply_socket(struct config_load *load, const struct wk_config_pair *pair)
{
    bool found = false;

    for (size_t i = 0; i < load->config->n_sockets; i++)
        if (is_named(load->config->sockets[i]->name, pair)) {
            config_set(&load->config->sockets[i]->address, pair->value);
            found = true;
        }
    if (!found)
        say_no_match(load, "socket", pair);
}

static void
apply_service(struct config_load *load, const struct wk_config_pair *pair,
              Wk__Service__KindCase kind)
{
    for (size_t i = 0; i < load->config->n_services; i++) {
        Wk__Service *s = load->config->services[i];

        if (s->kind_case != kind || !is_named(s->name, pair))
            continue;
        config_set(kind == WK__SERVICE__KIND_DISK ? &s->disk->path : &s->external->address,
                   pair->value);
        return;
    }
    if (kind == WK__SERVICE__KIND_DISK && load->opts->test && is_named("TEST_TMPDIR", pair))
        return; /* test runners give it to every test */
    say_no_match(load, kind == WK__SERVICE__KIND_DISK ? "disk service" : "external service",
                 pair);
}

/* --host and --port move the socket "http", or the only one. */
static void
apply_listen(struct config_load *load)
{
    Wk__Socket *socket = NULL;
    char *colon, *address;
    size_t host;

    if (load->opts->port < 0 && load->opts->host == NULL)
        return;
    for (size_t i = 0; i < load->config->n_sockets; i++)
        if (load->config->n_sockets == 1 || strcmp(load->config->sockets[i]->name, "http") == 0)
            socket = load->config->sockets[i];
    if (socket == NULL) {
        wk_diag_error(load->diags, "--port and --host need a socket named \"http\"; this "
                                   "configuration has none (use --socket-addr NAME=ADDR)");
        return;
    }
    colon = strrchr(socket->address, ':');
    host = colon != NULL ? (size_t)(colon - socket->address) : strlen(socket->address);
    if (load->opts->host != NULL) {
        bool bracket = strchr(load->opts->host, ':') != NULL && load->opts->host[0] != '[';

        address =
            wk_xasprintf("%s%s%s", bracket ? "[" : "", load->opts->host, bracket ? "]" : "");
    } else {
        address = host > 0 ? wk_xstrndup(socket->address, host) : wk_xstrdup("127.0.0.1");
    }
    if (load->opts->port >= 0)
        colon = wk_xasprintf("%s:%d", address, load->opts->port);
    else
        colon = wk_xasprintf("%s:%s", address, colon != NULL ? colon + 1 : "8787");
    config_set(&socket->address, colon);
    free(colon);
    free(address);
}

static void
apply_date(struct config_load *load)
{
    for (size_t i = 0; i < load->config->n_services; i++) {
        Wk__Service *s = load->config->services[i];

        if (s->kind_case != WK__SERVICE__KIND_WORKER)
            continue;
        if (s->worker->compatibility_date[0] != '\0' && s->worker->project == NULL)
            config_say(
                load, WK_DIAG_ERROR, s,
                "service %s: Worker specifies compatibilityDate but --compat-date was "
                "provided. When using --compat-date, workers must not specify "
                "compatibilityDate in the config. Use compatibilityFlags to enable/disable "
                "specific flags if needed.",
                s->name);
        config_set(&s->worker->compatibility_date, load->opts->compat_date);
    }
}

void
config_apply_flags(struct config_load *load)
{
    const struct wk_config_opts *opts = load->opts;

    apply_listen(load);
    load->config->storage_shards = opts->storage_shards;
    for (size_t i = 0; i < opts->sockets.count; i++)
        apply_socket(load, &opts->sockets.items[i]);
    for (size_t i = 0; i < opts->externals.count; i++)
        apply_service(load, &opts->externals.items[i], WK__SERVICE__KIND_EXTERNAL);
    for (size_t i = 0; i < opts->directories.count; i++)
        apply_service(load, &opts->directories.items[i], WK__SERVICE__KIND_DISK);
    if (opts->compat_date != NULL)
        apply_date(load);
}
