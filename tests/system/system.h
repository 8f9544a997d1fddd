/* tests/system/system.h - a temporary place, and wkctl driven in it as a person would.
 *
 * Everything waits for a fact (a line, an end, an answer) and at most WAIT_MS_MAX; nothing
 * sleeps. Helpers assert by themselves: what they return is there. */
#ifndef WK_TESTS_SYSTEM_H
#define WK_TESTS_SYSTEM_H
#include <criterion/criterion.h>
#include <jansson.h>
#include <sys/types.h>
#include "kernel/base/buf.h"

#define WAIT_MS_MAX 20000

/* A temporary directory. */
struct place {
    char *dir, *state; /* state: DIR/.wk/state */
};
void place_init(struct place *place);
/* Stops what runs there and removes it. */
void place_fini(struct place *place);
void place_write(const struct place *place, const char *name, const char *text);
/* As an editor does: a temporary file, renamed over the old one. */
void place_replace(const struct place *place, const char *name, const char *text);
char *place_path(const struct place *place, const char *name);

/* A running wkctl, in its place as current directory. */
struct run {
    pid_t pid;
    int out_fd, err_fd;
    struct wk_buf out, err; /* all that it said so far */
    int status;             /* after run_end: exit status, or 128 + signal */
};
/* Starts wkctl with these arguments, ended by NULL. */
void run_start(struct run *run, const struct place *place, const char *const *args);
#define RUN_START(run, place, ...)                                                             \
    run_start(run, place, (const char *const[]){__VA_ARGS__, NULL})
/* Waits until standard output (or standard error) contains text, count times. */
void run_await(struct run *run, const char *text);
void run_await_times(struct run *run, const char *text, int count);
void run_await_err(struct run *run, const char *text);
void run_await_err_times(struct run *run, const char *text, int count);
/* Waits for its end. */
void run_end(struct run *run);
void run_fini(struct run *run);
/* Starts and waits; the result is the exit status. */
int run_all(struct run *run, const struct place *place, const char *const *args);
#define RUN(run, place, ...) run_all(run, place, (const char *const[]){__VA_ARGS__, NULL})

/* The JSON of a command that must succeed. */
json_t *run_json(const struct place *place, const char *const *args);
#define RUN_JSON(place, ...) run_json(place, (const char *const[]){__VA_ARGS__, NULL})

/* Processes, as wkctl ps tells them. */
#define PIDS_MAX 64
struct pids {
    int watches[PIDS_MAX];
    pid_t pids[PIDS_MAX];
    size_t count;
    pid_t kernel;
};
void pids_watch(struct pids *pids, const struct place *place);
/* Waits until all of them are gone. */
void pids_await_gone(struct pids *pids);

/* The port in "Ready on http://HOST:PORT". */
int run_port(const struct run *run);
/* GET path from 127.0.0.1:port: the whole response; the caller frees. NULL if it was refused or
 * cut off. */
char *http_get(int port, const char *path);
/* Of what run serves: the body of the answer, "" when there was none. The caller frees. */
char *run_ask(const struct run *run, const char *path);
void run_expect(const struct run *run, const char *path, const char *want);
#endif
