/* services/wkctl/config/wrangler.c - a Wrangler project: which file, which environment, which
 * name. */
#include "services/wkctl/config/wrangler_priv.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "runtime/compat/compat.h"

#define PORT_DEFAULT 8787 /* wrangler dev's */

static bool
file_in(const char *dir, const char *name)
{
    char *path = wk_xasprintf("%s/%s", dir, name);
    struct stat st;
    bool there = stat(path, &st) == 0 && S_ISREG(st.st_mode);

    free(path);
    return there;
}

static char *
keep(struct config_load *load, char *text)
{
    char *copy = wk_arena_strndup(&load->arena, text, strlen(text));

    free(text);
    return copy;
}

static struct wk_doc *
parse_file(struct config_load *load, const char *path)
{
    struct wk_buf text = {0};
    struct wk_doc *doc = NULL;
    wk_err err = wk_buf_read_file(&text, path, WK_DOC_BYTES_MAX);
    const char *data = text.data != NULL ? text.data : "";
    size_t n = strlen(path);

    if (err != WK_OK) {
        wk_diag_add(load->diags, WK_DIAG_ERROR, path, 0, 0, NULL, "%s",
                    err == WK_ENOTFOUND ? "No such file." : "This file cannot be read.");
    } else if (n > 5 && strcmp(path + n - 5, ".toml") == 0) {
        doc = wk_toml_parse(&load->arena, path, data, text.len, load->diags);
    } else {
        doc = wk_jsonc_parse(&load->arena, path, data, text.len, load->diags);
    }
    wk_buf_fini(&text);
    if (doc != NULL && doc->kind != WK_DOC_OBJECT) {
        wk_doc_diag(load->diags, WK_DIAG_ERROR, doc,
                    "a configuration is an object: { \"name\": ... }");
        return NULL;
    }
    return doc;
}

/* "main" of a package.json, if that names a file; in the arena. */
static const char *
package_main(struct config_load *load, const char *dir)
{
    char *path = wk_xasprintf("%s/package.json", dir);
    struct wk_diag_list ignored = {0};
    struct wk_buf text = {0};
    struct wk_doc *doc = NULL;

    if (wk_buf_read_file(&text, path, WK_DOC_BYTES_MAX) == WK_OK && text.data != NULL)
        doc = wk_doc_find(
            wk_jsonc_parse(&load->arena, "package.json", text.data, text.len, &ignored),
            "main");
    wk_buf_fini(&text);
    wk_diag_fini(&ignored);
    free(path);
    return doc != NULL && doc->kind == WK_DOC_STRING && file_in(dir, doc->text) ? doc->text
                                                                                : NULL;
}

/* No configuration there: say what to write. */
static void
say_no_project(struct config_load *load, const char *dir)
{
    static const char *const entries[] = {
        "worker.ts", "index.ts",     "src/index.ts",  "src/worker.ts", "worker.js",
        "index.js",  "src/index.js", "src/worker.js", "worker.mjs",    "index.mjs"};
    const char *entry = package_main(load, dir);
    char today[11];

    for (size_t i = 0; i < WK_COUNT(entries) && entry == NULL; i++)
        if (file_in(dir, entries[i]))
            entry = entries[i];
    wk_compat_date_default(today);
    wk_diag_add(
        load->diags, WK_DIAG_ERROR, dir, 0, 0, NULL,
        "there is no wrangler.jsonc, wrangler.json or wrangler.toml here. Create a "
        "wrangler.jsonc with { \"name\": \"hello\", \"main\": \"%s\", \"compatibility_date\": "
        "\"%s\" }%s%s%s%s",
        entry != NULL ? entry : "src/index.ts", today,
        entry != NULL ? ", or name the module itself: " : "", entry != NULL ? dir : "",
        entry != NULL ? "/" : "", entry != NULL ? entry : "");
}

static const char *
find_file(struct config_load *load, const char *dir)
{
    static const char *const names[] = {"wrangler.jsonc", "wrangler.json", "wrangler.toml"};
    const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/", *found = NULL;

    for (size_t i = 0; i < WK_COUNT(names); i++) {
        if (!file_in(dir, names[i]))
            continue;
        if (found == NULL)
            found = strcmp(dir, ".") == 0
                        ? names[i]
                        : keep(load, wk_xasprintf("%s%s%s", dir, slash, names[i]));
        else
            wk_diag_add(load->diags, WK_DIAG_WARNING, dir, 0, 0, NULL,
                        "there is also a %s; it is not read, since %s comes first", names[i],
                        found);
    }
    if (found == NULL)
        say_no_project(load, dir);
    return found;
}

static bool
choose_env(struct wrangler *w)
{
    struct wk_doc *envs = wk_doc_find(w->top, "env");
    struct wk_buf names = {0};

    w->env_name = w->load->opts->env;
    if (w->env_name == NULL || w->env_name[0] == '\0')
        return true;
    w->env = wk_doc_find(envs, w->env_name);
    if (w->env != NULL)
        return wrangler_is(w, w->env, WK_DOC_OBJECT);
    for (struct wk_doc *e = envs != NULL ? envs->first : NULL; e != NULL && e->key != NULL;
         e = e->next)
        wk_buf_addf(&names, "%s\"%s\"", names.len > 0 ? ", " : "", e->key);
    wrangler_say(w, w->first ? WK_DIAG_ERROR : WK_DIAG_WARNING, NULL,
                 "No environment found in configuration with name \"%s\". There %s %s%s",
                 w->env_name, names.len > 0 ? "are:" : "is",
                 names.len > 0 ? names.data : "none; add \"env\"",
                 w->first ? "" : "; its top level is used");
    wk_buf_fini(&names);
    return !w->first;
}

