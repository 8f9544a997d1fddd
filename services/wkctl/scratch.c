#include "services/wkctl/scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "kernel/base/buf.h"

#define TREE_FDS 16

char *
wk_scratch_make(const char *prefix)
{
    const char *tmp = getenv("TMPDIR");
    char *path =
        wk_xasprintf("%s/%s-XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp", prefix);

    if (mkdtemp(path) != NULL)
        return path;
    free(path);
    return NULL;
}

void
wk_scratch_share_cache(const char *dir)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *shared, *link_path;

    if (xdg != NULL && xdg[0] == '/')
        shared = wk_xasprintf("%s/wk", xdg);
    else if (home != NULL && home[0] == '/')
        shared = wk_xasprintf("%s/.cache/wk", home);
    else
        return;
    link_path = wk_xasprintf("%s/cache", dir);
    if (wk_mkdirs(shared) == WK_OK && access(shared, W_OK) == 0 &&
        symlink(shared, link_path) != 0)
        perror("wkctl: cannot share the cache");
    free(link_path);
    free(shared);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    remove(path); /* what is gone already, or not ours, must not keep the rest */
    return 0;
}

void
wk_scratch_remove(const char *dir)
{
    nftw(dir, remove_one, TREE_FDS, FTW_DEPTH | FTW_PHYS);
}
