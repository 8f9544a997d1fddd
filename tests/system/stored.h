/* tests/system/stored.h - a system whose objects have stored something, for the tests of the
 * tools that look at it.
 *
 * Objects answer /NAME/OP[/N]: fill, set and many store, tell says what is there; deep and all
 * do the same with facets; drop deletes one. add counts, alarmAt sets an alarm. */
#ifndef WK_TESTS_STORED_H
#define WK_TESTS_STORED_H
#include "tests/system/system.h"

extern struct place stored; /* where it runs */

void stored_setup(void);
void stored_teardown(void);
void stored_start(void);
void stored_stop(void);
/* Starts where what is stored cannot be used: it says so in these words, and all else serves.
 */
void stored_start_in_part(const char *words);
/* The body of what an object answers; the caller frees. */
char *stored_ask(const char *path);
/* An object answers so. */
void stored_expect(const char *path, const char *body);
/* The status line and all of an answer that may be an error; the caller frees. */
char *stored_get(const char *path);
#define FILLED "count,list,when 300 4000000000000 7"
#define DEEP(n) n " 4000000000000 | a " n " | a/b " n " | a/b/c " n " | x%y " n

/* Runs a command that fails, and looks for its words; that succeeds. */
void expect_failure(int status, const char *words, const char *const *args);
#define EXPECT_FAILURE(status, words, ...)                                                     \
    expect_failure(status, words, (const char *const[]){__VA_ARGS__, NULL})
void expect_output(const char *words, const char *const *args);
#define EXPECT_OUTPUT(words, ...) expect_output(words, (const char *const[]){__VA_ARGS__, NULL})

/* The text in a file, to be read from standard input. */
void stdin_from(const char *text);
/* Turns a byte in the middle of a file that matters. */
void damage(const char *name);
/* The process of a service. */
pid_t stored_pid(const char *service);
#endif
