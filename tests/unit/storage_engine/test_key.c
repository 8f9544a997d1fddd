#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "storage/key.h"

struct parts {
    struct wk_entry_key key;
    uint8_t id[64], user[16];
};

/* Small numbers and few bytes, so that parts are often equal and often prefixes of each other.
 */
static void
random_parts(struct parts *p, bool text, unsigned *seed)
{
    static const uint32_t numbers[] = {0, 1, 2, 255, 256, 65535, 65536, UINT32_MAX};
    static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xff};

    memset(p, 0, sizeof(*p));
    p->key.actor.space = numbers[rand_r(seed) % 8];
    p->key.actor.text = text;
    p->key.actor.id = (struct wk_span){p->id, text ? 1 + (size_t)rand_r(seed) % 3 : 32};
    for (size_t i = 0; i < p->key.actor.id.len; i += text ? 1 : 31)
        p->id[i] = bytes[rand_r(seed) % 5];
    p->key.facet = (uint16_t)numbers[rand_r(seed) % 6];
    p->key.generation = numbers[rand_r(seed) % 8];
    p->key.kind = (uint8_t)(rand_r(seed) % 19);
    p->key.user = (struct wk_span){p->user, (size_t)rand_r(seed) % 4};
    for (size_t i = 0; i < p->key.user.len; i++)
        p->user[i] = bytes[rand_r(seed) % 5];
}

static int
sign(int64_t n)
{
    return n < 0 ? -1 : n > 0;
}

static int
compare_parts(const struct wk_entry_key *a, const struct wk_entry_key *b)
{
    int order = sign((int64_t)a->actor.space - b->actor.space);

    if (order == 0 && a->actor.text)
        order = sign((int64_t)a->actor.id.len - (int64_t)b->actor.id.len);
    if (order == 0)
        order = wk_span_compare(a->actor.id, b->actor.id);
    if (order == 0)
        order = sign(a->facet - b->facet);
    if (order == 0)
        order = sign((int64_t)a->generation - b->generation);
    if (order == 0)
        order = sign(a->kind - b->kind);
    return order != 0 ? order : wk_span_compare(a->user, b->user);
}

static struct wk_span
bytes_of(const struct wk_buf *buf)
{
    return (struct wk_span){(const uint8_t *)buf->data, buf->len};
}

Test(key, orders_as_its_parts_and_gives_them_back)
{
    unsigned seed = 1;

    for (int i = 0; i < 40000; i++) {
        struct parts a, b;
        struct wk_entry_key back;
        struct wk_buf x = {0}, y = {0};
        bool text = i % 2;

        random_parts(&a, text, &seed);
        random_parts(&b, text, &seed);
        if (i % 3 == 0)
            b.key.actor = a.key.actor;
        wk_key_add_entry(&x, &a.key);
        wk_key_add_entry(&y, &b.key);
        cr_assert_eq(sign(wk_span_compare(bytes_of(&x), bytes_of(&y))),
                     sign(compare_parts(&a.key, &b.key)));
        cr_assert_eq(wk_key_entry(bytes_of(&x), text, &back), WK_OK);
        cr_assert_eq(compare_parts(&a.key, &back), 0);
        wk_buf_fini(&x);
        wk_buf_fini(&y);
    }
}

