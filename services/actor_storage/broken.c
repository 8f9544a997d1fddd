#include "services/actor_storage/broken.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (2u * WK_BROKEN_MAX)
#define TEXT_BYTES_MAX 1024u

/* The error that an incarnation and its stubs share. */
struct cause {
    Wk__Error error;
    wk_err code;
    uint64_t owner;
    unsigned refs;
};

/* Numbers of incarnations and of callers are looked up in one table: callers are random, so
 * that they do not meet. */
struct wk_broken {
    uint64_t number, stub; /* stub: of a caller, the highest; of an incarnation 0 */
    struct cause *cause;
    struct wk_broken *next_slot, *next; /* next: the one that came after */
};

static void
cause_unref(struct cause *cause)
{
    if (--cause->refs > 0)
        return;
    free(cause->error.message);
    free(cause->error.name);
    free(cause);
}

static char *
text_copy(const char *text)
{
    return wk_xstrndup(text, strnlen(text, TEXT_BYTES_MAX));
}

static struct cause *
cause_new(uint64_t incarnation, wk_err code, const Wk__Error *error)
{
    struct cause *cause = wk_xcalloc(1, sizeof(*cause));

    wk__error__init(&cause->error);
    cause->error.code = (uint32_t)code;
    cause->error.message = text_copy(error != NULL ? error->message : "");
    cause->error.name = text_copy(error != NULL ? error->name : "");
    cause->error.traits = error != NULL ? error->traits : 0;
    cause->error.incarnation = incarnation;
    cause->code = code;
    return cause;
}

static struct wk_broken **
slot_of(struct wk_broken_list *list, uint64_t number)
{
    return &list->slots[(number * UINT64_C(0x9e3779b97f4a7c15)) >> 51 & (SLOTS - 1)];
}

static void
oldest_drop(struct wk_broken_list *list)
{
    struct wk_broken *one = list->oldest, **at = slot_of(list, one->number);

    while (*at != one)
        at = &(*at)->next_slot;
    *at = one->next_slot;
    list->oldest = one->next;
    if (list->oldest == NULL)
        list->newest = NULL;
    list->count--;
    cause_unref(one->cause);
    free(one);
}

static void
number_add(struct wk_broken_list *list, uint64_t number, uint64_t stub, struct cause *cause)
{
    struct wk_broken *one = wk_xcalloc(1, sizeof(*one)), **slot = slot_of(list, number);

    *one = (struct wk_broken){number, stub, cause, *slot, NULL};
    *slot = one;
    cause->refs++;
    if (list->newest != NULL)
        list->newest->next = one;
    else
        list->oldest = one;
    list->newest = one;
    if (++list->count > WK_BROKEN_MAX)
        oldest_drop(list);
}

void
wk_broken_add(struct wk_broken_list *list, uint64_t owner, uint64_t incarnation,
              const struct wk_mark *marks, size_t count, wk_err code, const Wk__Error *error)
{
    struct cause *cause = cause_new(incarnation, code, error);

    if (list->slots == NULL)
        list->slots = wk_xcalloc(SLOTS, sizeof(struct wk_broken *));
    cause->owner = owner;
    cause->refs = 1;
    for (size_t i = 0; i < count; i++)
        number_add(list, marks[i].caller, marks[i].stub, cause);
    number_add(list, incarnation, 0, cause);
    cause_unref(cause);
}

static struct wk_broken *
number_find(struct wk_broken_list *list, uint64_t owner, uint64_t number, uint64_t stub)
{
    struct wk_broken *one = NULL;

    if (number != 0 && list->slots != NULL)
        for (one = *slot_of(list, number);
             one != NULL &&
             (one->number != number || one->stub < stub || one->cause->owner != owner);)
            one = one->next_slot;
    return one;
}

const Wk__Error *
wk_broken_find(struct wk_broken_list *list, uint64_t owner, uint64_t incarnation,
               struct wk_mark stub, wk_err *code)
{
    struct wk_broken *one = number_find(list, owner, incarnation, 0);

    if (one == NULL)
        one = number_find(list, owner, stub.caller, stub.stub);
    if (one == NULL)
        return NULL;
    *code = one->cause->code;
    return &one->cause->error;
}

void
wk_broken_fini(struct wk_broken_list *list)
{
    while (list->oldest != NULL)
        oldest_drop(list);
    free(list->slots);
    *list = (struct wk_broken_list){0};
}
