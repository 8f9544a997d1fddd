/* What becomes durable when, and what happens when it cannot. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "storage/storage.h"
#include "tests/service/actor_storage/fixture.h"

TestSuite(commit, .fini = storage_stop, .timeout = 60);

static const char *
stored(unsigned actor)
{
    struct gate gate = place(0, actor);

    return entries_text(gate.start->n_entries, gate.start->entries);
}

/* The actor again, as a new incarnation finds it. */
static const char *
stored_again(const struct gate *gate, unsigned actor)
{
    gate_close(gate, WK_OK, NULL);
    return stored(actor);
}

Test(commit, the_gate_advances_only_when_the_writes_are_durable)
{
    struct gate gate;

    storage_start_mem();
    gate = place(0, 1);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    storage_disk('w');
    nothing_expect();
    storage_disk('r');
    advance_expect(&gate, 1);
}

Test(commit, what_comes_during_a_sync_shares_the_next)
{
    struct gate gates[10], first;
    uint64_t syncs;

    storage_start_mem();
    first = place(0, 99);
    for (unsigned i = 0; i < 10; i++)
        gates[i] = place(0, i);
    storage_disk('h');
    writes(&first, "a=1 ;");
    storage_disk('w');
    for (unsigned i = 0; i < 10; i++) {
        writes(&gates[i], "a=1 ;");
        writes(&gates[i], "b=2 ;");
    }
    nothing_expect(); /* all of it has come */
    syncs = counter("syncs");
    storage_disk('r');
    advance_expect(&first, 1);
    for (unsigned i = 0; i < 10; i++) {
        advance_expect(&gates[i], 1);
        advance_expect(&gates[i], 2);
    }
    cr_expect_leq(counter("syncs") - syncs, 2);
    cr_expect_eq(counter("groups"), 2);
    cr_expect_eq(counter("batches"), 21);
}

Test(commit, a_turn_is_not_written_before_its_end)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1");
    writes(&gate, "b=2");
    nothing_expect();
    writes(&gate, "c=3 ;");
    advance_expect(&gate, 3);
    cr_expect_eq(counter("groups"), 1);
    writes(&gate, "d=4"); /* of a turn that does not end */
    cr_expect_str_eq(stored_again(&gate, 1), "a=1 b=2 c=3");
}

Test(commit, what_was_confirmed_survives_a_kill)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    for (int i = 1; i <= 20; i++) {
        char text[32];

        snprintf(text, sizeof(text), "n=%d ;", i);
        writes(&gate, text);
        advance_expect(&gate, (uint64_t)i);
    }
    storage_restart();
    cr_expect_str_eq(stored(1), "n=20");
}

Test(commit, order_within_a_turn_and_across_turns)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 -a b=1 b=2 ;");
    writes(&gate, "-b b=3 c=1 -c ;");
    advance_expect(&gate, 1);
    advance_expect(&gate, 2);
    cr_expect_str_eq(stored_again(&gate, 1), "b=3");
}

Test(commit, an_empty_turn_is_confirmed_after_what_was_before_it)
{
    struct gate gate;

    storage_start_mem();
    gate = place(0, 1);
    writes(&gate, ";");
    advance_expect(&gate, 1);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    writes(&gate, ";");
    nothing_expect();
    storage_disk('r');
    advance_expect(&gate, 2);
    advance_expect(&gate, 3);
}

/* ---- deletions ---- */

Test(commit, counted_deletions_count_what_is_durable_and_what_came_before)
{
    struct gate gate;
    const Wk__ActorEntries *count;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 b=2 c=3 ;");
    writes(&gate, "?5:a,b,x ;");
    advance_expect(&gate, 1);
    advance_expect(&gate, 2);
    count = entries_expect(&gate, 5);
    cr_expect_eq(count->count, 2);
    writes(&gate, "n=1 ?6:n,a -c ?7:c,b n=2 ?8:n ; "); /* what the turn itself did counts too */
    advance_expect(&gate, 3);
    cr_expect_eq(entries_expect(&gate, 6)->count, 1);
    cr_expect_eq(entries_expect(&gate, 7)->count, 0);
    cr_expect_eq(entries_expect(&gate, 8)->count, 1);
    cr_expect_str_eq(stored_again(&gate, 1), "");
}

Test(commit, deletions_of_one_request_that_follow_on_each_other_have_one_answer)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 b=2 c=3 d=4 ;");
    advance_expect(&gate, 1);
    writes(&gate, "?5:a ?5:b,x"); /* the turn goes on */
    writes(&gate, "?5:c ?6:a,d ;");
    advance_expect(&gate, 3);
    cr_expect_eq(entries_expect(&gate, 5)->count, 3);
    cr_expect_eq(entries_expect(&gate, 6)->count, 1);
    nothing_expect();
}

