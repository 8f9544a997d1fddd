#include "services/wkctl/actors.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include "services/wkctl/print.h"
#include "services/wkctl/wkctl.h"
#include "storage/storage.h"

char **
wk_storage_services(struct wk_client *client, size_t *count)
{
    Wk__CtlPs ps = WK__CTL_PS__INIT;
    WK_ENVELOPE(msg, CTL_PS, ctl_ps, &ps);
    struct wk_answer answer;
    char **out = NULL;
    json_t *each;
    size_t i;

    *count = 0;
    if (wk_client_ask(client, &msg, NULL, NULL, &answer) == WK_OK)
        json_array_foreach(json_object_get(answer.json, "services"), i, each)
        {
            if (strcmp(wk_json_text(each, "kind"), "storage") != 0)
                continue;
            out = wk_xrealloc(out, (*count + 1) * sizeof(*out));
            out[(*count)++] = wk_xstrdup(wk_json_text(each, "name"));
        }
    wk_answer_fini(&answer);
    return out;
}

/* ---- namespaces ---- */

struct find {
    const char *wanted, *service;
    struct wk_namespace *out;
    struct wk_buf seen; /* names, for a message */
    size_t matches;
    Wk__StorageTool next;
};

bool
wk_namespace_is_called(const char *key, const char *wanted)
{
    size_t key_len = strlen(key), len = wanted != NULL ? strlen(wanted) : 0;

    return wanted == NULL || strcmp(key, wanted) == 0 ||
           (key_len > len && key[key_len - len - 1] == '-' &&
            strcmp(key + key_len - len, wanted) == 0);
}

static bool
is_exactly(const char *key, const char *wanted)
{
    return wanted != NULL && strcmp(key, wanted) == 0;
}

/* Services that share a namespace tell it each. */
static void
note_seen(struct wk_buf *seen, const char *key)
{
    size_t len = strlen(key);

    for (const char *at = seen->data; at != NULL; at = strstr(at, ", ")) {
        at += strncmp(at, ", ", 2) == 0 ? 2 : 0;
        if (strncmp(at, key, len) == 0 && (at[len] == '\0' || at[len] == ','))
            return;
    }
    wk_buf_addf(seen, "%s%s", seen->len > 0 ? ", " : "", key);
}

static void
found(struct find *f, const char *key)
{
    struct wk_namespace *ns = f->out;

    note_seen(&f->seen, key);
    if (!wk_namespace_is_called(key, f->wanted))
        return;
    if (ns->unique_key != NULL && strcmp(ns->unique_key, key) != 0) {
        if (is_exactly(ns->unique_key, f->wanted))
            return;
        f->matches++;
        if (!is_exactly(key, f->wanted))
            return;
        wk_namespace_fini(ns); /* the whole key beats the end of another's */
        f->matches = 0;
    }
    if (ns->unique_key == NULL) {
        ns->unique_key = wk_xstrdup(key);
        f->matches++;
    }
    ns->services = wk_xrealloc(ns->services, (ns->service_count + 1) * sizeof(*ns->services));
    ns->services[ns->service_count++] = wk_xstrdup(f->service);
}

static const Wk__StorageTool *
find_on_reply(void *arg, const Wk__StorageToolReply *reply)
{
    struct find *f = arg;

    for (size_t i = 0; i < reply->n_items; i++)
        found(f, reply->items[i]->unique_key);
    return reply->more ? &f->next : NULL;
}

