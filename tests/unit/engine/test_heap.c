/* The allocator under Duktape. Under AddressSanitizer it has no slabs, and there is nothing to
 * look at. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "runtime/engine/heap.h"

#define SLAB_BYTES ((size_t)16 << 10)
#define BLOCK_BYTES 64u
#define PER_SLAB (SLAB_BYTES / BLOCK_BYTES)
#define SLABS 256u

struct fixture {
    struct wk_heap heap;
    void *blocks[SLABS][PER_SLAB];
};

static struct fixture *
full(void)
{
    struct fixture *f = calloc(1, sizeof(*f));

    wk_heap_init(&f->heap);
    for (size_t i = 0; i < SLABS; i++)
        for (size_t j = 0; j < PER_SLAB; j++) {
            f->blocks[i][j] = wk_heap_alloc(&f->heap, BLOCK_BYTES);
            cr_assert_not_null(f->blocks[i][j]);
            memset(f->blocks[i][j], 0xa5, BLOCK_BYTES);
        }
    return f;
}

/* All of the slab but the first so many. */
static void
empty(struct fixture *f, size_t slab, size_t but)
{
    for (size_t j = but; j < PER_SLAB; j++)
        wk_heap_free(&f->heap, f->blocks[slab][j]);
}

static void
done(struct fixture *f)
{
    wk_heap_fini(&f->heap);
    free(f);
}

/* Pages of the slabs that have memory. */
static size_t
resident_bytes(const struct wk_heap *heap)
{
    size_t bytes = (size_t)(heap->region_next - heap->region), count = 0;
    unsigned char *pages = malloc(bytes / 4096);

    cr_assert_eq(mincore(heap->region, bytes, pages), 0);
    for (size_t i = 0; i < bytes / 4096; i++)
        count += pages[i] & 1;
    free(pages);
    return count * 4096;
}

Test(heap, keeps_no_page_of_what_is_free)
{
    struct fixture *f = full();

    if (f->heap.region == NULL)
        cr_skip_test("no slabs");
    cr_expect_eq(resident_bytes(&f->heap), SLABS * SLAB_BYTES);
    for (size_t i = 0; i < SLABS; i++)
        empty(f, i, 0);
    cr_expect_eq(f->heap.bytes, 0);
    cr_expect_leq(resident_bytes(&f->heap), 17 * SLAB_BYTES); /* a few for the next */
    cr_expect_eq(resident_bytes(&f->heap), wk_heap_slab_bytes(&f->heap));
    wk_heap_tidy(&f->heap);
    cr_expect_eq(resident_bytes(&f->heap), 0);
    done(f);
}

Test(heap, takes_what_it_gave_back_again)
{
    struct fixture *f = full();
    char *top = f->heap.region_next;

    if (f->heap.region == NULL)
        cr_skip_test("no slabs");
    for (size_t i = 0; i < SLABS; i++)
        empty(f, i, 0);
    wk_heap_tidy(&f->heap);
    for (size_t i = 0; i < SLABS * PER_SLAB; i++)
        memset(wk_heap_alloc(&f->heap, BLOCK_BYTES), 1, BLOCK_BYTES);
    cr_expect_eq((void *)f->heap.region_next, (void *)top);
    done(f);
}

Test(heap, fills_the_fullest_slab_first_once_it_is_tidy)
{
    struct fixture *f = full();
    char *got, *fullest;

    if (f->heap.region == NULL)
        cr_skip_test("no slabs");
    for (size_t i = 0; i < SLABS; i++)
        empty(f, i, i == 77 ? PER_SLAB - 3 : 1 + i % 9);
    wk_heap_tidy(&f->heap);
    fullest = f->blocks[77][0];
    for (size_t i = 0; i < 3; i++) {
        got = wk_heap_alloc(&f->heap, BLOCK_BYTES);
        cr_expect(got >= fullest && got < fullest + SLAB_BYTES);
    }
    got = wk_heap_alloc(&f->heap, BLOCK_BYTES);
    cr_expect(got < fullest || got >= fullest + SLAB_BYTES);
    done(f);
}

Test(heap, loses_nothing_when_it_is_tidied)
{
    struct fixture *f = full();

    for (size_t i = 0; i < SLABS; i++)
        empty(f, i, i % 3);
    wk_heap_tidy(&f->heap);
    for (size_t i = 0; i < SLABS * PER_SLAB; i++)
        memset(wk_heap_alloc(&f->heap, BLOCK_BYTES), 1, BLOCK_BYTES);
    for (size_t i = 0; i < SLABS; i++)
        for (size_t j = 0; j < i % 3; j++)
            for (size_t k = 0; k < BLOCK_BYTES; k++)
                cr_assert_eq(((unsigned char *)f->blocks[i][j])[k], 0xa5);
    done(f);
}

Test(heap, leaves_what_was_sealed_alone)
{
    struct fixture *f = full();
    char *sealed = f->heap.region, *top = f->heap.region_next;

    if (f->heap.region == NULL)
        cr_skip_test("no slabs");
    empty(f, 0, 0);
    wk_heap_seal(&f->heap);
    empty(f, 1, 0);
    wk_heap_tidy(&f->heap);
    for (size_t i = 0; i < 2 * PER_SLAB; i++) {
        char *got = wk_heap_alloc(&f->heap, BLOCK_BYTES);

        cr_expect(got < sealed || got >= top);
    }
    done(f);
}