Test(commit, a_counted_deletion_waits_for_the_turns_before_it_and_is_not_overtaken)
{
    struct gate gate, other;

    storage_start_mem();
    gate = place(0, 1);
    other = place(0, 2);
    storage_disk('h');
    writes(&gate, "a=1 ;");
    storage_disk('w');
    writes(&gate, "?1:a ;");
    writes(&gate, "a=2 ;");
    writes(&other, "x=1 ;");
    nothing_expect();
    storage_disk('r');
    advance_expect(&gate, 1);
    advance_expect(&other, 1); /* in the next round, without those */
    advance_expect(&gate, 2);
    cr_expect_eq(entries_expect(&gate, 1)->count, 1);
    advance_expect(&gate, 3);
    cr_expect_str_eq(stored_again(&gate, 1), "a=2");
}

Test(commit, delete_all_deletes_what_was_before_and_nothing_after)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 b=2 #0 ##1 @4102444800000 ;");
    writes(&gate, "c=3 ! d=4 ?3:c,d ;");
    advance_expect(&gate, 1);
    advance_expect(&gate, 2);
    cr_expect_eq(entries_expect(&gate, 3)->count, 1);
    writes(&gate, "e=5 ;");
    advance_expect(&gate, 3);
    cr_expect_str_eq(entries_text(3, read_keys(&gate, "a c e")->entries), "-a -c e=5");
    gate_close(&gate, WK_OK, NULL);
    gate = place(0, 1);
    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), "e=5");
    cr_expect_eq(gate.start->page_count, 0);
    cr_expect_eq(gate.start->alarm_ms_plus1, 4102444800001);
    writes(&gate, "!a ;");
    advance_expect(&gate, 1);
    cr_expect_eq(alarm_read(&gate), 0);
    storage_restart();
    cr_expect_str_eq(stored(1), "");
}

/* Waits until what is deleted in the background is. */
static void
await_counter(const char *name, uint64_t value)
{
    while (counter(name) < value)
        ;
}

Test(commit, what_delete_all_left_is_deleted_in_the_background)
{
    struct gate gate;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "a=1 b=2 ! c=3 ! d=4 ;");
    advance_expect(&gate, 1);
    await_counter("generationsDeleted", 2);
    cr_expect_str_eq(stored_again(&gate, 1), "d=4");
}

Test(commit, pages_beyond_the_count_are_gone)
{
    struct gate gate;
    Wk__ActorRead read = WK__ACTOR_READ__INIT;
    uint32_t numbers[] = {0, 1, 2, 3, 299};
    const Wk__ActorEntries *answer;

    storage_start();
    gate = place(0, 1);
    writes(&gate, "#0 #1 #2 #3 #299 ##300 ;");
    advance_expect(&gate, 1);
    read.pages = numbers;
    read.n_pages = WK_COUNT(numbers);
    cr_expect_eq(read_msg(&gate, &read)->n_pages, 5);
    writes(&gate, "##2 ;"); /* many: as a range */
    advance_expect(&gate, 2);
    answer = read_msg(&gate, &read);
    cr_assert_eq(answer->n_pages, 2);
    cr_expect_eq(answer->pages[1]->number, 1);
    cr_expect_eq(answer->pages[1]->data.data[0], 1);
    writes(&gate, "##1 ##4 ;"); /* few: one by one */
    advance_expect(&gate, 3);
    cr_expect_eq(read_msg(&gate, &read)->n_pages, 1);
}

/* ---- failures ---- */

Test(commit, after_a_failed_sync_every_gate_breaks_and_the_process_ends)
{
    struct gate gate, late;
    const Wk__Error *error;

    storage_start_mem();
    gate = place(0, 1);
    late = place(0, 2);
    storage_disk('h');
    storage_disk('f');
    writes(&gate, "a=1 ;");
    storage_disk('w');
    writes(&late, "a=1 ;");
    nothing_expect();
    storage_disk('r');
    error = close_expect(gate.session, WK_EBROKEN);
    cr_assert_not_null(error);
    cr_expect_eq(strncmp(error->message,
                         "Internal error in Durable Object storage write caused object to be "
                         "reset; reference = ",
                         86),
                 0);
    cr_expect_eq(strlen(error->message), 86 + 24);
    cr_expect_eq(error->traits, 9);
    close_expect(late.session, WK_EBROKEN);
    cr_expect_eq(fake_kernel_wait_exit(fk), 111);
}

