/* tests/support/actor_loop.c FILE PATH... - what a lowered worker answers when it and its
 * actors are one isolate.
 *
 * With ROUNDS in the environment each path is asked so often, and the time that one takes is
 * printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/support/loopback.h"

static double
cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void
measure(const char *path, long rounds)
{
    double start = cpu_us();

    for (long i = 0; i < rounds; i++) {
        struct loopback_answer answer;

        loopback_get(path, &answer);
        loopback_answer_fini(&answer);
    }
    printf("%s %.2f us\n", path, (cpu_us() - start) / (double)rounds);
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: actor-loop FILE PATH...\n");
        return 100;
    }
    loopback_init(argv[1]);
    for (int i = 2; i < argc && getenv("ROUNDS") != NULL; i++)
        measure(argv[i], atol(getenv("ROUNDS")));
    if (getenv("ROUNDS") != NULL)
        return 0;
    for (int i = 2; i < argc; i++) {
        struct loopback_answer answer;

        loopback_get(argv[i], &answer);
        printf("%u %s%s\n", answer.status, answer.body.data != NULL ? answer.body.data : "",
               answer.error.data != NULL ? answer.error.data : "");
        loopback_answer_fini(&answer);
    }
    return 0;
}
