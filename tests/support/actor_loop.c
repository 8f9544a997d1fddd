/* tests/support/actor_loop.c FILE PATH... - what a lowered worker answers when it and its actors are one isolate. */
#include <stdio.h>
#include "tests/support/loopback.h"

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: actor-loop FILE PATH...\n");
        return 100;
    }
    loopback_init(argv[1]);
    for (int i = 2; i < argc; i++) {
        struct loopback_answer answer;

        loopback_get(argv[i], &answer);
        printf("%u %s%s\n", answer.status, answer.body.data != NULL ? answer.body.data : "",
               answer.error.data != NULL ? answer.error.data : "");
        loopback_answer_fini(&answer);
    }
    return 0;
}
