/* Facets: actors of their own below an actor. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "tests/service/actor_storage/fixture.h"

TestSuite(facet, .fini = storage_stop, .timeout = 60);

/* A path of names with slashes between them. */
struct path {
    char text[256];
    char *names[8];
    size_t count;
};

static struct path *
path(const char *text)
{
    static struct path paths[8];
    static unsigned last;
    struct path *p = &paths[last++ % 8];
    char *save = NULL;

    p->count = 0;
    snprintf(p->text, sizeof(p->text), "%s", text);
    for (char *name = strtok_r(p->text, "/", &save); name != NULL;
         name = strtok_r(NULL, "/", &save))
        p->names[p->count++] = name;
    return p;
}

static uint32_t
facet_event(const char *names, uint32_t via)
{
    struct path *p = path(names);
    Wk__FacetRef ref = WK__FACET_REF__INIT;

    ref.path = p->names;
    ref.n_path = p->count;
    ref.entrypoint = (char *)(uintptr_t) "Class";
    return EVENT(.ns = 0, .actor = 1, .facet = &ref, .via = via);
}

static struct gate
facet_place(const char *names, const struct gate *root)
{
    uint32_t event = facet_event(names, root->session);
    struct gate gate = gate_expect();

    cr_assert_eq(gate.parent, root->session);
    redirect_expect(event, &gate);
    return gate;
}

static void
facet_delete(struct gate *root, const char *names)
{
    struct path *p = path(names);
    Wk__ActorWrites msg = WK__ACTOR_WRITES__INIT;
    Wk__StorageWrite w = WK__STORAGE_WRITE__INIT, *list[1] = {&w};
    Wk__FacetDelete deletion = WK__FACET_DELETE__INIT;

    deletion.path = p->names;
    deletion.n_path = p->count;
    w.kind_case = WK__STORAGE_WRITE__KIND_FACET_DELETE;
    w.facet_delete = &deletion;
    msg.writes = list;
    msg.n_writes = 1;
    msg.turn_end = true;
    root->messages++;
    writes_raw(root->session, &msg);
}

/* Each pair is copied, all in one turn. */
static void
facet_clone(struct gate *root, const char *from, const char *to, const char *then_to)
{
    const char *pairs[2][2] = {{from, to}, {to, then_to}};
    Wk__ActorWrites msg = WK__ACTOR_WRITES__INIT;
    Wk__StorageWrite w[2], *list[2] = {&w[0], &w[1]};
    Wk__FacetClone clones[2];

    for (size_t i = 0; i < (then_to != NULL ? 2 : 1); i++) {
        struct path *a = path(pairs[i][0]), *b = path(pairs[i][1]);

        wk__storage_write__init(&w[i]);
        wk__facet_clone__init(&clones[i]);
        clones[i].from = a->names;
        clones[i].n_from = a->count;
        clones[i].to = b->names;
        clones[i].n_to = b->count;
        w[i].kind_case = WK__STORAGE_WRITE__KIND_FACET_CLONE;
        w[i].facet_clone = &clones[i];
        msg.n_writes++;
    }
    msg.writes = list;
    msg.turn_end = true;
    root->messages++;
    writes_raw(root->session, &msg);
}

static void
store(struct gate *gate, const char *text)
{
    writes(gate, text);
    advance_expect(gate, gate->messages);
}

/* What a facet has when it is placed; it goes again. */
static void
has(const struct gate *root, const char *names, const char *text)
{
    struct gate gate = facet_place(names, root);

    cr_expect_str_eq(entries_text(gate.start->n_entries, gate.start->entries), text, "%s: %s",
                     names, entries_text(gate.start->n_entries, gate.start->entries));
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
}

static void
put_in(const struct gate *root, const char *names, const char *text)
{
    struct gate gate = facet_place(names, root);

    store(&gate, text);
    offer(&gate, 1);
    close_expect(gate.session, WK_OK);
}

Test(facet, one_is_placed_on_behalf_of_its_root_with_storage_of_its_own)
{
    struct gate root, a, b;

    storage_start();
    root = place(0, 1);
    store(&root, "a=root ;");
    a = facet_place("a", &root);
    cr_expect_arr_eq(a.start->actor->id.data, actor_id(1).data, 32);
    cr_expect_str_eq(a.start->actor->facet->path[0], "a");
    cr_expect_str_eq(a.start->actor->facet->entrypoint, "Class");
    cr_expect_eq(a.start->n_entries, 0);
    store(&a, "a=facet ;");
    b = facet_place("a/b", &root);
    store(&b, "a=below ;");
    storage_restart();
    root = place(0, 1);
    cr_expect_str_eq(entries_text(root.start->n_entries, root.start->entries), "a=root");
    has(&root, "a/b", "a=below");
    has(&root, "a", "a=facet");
    has(&root, "b", "");
}

Test(facet, only_the_roots_own_host_may_ask_for_one)
{
    struct gate root, other;
    uint32_t event;

    storage_start();
    root = place(0, 1);
    other = place(0, 2);
    event = facet_event("a", 0);
    close_expect(event, WK_EDENIED);
    event = facet_event("a", other.session);
    close_expect(event, WK_EDENIED);
    gate_close(&root, WK_OK, NULL);
    event = facet_event("a", other.session);
    close_expect(event, WK_EDENIED);
    cr_expect_eq(counter("residents"), 1);
}

