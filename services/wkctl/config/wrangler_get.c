/* services/wkctl/config/wrangler_get.c - looking values up, with the environment and the kind
 * in mind. */
#include <string.h>
#include "services/wkctl/config/wrangler_priv.h"

void
wrangler_say(struct wrangler *w, enum wk_diag_level level, const struct wk_doc *at,
             const char *fmt, ...)
{
    struct wk_buf path = {0};
    va_list args;

    if (at != NULL)
        wk_doc_path(at, &path);
    va_start(args, fmt);
    wk_diag_addv(w->load->diags, level, at != NULL ? at->file : w->file,
                 at != NULL ? at->line : 0, at != NULL ? at->column : 0, path.data, fmt, args);
    va_end(args);
    wk_buf_fini(&path);
}

bool
wrangler_is(struct wrangler *w, const struct wk_doc *doc, enum wk_doc_kind kind)
{
    if (doc->kind == kind)
        return true;
    wrangler_say(w, WK_DIAG_ERROR, doc, "\"%s\" must be %s, but is %s",
                 doc->key != NULL                                  ? doc->key
                 : doc->parent != NULL && doc->parent->key != NULL ? doc->parent->key
                                                                   : "this",
                 wk_doc_kind_name(kind), wk_doc_kind_name(doc->kind));
    return false;
}

struct wk_doc *
wrangler_get(struct wrangler *w, const char *key)
{
    const struct wrangler_key *known = wrangler_key_find(key);
    struct wk_doc *doc = NULL;

    WK_CHECK(known != NULL);
    if (w->env != NULL && known->scope != WRANGLER_TOP)
        doc = wk_doc_find(w->env, key);
    if (doc == NULL && (w->env == NULL || known->scope != WRANGLER_PER_ENV))
        doc = wk_doc_find(w->top, key);
    return doc != NULL && doc->kind != WK_DOC_NULL ? doc : NULL;
}

struct wk_doc *
wrangler_get_kind(struct wrangler *w, const char *key, enum wk_doc_kind kind)
{
    struct wk_doc *doc = wrangler_get(w, key);

    return doc != NULL && wrangler_is(w, doc, kind) ? doc : NULL;
}

struct wk_doc *
wrangler_member(struct wrangler *w, struct wk_doc *object, const char *key,
                enum wk_doc_kind kind)
{
    struct wk_doc *doc = wk_doc_find(object, key);

    if (doc == NULL || doc->kind == WK_DOC_NULL)
        return NULL;
    return wrangler_is(w, doc, kind) ? doc : NULL;
}

const char *
wrangler_text(struct wrangler *w, struct wk_doc *object, const char *key)
{
    const struct wk_doc *doc = wrangler_member(w, object, key, WK_DOC_STRING);

    return doc != NULL ? doc->text : NULL;
}

const char *
wrangler_need(struct wrangler *w, struct wk_doc *object, const char *key, const char *what_for)
{
    const char *text = wrangler_text(w, object, key);

    if (text != NULL && text[0] != '\0')
        return text;
    if (text != NULL || wk_doc_find(object, key) == NULL)
        wrangler_say(w, WK_DIAG_ERROR, object, "\"%s\" is missing: %s", key, what_for);
    return NULL;
}

void
wrangler_only(struct wrangler *w, struct wk_doc *object, const char *words)
{
    for (struct wk_doc *doc = object->first; doc != NULL; doc = doc->next) {
        size_t n = strlen(doc->key), count = 0;
        const char *names[32], *near;
        char copy[400], *save = NULL;
        bool known = false;

        WK_CHECK(strlen(words) < sizeof(copy));
        memcpy(copy, words, strlen(words) + 1);
        for (char *word = strtok_r(copy, " ", &save); word != NULL;
             word = strtok_r(NULL, " ", &save)) {
            WK_CHECK(count < WK_COUNT(names));
            names[count++] = word;
            known = known || (strlen(word) == n && strcmp(word, doc->key) == 0);
        }
        if (known)
            continue;
        near = wk_did_you_mean(doc->key, names, count);
        wk_doc_diag_key(w->load->diags, WK_DIAG_ERROR, doc,
                        "unknown key \"%s\"%s%s%s; supported are: %s", doc->key,
                        near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                        near != NULL ? "\"?" : "", words);
    }
}
