/* services/disk/mime.h - content types by the extension of a file's name. Thread: any. */
#ifndef WK_DISK_MIME_H
#define WK_DISK_MIME_H

/* "text/html; charset=utf-8" for "a/b.html"; NULL if the extension says nothing. */
const char *wk_mime_type(const char *path);
#endif