Test(key, puts_every_generation_in_its_own_range)
{
    unsigned seed = 2;

    for (int i = 0; i < 20000; i++) {
        struct parts a, b;
        struct wk_buf start = {0}, end = {0}, key = {0};
        bool inside;

        random_parts(&a, false, &seed);
        random_parts(&b, false, &seed);
        if (i % 4 != 0)
            b.key.actor = a.key.actor;
        if (i % 4 > 1)
            b.key.facet = a.key.facet;
        wk_key_add_generation_range(&start, &end, &a.key.actor, a.key.facet, a.key.generation);
        wk_key_add_entry(&key, &b.key);
        inside = wk_span_compare(bytes_of(&key), bytes_of(&start)) >= 0 &&
                 wk_span_compare(bytes_of(&key), bytes_of(&end)) < 0;
        cr_assert_eq(inside, b.key.actor.space == a.key.actor.space &&
                                 wk_span_compare(b.key.actor.id, a.key.actor.id) == 0 &&
                                 b.key.facet == a.key.facet &&
                                 b.key.generation == a.key.generation &&
                                 b.key.kind >= WK_KEY_OF_GENERATION);
        wk_buf_fini(&start);
        wk_buf_fini(&end);
        wk_buf_fini(&key);
    }
}

Test(key, after_a_prefix_comes_behind_all_that_begin_with_it)
{
    struct wk_buf key = {0};

    wk_buf_add(&key, "xx\x01\xff\xff", 5);
    wk_key_after(&key, 2);
    cr_expect_eq(key.len, 3);
    cr_expect_eq(memcmp(key.data, "xx\x02", 3), 0);
    wk_buf_fini(&key);
}

Test(key, orders_alarms_by_time)
{
    static const uint64_t times[] = {0, 1, 255, 256, 1700000000000, UINT64_MAX};
    uint8_t id[32] = {9};
    struct wk_actor_key actor = {.space = 3, .id = {id, 32}}, back;
    struct wk_buf before = {0}, key = {0};
    uint64_t due;
    uint32_t space;

    for (size_t i = 0; i < WK_COUNT(times); i++) {
        key.len = 0;
        wk_key_add_alarm(&key, times[i], &actor);
        cr_assert(i == 0 || wk_span_compare(bytes_of(&before), bytes_of(&key)) < 0);
        cr_assert_eq(wk_key_alarm(bytes_of(&key), false, &due, &back), WK_OK);
        cr_assert_eq(due, times[i]);
        cr_assert_eq(back.space, 3);
        cr_assert_eq(memcmp(back.id.data, id, 32), 0);
        cr_assert_eq(wk_key_alarm_space(bytes_of(&key), &space), WK_OK);
        cr_assert_eq(space, 3);
        before.len = 0;
        wk_buf_add(&before, key.data, key.len);
    }
    wk_buf_fini(&before);
    wk_buf_fini(&key);
}

Test(key, turns_away_what_is_no_key)
{
    struct parts p;
    struct wk_entry_key back;
    struct wk_actor_key actor;
    struct wk_buf key = {0}, alarm = {0};
    unsigned seed = 3;
    uint64_t due;

    for (int text = 0; text < 2; text++) {
        size_t head;

        random_parts(&p, text, &seed);
        key.len = alarm.len = 0;
        wk_key_add_entry(&key, &p.key);
        head = key.len - p.key.user.len;
        for (size_t len = 0; len < head; len++) {
            uint8_t *exact =
                wk_xmemdup(key.data, len); /* so that a read behind it is noticed */

            cr_assert_eq(wk_key_entry((struct wk_span){exact, len}, text, &back), WK_EPROTO);
            free(exact);
        }
        wk_key_add_alarm(&alarm, 5, &p.key.actor);
        for (size_t len = 0; len < alarm.len; len++) {
            uint8_t *exact = wk_xmemdup(alarm.data, len);

            cr_assert_eq(wk_key_alarm((struct wk_span){exact, len}, text, &due, &actor),
                         WK_EPROTO);
            free(exact);
        }
        wk_buf_add_char(&alarm, 'x');
        cr_assert_eq(wk_key_alarm(bytes_of(&alarm), text, &due, &actor), WK_EPROTO);
    }
    cr_expect_not(wk_key_id_ok(span("short"), false));
    cr_expect_not(wk_key_id_ok(span(""), true));
    cr_expect(wk_key_id_ok(span("x"), true));
    wk_buf_fini(&key);
    wk_buf_fini(&alarm);
}
