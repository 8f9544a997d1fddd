/* What a live actor asks for. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "storage/storage.h"
#include "tests/service/actor_storage/fixture.h"

TestSuite(read, .fini = storage_stop, .timeout = 60);

static const char *
text_of(const Wk__ActorEntries *answer)
{
    return entries_text(answer->n_entries, answer->entries);
}

static struct gate
with_letters(void)
{
    struct gate gate;

    storage_start();
    gate = place(0, 5);
    writes(&gate, "a=other z=other ;");
    advance_expect(&gate, 1);
    gate = place(0, 1);
    writes(&gate, "a=1 b=2 c=3 d=4 e=5 ;");
    advance_expect(&gate, 1);
    return gate;
}

Test(read, keys_as_they_are_or_absent)
{
    struct gate gate = with_letters();

    cr_expect_str_eq(text_of(read_keys(&gate, "c x a")), "c=3 -x a=1");
}

Test(read, ranges_limits_and_directions)
{
    struct gate gate = with_letters();

    cr_expect_str_eq(text_of(read_range(&gate, "", "", 0, false)), "a=1 b=2 c=3 d=4 e=5");
    cr_expect_str_eq(text_of(read_range(&gate, "b", "d", 0, false)), "b=2 c=3");
    cr_expect_str_eq(text_of(read_range(&gate, "", "", 2, false)), "a=1 b=2");
    cr_expect_str_eq(text_of(read_range(&gate, "", "", 2, true)), "e=5 d=4");
    cr_expect_str_eq(text_of(read_range(&gate, "b", "e", 0, true)), "d=4 c=3 b=2");
    cr_expect_str_eq(text_of(read_range(&gate, "x", "", 0, false)), "");
    cr_expect_str_eq(text_of(read_range(&gate, "d", "b", 0, false)), "");
    cr_expect_str_eq(text_of(read_range(&gate, "d", "b", 0, true)), "");
}

Test(read, what_is_not_durable_is_not_seen)
{
    struct gate gate;

    storage_start_mem();
    gate = place(0, 1);
    writes(&gate, "a=1 ;");
    advance_expect(&gate, 1);
    storage_disk('h');
    writes(&gate, "a=2 @4102444800000 ;");
    storage_disk('w');
    cr_expect_eq(alarm_read(&gate), 0);
    storage_disk('r');
    advance_expect(&gate, 2);
    cr_expect_str_eq(text_of(read_keys(&gate, "a")), "a=2");
}

#define BIG 300
#define BIG_BYTES 4000

static struct gate
with_many(void)
{
    struct gate gate;
    char *text = calloc(1, 128 * 1024), *value = calloc(1, BIG_BYTES + 1);

    storage_start();
    gate = place(0, 1);
    memset(value, 'v', BIG_BYTES);
    for (int i = 0; i < BIG; i++) {
        sprintf(text, "k%03d=%s ;", i, value);
        writes(&gate, text);
    }
    for (int i = 1; i <= BIG; i++)
        advance_expect(&gate, (uint64_t)i);
    free(text);
    free(value);
    return gate;
}

/* Every piece of the answer; gives the count of entries, which must be in order from first on.
 */
static size_t
pieces(const struct gate *gate, const Wk__ActorEntries *answer, size_t *pieces_out)
{
    size_t count = 0;
    Wk__ActorRead next = WK__ACTOR_READ__INIT;

    next.next = true;
    next.request = answer->request;
    for (*pieces_out = 1;; ++*pieces_out) {
        size_t bytes = 0;

        for (size_t i = 0; i < answer->n_entries; i++, count++) {
            char key[8];

            snprintf(key, sizeof(key), "k%03zu", count);
            cr_assert_arr_eq(answer->entries[i]->key.data, key, 4);
            bytes += 4 + answer->entries[i]->value.len;
        }
        cr_expect_leq(bytes, (256u << 10) + BIG_BYTES + 4);
        if (!answer->more)
            return count;
        answer = read_msg(gate, &next);
    }
}

