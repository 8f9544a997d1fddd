/* The file system that SQLite sees: one file, which is the pages of one database. There is no
 * journal (it is in memory), no lock (nobody else has the pages) and no sync (the keeper's
 * batch is the transaction). */
#include <string.h>
#include <time.h>
#include "runtime/sql/memory.h"
#include "runtime/sql/sql_priv.h"

struct file {
    sqlite3_file base;
    struct wk_sql *sql;
};

static struct wk_sql *opening; /* whose file xOpen is about */

static int
file_close(sqlite3_file *base)
{
    return SQLITE_OK;
}

/* A page that was given before is needed once: SQLite keeps it from here. */
static int
page_read(struct wk_sql *sql, uint32_t number, uint8_t *out, int at, int bytes)
{
    struct wk_sql_page *page = wk_sql_pages_find(&sql->pages, number);
    uint8_t whole[WK_PAGE_BYTES], *to = bytes == (int)WK_PAGE_BYTES ? out : whole;

    if (page != NULL) {
        memcpy(out, page->data + at, (size_t)bytes);
        if (page->seq == 0 && bytes == (int)WK_PAGE_BYTES)
            wk_sql_pages_drop(&sql->pages, page);
        return SQLITE_OK;
    }
    if ((sql->page_err = sql->ops->page(sql->arg, number, to)) != WK_OK)
        return SQLITE_IOERR_READ;
    if (to == whole) {
        memcpy(out, whole + at, (size_t)bytes);
        /* The head of the first page is read before the page. */
        if ((page = wk_sql_pages_put(&sql->pages, number, 0)) != NULL)
            memcpy(page->data, whole, WK_PAGE_BYTES);
    }
    return SQLITE_OK;
}

static int
file_read(sqlite3_file *base, void *buf, int bytes, sqlite3_int64 offset)
{
    struct wk_sql *sql = ((struct file *)base)->sql;
    uint32_t number = (uint32_t)(offset / WK_PAGE_BYTES);
    int at = (int)(offset % WK_PAGE_BYTES);

    if (number >= sql->page_count) {
        memset(buf, 0, (size_t)bytes);
        return SQLITE_IOERR_SHORT_READ;
    }
    WK_CHECK(at + bytes <= (int)WK_PAGE_BYTES);
    return page_read(sql, number, buf, at, bytes);
}

static int
file_write(sqlite3_file *base, const void *buf, int bytes, sqlite3_int64 offset)
{
    struct wk_sql *sql = ((struct file *)base)->sql;
    uint32_t number = (uint32_t)(offset / WK_PAGE_BYTES);
    struct wk_sql_page *page;

    WK_CHECK(bytes == (int)WK_PAGE_BYTES && offset % WK_PAGE_BYTES == 0);
    if ((page = wk_sql_pages_put(&sql->pages, number, WK_PAGE_PENDING)) == NULL)
        return SQLITE_IOERR_NOMEM;
    memcpy(page->data, buf, WK_PAGE_BYTES);
    if (number >= sql->page_count)
        sql->page_count = number + 1;
    return SQLITE_OK;
}

static int
file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct wk_sql *sql = ((struct file *)base)->sql;

    sql->page_count = (uint32_t)(size / WK_PAGE_BYTES);
    wk_sql_pages_truncate(&sql->pages, sql->page_count);
    return SQLITE_OK;
}

static int
file_sync(sqlite3_file *base, int flags)
{
    return SQLITE_OK;
}

static int
file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)((struct file *)base)->sql->page_count * WK_PAGE_BYTES;
    return SQLITE_OK;
}

static int
file_lock(sqlite3_file *base, int level)
{
    return SQLITE_OK;
}

static int
file_check_lock(sqlite3_file *base, int *held)
{
    *held = 0;
    return SQLITE_OK;
}

static int
file_control(sqlite3_file *base, int op, void *arg)
{
    return SQLITE_NOTFOUND;
}

static int
file_sector(sqlite3_file *base)
{
    return WK_PAGE_BYTES;
}

static int
file_traits(sqlite3_file *base)
{
    return SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_SEQUENTIAL |
           SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *base, int flags, int *out_flags)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 1,
        .xClose = file_close,
        .xRead = file_read,
        .xWrite = file_write,
        .xTruncate = file_truncate,
        .xSync = file_sync,
        .xFileSize = file_size,
        .xLock = file_lock,
        .xUnlock = file_lock,
        .xCheckReservedLock = file_check_lock,
        .xFileControl = file_control,
        .xSectorSize = file_sector,
        .xDeviceCharacteristics = file_traits,
    };
    struct file *file = (struct file *)base;

    base->pMethods = NULL;
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || opening == NULL)
        return SQLITE_CANTOPEN;
    file->sql = opening;
    base->pMethods = &methods;
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    return SQLITE_OK;
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    *out = 0;
    return SQLITE_OK;
}

static int
vfs_path(sqlite3_vfs *vfs, const char *name, int bytes, char *out)
{
    sqlite3_snprintf(bytes, out, "%s", name);
    return SQLITE_OK;
}

static int
vfs_random(sqlite3_vfs *vfs, int bytes, char *out)
{
    wk_random(out, (size_t)bytes);
    return bytes;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int us)
{
    return us;
}

static int
vfs_last_error(sqlite3_vfs *vfs, int bytes, char *out)
{
    return 0;
}

/* Milliseconds of the Julian day. */
static int
vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)210866760000000 + (sqlite3_int64)wk_unix_ms();
    return SQLITE_OK;
}

/* The zone of every worker is UTC; and the C library would look for a file with another. */
static int
local_time(const void *t, void *tm)
{
    return gmtime_r(t, tm) == NULL;
}

void
wk_sql_vfs_init(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = sizeof(struct file),
        .mxPathname = 64,
        .zName = "wk",
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_path,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time,
    };

    if (sqlite3_vfs_find("wk") != NULL)
        return;
    WK_CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
    sqlite3_test_control(SQLITE_TESTCTRL_LOCALTIME_FAULT, 2, local_time);
}

int
wk_sql_vfs_open(struct wk_sql *sql, sqlite3 **out)
{
    int rc;

    opening = sql;
    rc = sqlite3_open_v2("actor", out, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "wk");
    opening = NULL;
    return rc;
}
