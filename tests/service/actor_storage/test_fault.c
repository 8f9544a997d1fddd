/* Deaths at named places: what was confirmed is there afterwards, and nothing in halves. And
 * rules left out on purpose: they must show. Only a build with FAULTS=1 has either. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "tests/service/actor_storage/fixture.h"

TestSuite(fault, .fini = storage_stop, .timeout = 120);

#ifdef WK_FAULTS
/* The next frame, or NULL if the process has died. */
static struct fake_frame *
frame_or_death(void)
{
    for (;;) {
        siginfo_t info = {0};

        if (fake_pending(fk, 20))
            return fake_next(fk);
        waitid(P_PID, (id_t)fake_kernel_pid(fk), &info, WEXITED | WNOHANG | WNOWAIT);
        if (info.si_pid != 0)
            return fake_pending(fk, 50) ? fake_next(fk) : NULL;
    }
}

static void
fault(const char *at, unsigned nth)
{
    char text[96];

    snprintf(text, sizeof(text), "%s:kill:%u", at, nth);
    setenv("WK_FAULT", text, 1);
}

#define TURNS 12
#define FAR 4102444800000ul /* in the year 2100 */

/* Writes turns until the process dies; gives the last one that was confirmed, and how many were
 * sent. */
static void
write_until_death(unsigned *confirmed, unsigned *sent)
{
    struct gate gate = {0};
    struct fake_frame *frame;

    *confirmed = *sent = 0;
    EVENT(0, 1);
    while ((frame = frame_or_death()) != NULL) {
        char text[128];

        if (frame->f.kind == WK_FRAME_OPEN && (frame->f.flags & WK_FLAG_GATE)) {
            gate = (struct gate){.session = frame->f.session, .start = frame->msg->actor_start};
        } else if (frame->f.kind == WK_FRAME_GATE) {
            *confirmed = (unsigned)frame->f.stamp / 2;
            if (*confirmed >= TURNS)
                return;
        } else {
            continue;
        }
        if (*sent >= TURNS)
            continue;
        ++*sent;
        snprintf(text, sizeof(text), "a=%u %s @%lu", *sent, *sent % 3 == 0 ? "! x=1" : "x=1",
                 FAR + *sent);
        writes(&gate, text);
        snprintf(text, sizeof(text), "a=%u b=%u ;", *sent, *sent);
        writes(&gate, text);
    }
}

static unsigned
stored_number(const struct gate *gate)
{
    unsigned a = 0, b = 0;
    const char *text = entries_text(gate->start->n_entries, gate->start->entries);

    if (text[0] != '\0')
        cr_assert_eq(sscanf(text, "a=%u b=%u x=1", &a, &b), 2, "%s", text);
    cr_assert_eq(a, b, "torn: %s", text);
    cr_assert_eq(gate->start->alarm_ms_plus1, a > 0 ? FAR + a + 1 : 0, "torn alarm");
    return a;
}

static void
die_and_look(const char *at, unsigned nth)
{
    unsigned confirmed, sent, stored;
    struct gate gate;

    fault(at, nth);
    storage_start();
    write_until_death(&confirmed, &sent);
    unsetenv("WK_FAULT");
    storage_restart();
    gate = place(0, 1);
    stored = stored_number(&gate);
    cr_expect_geq(stored, confirmed, "%s %u: %u was confirmed, %u is there", at, nth, confirmed,
                  stored);
    cr_expect_leq(stored, sent, "%s %u", at, nth);
    storage_stop();
}

static void
die_at(const char *at)
{
    for (unsigned nth = 1; nth <= 9; nth += 4)
        die_and_look(at, nth);
}
#define DIES(name, place)                                                                      \
    Test(fault, dies_at_##name)                                                                \
    {                                                                                          \
        die_at(place);                                                                         \
    }
DIES(queued, "D.deliver.queued")
DIES(placed, "D.place.sent")
DIES(applied, "D.write.applied")
DIES(seal, "D.seal")
DIES(before_write, "D.commit.before_write")
DIES(after_sync, "D.commit.after_sync")
DIES(advance, "D.advance.partial")
DIES(between_delete_all, "D.deleteall.between")

static void
alarm_dies_at(const char *place_name, bool done)
{
    struct gate gate;
    struct fake_frame *frame;

    fault(place_name, 1);
    storage_start();
    gate = place(0, 1);
    writes(&gate, "@1000 ;");
    while ((frame = frame_or_death()) != NULL)
        if (frame->f.kind == WK_FRAME_OPEN && done)
            alarm_done(frame->f.session, WK__ACTOR_ALARM_DONE__OUTCOME__OK, false, false);
    unsetenv("WK_FAULT");
    storage_restart();
}

Test(fault, an_alarm_whose_daemon_dies_as_it_fires_comes_again)
{
    struct gate gate;

    alarm_dies_at("D.alarm.fired", false);
    gate = gate_expect();
    alarm_expect(&gate, 1000, 0);
}

Test(fault, an_alarm_whose_daemon_dies_before_it_is_deleted_comes_again)
{
    struct gate gate;

    alarm_dies_at("D.alarm.before_delete_commit", true);
    gate = gate_expect();
    alarm_expect(&gate, 1000, 0);
}

Test(fault, an_alarm_whose_daemon_dies_after_it_was_deleted_is_gone)
{
    alarm_dies_at("D.alarm.after_delete_commit", true);
    cr_expect_eq(counter("alarms"), 0);
    cr_expect_eq(place(0, 1).start->alarm_ms_plus1, 0);
}

Test(fault, an_error_of_the_disk_at_the_commit_breaks_and_ends)
{
    struct gate gate;

    setenv("WK_FAULT", "D.commit.before_write:error:1", 1);
    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 ;");
    close_expect(gate.session, WK_EBROKEN);
    cr_expect_eq(fake_kernel_wait_exit(fk), 111);
}

Test(fault, a_commit_that_takes_too_long_breaks_the_gate)
{
    struct gate gate;
    const Wk__Error *error;
    uint32_t event;

    setenv("WK_FAULT", "D.commit.after_sync:delay_ms:32000:1", 1);
    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 ;");
    for (int i = 0; i < 4 && !fake_pending(fk, 9000); i++)
        ;
    error = close_expect(gate.session, WK_EBROKEN);
    cr_expect_str_eq(
        error->message,
        "Durable Object storage operation exceeded timeout which caused object to be reset.");
    cr_expect_eq(error->traits, 13);
    event = EVENT(0, 1);
    gate = gate_expect(); /* when the sync is through, after all */
    redirect_expect(event, &gate);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "a=1");
}

/* ---- rules left out ---- */

Test(fault, mutant_gate_early_shows)
{
    struct gate gate;

    setenv("WK_MUTANT", "gate_early", 1);
    storage_start_mem();
    gate = place(0, 1);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    storage_disk('r');
}

Test(fault, mutant_batch_torn_shows)
{
    struct gate gate;

    setenv("WK_MUTANT", "batch_torn", 1);
    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1");
    advance_expect(&gate, 1);
}

Test(fault, mutant_fence_ignored_shows)
{
    struct gate gate;

    setenv("WK_MUTANT", "fence_ignored", 1);
    storage_start_mem();
    gate = place(0, 1);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    storage_disk('w');
    gate_close(&gate, WK_EUNAVAILABLE, NULL);
    gate = place(0, 1); /* though it will be durable yet */
    cr_expect_eq(gate.start->n_entries, 0);
    storage_disk('r');
}
#endif
