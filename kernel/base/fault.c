#include "kernel/base/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel/base/log.h"

#define FAULTS_MAX 16
#define PLACE_BYTES_MAX 48

enum action { ACT_KILL, ACT_STOP, ACT_ERROR, ACT_DELAY };

struct fault {
    char place[PLACE_BYTES_MAX];
    enum action action;
    unsigned delay_ms;
    unsigned nth; /* 0: every time */
    unsigned seen;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool read_once;
static struct fault faults[FAULTS_MAX];
static size_t fault_count;

/* PLACE:ACTION[:MS][:NTH] */
static bool
fault_parse(char *text, struct fault *out)
{
    static const char *const actions[] = {"kill", "stop", "error", "delay_ms"};
    char *save = NULL, *place = strtok_r(text, ":", &save), *word = strtok_r(NULL, ":", &save),
         *number;
    size_t action = 0;

    while (word != NULL && action < WK_COUNT(actions) && strcmp(word, actions[action]) != 0)
        action++;
    if (word == NULL || action == WK_COUNT(actions) || strlen(place) >= PLACE_BYTES_MAX)
        return false;
    *out = (struct fault){.action = (enum action)action};
    memcpy(out->place, place, strlen(place) + 1);
    number = strtok_r(NULL, ":", &save);
    if (out->action == ACT_DELAY && number != NULL) {
        out->delay_ms = (unsigned)strtoul(number, NULL, 10);
        number = strtok_r(NULL, ":", &save);
    }
    out->nth = number != NULL ? (unsigned)strtoul(number, NULL, 10) : 0;
    return true;
}

static void
faults_read(void)
{
    const char *env = getenv("WK_FAULT");
    char *text = wk_xstrdup(env != NULL ? env : ""), *save = NULL;

    fault_count = 0;
    for (char *one = strtok_r(text, ",", &save); one != NULL && fault_count < FAULTS_MAX;
         one = strtok_r(NULL, ",", &save)) {
        if (fault_parse(one, &faults[fault_count]))
            fault_count++;
        else
            wk_log(WK_WARN, "fault.read", "reason=\"not PLACE:ACTION[:MS][:NTH]\"");
    }
    free(text);
    read_once = true;
}

void
wk_fault_reset(void)
{
    pthread_mutex_lock(&lock);
    faults_read();
    pthread_mutex_unlock(&lock);
}

static wk_err
fault_act(enum action action, unsigned delay_ms)
{
    struct timespec delay = {delay_ms / 1000, (long)(delay_ms % 1000) * 1000000};

    switch (action) {
    case ACT_KILL:
        kill(getpid(), SIGKILL);
        pause();
        break;
    case ACT_STOP:
        raise(SIGSTOP);
        break;
    case ACT_DELAY:
        nanosleep(&delay, NULL);
        break;
    case ACT_ERROR:
        return WK_EIO;
    }
    return WK_OK;
}

wk_err
wk_fault_at(const char *place)
{
    wk_err err = WK_OK;

    for (size_t i = 0; i < FAULTS_MAX; i++) {
        struct fault hit;
        bool now;

        pthread_mutex_lock(&lock);
        if (!read_once)
            faults_read();
        if (i >= fault_count) {
            pthread_mutex_unlock(&lock);
            break;
        }
        now = strcmp(faults[i].place, place) == 0 &&
              (++faults[i].seen == faults[i].nth || faults[i].nth == 0);
        hit = faults[i];
        pthread_mutex_unlock(&lock);
        if (now && fault_act(hit.action, hit.delay_ms) != WK_OK)
            err = WK_EIO;
    }
    return err;
}

bool
wk_fault_mutant(const char *rule)
{
    const char *mutant = getenv("WK_MUTANT");

    return mutant != NULL && strcmp(mutant, rule) == 0;
}
