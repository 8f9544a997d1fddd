#include "runtime/regexp/fold.h"

#include <pthread.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>

struct fold_entry {
    uint32_t canon, c;
};
struct fold_table { /* every character that has a case, sorted by canon and then c */
    struct fold_entry *entries;
    size_t count;
};

static struct fold_table tables[2]; /* [code_points] */

static uint32_t
canonicalize(uint32_t c, bool code_points)
{
    UErrorCode error = U_ZERO_ERROR;
    UChar unit = (UChar)c, upper[8];

    if (code_points)
        return (uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT);
    if (u_strToUpper(upper, WK_COUNT(upper), &unit, 1, "", &error) != 1 || U_FAILURE(error) ||
        (c >= 128 && upper[0] < 128))
        return c;
    return upper[0];
}

static int
entry_compare(const void *a, const void *b)
{
    const struct fold_entry *x = a, *y = b;

    if (x->canon != y->canon)
        return x->canon < y->canon ? -1 : 1;
    return x->c < y->c ? -1 : x->c > y->c;
}

static void
table_build(struct fold_table *table, const USet *cased, bool code_points)
{
    table->entries = wk_xcalloc((size_t)uset_size(cased), sizeof(*table->entries));
    for (int32_t i = 0; i < uset_getItemCount(cased); i++) {
        UErrorCode error = U_ZERO_ERROR;
        UChar32 first, last;

        if (uset_getItem(cased, i, &first, &last, NULL, 0, &error) != 0)
            continue;
        for (UChar32 c = first; c <= last && (code_points || c <= 0xffff); c++) {
            table->entries[table->count].c = (uint32_t)c;
            table->entries[table->count++].canon = canonicalize((uint32_t)c, code_points);
        }
    }
    qsort(table->entries, table->count, sizeof(*table->entries), entry_compare);
}

static void
tables_build(void)
{
    UErrorCode error = U_ZERO_ERROR;
    const USet *cased = u_getBinaryPropertySet(UCHAR_CHANGES_WHEN_CASEMAPPED, &error);

    WK_CHECK(U_SUCCESS(error));
    table_build(&tables[0], cased, false);
    table_build(&tables[1], cased, true);
}

static const struct fold_table *
table_get(bool code_points)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, tables_build);
    return &tables[code_points];
}

/* The first entry whose canon is not less. */
static size_t
table_find(const struct fold_table *table, uint32_t canon)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (table->entries[mid].canon < canon)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

size_t
wk_fold_equals(uint32_t c, bool code_points, uint32_t out[WK_FOLD_EQUALS_MAX])
{
    const struct fold_table *table;
    uint32_t canon, letter = c | 0x20;
    size_t count = 0;

    if (c < 128 && (!code_points || (letter != 'k' && letter != 's'))) {
        out[0] = c;
        if (letter < 'a' || letter > 'z')
            return 1;
        out[0] = c & ~0x20u;
        out[1] = letter;
        return 2;
    }
    table = table_get(code_points);
    canon = canonicalize(c, code_points);
    for (size_t i = table_find(table, canon);
         i < table->count && table->entries[i].canon == canon && count < WK_FOLD_EQUALS_MAX; i++)
        out[count++] = table->entries[i].c;
    if (count == 0)
        out[count++] = c;
    return count;
}

static void
close_ascii(USet *set)
{
    for (UChar32 c = 'a'; c <= 'z'; c++) {
        if (uset_contains(set, c))
            uset_add(set, c - 32);
        else if (uset_contains(set, c - 32))
            uset_add(set, c);
    }
}

void
wk_fold_close(USet *set, bool code_points)
{
    const struct fold_table *table;
    int32_t items;

    close_ascii(set);
    items = uset_getItemCount(set);
    if (items == 0 || (!code_points && uset_containsRange(set, 0x80, 0xffff)))
        return;
    if (!code_points) { /* nothing outside ASCII is equal to anything in it */
        UErrorCode error = U_ZERO_ERROR;
        UChar32 first, last;

        if (uset_getItem(set, items - 1, &first, &last, NULL, 0, &error) == 0 && last < 0x80)
            return;
    }
    table = table_get(code_points);
    for (size_t i = 0, end; i < table->count; i = end) {
        bool member = false;

        for (end = i; end < table->count && table->entries[end].canon == table->entries[i].canon; end++)
            member = member || uset_contains(set, (UChar32)table->entries[end].c);
        for (size_t k = i; member && k < end; k++)
            uset_add(set, (UChar32)table->entries[k].c);
    }
}
