#include "fixture.h"

#include <string.h>

static void
expect_record(struct wk_span *rest, enum wk_record_kind kind, enum wk_space space,
              const char *key, const char *value)
{
    struct wk_record r;

    cr_assert_eq(wk_batch_next(rest, &r), WK_OK);
    cr_expect_eq(r.kind, kind);
    cr_expect_eq(r.space, space);
    cr_expect_eq(wk_span_compare(r.key, span(key)), 0);
    cr_expect_eq(wk_span_compare(r.value, span(value)), 0);
}

Test(batch, gives_back_its_records_in_order)
{
    struct wk_batch a = {0}, b = {0};
    struct wk_span rest;
    struct wk_record record;
    char large[301] = {0};

    memset(large, 'k', 300);
    wk_batch_put(&a, WK_SPACE_ENTRIES, span("a"), span("1"));
    wk_batch_delete_range(&a, WK_SPACE_ENTRIES, span("b"), span("b")); /* nothing */
    wk_batch_delete_range(&a, WK_SPACE_ALARMS, span("b"), span("c"));
    wk_batch_delete(&b, WK_SPACE_META, span(large));
    wk_batch_put(&b, WK_SPACE_META, span(""), span(large));
    wk_batch_append(&a, &b);
    cr_expect_eq(a.count, 4);
    rest = (struct wk_span){(uint8_t *)a.records.data, a.records.len};
    expect_record(&rest, WK_RECORD_PUT, WK_SPACE_ENTRIES, "a", "1");
    expect_record(&rest, WK_RECORD_DELETE_RANGE, WK_SPACE_ALARMS, "b", "c");
    expect_record(&rest, WK_RECORD_DELETE, WK_SPACE_META, large, "");
    expect_record(&rest, WK_RECORD_PUT, WK_SPACE_META, "", large);
    cr_expect_eq(wk_batch_next(&rest, &record), WK_ENOTFOUND);
    wk_batch_reset(&a, 0);
    cr_expect_eq(a.count, 0);
    cr_expect_eq(a.records.cap, 0);
    wk_batch_fini(&a);
    wk_batch_fini(&b);
}

Test(batch, turns_away_what_are_no_records)
{
    static const char *const bad[] = {"\x05", "\x05\x03\x01k\x01v", "\x09\x00\x01k\x01v",
                                      "\x05\x01\x02k", "\x05\x01\xff\xff\xff\xff\xff\xff"};
    struct wk_record record;

    for (size_t i = 0; i < WK_COUNT(bad); i++) {
        struct wk_span rest = span(bad[i]);

        cr_expect_eq(wk_batch_next(&rest, &record), WK_EPROTO, "%zu", i);
    }
}
