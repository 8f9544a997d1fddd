#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/actor_storage/table.h"

struct thing {
    struct wk_node node;
    char id[12];
};

static struct wk_span
span(const char *text)
{
    return (struct wk_span){(const uint8_t *)text, strlen(text)};
}

static struct thing *
thing_add(struct wk_table *table, uint32_t space, unsigned number)
{
    struct thing *thing = calloc(1, sizeof(*thing));

    snprintf(thing->id, sizeof(thing->id), "%u", number);
    thing->node.space = space;
    thing->node.id = (const uint8_t *)thing->id;
    thing->node.id_bytes = (uint32_t)strlen(thing->id);
    wk_table_add(table, &thing->node);
    return thing;
}

Test(table, an_empty_one_has_nothing)
{
    struct wk_table table = {0};

    cr_expect_null(wk_table_find(&table, 0, span("1")));
    wk_table_fini(&table);
}

Test(table, finds_by_namespace_and_id)
{
    struct wk_table table = {0};
    struct thing *a = thing_add(&table, 1, 7), *b = thing_add(&table, 2, 7);

    cr_expect_eq(wk_table_find(&table, 1, span("7")), &a->node);
    cr_expect_eq(wk_table_find(&table, 2, span("7")), &b->node);
    cr_expect_null(wk_table_find(&table, 3, span("7")));
    cr_expect_null(wk_table_find(&table, 1, span("77")));
    wk_table_fini(&table);
    free(a);
    free(b);
}

Test(table, grows_and_shrinks_and_keeps_all)
{
    enum { COUNT = 10000 };
    struct wk_table table = {0};
    struct thing **things = calloc(COUNT, sizeof(struct thing *));
    size_t largest;
    char id[12];

    for (unsigned i = 0; i < COUNT; i++)
        things[i] = thing_add(&table, i % 3, i);
    largest = table.cap;
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(id, sizeof(id), "%u", i);
        cr_assert_eq(wk_table_find(&table, i % 3, span(id)), &things[i]->node);
    }
    for (unsigned i = 0; i < COUNT - 10; i++) {
        wk_table_remove(&table, &things[i]->node);
        snprintf(id, sizeof(id), "%u", i);
        cr_assert_null(wk_table_find(&table, i % 3, span(id)));
    }
    cr_expect_eq(table.count, 10);
    cr_expect_lt(table.cap, largest / 8);
    for (unsigned i = COUNT - 10; i < COUNT; i++) {
        snprintf(id, sizeof(id), "%u", i);
        cr_assert_eq(wk_table_find(&table, i % 3, span(id)), &things[i]->node);
    }
    wk_table_fini(&table);
    for (unsigned i = 0; i < COUNT; i++)
        free(things[i]);
    free(things);
}

static void
remove_and_free(void *arg, struct wk_node *node)
{
    wk_table_remove(arg, node);
    free(WK_CONTAINER(node, struct thing, node));
}

Test(table, each_may_remove_what_it_is_given)
{
    struct wk_table table = {0};

    for (unsigned i = 0; i < 1000; i++)
        thing_add(&table, 0, i);
    wk_table_each(&table, remove_and_free, &table);
    cr_expect_eq(table.count, 0);
    wk_table_fini(&table);
}
