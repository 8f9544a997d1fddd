/* A child's standard error, line by line, into the logbook. */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES_MAX 4096

struct wk_stderr {
    uv_pipe_t pipe;
    struct wk_kernel *kernel;
    char *service;
    struct wk_buf line;
    bool opened;
};

static void
stderr_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    static char bytes[16384]; /* one reader at a time: the loop */

    *buf = uv_buf_init(bytes, sizeof(bytes));
}

/* "LEVEL rest": the level that the child's log gave the line. */
static uint32_t
line_level(char **text)
{
    static const char *const words[] = {"error ", "warn ", "info ", "debug "};

    for (uint32_t i = 0; i < WK_COUNT(words); i++)
        if (strncmp(*text, words[i], strlen(words[i])) == 0) {
            *text += strlen(words[i]);
            return i;
        }
    return 0; /* not our log: a library or a sanitizer complains */
}

static void
stderr_line(struct wk_stderr *err)
{
    char *text = err->line.data;
    uint32_t level;

    if (err->line.len == 0)
        return;
    level = line_level(&text);
    wk_logbook_add(err->kernel, err->service, level, text);
    err->line.len = 0;
}

static void
stderr_on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buf)
{
    struct wk_stderr *err = stream->data;

    if (bytes < 0) {
        stderr_line(err);
        uv_read_stop(stream);
        return;
    }
    for (ssize_t i = 0; i < bytes; i++) {
        if (buf->base[i] == '\n' || err->line.len >= LINE_BYTES_MAX)
            stderr_line(err);
        if (buf->base[i] != '\n')
            wk_buf_add_char(&err->line, buf->base[i]);
    }
}

struct wk_stderr *
wk_stderr_open(struct wk_kernel *kernel, int fd, const char *service)
{
    struct wk_stderr *err = wk_xcalloc(1, sizeof(*err));

    err->kernel = kernel;
    err->service = wk_xstrdup(service);
    uv_pipe_init(kernel->loop, &err->pipe, 0);
    err->pipe.data = err;
    if (uv_pipe_open(&err->pipe, fd) != 0)
        close(fd);
    else
        uv_read_start((uv_stream_t *)&err->pipe, stderr_alloc, stderr_on_read);
    return err;
}

static void
stderr_closed(uv_handle_t *handle)
{
    struct wk_stderr *err = handle->data;

    wk_buf_fini(&err->line);
    free(err->service);
    free(err);
}

/* Takes what is still in the pipe: the last words of a process are the interesting ones. */
static void
stderr_rest(struct wk_stderr *err)
{
    char bytes[4096];
    uv_os_fd_t fd;
    ssize_t got;
    uv_buf_t buf;

    if (uv_fileno((uv_handle_t *)&err->pipe, &fd) != 0)
        return;
    while ((got = read(fd, bytes, sizeof(bytes))) > 0) {
        buf = uv_buf_init(bytes, sizeof(bytes));
        stderr_on_read((uv_stream_t *)&err->pipe, got, &buf);
    }
    stderr_line(err);
}

void
wk_stderr_close(struct wk_stderr *err)
{
    if (err == NULL)
        return;
    stderr_rest(err);
    uv_close((uv_handle_t *)&err->pipe, stderr_closed);
}
