/* wkctl backup, restore, repair: copies of all that is stored, and what is damaged. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tests/system/stored.h"

TestSuite(storage_copies, .init = stored_setup, .fini = stored_teardown, .timeout = 120);

/* ---- copies of all ---- */

Test(storage_copies, a_backup_is_restored_in_place_and_elsewhere)
{
    char *persist = place_path(&stored, "elsewhere");
    json_t *told;

    stored_expect("/one/fill", "filled");
    told = RUN_JSON(&stored, "backup", "copy", "--json");
    cr_expect_str_eq(json_string_value(json_array_get(json_object_get(told, "services"), 0)),
                     "actor-storage");
    json_decref(told);
    stored_expect("/one/set", "set");
    EXPECT_FAILURE(100, "is there already", "backup", "copy");
    EXPECT_FAILURE(111, "is in use", "restore", "copy");
    stored_stop();
    told = RUN_JSON(&stored, "restore", "copy", "--json");
    cr_expect_eq(json_array_size(json_object_get(told, "restored")), 1);
    cr_expect_eq(json_array_size(json_object_get(told, "kept")), 1);
    json_decref(told);
    stored_start();
    stored_expect("/one/tell", FILLED);
    EXPECT_OUTPUT("restored ", "restore", "copy", "--persist-to", persist);
    EXPECT_FAILURE(100, "has nothing of nobody", "restore", "copy", "--persist-to", persist,
                   "--service", "nobody");
    EXPECT_FAILURE(100, "is no whole backup", "restore", ".");
    free(persist);
}

Test(storage_copies, a_damaged_backup_is_refused)
{
    struct run run;

    stored_expect("/one/fill", "filled");
    cr_assert_eq(RUN(&run, &stored, "backup", "copy"), 0, "%s", run.err.data);
    run_fini(&run);
    stored_stop();
    damage("copy/actor-storage/tables/CURRENT");
    EXPECT_FAILURE(100, "cannot be used; nothing was changed", "restore", "copy");
    stored_start();
    stored_expect("/one/tell", FILLED);
}

Test(storage_copies, a_damaged_database_is_refused_with_the_command_that_repairs_it)
{
    struct run run;

    stored_expect("/one/fill", "filled");
    EXPECT_FAILURE(111, "another process has this storage open", "repair", ".wk/state/actors");
    stored_stop();
    damage(".wk/state/actors/tables/CURRENT");
    cr_assert_eq(RUN(&run, &stored, "repair", ".wk/state/actors"), 0, "%s", run.err.data);
    cr_expect_not_null(strstr(run.out.data, "repaired; it can be opened"), "%s", run.out.data);
    run_fini(&run);
    stored_start();
    stored_expect("/one/tell", FILLED);
    EXPECT_FAILURE(100, "no-such", "repair", "no-such");
}

/* ---- what cannot be opened ---- */

#define STORED ".wk/state/actors"

static void
repair(void)
{
    struct run run;

    cr_assert_eq(RUN(&run, &stored, "repair", STORED), 0, "%s", run.err.data);
    run_fini(&run);
}

/* Until the objects serve: who asks makes the storage try again, at most once a second. */
static void
served_again_await(const char *path, const char *body)
{
    for (uint64_t until = wk_now_ms() + WAIT_MS_MAX;;) {
        char *answer = stored_get(path);
        bool there = strstr(answer, body) != NULL;

        free(answer);
        if (there)
            return;
        cr_assert_lt(wk_now_ms(), until);
    }
}

Test(storage_copies, a_start_says_what_is_damaged_and_how_to_repair_it)
{
    char *command = wk_xasprintf("wkctl repair %s/" STORED, stored.dir);

    stored_expect("/one/fill", "filled");
    stored_stop();
    place_write(&stored, STORED "/format", "something else");
    stored_start_in_part(command);
    EXPECT_OUTPUT(command, "ps");
    EXPECT_FAILURE(111, command, "do", "ls");
    repair();
    served_again_await("/one/tell", FILLED); /* and nothing was started again */
    free(command);
}

