/* tests/unit/storage_engine/fixture.h - an engine in a directory of its own, or in memory. */
#ifndef WK_TEST_STORAGE_ENGINE_FIXTURE_H
#define WK_TEST_STORAGE_ENGINE_FIXTURE_H
#include <criterion/criterion.h>

#include "storage/backend_mem.h"
#include "storage/engine.h"

struct fixture {
    char root[64]; /* removed at the end */
    char dir[96];  /* in it; the engine's */
    struct wk_engine_options options;
    struct wk_mem_disk *disk; /* of the one in memory */
    struct wk_engine *engine;
    struct wk_buf text;
};

/* On disk, not opened: RocksDB's threads do not live on in a forked process, so a test that
 * forks opens nothing itself. */
struct fixture fixture_dir(void);
/* Runs fn in a process of its own, and gives what waitpid says of it. There WK_CHECK is what
 * cr_assert is here. */
int fixture_in_child(struct fixture *f, void (*fn)(struct fixture *f, unsigned n), unsigned n);
/* Open, in memory or on disk. */
struct fixture fixture_new(bool in_memory);
void fixture_fini(struct fixture *f);
/* Closed and opened again, which must work. */
void fixture_reopen(struct fixture *f);
wk_err fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);

/* A test of both. */
#define BOTH(name)                                                                             \
    static void name##_body(struct fixture *f);                                                \
    Test(engine_disk, name)                                                                    \
    {                                                                                          \
        struct fixture f = fixture_new(false);                                                 \
        name##_body(&f);                                                                       \
        fixture_fini(&f);                                                                      \
    }                                                                                          \
    Test(engine_memory, name)                                                                  \
    {                                                                                          \
        struct fixture f = fixture_new(true);                                                  \
        name##_body(&f);                                                                       \
        fixture_fini(&f);                                                                      \
    }                                                                                          \
    static void name##_body(struct fixture *f)

struct wk_span span(const char *text);
void put(struct fixture *f, const char *key, const char *value);
/* The value of key as text for free(); "-" if there is none, "!" if it can not be read. */
char *get(struct fixture *f, const char *key);
/* "key=value key=value " from start to before end. */
char *list(struct fixture *f, const char *start, const char *end, bool reverse);
#define expect_text(call, expected)                                                            \
    do {                                                                                       \
        char *text_ = (call);                                                                  \
        cr_expect_str_eq(text_, expected);                                                     \
        free(text_);                                                                           \
    } while (0)
/* f->text holds the words. */
bool says(const struct fixture *f, const char *words);

/* Copies a directory tree; to is replaced. */
void copy_dir(const char *from, const char *to);
/* The bytes of dir/name, and back. */
struct wk_buf slurp(const char *dir, const char *name);
void spit(const char *dir, const char *name, const struct wk_buf *bytes);

/* ---- what the system does, as the test wants it (syscalls.c) ---- */
extern int fail_fdatasync_in; /* the nth fdatasync on the journal from now gives EIO; 0: none */
extern uint64_t pretended_free_bytes; /* what the disk has; 0: as it is */
extern int
    die_at_sync; /* kill -9 of this process at the nth sync from now, of any file; 0: none */
#endif
