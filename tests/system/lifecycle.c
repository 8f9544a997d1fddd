/* Starting, stopping, and what is left behind when something is killed. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/system/system.h"

/* A system without worker and socket: the smallest that can run. */
static const char disk_only[] = "using Workerd = import \"/workerd/workerd.capnp\";\n"
                                "const config :Workerd.Config = (services = [(name = "
                                "\"files\", disk = (path = \".\"))]);\n";

static struct place place;

static void
setup(void)
{
    place_init(&place);
    place_write(&place, "config.capnp", disk_only);
}

static void
teardown(void)
{
    place_fini(&place);
}

TestSuite(lifecycle, .init = setup, .fini = teardown, .timeout = 60);

static void
start_detached(void)
{
    struct run run;

    cr_assert_eq(RUN(&run, &place, "start", "config.capnp", "--detach"), 0, "%s", run.err.data);
    cr_expect(strncmp(run.out.data, "Ready", 5) == 0, "%s", run.out.data);
    run_fini(&run);
}

Test(lifecycle, detached_start_returns_ready_and_leaves_it_running)
{
    struct run run;
    json_t *ps;

    start_detached();
    ps = RUN_JSON(&place, "ps", "--json");
    cr_expect_str_eq(json_string_value(json_object_get(
                         json_array_get(json_object_get(ps, "services"), 0), "state")),
                     "ready");
    json_decref(ps);
    cr_expect_eq(RUN(&run, &place, "stop"), 0, "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "ps"), 3);
    run_fini(&run);
}

Test(lifecycle, foreground_start_serves_until_it_is_told_to_stop)
{
    struct run start, stop;
    struct pids pids;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    cr_expect_eq(RUN(&stop, &place, "stop"), 0, "%s", stop.err.data);
    run_end(&start);
    cr_expect_eq(start.status, 0, "%s", start.err.data);
    pids_await_gone(&pids);
    run_fini(&start);
    run_fini(&stop);
}

Test(lifecycle, a_signal_stops_the_foreground_in_order)
{
    struct run start;
    struct pids pids;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    kill(start.pid, SIGTERM);
    run_end(&start);
    cr_expect_eq(start.status, 0, "%s", start.err.data);
    pids_await_gone(&pids);
    run_fini(&start);
}

Test(lifecycle, nothing_lingers_when_the_foreground_is_killed)
{
    struct run start;
    struct pids pids;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    kill(start.pid, SIGKILL);
    run_end(&start);
    cr_expect_eq(start.status, 128 + SIGKILL);
    pids_await_gone(&pids);
    run_fini(&start);
}

Test(lifecycle, a_second_start_is_refused_and_says_who_runs)
{
    struct run run;
    struct pids pids;
    char *pid;

    start_detached();
    pids_watch(&pids, &place);
    pid = wk_xasprintf("pid %d", (int)pids.kernel);
    cr_expect_eq(RUN(&run, &place, "start", "config.capnp"), 111);
    cr_expect(strstr(run.err.data, "already running") != NULL &&
                  strstr(run.err.data, pid) != NULL,
              "%s", run.err.data);
    cr_expect_not(strstr(run.out.data, "Ready") != NULL);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "start", "config.capnp", "--detach"), 111);
    run_fini(&run);
    free(pid);
}

Test(lifecycle, nothing_lingers_when_the_kernel_is_killed_and_it_starts_again_at_once)
{
    struct run run;
    struct pids pids;

    start_detached();
    pids_watch(&pids, &place);
    kill(pids.kernel, SIGKILL);
    pids_await_gone(&pids);
    cr_expect_eq(RUN(&run, &place, "ps"), 3);
    run_fini(&run);
    start_detached();
}

