#include "storage/disk_priv.h"
wk_err
wk_disk_checkpoint(struct wk_engine *engine, const char *dir, struct wk_buf *text)
{
    return WK_EUNSUPPORTED;
}
