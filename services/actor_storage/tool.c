#include "services/actor_storage/actor_storage.h"

void
wk_tool_open(struct wk_daemon *daemon, struct wk_session *session, const Wk__StorageTool *ask)
{
    wk_session_close(session, WK_EUNSUPPORTED, NULL);
}