Test(lifecycle, the_foreground_tells_that_its_kernel_was_killed)
{
    struct run start;
    struct pids pids;

    RUN_START(&start, &place, "start", "config.capnp");
    run_await(&start, "Ready");
    pids_watch(&pids, &place);
    kill(pids.kernel, SIGKILL);
    run_end(&start);
    cr_expect_eq(start.status, 111);
    cr_expect(strstr(start.err.data, "killed by signal 9") != NULL, "%s", start.err.data);
    run_fini(&start);
    pids_await_gone(&pids);
}

Test(lifecycle, a_stale_socket_does_not_stand_in_the_way)
{
    struct run run;
    char *addr = wk_xasprintf("ipc://%s/kernel.sock", place.state);

    place_write(&place, ".wk/state/kernel.addr", addr);
    place_write(&place, ".wk/state/kernel.sock", "");
    place_write(&place, ".wk/state/lock", "1\n");
    cr_expect_eq(RUN(&run, &place, "ps"), 3);
    run_fini(&run);
    start_detached();
    free(addr);
}

Test(lifecycle, a_kernel_that_does_not_answer_is_told_from_none)
{
    struct run run;
    struct pids pids;

    start_detached();
    pids_watch(&pids, &place);
    kill(pids.kernel, SIGSTOP);
    cr_expect_eq(RUN(&run, &place, "ps"), 111);
    kill(pids.kernel, SIGCONT);
    cr_expect(strstr(run.err.data, "does not answer") != NULL, "%s", run.err.data);
    run_fini(&run);
}

Test(lifecycle, a_running_system_is_found_from_a_directory_below)
{
    struct run run;
    struct place below = place;

    start_detached();
    place_write(&place, "src/deep/file", "");
    below.dir = place_path(&place, "src/deep");
    cr_expect_eq(RUN(&run, &below, "ps"), 0, "%s", run.err.data);
    run_fini(&run);
    free(below.dir);
}

Test(lifecycle, a_leftover_state_below_does_not_hide_what_runs_above)
{
    struct run run;
    struct place below = place;

    start_detached();
    place_write(&place, "src/.wk/state/kernel.addr", "ipc:///nowhere");
    below.dir = place_path(&place, "src");
    cr_expect_eq(RUN(&run, &below, "ps"), 0, "%s", run.err.data);
    run_fini(&run);
    free(below.dir);
}

Test(lifecycle, the_state_directory_can_be_chosen)
{
    struct run run;
    char *lock = place_path(&place, "elsewhere/lock");

    cr_expect_eq(RUN(&run, &place, "start", "config.capnp", "--detach", "--state", "elsewhere"),
                 0, "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(access(lock, F_OK), 0);
    setenv("WK_STATE", "elsewhere", 1);
    cr_expect_eq(RUN(&run, &place, "ps"), 0, "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "stop"), 0, "%s", run.err.data);
    run_fini(&run);
    unsetenv("WK_STATE");
    free(lock);
}

Test(lifecycle, a_state_path_too_long_for_a_socket_works)
{
    char *name = wk_xasprintf("%0120d", 0), *state = place_path(&place, name);
    struct run run;

    cr_expect_eq(RUN(&run, &place, "start", "config.capnp", "--detach", "--state", state), 0,
                 "%s", run.err.data);
    run_fini(&run);
    cr_expect_eq(RUN(&run, &place, "stop", "--state", state), 0, "%s", run.err.data);
    run_fini(&run);
    free(name);
    free(state);
}

Test(lifecycle, the_log_file_is_rotated)
{
    char *log = wk_xasprintf("%s/wk.log", place.state),
         *former = wk_xasprintf("%s/wk.log.1", place.state);
    struct stat st;

    place_write(&place, ".wk/state/wk.log", "");
    cr_assert_eq(truncate(log, 11 << 20), 0);
    start_detached();
    cr_expect_eq(stat(former, &st), 0);
    cr_expect(stat(log, &st) == 0 && st.st_size < 1 << 20);
    free(log);
    free(former);
}

Test(lifecycle, only_this_user_reaches_the_state)
{
    struct stat st;

    start_detached();
    cr_expect(stat(place.state, &st) == 0 && (st.st_mode & 077) == 0);
}
