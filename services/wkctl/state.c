#include "services/wkctl/state.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL_BYTES_MAX 4096

static const char *
state_named(const char *given)
{
    const char *env = getenv("WK_STATE");

    if (given != NULL)
        return given;
    return env != NULL && env[0] != '\0' ? env : NULL;
}

char *
wk_state_find(const char *given, unsigned nth)
{
    const char *named = state_named(given);
    char dir[PATH_MAX];

    if (named != NULL)
        return nth == 0 ? wk_xstrdup(named) : NULL;
    if (getcwd(dir, sizeof(dir)) == NULL)
        return NULL;
    for (;;) {
        char *path = wk_xasprintf("%s/.wk/state", dir), *slash = strrchr(dir, '/');
        struct stat st;

        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && nth-- == 0)
            return path;
        free(path);
        if (slash == NULL || dir[0] == '\0')
            return NULL;
        *slash = '\0'; /* "" stands for the root */
    }
}

char *
wk_state_for(const char *given, const char *base)
{
    const char *named = state_named(given);

    return named != NULL ? wk_xstrdup(named) : wk_xasprintf("%s/.wk/state", base);
}

char *
wk_state_url(const char *state_dir)
{
    char *path = wk_xasprintf("%s/kernel.addr", state_dir);
    struct wk_buf url = {0};
    wk_err err = wk_buf_read_file(&url, path, URL_BYTES_MAX);
    int why = access(path, R_OK) != 0 ? errno : ENOENT;

    free(path);
    if (err != WK_OK || url.len == 0) {
        wk_buf_fini(&url);
        errno = why;
        return NULL;
    }
    url.data[strcspn(url.data, "\r\n")] = '\0';
    return wk_buf_take(&url);
}
