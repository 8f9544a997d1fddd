/* tests/unit/config/fixture.h - files in a directory of their own, and what a load says about
 * them. */
#ifndef WK_TEST_CONFIG_FIXTURE_H
#define WK_TEST_CONFIG_FIXTURE_H
#include "services/wkctl/config/config.h"
#include "services/wkctl/config/doc.h"

struct config_fixture {
    char dir[64];
    Wk__Config *config;
    struct wk_diag_list diags;
    struct wk_buf report; /* the findings, with the directory's name taken out */
};

void config_fixture_init(struct config_fixture *f);
void config_fixture_fini(struct config_fixture *f);
/* Writes dir/name, making directories. */
void config_fixture_file(struct config_fixture *f, const char *name, const char *text);
/* Loads with these arguments, of which "@name" stands for dir/name. End with NULL. May be
 * called again. Returns the load's result. */
wk_err config_fixture_load(struct config_fixture *f, ...);
Wk__Worker *config_fixture_worker(struct config_fixture *f, const char *service);
Wk__Binding *config_fixture_binding(struct config_fixture *f, const char *service,
                                    const char *name);
/* Does the report have this line (or part of one)? */
bool config_fixture_says(struct config_fixture *f, const char *text);
#endif
