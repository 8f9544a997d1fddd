/* wkctl do sql: the pages of an object's database, put together in a file without a name, and a
 * query on them. */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "services/wkctl/do.h"
#include "services/wkctl/wkctl.h"
#include "storage/storage.h"

struct image {
    FILE *file; /* gone with the process, whatever ends it */
    size_t pages;
    void *data; /* of the file */
    int error;  /* errno */
};

static bool
take_page(void *arg, const Wk__StorageToolItem *item)
{
    struct image *image = arg;

    if (item->entry != NULL)
        return false; /* pages come first */
    if (item->page_count > image->pages)
        image->pages = item->page_count;
    if (item->page == NULL || item->page->number >= image->pages ||
        item->page->data.len != WK_PAGE_BYTES)
        return true;
    if (pwrite(fileno(image->file), item->page->data.data, WK_PAGE_BYTES,
               (off_t)item->page->number * WK_PAGE_BYTES) != WK_PAGE_BYTES)
        image->error = errno;
    return image->error == 0;
}

/* As long as all its pages, and in the address space. */
static bool
image_map(struct image *image)
{
    size_t bytes = image->pages * WK_PAGE_BYTES;

    if (image->error == 0 && ftruncate(fileno(image->file), (off_t)bytes) == 0 &&
        (image->data = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fileno(image->file), 0)) !=
            MAP_FAILED)
        return true;
    image->data = NULL;
    wk_complain("a copy of the database cannot be made in $TMPDIR or /tmp: %s",
                strerror(image->error != 0 ? image->error : errno));
    return false;
}

static bool
image_open(struct image *image)
{
    const char *tmp = getenv("TMPDIR");
    char *path = wk_xasprintf("%s/wk-sql-XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    int fd = mkstemp(path);

    if (fd >= 0) {
        unlink(path);
        image->file = fdopen(fd, "w+e");
    } else {
        wk_complain("%s: %s", path, strerror(errno));
    }
    free(path);
    return image->file != NULL;
}

static void
image_fini(struct image *image)
{
    if (image->data != NULL)
        munmap(image->data, image->pages * WK_PAGE_BYTES);
    if (image->file != NULL)
        fclose(image->file);
}

static json_t *
cell(sqlite3_stmt *stmt, int i)
{
    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(stmt, i));
    case SQLITE_FLOAT:
        return json_real(sqlite3_column_double(stmt, i));
    case SQLITE_TEXT:
        return json_stringn((const char *)sqlite3_column_text(stmt, i),
                            (size_t)sqlite3_column_bytes(stmt, i));
    case SQLITE_BLOB:
        return json_sprintf("<%d bytes>", sqlite3_column_bytes(stmt, i));
    default:
        return json_null();
    }
}

static void
add_row(struct wk_do *d, sqlite3_stmt *stmt, int columns)
{
    json_t *row = json_object();

    for (int i = 0; i < columns; i++) {
        const char *text = (const char *)sqlite3_column_text(stmt, i);

        if (d->json != NULL)
            json_object_set_new(row, sqlite3_column_name(stmt, i), cell(stmt, i));
        else if (i < WK_TABLE_COLUMNS_MAX)
            wk_table_add(&d->table,
                         sqlite3_column_type(stmt, i) == SQLITE_BLOB ? "<blob>" : text);
    }
    if (d->json != NULL)
        json_array_append(d->json, row);
    json_decref(row);
}

static int
query(struct wk_do *d, sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db, d->key, -1, &stmt, NULL), columns;

    if (code == SQLITE_OK && stmt == NULL) {
        wk_complain("that is no statement");
        return WK_EXIT_USAGE;
    }
    columns = stmt != NULL ? sqlite3_column_count(stmt) : 0;
    d->table.columns = columns < WK_TABLE_COLUMNS_MAX ? (size_t)columns : WK_TABLE_COLUMNS_MAX;
    for (int i = 0; i < (int)d->table.columns && d->json == NULL; i++)
        wk_table_add(&d->table, sqlite3_column_name(stmt, i));
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(stmt);
        if (code == SQLITE_ROW)
            add_row(d, stmt, columns);
    }
    sqlite3_finalize(stmt);
    if (code != SQLITE_DONE) {
        wk_complain("%s", sqlite3_errmsg(db));
        return WK_EXIT_FAILED;
    }
    if (d->json == NULL && columns > 0)
        wk_table_print(&d->table, stdout, true);
    return WK_EXIT_OK;
}

static int
image_query(struct wk_do *d, const struct image *image)
{
    sqlite3_int64 bytes = (sqlite3_int64)(image->pages * WK_PAGE_BYTES);
    sqlite3 *db = NULL;
    int status = WK_EXIT_FAILED;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_deserialize(db, "main", image->data, bytes, bytes,
                            SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
        wk_complain("the database cannot be read: %s", sqlite3_errmsg(db));
    else
        status = query(d, db);
    sqlite3_close(db);
    return status;
}

int
wk_do_sql(struct wk_do *d)
{
    Wk__StorageToolDump dump;
    struct image image = {0};
    int status = WK_EXIT_TEMPORARY;

    if (d->json_wanted)
        d->json = json_array();
    wk_do_ask(d, &dump);
    if (image_open(&image))
        status = wk_do_object(d, &dump, take_page, &image);
    if (status == WK_EXIT_OK && image.pages == 0) {
        wk_complain("this %s has no SQL database", d->facet.count > 0 ? "facet" : "object");
        status = WK_EXIT_FAILED;
    } else if (status == WK_EXIT_OK) {
        status = image_map(&image) ? image_query(d, &image) : WK_EXIT_TEMPORARY;
    }
    image_fini(&image);
    return status;
}
