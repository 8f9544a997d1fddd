/* tests/support/preload_faults.h - what a test and preload_faults.c share. */
#ifndef WK_TESTS_PRELOAD_FAULTS_H
#define WK_TESTS_PRELOAD_FAULTS_H
#include <stdint.h>

struct wk_test_faults {
    int64_t clock_s;     /* added to the time of day */
    int64_t allocations; /* that many are left until one fails; 0: none does */
};
#endif
