/* kernel/base/events.h - what the kernel, the storage daemon and the isolate hosts did, for a
 * checker that reads it afterwards.
 *
 * Only a build with FAULTS=1 (-DWK_FAULTS) tells; in others WK_EVENT is nothing, and its
 * arguments are not evaluated. WK_EVENTS=DIR in the environment says where: each process
 * appends to DIR/<service>-<pid>.log, one write(2) a line, so that what was told survives kill
 * -9, and a line that is cut is the last.
 *
 *     NS KIND A B C ...
 *
 * NS is CLOCK_MONOTONIC in nanoseconds: one clock for all processes of the machine, and the
 * lines of a file are in its order. KIND is "K.", "D.", "H." (kernel, daemon, host) or "P."
 * (any) and a word; only processes of that sort tell it. The rest are whole decimal numbers
 * below 2^53, what they mean stands at the top of tests/fault/durability/log/reader.js.
 *
 * A line comes before what it tells can have an effect on another process, and after what
 * caused it.
 *
 * Thread: any; a lock keeps the order of the lines that of their times. */
#ifndef WK_BASE_EVENTS_H
#define WK_BASE_EVENTS_H
#include "kernel/base/base.h"

/* This process is one of sort 'K', 'D' or 'H' and tells from now on, if it was asked to. Before
 * what it may no longer do is taken from it. */
void wk_events_open(char sort, const char *service);
/* The descriptor that lines go to; -1: none. */
int wk_events_fd(void);
void wk_event_add(const char *kind, const uint64_t *values, size_t count);
/* A number below 2^48 that stands for the bytes. */
uint64_t wk_event_hash(uint64_t seed, const void *bytes, size_t count);

#define WK_EVENT_VALUES(...) ((const uint64_t[]){__VA_ARGS__})
#ifdef WK_FAULTS
#define WK_EVENT(kind, ...)                                                                    \
    wk_event_add(kind, WK_EVENT_VALUES(__VA_ARGS__),                                           \
                 sizeof(WK_EVENT_VALUES(__VA_ARGS__)) / sizeof(uint64_t))
#define WK_EVENTS_OPEN(sort, service) wk_events_open(sort, service)
#define WK_EVENTS_FD wk_events_fd()
#else
#define WK_EVENT(kind, ...) ((void)sizeof(WK_EVENT_VALUES(__VA_ARGS__)))
#define WK_EVENTS_OPEN(sort, service) ((void)0)
#define WK_EVENTS_FD (-1)
#endif
#endif
