#include "tests/unit/config/fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
config_fixture_init(struct config_fixture *f)
{
    *f = (struct config_fixture){.dir = "/tmp/wk-config-XXXXXX"};
    WK_CHECK(mkdtemp(f->dir) != NULL);
}

static int
fixture_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    return remove(path);
}

static void
fixture_reset(struct config_fixture *f)
{
    if (f->config != NULL)
        wk__config__free_unpacked(f->config, NULL);
    f->config = NULL;
    wk_diag_fini(&f->diags);
    wk_buf_fini(&f->report);
}

void
config_fixture_fini(struct config_fixture *f)
{
    fixture_reset(f);
    nftw(f->dir, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
}

void
config_fixture_file(struct config_fixture *f, const char *name, const char *text)
{
    char *path = wk_xasprintf("%s/%s", f->dir, name), *slash = strrchr(path, '/');

    *slash = '\0';
    WK_CHECK(wk_mkdirs(path) == WK_OK);
    *slash = '/';
    WK_CHECK(wk_file_replace(path, text, strlen(text)) == WK_OK);
    free(path);
}

/* The report without the directory, so that tests read like what a person sees. */
static void
fixture_report(struct config_fixture *f)
{
    size_t n = strlen(f->dir);
    struct wk_buf text = {0};

    wk_diag_print(&f->diags, &text);
    for (const char *p = text.data; p != NULL && *p != '\0';) {
        if (strncmp(p, f->dir, n) == 0)
            p += n + (p[n] == '/');
        else
            wk_buf_add_char(&f->report, *p++);
    }
    wk_buf_fini(&text);
}

wk_err
config_fixture_load(struct config_fixture *f, ...)
{
    char *argv[32];
    struct wk_config_opts opts;
    int argc = 0, index = 0, took = 1;
    wk_err err = WK_EINVAL;
    const char *arg;
    va_list args;

    fixture_reset(f);
    va_start(args, f);
    while ((arg = va_arg(args, const char *)) != NULL)
        argv[argc++] = arg[0] == '@' ? wk_xasprintf("%s/%s", f->dir, arg + 1) : wk_xstrdup(arg);
    va_end(args);
    wk_config_opts_init(&opts);
    while (index < argc && took == 1)
        took = wk_config_opts_take(&opts, argc, argv, &index, &f->diags);
    if (took == 1)
        err = wk_config_load(&opts, &f->config, &f->diags);
    WK_CHECK((err == WK_OK) == (f->config != NULL));
    WK_CHECK((err == WK_OK) == (f->diags.errors == 0) || took == 0);
    fixture_report(f);
    wk_config_opts_fini(&opts);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return err;
}

Wk__Worker *
config_fixture_worker(struct config_fixture *f, const char *service)
{
    for (size_t i = 0; f->config != NULL && i < f->config->n_services; i++)
        if (strcmp(f->config->services[i]->name, service) == 0)
            return f->config->services[i]->worker;
    return NULL;
}

Wk__Binding *
config_fixture_binding(struct config_fixture *f, const char *service, const char *name)
{
    Wk__Worker *worker = config_fixture_worker(f, service);

    for (size_t i = 0; worker != NULL && i < worker->n_bindings; i++)
        if (strcmp(worker->bindings[i]->name, name) == 0)
            return worker->bindings[i];
    return NULL;
}

bool
config_fixture_says(struct config_fixture *f, const char *text)
{
    bool says = f->report.data != NULL && strstr(f->report.data, text) != NULL;

    if (!says)
        fprintf(stderr, "expected: %s\nreport:\n%s", text,
                f->report.data != NULL ? f->report.data : "(nothing)\n");
    return says;
}
