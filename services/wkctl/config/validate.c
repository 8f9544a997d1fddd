/* services/wkctl/config/validate.c - what the parts of a Config say about one another.
 *
 * The words are the peer's where it has the same complaint. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "services/wkctl/config/config_priv.h"

#define SERVICES_MAX 1000
#define SOCKETS_MAX 100

const char *
config_other_project(const struct config_load *load)
{
    return load->wrangler ? " If it is another project, name that too: wkctl start . ../OTHER"
                          : "";
}

void
config_check_designator(struct config_load *load, const Wk__Designator *d, const char *who)
{
    const Wk__Service *target = config_service_find(load->config, d->service);

    if (target == NULL) {
        config_say(load, WK_DIAG_ERROR, d,
                   "%s refers to a service \"%s\", but no such service is defined.%s", who,
                   d->service, config_other_project(load));
    } else if (target->kind_case != WK__SERVICE__KIND_WORKER && d->entrypoint[0] != '\0') {
        config_say(
            load, WK_DIAG_ERROR, d,
            "%s refers to service \"%s\" with a named entrypoint \"%s\", but \"%s\" is not a "
            "Worker, so does not have any named entrypoints.",
            who, d->service, d->entrypoint, d->service);
    } else if (target->kind_case != WK__SERVICE__KIND_WORKER && d->props_json[0] != '\0') {
        config_say(
            load, WK_DIAG_ERROR, d,
            "%s refers to service \"%s\" and provides a `props` value, but \"%s\" is not a "
            "Worker, so cannot accept `props`",
            who, d->service, d->service);
    }
    if (d->props_json[0] != '\0') {
        struct wk_diag_list bad = {0};
        struct wk_arena arena = {0};

        if (wk_jsonc_parse(&arena, "props", d->props_json, strlen(d->props_json), &bad) == NULL)
            config_say(load, WK_DIAG_ERROR, d, "%s: its props are no JSON: %s", who,
                       bad.items[0].text);
        wk_diag_fini(&bad);
        wk_arena_fini(&arena);
    }
}

/* A block in CIDR notation, or one of the words for one. */
static bool
network_ok(const char *block)
{
    static const char *const words[] = {"private", "public", "local",
                                        "network", "unix",   "unix-abstract"};
    const char *slash = strchr(block, '/');
    bool v6 = strchr(block, ':') != NULL;
    char *end;

    for (size_t i = 0; i < WK_COUNT(words); i++)
        if (strcmp(block, words[i]) == 0)
            return true;
    if (slash == NULL || slash == block || slash[1] < '0' || slash[1] > '9')
        return false;
    if (strspn(block, v6 ? "0123456789abcdefABCDEF:." : "0123456789.") !=
        (size_t)(slash - block))
        return false;
    return strtoul(slash + 1, &end, 10) <= (v6 ? 128 : 32) && *end == '\0';
}

static void
check_network(struct config_load *load, const Wk__Service *s)
{
    const Wk__Network *n = s->network;

    for (size_t i = 0; i < n->n_allow + n->n_deny; i++) {
        const char *block = i < n->n_allow ? n->allow[i] : n->deny[i - n->n_allow];

        if (!network_ok(block))
            config_say(load, WK_DIAG_ERROR, block,
                       "service %s: invalid CIDR: %s (use 10.0.0.0/8, public, private, local, "
                       "network, unix or unix-abstract)",
                       s->name, block);
    }
}

static void
check_external(struct config_load *load, const Wk__Service *s)
{
    const char *bad;

    if (s->external->address[0] == '\0')
        config_say(
            load, WK_DIAG_ERROR, s,
            "service %s: External service \"%s\" has no address in the config, so must be "
            "specified on the command line with `--external-addr`.",
            s->name, s->name);
    else if ((bad = config_address_bad(s->external->address)) != NULL)
        config_say(load, WK_DIAG_ERROR, s, "service %s: the address \"%s\" cannot be used: %s",
                   s->name, s->external->address, bad);
}

static void
check_disk(struct config_load *load, const Wk__Service *s)
{
    struct stat st;

    if (s->disk->path[0] == '\0')
        config_say(
            load, WK_DIAG_ERROR, s,
            "service %s: Directory \"%s\" has no path in the config, so must be specified on "
            "the command line with `--directory-path`.",
            s->name, s->name);
    else if (strncmp(s->name, "wk:", 3) != 0 && /* those are made when they are needed */
             (stat(s->disk->path, &st) != 0 || !S_ISDIR(st.st_mode)))
        config_say(load, WK_DIAG_ERROR, s, "service %s: Directory named \"%s\" not found: %s",
                   s->name, s->name, s->disk->path);
}

static void
check_service(struct config_load *load, const Wk__Service *s)
{
    if (s->name[0] == '\0')
        config_say(load, WK_DIAG_ERROR, s, "this service has no name; give it one");
    if (config_service_find(load->config, s->name) != s)
        config_say(load, WK_DIAG_ERROR, s, "Config defines multiple services named \"%s\".",
                   s->name);
    switch (s->kind_case) {
    case WK__SERVICE__KIND_WORKER:
        config_check_worker(load, s);
        break;
    case WK__SERVICE__KIND_NETWORK:
        check_network(load, s);
        break;
    case WK__SERVICE__KIND_EXTERNAL:
        check_external(load, s);
        break;
    case WK__SERVICE__KIND_DISK:
        check_disk(load, s);
        break;
    default:
        config_say(
            load, WK_DIAG_ERROR, s,
            "Service named \"%s\" does not specify what to serve. Give it one of worker, "
            "network, external, disk.",
            s->name);
    }
}

static void
check_socket(struct config_load *load, size_t index)
{
    const Wk__Socket *socket = load->config->sockets[index];
    char *who = wk_xasprintf("Socket \"%s\"", socket->name);
    const char *bad;

    if (socket->address[0] == '\0')
        config_say(
            load, WK_DIAG_ERROR, socket,
            "%s has no address in the config, so must be specified on the command line with "
            "`--socket-addr`.",
            who);
    else if ((bad = config_address_bad(socket->address)) != NULL)
        config_say(load, WK_DIAG_ERROR, socket, "%s: parseAddress: %s (\"%s\")", who, bad,
                   socket->address);
    for (size_t i = 0; i < index; i++)
        if (strcmp(load->config->sockets[i]->name, socket->name) == 0)
            config_say(load, WK_DIAG_ERROR, socket,
                       "Config defines multiple sockets named \"%s\".", socket->name);
    if (socket->service != NULL)
        config_check_designator(load, socket->service, who);
    else
        config_say(load, WK_DIAG_ERROR, socket,
                   "%s does not say which service it is for; add "
                   "service = \"...\"",
                   who);
    free(who);
}

void
config_validate(struct config_load *load)
{
    Wk__Config *config = load->config;

    if (config->n_services > SERVICES_MAX || config->n_sockets > SOCKETS_MAX) {
        config_say(load, WK_DIAG_ERROR, NULL,
                   "at most %d services and %d sockets can be configured", SERVICES_MAX,
                   SOCKETS_MAX);
        return;
    }
    for (size_t i = 0; i < config->n_sockets; i++)
        check_socket(load, i);
    for (size_t i = 0; i < config->n_services; i++)
        check_service(load, config->services[i]);
}
