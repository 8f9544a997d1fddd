#include "services/wkctl/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "kernel/base/base.h"

volatile sig_atomic_t wk_interrupt_flag;

static void
on_signal(int number)
{
    int saved = errno, fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    wk_interrupt_flag = 1;
    if (fd >= 0) {
        dup2(fd, STDIN_FILENO); /* a read that begins only now ends too */
        close(fd);
    }
    errno = saved;
}

void
wk_interrupt_catch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    for (size_t i = 0; i < WK_COUNT(numbers); i++)
        sigaction(numbers[i], &act, NULL);
}

bool
wk_interrupted(void)
{
    return wk_interrupt_flag != 0;
}