bool
wk_namespace_find(struct wk_client *client, const char *name, struct wk_namespace *out,
                  int *status)
{
    Wk__StorageToolList list = WK__STORAGE_TOOL_LIST__INIT;
    Wk__StorageTool ask = WK__STORAGE_TOOL__INIT;
    struct find f = {.wanted = name, .out = out};
    size_t count;
    char **services = wk_storage_services(client, &count);

    *out = (struct wk_namespace){0};
    *status = WK_EXIT_OK;
    wk__storage_tool__init(&f.next);
    f.next.ask_case = WK__STORAGE_TOOL__ASK_NEXT;
    f.next.next = true;
    ask.ask_case = WK__STORAGE_TOOL__ASK_LIST;
    ask.list = &list;
    for (size_t i = 0; i < count; i++) {
        struct wk_answer answer;

        f.service = ask.service = services[i];
        if (*status == WK_EXIT_OK) {
            wk_client_tool(client, &ask, find_on_reply, &f, &answer);
            if (answer.code != WK_OK && answer.code != WK_ENOTFOUND) { /* nothing is on disk */
                wk_complain("%s: %s", services[i], wk_answer_why(&answer));
                *status = wk_exit_of(answer.code);
            }
            wk_answer_fini(&answer);
        }
        free(services[i]);
    }
    free(services);
    if (*status == WK_EXIT_OK && f.matches != 1) {
        const char *seen = f.seen.len > 0 ? f.seen.data : "none";

        if (f.matches == 0 && name != NULL)
            wk_complain("there is no namespace \"%s\" here; there is: %s", name, seen);
        else
            wk_complain("name one namespace; there is: %s", seen);
        *status = WK_EXIT_USAGE;
    }
    wk_buf_fini(&f.seen);
    if (*status != WK_EXIT_OK)
        wk_namespace_fini(out);
    return *status == WK_EXIT_OK;
}

void
wk_namespace_fini(struct wk_namespace *ns)
{
    for (size_t i = 0; i < ns->service_count; i++)
        free(ns->services[i]);
    free(ns->services);
    free(ns->unique_key);
    *ns = (struct wk_namespace){0};
}

bool
wk_namespace_has(const struct wk_namespace *ns, const char *service)
{
    for (size_t i = 0; i < ns->service_count; i++)
        if (strcmp(ns->services[i], service) == 0)
            return true;
    return false;
}

/* ---- ids ---- */

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static bool
id_of_hex(const char *text, uint8_t id[WK_ACTOR_ID_BYTES])
{
    if (strlen(text) != 2 * WK_ACTOR_ID_BYTES)
        return false;
    for (size_t i = 0; i < WK_ACTOR_ID_BYTES; i++) {
        int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        id[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Half of it from a name or at random, half to tell that it belongs to the namespace: an HMAC
 * under the hashed key, as that from the name is. */
static void
half_of(const char *unique_key, const void *data, size_t len, uint8_t *out)
{
    uint8_t key[EVP_MAX_MD_SIZE], mac[EVP_MAX_MD_SIZE];
    unsigned key_len;

    EVP_Digest(unique_key, strlen(unique_key), key, &key_len, EVP_sha256(), NULL);
    HMAC(EVP_sha256(), key, (int)key_len, data, len, mac, NULL);
    memcpy(out, mac, WK_ACTOR_ID_BYTES / 2);
}

bool
wk_actor_id_fits(const char *unique_key, const uint8_t id[WK_ACTOR_ID_BYTES])
{
    uint8_t half[WK_ACTOR_ID_BYTES / 2];

    half_of(unique_key, id, sizeof(half), half);
    return memcmp(half, id + sizeof(half), sizeof(half)) == 0;
}

bool
wk_actor_id(const struct wk_namespace *ns, const char *text, bool is_name,
            uint8_t id[WK_ACTOR_ID_BYTES])
{
    if (!is_name)
        return id_of_hex(text, id);
    half_of(ns->unique_key, text, strlen(text), id);
    half_of(ns->unique_key, id, WK_ACTOR_ID_BYTES / 2, id + WK_ACTOR_ID_BYTES / 2);
    return true;
}

void
wk_actor_id_text(const uint8_t *id, size_t len, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < len && 2 * i + 2 < size; i++)
        snprintf(out + 2 * i, 3, "%02x", id[i]);
}

const char *
wk_namespace_service(const struct wk_namespace *ns, const uint8_t id[WK_ACTOR_ID_BYTES])
{
    /* names of shards end with their number, and stand in that order */
    return ns->services[wk_actor_shard(id, WK_ACTOR_ID_BYTES, (uint32_t)ns->service_count)];
}
