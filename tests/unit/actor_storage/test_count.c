#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/actor_storage.h"
#include "storage/backend_mem.h"

static struct wk_span
span(const char *text)
{
    return (struct wk_span){(const uint8_t *)text, strlen(text)};
}

/* What a plain set says: the state is durable keys, then the batch, record by record. */
struct model {
    bool present[8];
};

static const char *const keys[8] = {"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"};

Test(count, random_batches_against_a_plain_set)
{
    struct wk_mem_disk *disk = wk_mem_disk_new();
    struct wk_engine *engine;
    struct wk_batch stored = {0};
    uint32_t seed = 7;

    cr_assert_eq(wk_mem_disk_open(disk, &engine), WK_OK);
    for (int i = 0; i < 4; i++)
        wk_batch_put(&stored, WK_SPACE_ENTRIES, span(keys[i]), span("v"));
    cr_assert_eq(wk_engine_write(engine, &stored, true), WK_OK);
    for (int round = 0; round < 5000; round++) {
        struct wk_batch batch = {0};
        struct wk_counted counted[8];
        uint64_t expected[8];
        size_t count = 0;
        struct model m = {{true, true, true, true}};

        for (int step = 0; step < 10 && count < 8; step++) {
            unsigned what, key;

            seed = seed * 1664525u + 1013904223u;
            what = (seed >> 28) % 4;
            key = (seed >> 20) % 8;
            if (what == 0) {
                wk_batch_put(&batch, WK_SPACE_ENTRIES, span(keys[key]), span("v"));
                m.present[key] = true;
            } else if (what == 1) {
                wk_batch_delete(&batch, WK_SPACE_ENTRIES, span(keys[key]));
                m.present[key] = false;
            } else if (what == 2) {
                wk_batch_put(&batch, WK_SPACE_ALARMS, span(keys[key]), span(""));
            } else {
                counted[count] = (struct wk_counted){.first = batch.count, .count = 2};
                expected[count] = 0;
                for (unsigned i = 0; i < 2; i++, key = (key + (seed >> 16) % 3) % 8) {
                    expected[count] += m.present[key];
                    m.present[key] = false;
                    wk_batch_delete(&batch, WK_SPACE_ENTRIES, span(keys[key]));
                }
                count++;
            }
        }
        cr_assert_eq(wk_count(engine, WK_READ_ANY, &batch, counted, count), WK_OK);
        for (size_t i = 0; i < count; i++)
            cr_assert_eq(counted[i].found, expected[i], "round %d", round);
        wk_batch_fini(&batch);
    }
    wk_batch_fini(&stored);
    wk_engine_close(engine);
    wk_mem_disk_free(disk);
}