Test(storage_copies, a_start_says_that_a_file_is_missing)
{
    char *command = wk_xasprintf("wkctl repair %s/" STORED, stored.dir);
    static const char *const files[] = {"watermark", "journal.0", "tables/CURRENT"};

    stored_expect("/one/fill", "filled");
    for (size_t i = 0; i < WK_COUNT(files); i++) {
        char *name = wk_xasprintf(STORED "/%s", files[i]), *path = place_path(&stored, name);

        stored_stop();
        cr_assert_eq(unlink(path), 0, "%s", path);
        stored_start_in_part(command);
        stored_stop();
        repair();
        stored_start();
        stored_expect("/one/tell", FILLED);
        free(path);
        free(name);
    }
    free(command);
}

Test(storage_copies, a_start_says_that_a_newer_version_wrote_it)
{
    stored_expect("/one/fill", "filled");
    stored_stop();
    place_write(&stored, STORED "/format", "wk-storage 99\n");
    stored_start_in_part("written by a newer version (format 99");
    EXPECT_FAILURE(100, "written by a newer version", "repair", STORED);
    place_write(&stored, STORED "/format", "wk-storage 1\n");
    served_again_await("/one/tell", FILLED);
}

Test(storage_copies, a_start_says_that_another_system_has_it)
{
    struct run run;

    stored_expect("/one/fill", "filled");
    cr_expect_eq(RUN(&run, &stored, "start", ".", "--detach", "--port", "0", "--state",
                     "second", "--persist-to", ".wk/state"),
                 1, "%s", run.out.data);
    cr_expect_not_null(strstr(run.out.data, "Serving in part on http://"), "%s", run.out.data);
    cr_expect_not_null(strstr(run.err.data, "another process has this storage open"), "%s",
                       run.err.data);
    run_fini(&run);
    stored_expect("/one/tell", FILLED);
    cr_expect_eq(RUN(&run, &stored, "stop", "--state", "second"), 0);
    run_fini(&run);
}

/* ---- an operator's mistakes ---- */

static bool
is_there(const char *name)
{
    char *path = place_path(&stored, name);
    bool there = access(path, F_OK) == 0;

    free(path);
    return there;
}

Test(storage_copies, a_repair_leaves_alone_what_is_whole_and_what_is_no_database)
{
    stored_expect("/one/fill", "filled");
    stored_stop();
    EXPECT_OUTPUT("nothing is damaged, and nothing was changed", "repair", STORED);
    cr_expect_not(is_there(STORED "/journal.0.damaged"));
    EXPECT_FAILURE(100, "there is no storage here", "repair", ".wk/state");
    EXPECT_FAILURE(100, "there is no storage here", "repair", "nowhere");
    cr_expect_not(is_there(".wk/state/format"));
    EXPECT_FAILURE(100, "name one database", "repair");
    stored_start();
    stored_expect("/one/tell", FILLED);
}

Test(storage_copies, what_a_killed_restore_left_is_in_nobodys_way)
{
    char *path = place_path(&stored, ".wk/state/restoring.actors");
    struct run run;

    stored_expect("/one/fill", "filled");
    cr_assert_eq(RUN(&run, &stored, "backup", "copy"), 0, "%s", run.err.data);
    run_fini(&run);
    stored_expect("/one/set", "set");
    stored_stop();
    cr_assert_eq(mkdir(path, 0700), 0);
    place_write(&stored, ".wk/state/restoring.actors/format", "half");
    EXPECT_OUTPUT("restored", "restore", "copy");
    cr_expect_not(is_there(".wk/state/restoring.actors"));
    stored_start();
    stored_expect("/one/tell", FILLED);
    EXPECT_FAILURE(100, "No such file or directory", "backup", "no/such/place");
    cr_expect_not(is_there("no"));
    free(path);
}
