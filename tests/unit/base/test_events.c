#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kernel/base/events.h"

static char dir[] = "/tmp/wk-events-XXXXXX";
static char path[128], text[4096];

static void
log_open(char sort)
{
    cr_assert_not_null(mkdtemp(dir));
    setenv("WK_EVENTS", dir, 1);
    wk_events_open(sort, "some");
    snprintf(path, sizeof(path), "%s/some-%d.log", dir, (int)getpid());
}

static const char *
log_text(void)
{
    FILE *f = fopen(path, "r");
    size_t bytes;

    cr_assert_not_null(f);
    bytes = fread(text, 1, sizeof(text) - 1, f);
    text[bytes] = '\0';
    fclose(f);
    unlink(path);
    rmdir(dir);
    return text;
}

Test(events, a_line_has_the_time_the_kind_and_the_numbers)
{
    unsigned long long ns, first, second;
    char kind[32];

    log_open('K');
    wk_event_add("K.seen", WK_EVENT_VALUES(0, UINT64_C(9007199254740991)), 2);
    cr_assert_eq(
        sscanf(strchr(log_text(), '\n') + 1, "%llu %31s %llu %llu", &ns, kind, &first, &second),
        4);
    cr_expect_leq(ns, wk_now_ns());
    cr_expect_str_eq(kind, "K.seen");
    cr_expect_eq(first, 0);
    cr_expect_eq(second, 9007199254740991ull);
}

Test(events, only_what_the_process_is_asked_about)
{
    log_open('D');
    wk_event_add("H.turn", WK_EVENT_VALUES(1), 1);
    wk_event_add("D.boot", WK_EVENT_VALUES(7), 1);
    log_text();
    cr_expect_null(strstr(text, "H.turn"));
    cr_expect_not_null(strstr(text, " D.boot 7\n"));
}

Test(events, nothing_unless_asked)
{
    unsetenv("WK_EVENTS");
    wk_events_open('D', "some");
    wk_event_add("D.boot", WK_EVENT_VALUES(7), 1);
    cr_expect_eq(wk_events_fd(), -1);
}

Test(events, what_was_told_survives_the_teller)
{
    pid_t pid;
    int status;

    cr_assert_not_null(mkdtemp(dir));
    setenv("WK_EVENTS", dir, 1);
    if ((pid = fork()) == 0) {
        wk_events_open('D', "some");
        wk_event_add("D.boot", WK_EVENT_VALUES(7), 1);
        kill(getpid(), SIGKILL);
    }
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    snprintf(path, sizeof(path), "%s/some-%d.log", dir, (int)pid);
    cr_expect_not_null(strstr(log_text(), " D.boot 7\n"));
}

Test(events, a_hash_is_below_2_to_the_48th_and_takes_all_bytes)
{
    cr_expect_neq(wk_event_hash(1, "ab", 2), wk_event_hash(1, "ac", 2));
    cr_expect_neq(wk_event_hash(1, "ab", 2), wk_event_hash(2, "ab", 2));
    cr_expect_lt(wk_event_hash(1, "ab", 2), UINT64_C(1) << 48);
}
