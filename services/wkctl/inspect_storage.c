#include "services/wkctl/inspect_storage.h"

#include <stdlib.h>
#include "services/wkctl/print.h"

static unsigned long long
number(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));

    return value > 0 ? (unsigned long long)value : 0;
}

static char *
size(const json_t *object, const char *key)
{
    return wk_print_kib((number(object, key) + 1023) / 1024);
}

static void
print_disk(const json_t *s, void (*label)(const char *name))
{
    char *stored = size(s, "dbBytes"), *free_space = size(s, "freeBytes"),
         *memory = size(s, "engineMemoryBytes");

    label("disk");
    printf("about %s stored, %s free%s; %s of memory for it\n", stored, free_space,
           json_is_true(json_object_get(s, "full")) ? " (FULL: writes are refused)" : "", memory);
    free(stored);
    free(free_space);
    free(memory);
    if (number(s, "refusedFull") > 0) {
        label("");
        printf("%llu groups refused, the disk was full\n", number(s, "refusedFull"));
    }
}

void
wk_inspect_storage(const json_t *storage, void (*label)(const char *name))
{
    const json_t *s = storage;
    char *written;

    if (s == NULL)
        return;
    written = size(s, "bytesWritten");
    label("objects");
    printf("%llu live; since the start: %llu placed, %llu evicted, %llu moved, %llu broken\n",
           number(s, "live"), number(s, "placed"), number(s, "evicted"), number(s, "moved"),
           number(s, "broken"));
    label("events");
    printf("%llu, %llu waiting, %llu refused\n", number(s, "events"), number(s, "waiting"),
           number(s, "overloaded"));
    label("writes");
    printf("%llu batches in %llu groups, %s; %llu syncs\n", number(s, "batches"),
           number(s, "groups"), written, number(s, "syncs"));
    label("reads");
    printf("%llu asked by hosts, %llu from the disk; %llu objects loaded from the disk\n",
           number(s, "readsFromHost"), number(s, "readsFromDisk"), number(s, "loadsFromDisk"));
    label("alarms");
    printf("%llu in memory; %llu set, %llu fired, %llu failed\n", number(s, "alarms"),
           number(s, "alarmsSet"), number(s, "alarmsFired"), number(s, "alarmsFailed"));
    free(written);
    if (json_object_get(s, "dbBytes") != NULL)
        print_disk(s, label);
}
