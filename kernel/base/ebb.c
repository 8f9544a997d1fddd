#include "kernel/base/ebb.h"

#include <malloc.h>

#define PEAK_MIN 1000u

bool
wk_ebb_note(struct wk_ebb *ebb, size_t left)
{
    if (left > ebb->peak)
        ebb->peak = left;
    if (ebb->peak < PEAK_MIN ? !ebb->falling || left > 0 : left > ebb->peak / 4)
        return false;
    malloc_trim(0);
    ebb->peak = left;
    ebb->falling = left > 0;
    return true;
}
