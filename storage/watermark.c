#include "storage/watermark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "storage/file.h"
#include "storage/key.h"

/* Two slots, written in turn, so that one is whole whenever the machine dies: number u64 BE,
 * crc u32 BE. */
#define SLOT_BYTES 12u
#define SLOT_STEP 512u /* a sector each */
#define SLOTS 2u

struct wk_watermark {
    int fd;
    atomic_uint_least64_t number;
    uint64_t synced;
};

static wk_err
write_slot(int fd, unsigned slot, uint64_t number)
{
    uint8_t bytes[SLOT_BYTES];

    wk_be64_put(bytes, number);
    wk_be32_put(bytes + 8, (uint32_t)crc32_z(0x776b, bytes, 8));
    return wk_file_write_at(fd, bytes, sizeof(bytes), (off_t)slot * SLOT_STEP);
}

wk_err
wk_watermark_create(const char *dir, uint64_t number)
{
    char *path = wk_file_path(dir, WK_WATERMARK_NAME);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    wk_err err = WK_EIO;

    if (fd >= 0 && write_slot(fd, 0, number) == WK_OK && write_slot(fd, 1, number) == WK_OK &&
        fsync(fd) == 0)
        err = wk_dir_sync(dir);
    if (fd >= 0)
        close(fd);
    free(path);
    return err;
}

wk_err
wk_watermark_open(const char *dir, struct wk_buf *text, struct wk_watermark **out)
{
    char *path = wk_file_path(dir, WK_WATERMARK_NAME);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t bytes[SLOT_BYTES];
    uint64_t number = 0;
    unsigned good = 0;
    size_t got;

    *out = NULL;
    for (unsigned i = 0; fd >= 0 && i < SLOTS; i++) {
        if (wk_file_read_at(fd, bytes, sizeof(bytes), (off_t)i * SLOT_STEP, &got) != WK_OK ||
            got < sizeof(bytes) || wk_be32(bytes + 8) != (uint32_t)crc32_z(0x776b, bytes, 8))
            continue;
        good++;
        if (wk_be64(bytes) > number)
            number = wk_be64(bytes);
    }
    if (good == 0) {
        wk_buf_addf(text, "%s: %s\n", path, fd < 0 ? strerror(errno) : "is damaged");
        if (fd >= 0)
            close(fd);
        free(path);
        return WK_EIO;
    }
    free(path);
    *out = wk_xcalloc(1, sizeof(**out));
    (*out)->fd = fd;
    (*out)->synced = number;
    atomic_init(&(*out)->number, number);
    return WK_OK;
}

void
wk_watermark_close(struct wk_watermark *watermark)
{
    if (watermark == NULL)
        return;
    close(watermark->fd);
    free(watermark);
}

uint64_t
wk_watermark_get(const struct wk_watermark *watermark)
{
    return atomic_load(&watermark->number);
}

wk_err
wk_watermark_set(struct wk_watermark *watermark, uint64_t number)
{
    wk_err err = write_slot(watermark->fd, (unsigned)(number % SLOTS), number);

    if (err == WK_OK)
        atomic_store(&watermark->number, number);
    return err;
}

wk_err
wk_watermark_sync(struct wk_watermark *watermark)
{
    uint64_t number = atomic_load(&watermark->number);

    if (number == watermark->synced)
        return WK_OK;
    if (fdatasync(watermark->fd) != 0)
        return WK_EIO;
    watermark->synced = number;
    return WK_OK;
}
