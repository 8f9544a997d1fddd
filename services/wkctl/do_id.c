/* What a person wrote for an object: its id, the beginning of it, or a name. */
#include <ctype.h>
#include <string.h>
#include "services/wkctl/do.h"
#include "services/wkctl/wkctl.h"

#define PREFIX_MIN 4u
#define SHOWN_MAX 5u

struct search {
    const char *prefix;
    uint8_t id[WK_ACTOR_ID_BYTES]; /* the first that was found */
    size_t found;
    struct wk_buf seen; /* a line each */
};

static bool
is_hex(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789abcdefABCDEF") == strlen(text);
}

/* Ids come in order: behind the last that fits nothing is of interest. */
static bool
compare_one(void *arg, const Wk__StorageToolItem *item)
{
    struct search *s = arg;
    char text[2 * WK_ACTOR_ID_BYTES + 1];
    int order;

    if (item->id.len != WK_ACTOR_ID_BYTES)
        return true;
    wk_actor_id_text(item->id.data, item->id.len, text, sizeof(text));
    order = strncasecmp(text, s->prefix, strlen(s->prefix));
    if (order != 0)
        return order < 0;
    if (s->found == 0)
        memcpy(s->id, item->id.data, sizeof(s->id));
    if (s->found++ < SHOWN_MAX)
        wk_buf_addf(&s->seen, "\n  %s%s%s", text, item->id_name[0] != '\0' ? "  " : "",
                    item->id_name);
    return s->found <= SHOWN_MAX;
}

static bool
search(struct wk_do *d, const char *prefix, int *status)
{
    Wk__StorageToolList list = WK__STORAGE_TOOL_LIST__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    struct search s = {.prefix = prefix};

    ask.ask_case = WK__STORAGE_TOOL__ASK_LIST;
    ask.list = &list;
    list.unique_key = d->ns.unique_key;
    *status = WK_EXIT_OK;
    for (size_t i = 0; i < d->ns.service_count && *status == WK_EXIT_OK; i++)
        *status = wk_do_each(d->client, d->ns.services[i], &ask, compare_one, &s);
    if (*status == WK_EXIT_OK && s.found != 1) {
        if (s.found == 0)
            wk_complain("no object of %s has an id that begins with \"%s\"; wkctl do ls %s "
                        "lists them",
                        d->ns.unique_key, prefix, d->ns.unique_key);
        else
            wk_complain("\"%s\" is the beginning of several ids:%s%s", prefix, s.seen.data,
                        s.found > SHOWN_MAX ? "\n  ..." : "");
        *status = WK_EXIT_USAGE;
    }
    memcpy(d->id, s.id, sizeof(d->id));
    wk_buf_fini(&s.seen);
    return *status == WK_EXIT_OK;
}

bool
wk_do_id(struct wk_do *d, const char *text, bool whole, int *status)
{
    if (wk_actor_id(&d->ns, text, d->is_name, d->id)) {
        if (wk_actor_id_fits(d->ns.unique_key, d->id))
            return true;
        wk_complain("%s is no id of the namespace %s: it was made for another one", text,
                    d->ns.unique_key);
    } else if (!whole && is_hex(text) && strlen(text) >= PREFIX_MIN &&
               strlen(text) < 2 * WK_ACTOR_ID_BYTES) {
        return search(d, text, status);
    } else {
        wk_complain("\"%s\" is no id (64 hex digits%s); with --name it is the name of one",
                    text, whole ? "" : ", or at least 4 to begin with");
    }
    *status = WK_EXIT_USAGE;
    return false;
}
