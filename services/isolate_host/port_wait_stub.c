/* Until the port can wait. */
#include "services/isolate_host/host.h"
void wk_port_wait(struct wk_port *port, struct wk_session *s, uint32_t ms);
void wk_port_wait_done(struct wk_port *port);
void
wk_port_wait(struct wk_port *port, struct wk_session *s, uint32_t ms)
{
}
void
wk_port_wait_done(struct wk_port *port)
{
}
