/* services/wkctl/inspect_storage.h - a storage service's counters, for a person. Thread: main. */
#ifndef WK_WKCTL_INSPECT_STORAGE_H
#define WK_WKCTL_INSPECT_STORAGE_H
#include <jansson.h>

/* Prints lines under the service's own; nothing if storage is NULL. label prints a line's name. */
void wk_inspect_storage(const json_t *storage, void (*label)(const char *name));
#endif
