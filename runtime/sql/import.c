#include "runtime/sql/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sqlite3.h"

#define STEPS 10000 /* of SQLite's machine, between two looks at the flag */

struct wk_sql_import {
    char *dir, *file, *wal, *packed;
    sqlite3 *db;
    uint64_t alarm_ms_plus1;
};

static const volatile sig_atomic_t *stop;

void
wk_sql_import_stop(const volatile sig_atomic_t *flag)
{
    stop = flag;
}

static bool
is_stopped(void)
{
    return stop != NULL && *stop != 0;
}

static int
on_steps(void *arg)
{
    return is_stopped();
}

static wk_err
copy_bytes(int from, int to)
{
    char buf[65536];
    ssize_t got;

    while ((got = read(from, buf, sizeof(buf))) > 0) {
        for (ssize_t at = 0, put; at < got; at += put) {
            if ((put = write(to, buf + at, (size_t)(got - at))) <= 0)
                return WK_EIO;
        }
        if (is_stopped()) {
            errno = EINTR;
            return WK_ECANCELED;
        }
    }
    return got == 0 ? WK_OK : WK_EIO;
}

static wk_err
copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC), out;
    wk_err err;

    if (in < 0)
        return errno == ENOENT ? WK_ENOTFOUND : WK_EIO;
    if ((out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0) {
        close(in);
        return WK_EIO;
    }
    err = copy_bytes(in, out);
    close(in);
    return close(out) == 0 ? err : WK_EIO;
}

static wk_err
copies_make(struct wk_sql_import *import, const char *path)
{
    const char *temp = getenv("TMPDIR");
    char *wal = wk_xasprintf("%s-wal", path);
    wk_err err;

    import->dir =
        wk_xasprintf("%s/wk-import-XXXXXX", temp != NULL && *temp != '\0' ? temp : "/tmp");
    if (mkdtemp(import->dir) == NULL) {
        free(import->dir);
        import->dir = NULL;
        free(wal);
        return WK_EIO;
    }
    import->file = wk_xasprintf("%s/actor", import->dir);
    import->wal = wk_xasprintf("%s/actor-wal", import->dir);
    import->packed = wk_xasprintf("%s/packed", import->dir);
    err = copy_file(path, import->file);
    if (err == WK_OK && (err = copy_file(wal, import->wal)) == WK_ENOTFOUND)
        err = WK_OK;
    free(wal);
    return err;
}

