/* wkctl do sql: the pages of an object's database, put together in memory, and a query on them. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/do.h"
#include "services/wkctl/wkctl.h"

#define PAGE_BYTES 4096u

struct image {
    uint8_t *data;
    size_t pages;
};

static void
take_page(void *arg, const Wk__StorageToolItem *item)
{
    struct image *image = arg;

    if (item->page_count > image->pages) {
        image->data = sqlite3_realloc64(image->data, (sqlite3_uint64)item->page_count * PAGE_BYTES);
        WK_CHECK(image->data != NULL);
        memset(image->data + image->pages * PAGE_BYTES, 0, (item->page_count - image->pages) * PAGE_BYTES);
        image->pages = item->page_count;
    }
    if (item->page != NULL && item->page->number < image->pages && item->page->data.len == PAGE_BYTES)
        memcpy(image->data + (size_t)item->page->number * PAGE_BYTES, item->page->data.data, PAGE_BYTES);
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
        return json_stringn((const char *)sqlite3_column_text(stmt, i), (size_t)sqlite3_column_bytes(stmt, i));
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
            wk_table_add(&d->table, sqlite3_column_type(stmt, i) == SQLITE_BLOB ? "<blob>" : text);
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

int
wk_do_sql(struct wk_do *d)
{
    Wk__StorageToolDump dump = WK__STORAGE_TOOL_DUMP__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    struct image image = {0};
    sqlite3 *db = NULL;
    int status;

    if (d->json_wanted)
        d->json = json_array();
    ask.ask_case = WK__STORAGE_TOOL__ASK_DUMP;
    ask.dump = &dump;
    dump.unique_key = d->ns.unique_key;
    dump.id = WK_BYTES_OF(d->id, sizeof(d->id));
    status = wk_do_each(d->client, wk_namespace_service(&d->ns, d->id), &ask, take_page, &image);
    if (status == WK_EXIT_OK && image.pages == 0) {
        wk_complain("this object has no SQL database");
        status = WK_EXIT_FAILED;
    }
    if (status != WK_EXIT_OK) {
        sqlite3_free(image.data);
        return status;
    }
    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_deserialize(db, "main", image.data, (sqlite3_int64)(image.pages * PAGE_BYTES),
                            (sqlite3_int64)(image.pages * PAGE_BYTES),
                            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY) != SQLITE_OK) {
        wk_complain("the database cannot be read: %s", sqlite3_errmsg(db));
        status = WK_EXIT_FAILED;
    } else {
        status = query(d, db);
    }
    sqlite3_close(db);
    return status;
}
