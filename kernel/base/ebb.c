#include "kernel/base/ebb.h"

#include <malloc.h>

#define PEAK_MIN 1000u

void
wk_ebb_note(struct wk_ebb *ebb, size_t left)
{
    if (left > ebb->peak)
        ebb->peak = left;
    if (ebb->peak < PEAK_MIN || left > ebb->peak / 4)
        return;
    malloc_trim(0);
    ebb->peak = left;
}