/* The first value of a query, -1 if there is no row; false: it cannot be asked. */
static bool
number_get(struct wk_sql_import *import, const char *query, sqlite3_int64 *out)
{
    sqlite3_stmt *stmt;
    int rc;

    *out = -1;
    if (sqlite3_prepare_v2(import->db, query, -1, &stmt, NULL) != SQLITE_OK)
        return false;
    if ((rc = sqlite3_step(stmt)) == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
        *out = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static bool
has_table(struct wk_sql_import *import, const char *name)
{
    char query[128];
    sqlite3_int64 found;

    sqlite3_snprintf((int)sizeof(query), query,
                     "select 1 from sqlite_schema where type = 'table' and name = %Q", name);
    return number_get(import, query, &found) && found == 1;
}

static wk_err
database_look(struct wk_sql_import *import)
{
    sqlite3_int64 n;
    sqlite3_stmt *stmt;
    bool whole;

    if (sqlite3_prepare_v2(import->db, "pragma quick_check(1)", -1, &stmt, NULL) != SQLITE_OK)
        return WK_EINVAL;
    whole = sqlite3_step(stmt) == SQLITE_ROW &&
            strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0;
    sqlite3_finalize(stmt);
    if (!whole)
        return WK_EINVAL;
    if (has_table(import, "_cf_EXTERNALS") &&
        (!number_get(import, "select count(*) from _cf_EXTERNALS", &n) || n > 0))
        return WK_EUNSUPPORTED;
    if (has_table(import, "_cf_METADATA")) {
        if (!number_get(import, "select value from _cf_METADATA where key = 1", &n))
            return WK_EINVAL;
        import->alarm_ms_plus1 = n < 0 ? 0 : (uint64_t)n / 1000000 + 1;
    }
    return WK_OK;
}

static wk_err
copy_open(struct wk_sql_import *import, const char *path, char **error)
{
    wk_err err = copies_make(import, path);

    *error = NULL;
    if (err != WK_OK) {
        *error = err == WK_ENOTFOUND
                     ? wk_xasprintf("%s: %s", path, strerror(ENOENT))
                     : wk_xasprintf("%s: it cannot be copied to %s ($TMPDIR or /tmp): %s", path,
                                    import->dir != NULL ? import->dir : "a directory",
                                    strerror(errno));
    } else if (sqlite3_open_v2(import->file, &import->db, SQLITE_OPEN_READWRITE, "unix") !=
               SQLITE_OK) {
        err = WK_EIO;
        *error = wk_xasprintf("%s: %s", path, sqlite3_errmsg(import->db));
    } else {
        sqlite3_db_config(import->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        sqlite3_progress_handler(import->db, STEPS, on_steps, NULL);
    }
    return err;
}

wk_err
wk_sql_import_open(const char *path, struct wk_sql_import **out, char **error)
{
    struct wk_sql_import *import = wk_xcalloc(1, sizeof(*import));
    wk_err err;

    *out = NULL;
    if ((err = copy_open(import, path, error)) == WK_OK &&
        (err = database_look(import)) != WK_OK) {
        *error = err == WK_EUNSUPPORTED
                     ? wk_xasprintf("%s: stubs that were stored cannot be imported", path)
                     : wk_xasprintf("%s: damaged: %s", path, sqlite3_errmsg(import->db));
    }
    if (err == WK_OK)
        *out = import;
    else
        wk_sql_import_close(import);
    return err;
}

void
wk_sql_import_close(struct wk_sql_import *import)
{
    if (import == NULL)
        return;
    sqlite3_close(import->db);
    if (import->dir != NULL) {
        char *shm = wk_xasprintf("%s-shm", import->file),
             *journal = wk_xasprintf("%s-journal", import->file);

        unlink(import->file);
        unlink(import->wal);
        unlink(import->packed);
        unlink(shm);
        unlink(journal);
        rmdir(import->dir);
        free(shm);
        free(journal);
    }
    free(import->dir);
    free(import->file);
    free(import->wal);
    free(import->packed);
    free(import);
}

uint64_t
wk_sql_import_alarm(const struct wk_sql_import *import)
{
    return import->alarm_ms_plus1;
}

wk_err
wk_sql_import_entries(struct wk_sql_import *import,
                      void (*entry)(void *arg, struct wk_span key, struct wk_span value),
                      void *arg)
{
    sqlite3_stmt *stmt;
    int rc;

    if (!has_table(import, "_cf_KV"))
        return WK_OK;
    if (sqlite3_prepare_v2(import->db,
                           "select cast(key as blob), value from _cf_KV order by key", -1,
                           &stmt, NULL) != SQLITE_OK)
        return WK_EINVAL;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct wk_span key, value;

        key.data = sqlite3_column_blob(stmt, 0);
        key.len = (size_t)sqlite3_column_bytes(stmt, 0);
        value.data = sqlite3_column_blob(stmt, 1);
        value.len = (size_t)sqlite3_column_bytes(stmt, 1);
        entry(arg, key, value);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? WK_OK : WK_EINVAL;
}

/* Drops the peer's tables and packs what is left into pages of our size, in another file:
 * SQLite would pack in memory. */
static wk_err
tenant_only(struct wk_sql_import *import, bool *empty)
{
    static const char *const own[] = {"_cf_KV", "_cf_METADATA", "_cf_EXTERNALS"};
    sqlite3_int64 left;
    char *pack;
    int rc;

    for (size_t i = 0; i < WK_COUNT(own); i++) {
        char text[64];

        sqlite3_snprintf((int)sizeof(text), text, "drop table if exists %s", own[i]);
        if (sqlite3_exec(import->db, text, NULL, NULL, NULL) != SQLITE_OK)
            return WK_EINVAL;
    }
    if (!number_get(import, "select count(*) from sqlite_schema", &left))
        return WK_EINVAL;
    *empty = left == 0;
    if (*empty)
        return WK_OK;
    pack = sqlite3_mprintf("pragma journal_mode=delete; pragma page_size=4096; pragma "
                           "auto_vacuum=none; vacuum into %Q",
                           import->packed);
    rc = sqlite3_exec(import->db, pack, NULL, NULL, NULL);
    sqlite3_free(pack);
    return rc == SQLITE_OK ? WK_OK : WK_EIO;
}

wk_err
wk_sql_import_pages(struct wk_sql_import *import,
                    void (*page)(void *arg, uint32_t number, const uint8_t data[WK_PAGE_BYTES]),
                    void *arg, uint32_t *page_count)
{
    uint8_t data[WK_PAGE_BYTES];
    bool empty = false;
    wk_err err = tenant_only(import, &empty);
    FILE *file;
    size_t got = 0;

    *page_count = 0;
    if (err != WK_OK || empty)
        return err;
    if ((file = fopen(import->packed, "rbe")) == NULL)
        return WK_EIO;
    while ((got = fread(data, 1, sizeof(data), file)) == sizeof(data))
        page(arg, (*page_count)++, data);
    err = got == 0 && !ferror(file) ? WK_OK : WK_EIO;
    fclose(file);
    return err;
}

/* Tables of older versions have no names. */
static wk_err
each_name(struct wk_sql_import *import,
          void (*fn)(void *arg, const char *id_text, const char *name), void *arg)
{
    sqlite3_stmt *stmt;
    int rc;

    if (!has_table(import, "_cf_ALARM") ||
        sqlite3_prepare_v2(import->db,
                           "select actor_id, actor_name from _cf_ALARM where actor_name "
                           "is not null",
                           -1, &stmt, NULL) != SQLITE_OK)
        return sqlite3_errcode(import->db) == SQLITE_CORRUPT ||
                       sqlite3_errcode(import->db) == SQLITE_NOTADB
                   ? WK_EINVAL
                   : WK_OK;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *id = (const char *)sqlite3_column_text(stmt, 0),
                   *name = (const char *)sqlite3_column_text(stmt, 1);

        if (id != NULL && name != NULL)
            fn(arg, id, name);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? WK_OK : WK_EINVAL;
}

wk_err
wk_sql_import_names(const char *path,
                    void (*fn)(void *arg, const char *id_text, const char *name), void *arg,
                    char **error)
{
    struct wk_sql_import *import = wk_xcalloc(1, sizeof(*import));
    wk_err err = copy_open(import, path, error);

    if (err == WK_OK && (err = each_name(import, fn, arg)) != WK_OK)
        *error = wk_xasprintf("%s: damaged: %s", path, sqlite3_errmsg(import->db));
    wk_sql_import_close(import);
    return err;
}
