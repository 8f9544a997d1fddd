#include "tests/system/system.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- places ---- */

void
place_init(struct place *place)
{
    const char *tmp = getenv("TMPDIR");
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/wk-system-XXXXXX", tmp != NULL ? tmp : "/tmp");
    cr_assert_not_null(mkdtemp(path), "cannot make a temporary directory");
    place->dir = realpath(path, NULL);
    place->state = wk_xasprintf("%s/.wk/state", place->dir);
    /* What a run may share with others stays in the place too. */
    setenv("XDG_CACHE_HOME", place->dir, 1);
    setenv("TMPDIR", place->dir, 1);
    unsetenv("WK_STATE");
    unsetenv("NO_COLOR");
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    remove(path); /* what is gone already, or not ours, must not keep the rest */
    return 0;
}

/* A kernel that is about to end still writes there. */
static void
await_unlocked(const struct place *place)
{
    char *path = wk_xasprintf("%s/lock", place->state);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_SH) == 0)
        close(fd);
    free(path);
}

void
place_fini(struct place *place)
{
    struct run run;

    RUN(&run, place, "stop", "--now", "--state", place->state);
    run_fini(&run);
    await_unlocked(place);
    nftw(place->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(place->dir);
    free(place->state);
}

char *
place_path(const struct place *place, const char *name)
{
    return wk_xasprintf("%s/%s", place->dir, name);
}

void
place_write(const struct place *place, const char *name, const char *text)
{
    char *path = place_path(place, name), *slash = strrchr(path, '/');
    FILE *f;

    *slash = '\0';
    cr_assert_eq(wk_mkdirs(path), WK_OK);
    *slash = '/';
    f = fopen(path, "we");
    cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, "cannot write %s", path);
    free(path);
}

void
place_replace(const struct place *place, const char *name, const char *text)
{
    char *tmp = wk_xasprintf("%s.new~", name), *from = place_path(place, tmp),
         *to = place_path(place, name);

    place_write(place, tmp, text);
    cr_assert_eq(rename(from, to), 0);
    free(tmp);
    free(from);
    free(to);
}

/* ---- runs ---- */

/* The wkctl beside this test: build/test/system_x, build/bin/wkctl. */
static const char *
wkctl_path(void)
{
    static char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    cr_assert_gt(len, 0);
    path[len] = '\0';
    for (int i = 0; i < 2 && (slash = strrchr(path, '/')) != NULL; i++)
        *slash = '\0';
    strncat(path, "/bin/wkctl", sizeof(path) - strlen(path) - 1);
    return path;
}

