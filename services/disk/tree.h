/* services/disk/tree.h - the served directory: everything that touches the file system.
 *
 * Every path is resolved by the kernel beneath the directory (openat2 with RESOLVE_BENEATH and
 * RESOLVE_NO_MAGICLINKS): "..", absolute symbolic links and links that lead out name nothing. Paths have no
 * slash at either end; "" is the directory itself. A writer works on a temporary file beside its target,
 * ".wk-tmp.*", which nothing else here shows or opens.
 *
 * Thread: any; these functions block and are called from libuv's pool. Results are errno values, 0 for
 * success; EXDEV and ELOOP, which tell of links that lead out, come as ENOENT. */
#ifndef WK_DISK_TREE_H
#define WK_DISK_TREE_H
#include <sys/stat.h>
#include "kernel/base/buf.h"

#define WK_TREE_LISTING_BYTES_MAX (64u << 20)

/* The directory as a descriptor for the functions below, or -1 with errno. It is made if make. */
int wk_tree_open(const char *path, bool make);

/* Opens a file or directory for reading. ENXIO: it is neither. The caller closes *fd. */
int wk_tree_read(int root, const char *path, int *fd, struct stat *st);
/* Adds the JSON of a directory's entries, [{"name","type"}], in the order of their names. */
int wk_tree_list(int fd, bool dotfiles, struct wk_buf *json);
/* Is path a regular file? */
bool wk_tree_is_file(int root, const char *path);

struct wk_tree_writer {
    int dir_fd, fd;
    char temp[32];
};
/* Begins to replace path; missing directories on its way are made. */
int wk_tree_write_begin(int root, const char *path, struct wk_tree_writer *w);
/* Puts what was written to w->fd, synced, in the place of path, in one step; or throws it away. Both
 * end the writer. */
int wk_tree_write_commit(struct wk_tree_writer *w, const char *path);
void wk_tree_write_abort(struct wk_tree_writer *w);

/* Removes a file, or a directory with all that is in it. */
int wk_tree_remove(int root, const char *path);
#endif
