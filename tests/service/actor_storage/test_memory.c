/* What many actors cost. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/service/actor_storage/fixture.h"

TestSuite(memory, .fini = storage_stop, .timeout = 280);

#define ACTORS 20000u
#define RESIDENT_BYTES_MAX 900u

static size_t
resident_bytes(void)
{
    char path[64], line[128];
    size_t kib = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)fake_kernel_pid(fk));
    f = fopen(path, "r");
    cr_assert_not_null(f);
    while (fgets(line, sizeof(line), f) != NULL)
        if (sscanf(line, "VmRSS: %zu", &kib) == 1)
            break;
    fclose(f);
    return kib * 1024;
}

/* Places that many, each with a write; gives their gate sessions' first number. */
static void
place_all(struct gate *gates)
{
    for (unsigned at = 0; at < ACTORS; at += 100) {
        unsigned advanced = 0;

        for (unsigned i = at; i < at + 100; i++)
            EVENT(0, i);
        for (unsigned i = at; i < at + 100; i++) {
            gates[i] = gate_expect();
            (void)fake_expect(fk, WK_FRAME_REDIRECT);
        }
        for (unsigned i = at; i < at + 100; i++)
            writes(&gates[i], "key=value ;");
        while (advanced < 100)
            advanced += fake_expect(fk, WK_FRAME_GATE) != NULL;
        fake_forget(fk);
    }
}

static void
evict_all(const struct gate *gates)
{
    for (unsigned at = 0; at < ACTORS; at += 100) {
        for (unsigned i = at; i < at + 100; i++)
            offer(&gates[i], 1);
        for (unsigned i = at; i < at + 100; i++)
            close_expect(gates[i].session, WK_OK);
        fake_forget(fk);
    }
}

Test(memory, actors_that_have_gone_leave_nothing_and_idle_ones_cost_little)
{
    static struct gate gates[ACTORS];
    size_t before, live, after;

    storage_start();
    before = resident_bytes();
    place_all(gates);
    live = resident_bytes() -
           before; /* what is not yet in a table of the engine is in there too */
    evict_all(gates);
    before = resident_bytes();
    cr_expect_eq(counter("residents"), 0);
    for (int i = 0; i < 3; i++) {
        place_all(gates);
        evict_all(gates);
    }
    after = resident_bytes();
    fprintf(stderr, "a resident actor: %zu bytes; before %zu KiB, after %zu KiB\n",
            live / ACTORS, before / 1024, after / 1024);
#ifndef __SANITIZE_ADDRESS__ /* it keeps what was freed */
    cr_expect_lt(after, before + (12u << 20), "%zu became %zu", before, after);
    cr_expect_lt(live, ACTORS * RESIDENT_BYTES_MAX, "%zu", live);
#endif
}