Test(commit, a_full_disk_breaks_who_wrote_and_nobody_else_and_is_over_when_there_is_room)
{
    struct gate gate, other;
    uint32_t event;

    storage_start_mem();
    gate = place(0, 1);
    other = place(0, 2);
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    storage_disk('u');
    writes(&gate, "a=2 ;");
    cr_expect_str_eq(close_expect(gate.session, WK_EBROKEN)->message,
                     "database or disk is full: SQLITE_FULL");
    event = EVENT(0, 2);
    redirect_expect(event, &other);
    storage_disk('e');
    writes(&other, "b=1 ;");
    advance_expect(&other, 1);
    cr_expect_str_eq(stored(1), "a=1");
}

/* What stands on a turn that could not be written is not written either. */
Test(commit, nothing_later_of_an_actor_is_written_after_a_failure)
{
    struct gate gate;

    storage_start_mem();
    gate = place(0, 1);
    writes(&gate, "n=1 ;");
    advance_expect(&gate, 1);
    storage_disk('h');
    writes(&gate, "n=2 ;");
    storage_disk('w');
    storage_disk('u');
    writes(&gate, "n=3 ;");
    writes(&gate, "?1:n ;");
    writes(&gate, "n=4 ;");
    nothing_expect();
    storage_disk('r');
    advance_expect(&gate, 2); /* was begun before */
    close_expect(gate.session, WK_EBROKEN);
    storage_disk('e');
    cr_expect_str_eq(stored(1), "n=2");
}

Test(commit, one_daemon_for_a_directory)
{
    struct fake_kernel *first;

    storage_start();
    place(0, 1);
    first = fk;
    storage_launch();
    storage_configure_send((const struct ns_setup[]){{"first", DISK, false}}, 1, 0, 1);
    cr_expect_eq(fake_kernel_wait_exit(fk), 111);
    fake_kernel_free(fk);
    fk = first;
    place(0, 2);
}

/* ---- hostile hosts ---- */

static void
hostile(const Wk__StorageWrite *write)
{
    Wk__ActorWrites msg = WK__ACTOR_WRITES__INIT;
    Wk__StorageWrite good = WK__STORAGE_WRITE__INIT,
                     *list[2] = {&good, (Wk__StorageWrite *)(uintptr_t)write};
    Wk__StorageEntry entry = WK__STORAGE_ENTRY__INIT;
    struct gate gate = place(0, 1), other = place(0, 2);

    entry.key = WK_BYTES_OF("good", 4);
    good.kind_case = WK__STORAGE_WRITE__KIND_PUT;
    good.put = &entry;
    msg.writes = list;
    msg.n_writes = 2;
    msg.turn_end = true;
    writes_raw(gate.session, &msg);
    close_expect(gate.session, WK_EPROTO);
    writes(&other, "a=1 ;"); /* nobody else is affected */
    advance_expect(&other, 1);
    cr_expect_str_eq(stored(1), ""); /* and nothing of it has an effect */
}

Test(commit, a_key_that_is_too_long_ends_the_incarnation)
{
    static uint8_t key[WK_RECORD_BYTES_MAX - 5];
    Wk__StorageWrite w = WK__STORAGE_WRITE__INIT;
    Wk__StorageEntry entry = WK__STORAGE_ENTRY__INIT;

    storage_start();
    entry.key = WK_BYTES_OF(key, sizeof(key));
    w.kind_case = WK__STORAGE_WRITE__KIND_PUT;
    w.put = &entry;
    hostile(&w);
}

Test(commit, a_page_of_another_size_ends_the_incarnation)
{
    Wk__StorageWrite w = WK__STORAGE_WRITE__INIT;
    Wk__StoragePage page = WK__STORAGE_PAGE__INIT;

    storage_start();
    page.data = WK_BYTES_OF("short", 5);
    w.kind_case = WK__STORAGE_WRITE__KIND_PAGE;
    w.page = &page;
    hostile(&w);
}

Test(commit, a_write_of_no_kind_ends_the_incarnation)
{
    Wk__StorageWrite w = WK__STORAGE_WRITE__INIT;

    storage_start();
    hostile(&w);
}

Test(commit, another_message_or_raw_bytes_end_the_incarnation)
{
    struct gate gate;
    Wk__Ready ready = WK__READY__INIT;
    WK_ENVELOPE(msg, READY, ready, &ready);

    storage_start();
    gate = place(0, 1);
    fake_send_msg(fk, gate.session, &msg, 0);
    close_expect(gate.session, WK_EPROTO);
    gate = place(0, 1);
    fake_send_raw(fk, gate.session, "x", 1, 0);
    close_expect(gate.session, WK_EPROTO);
}