Test(facet, one_may_ask_for_those_below_it_and_no_others)
{
    struct gate root, a, b;
    uint32_t event;

    storage_start();
    root = place(0, 1);
    a = facet_place("a", &root);
    event = facet_event("a/b", a.session);
    b = gate_expect();
    cr_expect_eq(b.parent, root.session);
    redirect_expect(event, &b);
    event = facet_event("a/b/c", b.session);
    offer(&root, 1); /* not while it is asked for */
    b = gate_expect();
    redirect_expect(event, &b);
    for (size_t i = 0; i < 4; i++) {
        static const char *const paths[] = {"a", "c", "c/b", "a/c/d"};

        event = facet_event(paths[i], i < 3 ? a.session : b.session);
        close_expect(event, WK_EDENIED);
    }
}

Test(facet, paths_have_bounds)
{
    struct gate root;
    uint32_t event;

    storage_start();
    root = place(0, 1);
    event = facet_event("", root.session);
    close_expect(event, WK_EINVAL);
    event = facet_event("a/b/c/d", root.session);
    close_expect(event, WK_EINVAL);
}

Test(facet, they_end_with_their_root_and_their_sealed_turns_do_not)
{
    struct gate root, a;

    storage_start_mem();
    root = place(0, 1);
    a = facet_place("a", &root);
    storage_disk('h');
    writes(&a, "n=1 ;");
    storage_disk('w');
    gate_close(&root, WK_EUNAVAILABLE, NULL);
    close_expect(a.session, WK_EUNAVAILABLE);
    storage_disk('r');
    root = place(0, 1);
    has(&root, "a", "n=1");
}

Test(facet, idle_ones_go_with_an_idle_root)
{
    struct gate root, a;

    storage_start();
    root = place(0, 1);
    a = facet_place("a", &root);
    offer(&root, 1);
    close_expect(root.session, WK_OK);
    close_expect(a.session, WK_OK);
    cr_expect_eq(counter("residents"), 0);
}

Test(facet, alarms_are_not_for_them)
{
    struct gate root, a;

    storage_start();
    root = place(0, 1);
    a = facet_place("a", &root);
    writes(&a, "@1000 ;");
    close_expect(a.session, WK_EPROTO);
}

Test(facet, a_deletion_goes_down_the_tree_and_ends_those_that_are_live)
{
    struct gate root, b;
    uint32_t event;

    storage_start();
    root = place(0, 1);
    put_in(&root, "a", "n=a ;");
    put_in(&root, "a/b", "n=b ;");
    put_in(&root, "c", "n=c ;");
    b = facet_place("a/b", &root);
    facet_delete(&root, "a");
    cr_expect_str_eq(close_expect(b.session, WK_EBROKEN)->message, "Facet was deleted.");
    event = facet_event("a", root.session); /* placed when the deletion is durable */
    advance_expect(&root, root.messages);
    b = gate_expect();
    cr_expect_eq(b.start->n_entries, 0);
    redirect_expect(event, &b);
    has(&root, "a/b", "");
    has(&root, "c", "n=c");
    facet_delete(&root, "unknown");
    advance_expect(&root, root.messages);
    storage_restart();
    root = place(0, 1);
    has(&root, "a", "");
}

Test(facet, a_copy_goes_down_the_tree_and_replaces_what_was_there)
{
    struct gate root;

    storage_start();
    root = place(0, 1);
    put_in(&root, "a", "n=a ;");
    put_in(&root, "a/b", "! n=b ;");
    put_in(&root, "c", "old=1 n=c ;");
    put_in(&root, "c/d", "n=d ;");
    facet_clone(&root, "a", "c", NULL);
    advance_expect(&root, root.messages);
    has(&root, "c", "n=a");
    has(&root, "c/b", "n=b");
    has(&root, "c/d", "");
    has(&root, "a", "n=a");
    has(&root, "a/b", "n=b");
    facet_clone(&root, "a", "x", "y"); /* a copy of what the same turn copied */
    advance_expect(&root, root.messages);
    has(&root, "y", "n=a");
    has(&root, "y/b", "n=b");
    facet_clone(&root, "none", "a", NULL);
    advance_expect(&root, root.messages);
    has(&root, "a", "");
    storage_restart();
    root = place(0, 1);
    has(&root, "x/b", "n=b");
    has(&root, "c", "n=a");
}

Test(facet, delete_all_of_an_actor_goes_for_its_facets)
{
    struct gate root;

    storage_start();
    root = place(0, 1);
    put_in(&root, "a", "n=a ;");
    put_in(&root, "a/b", "n=b ;");
    gate_close(&root, WK_OK, NULL);
    root = place(0, 1); /* which has not been asked for a facet yet */
    store(&root, "! n=1 ;");
    has(&root, "a", "");
    has(&root, "a/b", "");
    put_in(&root, "a", "n=a ;");
    put_in(&root, "a/b", "n=b ;");
    put_in(&root, "a", "! n=new ;"); /* and that of a facet for what is below it */
    has(&root, "a", "n=new");
    has(&root, "a/b", "");
}

Test(facet, a_deletion_waits_for_what_the_facet_wrote_before)
{
    struct gate root, a;

    storage_start_mem();
    root = place(0, 1);
    a = facet_place("a", &root);
    storage_disk('h');
    writes(&a, "n=1 ;");
    storage_disk('w');
    facet_delete(&root, "a");
    nothing_expect();
    storage_disk('r');
    advance_expect(&a, 1);
    close_expect(a.session, WK_EBROKEN);
    advance_expect(&root, root.messages);
    has(&root, "a", "");
}