static bool
name_ok(const char *name)
{
    return name[0] != '\0' && name[0] != '-' && strlen(name) <= 255 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
}

/* The name of the service: as given, or with the environment behind it, or the directory's. */
static void
choose_name(struct wrangler *w)
{
    struct wk_doc *own = wk_doc_find(w->env, "name"), *doc = own;
    const char *slash = strrchr(w->root, '/');

    if (doc == NULL)
        doc = wk_doc_find(w->top, "name");
    if (doc != NULL && doc->kind != WK_DOC_NULL) {
        if (!wrangler_is(w, doc, WK_DOC_STRING))
            doc = NULL;
        else if (!name_ok(doc->text))
            wrangler_say(
                w, WK_DIAG_ERROR, doc,
                "Expected \"name\" to be of type string, alphanumeric and lowercase with "
                "dashes only but got \"%s\".",
                doc->text);
    }
    w->name = wk_xstrdup(doc != NULL && doc->text != NULL ? doc->text
                         : slash[1] != '\0'               ? slash + 1
                                                          : "worker");
    if (w->env != NULL && own == NULL) {
        char *name = wk_xasprintf("%s-%s", w->name, w->env_name);

        free(w->name);
        w->name = name;
    }
}

void
wrangler_socket(struct config_load *load, const char *service, const char *ip, int port)
{
    bool v6 = ip != NULL && strchr(ip, ':') != NULL && ip[0] != '[';
    char *address = wk_xasprintf("%s%s%s:%d", v6 ? "[" : "", ip != NULL ? ip : "127.0.0.1",
                                 v6 ? "]" : "", port >= 0 ? port : PORT_DEFAULT);
    Wk__Socket *socket = config_socket(load, "http", address, NULL);

    socket->http = wk_xmalloc(sizeof(*socket->http));
    wk__http_options__init(socket->http);
    socket->service = config_designator(load, service, NULL);
    free(address);
}

static void
read_dev(struct wrangler *w)
{
    struct wk_doc *dev = wrangler_get_kind(w, "dev", WK_DOC_OBJECT), *port, *protocol;
    const char *ip = NULL;
    int number = -1;

    if (dev != NULL) {
        wrangler_only(w, dev,
                      "ip port local_protocol upstream_protocol host inspector_port "
                      "inspector_ip enable_containers container_engine generate_types");
        ip = wrangler_text(w, dev, "ip");
        if ((port = wrangler_member(w, dev, "port", WK_DOC_NUMBER)) != NULL) {
            number = port->is_integer && port->integer >= 0 && port->integer <= 65535
                         ? (int)port->integer
                         : -1;
            if (number < 0)
                wrangler_say(w, WK_DIAG_ERROR, port,
                             "\"port\" must be a number from 0 to 65535");
        }
        protocol = wrangler_member(w, dev, "local_protocol", WK_DOC_STRING);
        if (protocol != NULL && strcmp(protocol->text, "https") == 0)
            wrangler_say(w, WK_DIAG_WARNING, protocol,
                         "TLS is not offered on the socket; it serves http");
        else if (protocol != NULL && strcmp(protocol->text, "http") != 0)
            wrangler_say(w, WK_DIAG_ERROR, protocol,
                         "\"local_protocol\" must be http or https");
    }
    if (w->first)
        wrangler_socket(w->load, w->name, ip, number);
}

void
config_read_wrangler(struct config_load *load, const char *dir, const char *file, bool first)
{
    struct wrangler w = {.load = load, .dir = dir, .first = first};

    load->wrangler = true;
    w.file = file != NULL ? file : find_file(load, dir);
    load->incomplete = load->incomplete || w.file == NULL;
    if (w.file == NULL)
        return;
    if (first)
        config_set(&load->config->source, w.file);
    config_watch(load, w.file);
    w.top = parse_file(load, w.file);
    w.root = realpath(dir, NULL);
    if (w.root == NULL)
        wrangler_say(&w, WK_DIAG_ERROR, NULL, "the directory %s cannot be read", dir);
    if (w.top == NULL || w.root == NULL || !choose_env(&w)) {
        load->incomplete = true;
    } else {
        wrangler_check_keys(&w);
        choose_name(&w);
        wrangler_worker(&w);
        read_dev(&w);
    }
    free(w.name);
    free(w.root);
}

void
config_read_module(struct config_load *load, const char *path, bool first)
{
    struct wrangler w = {.load = load, .dir = ".", .file = path, .first = first};
    char *real = realpath(path, NULL), *slash, *dot;
    char today[11];
    Wk__Worker *worker;

    if (real == NULL) {
        wk_diag_add(load->diags, WK_DIAG_ERROR, path, 0, 0, NULL, "This file cannot be read.");
        load->incomplete = true;
        return;
    }
    slash = strrchr(real, '/');
    w.root = wk_xstrndup(real, slash > real ? (size_t)(slash - real) : 1);
    w.name = wk_xstrdup(slash + 1);
    if ((dot = strrchr(w.name, '.')) != NULL)
        *dot = '\0';
    if (first)
        config_set(&load->config->source, path);
    config_watch(load, path);
    worker = config_worker(load, w.name, NULL);
    wk_compat_date_default(today);
    config_set(&worker->compatibility_date, today);
    w.top = wk_doc_new(&load->arena, WK_DOC_OBJECT, path, 0, 0);
    wrangler_project(&w, worker, slash + 1);
    wrangler_dev_vars(&w, worker);
    if (first)
        wrangler_socket(load, w.name, NULL, -1);
    free(w.name);
    free(w.root);
    free(real);
}