Test(read, long_lists_come_in_pieces_as_of_the_first)
{
    struct gate gate = with_many();
    const Wk__ActorEntries *answer = read_range(&gate, "", "", 0, false);
    size_t n;

    cr_assert(answer->more);
    writes(&gate, "-k299 k300=new ;");
    advance_expect(&gate, gate.messages);
    cr_expect_eq(pieces(&gate, answer, &n), BIG);
    cr_expect_geq(n, 5);
    cr_expect_eq(read_keys(&gate, "k300")->entries[0]->absent, false);
}

Test(read, many_keys_come_in_pieces)
{
    struct gate gate = with_many();
    char *words = calloc(1, 4096);
    const Wk__ActorEntries *answer;
    size_t n;

    for (int i = 0; i < 200; i++)
        sprintf(words + strlen(words), "k%03d ", i);
    answer = read_keys(&gate, words);
    cr_assert(answer->more);
    writes(&gate, "k199=other ;"); /* waits for the answer */
    nothing_expect();
    cr_expect_eq(pieces(&gate, answer, &n), 200);
    cr_expect_geq(n, 3);
    advance_expect(&gate, gate.messages);
    free(words);
}

Test(read, a_canceled_list_is_over)
{
    struct gate gate = with_many();
    Wk__ActorRead read = WK__ACTOR_READ__INIT;
    WK_ENVELOPE(msg, ACTOR_READ, actor_read, &read);
    const Wk__ActorEntries *answer = read_range(&gate, "", "", 0, false);

    read.request = answer->request;
    read.cancel = true;
    fake_send_msg(fk, gate.session, &msg, 0);
    read.cancel = false;
    read.next = true;
    cr_expect_str_eq(read_msg(&gate, &read)->error, "The read is over.");
}

Test(read, sixteen_long_lists_may_be_open)
{
    struct gate gate = with_many();

    for (int i = 0; i < 16; i++)
        cr_expect(read_range(&gate, "", "", 0, false)->more);
    cr_expect_str_eq(read_range(&gate, "", "", 0, false)->error, "Too many reads at once.");
    offer(&gate, 1); /* they keep nobody */
    close_expect(gate.session, WK_OK);
}

Test(read, a_value_of_the_largest_size_fits)
{
    struct gate gate;
    Wk__ActorWrites msg = WK__ACTOR_WRITES__INIT;
    Wk__StorageWrite w[2], *list[2] = {&w[0], &w[1]};
    Wk__StorageEntry entries[2];
    static uint8_t value[WK_RECORD_BYTES_MAX - 1 - 6]; /* a key of one byte, and the head */
    size_t bytes = sizeof(value);
    const Wk__ActorEntries *answer;
    Wk__ActorRead next = WK__ACTOR_READ__INIT;

    storage_start();
    gate = place(0, 1);
    for (int i = 0; i < 2; i++) {
        wk__storage_write__init(&w[i]);
        wk__storage_entry__init(&entries[i]);
        entries[i].key = WK_BYTES_OF(i == 0 ? "a" : "b", 1);
        entries[i].value = WK_BYTES_OF(value, bytes);
        w[i].kind_case = WK__STORAGE_WRITE__KIND_PUT;
        w[i].put = &entries[i];
    }
    msg.n_writes = 1; /* a turn in two pieces, each as large as a frame takes */
    for (int i = 0; i < 2; i++) {
        msg.writes = &list[i];
        msg.turn_end = i == 1;
        writes_raw(gate.session, &msg);
    }
    advance_expect(&gate, 2);
    answer = read_keys(&gate, "a b");
    cr_assert_eq(answer->n_entries, 1);
    cr_expect(answer->more);
    next.next = true;
    next.request = answer->request;
    answer = read_msg(&gate, &next);
    cr_assert_eq(answer->n_entries, 1);
    cr_expect_eq(answer->entries[0]->value.len, bytes);
    cr_expect_not(answer->more);
}

Test(read, a_question_of_no_kind_or_of_two_ends_the_incarnation)
{
    struct gate gate;
    Wk__ActorRead read = WK__ACTOR_READ__INIT;
    WK_ENVELOPE(msg, ACTOR_READ, actor_read, &read);

    storage_start();
    gate = place(0, 1);
    fake_send_msg(fk, gate.session, &msg, 0);
    close_expect(gate.session, WK_EPROTO);
    gate = place(0, 1);
    read.list = read.alarm = true;
    fake_send_msg(fk, gate.session, &msg, 0);
    close_expect(gate.session, WK_EPROTO);
}