void
run_start(struct run *run, const struct place *place, const char *const *args)
{
    const char *argv[32] = {"wkctl"}, *path = wkctl_path();
    int out[2], err[2];
    size_t n = 1;

    while (*args != NULL && n + 1 < WK_COUNT(argv))
        argv[n++] = *args++;
    *run = (struct run){.status = -1};
    cr_assert(pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0);
    run->pid = fork();
    cr_assert_geq(run->pid, 0);
    if (run->pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        if (chdir(place->dir) == 0)
            execv(path, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    run->out_fd = out[0];
    run->err_fd = err[0];
}

/* Takes in what there is on one pipe; its end closes it. */
static void
take(int *fd, struct wk_buf *buf)
{
    ssize_t got;

    wk_buf_reserve(buf, 4096);
    got = read(*fd, buf->data + buf->len, 4096);
    if (got > 0) {
        buf->len += (size_t)got;
        buf->data[buf->len] = '\0';
    } else if (got == 0 || errno != EINTR) {
        close(*fd);
        *fd = -1;
    }
}

/* Waits for more; false when both pipes are at their end. */
static bool
run_read(struct run *run, uint64_t until)
{
    struct pollfd fds[2] = {{run->out_fd, POLLIN, 0}, {run->err_fd, POLLIN, 0}};
    uint64_t now = wk_now_ms();

    if (run->out_fd < 0 && run->err_fd < 0)
        return false;
    cr_assert(now < until && poll(fds, 2, (int)(until - now)) > 0,
              "nothing came in time; output so far:\n%s\nerrors so far:\n%s",
              run->out.data != NULL ? run->out.data : "",
              run->err.data != NULL ? run->err.data : "");
    if (fds[0].revents != 0)
        take(&run->out_fd, &run->out);
    if (fds[1].revents != 0)
        take(&run->err_fd, &run->err);
    return true;
}

static int
times(const struct wk_buf *buf, const char *text)
{
    int n = 0;

    for (const char *p = buf->data; p != NULL && (p = strstr(p, text)) != NULL; p++)
        n++;
    return n;
}

static void
await(struct run *run, const struct wk_buf *buf, const char *text, int count)
{
    uint64_t until = wk_now_ms() + WAIT_MS_MAX;

    while (times(buf, text) < count)
        cr_assert(run_read(run, until),
                  "wkctl ended without saying \"%s\"; output:\n%s\nerrors:\n%s", text,
                  run->out.data, run->err.data);
}

void
run_await_times(struct run *run, const char *text, int count)
{
    await(run, &run->out, text, count);
}

void
run_await(struct run *run, const char *text)
{
    await(run, &run->out, text, 1);
}

void
run_await_err(struct run *run, const char *text)
{
    await(run, &run->err, text, 1);
}

void
run_await_err_times(struct run *run, const char *text, int count)
{
    await(run, &run->err, text, count);
}

void
run_end(struct run *run)
{
    uint64_t until = wk_now_ms() + WAIT_MS_MAX;
    int how;

    while (run_read(run, until))
        ;
    cr_assert_eq(waitpid(run->pid, &how, 0), run->pid);
    run->status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    wk_buf_reserve(&run->out, 0);
    wk_buf_reserve(&run->err, 0);
    run->out.data[run->out.len] = run->err.data[run->err.len] = '\0';
}

void
run_fini(struct run *run)
{
    if (run->status < 0) {
        kill(run->pid, SIGKILL);
        waitpid(run->pid, NULL, 0);
    }
    if (run->out_fd >= 0)
        close(run->out_fd);
    if (run->err_fd >= 0)
        close(run->err_fd);
    wk_buf_fini(&run->out);
    wk_buf_fini(&run->err);
}

int
run_all(struct run *run, const struct place *place, const char *const *args)
{
    run_start(run, place, args);
    run_end(run);
    return run->status;
}

json_t *
run_json(const struct place *place, const char *const *args)
{
    struct run run;
    json_t *json;

    cr_assert_eq(run_all(&run, place, args), 0, "wkctl %s failed:\n%s", args[0], run.err.data);
    json = json_loads(run.out.data, 0, NULL);
    cr_assert_not_null(json, "wkctl %s printed no JSON:\n%s", args[0], run.out.data);
    run_fini(&run);
    return json;
}

/* ---- processes ---- */

void
pids_watch(struct pids *pids, const struct place *place)
{
    json_t *ps = RUN_JSON(place, "ps", "--json", "--state", place->state), *each;
    size_t i;

    *pids = (struct pids){0};
    json_array_foreach(json_object_get(ps, "services"), i, each)
    {
        pid_t pid = (pid_t)json_integer_value(json_object_get(each, "pid"));
        int fd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0u) : -1;

        if (strcmp(json_string_value(json_object_get(each, "kind")), "kernel") == 0)
            pids->kernel = pid;
        if (fd < 0 || pids->count == PIDS_MAX)
            continue;
        pids->watches[pids->count] = fd;
        pids->pids[pids->count++] = pid;
    }
    cr_assert_gt(pids->kernel, 0);
    json_decref(ps);
}

void
pids_await_gone(struct pids *pids)
{
    for (size_t i = 0; i < pids->count; i++) {
        struct pollfd gone = {pids->watches[i], POLLIN, 0};

        cr_expect_gt(poll(&gone, 1, WAIT_MS_MAX), 0, "process %d lingers", (int)pids->pids[i]);
        close(pids->watches[i]);
    }
}

/* ---- HTTP ---- */

int
run_port(const struct run *run)
{
    const char *url = strstr(run->out.data, "Ready on http://"), *colon;

    cr_assert_not_null(url, "no Ready line:\n%s", run->out.data);
    colon = strchr(url + strlen("Ready on http://"), ':');
    cr_assert_not_null(colon);
    return atoi(colon + 1);
}

char *
http_get(int port, const char *path)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval limit = {WAIT_MS_MAX / 1000, 0};
    char *request =
        wk_xasprintf("GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", path);
    struct wk_buf answer = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t got = -1;

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
        send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t)strlen(request))
        do {
            wk_buf_reserve(&answer, 4096);
            got = recv(fd, answer.data + answer.len, 4096, 0);
            answer.len += got > 0 ? (size_t)got : 0;
        } while (got > 0);
    close(fd);
    free(request);
    if (got < 0 || answer.len == 0) {
        wk_buf_fini(&answer);
        return NULL;
    }
    answer.data[answer.len] = '\0';
    return wk_buf_take(&answer);
}

char *
run_ask(const struct run *run, const char *path)
{
    char *response = http_get(run_port(run), path), *body, *out;

    body = response != NULL ? strstr(response, "\r\n\r\n") : NULL;
    out = wk_xstrdup(body != NULL ? body + 4 : "");
    free(response);
    return out;
}

void
run_expect(const struct run *run, const char *path, const char *want)
{
    char *got = run_ask(run, path);

    cr_expect_str_eq(got, want, "%s: %s, not %s", path, got, want);
    free(got);
}
