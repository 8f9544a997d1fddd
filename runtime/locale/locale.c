/* Language tags: canonical, known, asked for. */
#include "runtime/locale/locale_priv.h"

#include <string.h>
#include <unicode/uloc.h>

bool
wk_locale_canonical(const char *tag, size_t bytes, char out[WK_LOCALE_BYTES_MAX])
{
    UErrorCode status = U_ZERO_ERROR;
    char id[2 * WK_LOCALE_BYTES_MAX];
    int32_t parsed = 0, n;

    if (bytes == 0 || bytes >= WK_LOCALE_BYTES_MAX || memchr(tag, '\0', bytes) != NULL)
        return false;
    uloc_forLanguageTag(tag, id, sizeof(id), &parsed, &status);
    if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING ||
        (size_t)parsed != bytes)
        return false;
    n = uloc_toLanguageTag(id, out, WK_LOCALE_BYTES_MAX, true, &status);
    return U_SUCCESS(status) && n > 0 && n < WK_LOCALE_BYTES_MAX;
}

static bool
is_listed(const char *name)
{
    UErrorCode status = U_ZERO_ERROR;
    UEnumeration *names = uloc_openAvailableByType(ULOC_AVAILABLE_WITH_LEGACY_ALIASES, &status);
    const char *listed = NULL;

    while (U_SUCCESS(status) && (listed = uenum_next(names, NULL, &status)) != NULL) {
        if (strcmp(listed, name) == 0)
            break;
    }
    uenum_close(names);
    return listed != NULL;
}

bool
wk_locale_known(const char *tag, char out[WK_LOCALE_BYTES_MAX])
{
    UErrorCode status = U_ZERO_ERROR;
    char id[2 * WK_LOCALE_BYTES_MAX];
    char *cut;

    uloc_forLanguageTag(tag, id, sizeof(id), NULL, &status);
    uloc_getBaseName(id, out, WK_LOCALE_BYTES_MAX, &status);
    if (U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING)
        return false;
    while (!is_listed(out)) {
        if ((cut = strrchr(out, '_')) == NULL)
            return false;
        *cut = '\0';
    }
    return out[0] != '\0';
}

/* Canonical and known, or throws, or false. Asked again and again in a sort, so the last
 * answers are kept. */
static bool
resolve_one(duk_context *ctx, duk_idx_t idx, char out[WK_LOCALE_BYTES_MAX])
{
    static __thread struct {
        char tag[WK_LOCALE_BYTES_MAX], resolved[WK_LOCALE_BYTES_MAX];
        bool known;
    } last[4];
    static __thread unsigned next;
    char known[WK_LOCALE_BYTES_MAX];
    duk_size_t bytes;
    const char *tag;
    unsigned at;

    if (!duk_is_string(ctx, idx) && !duk_is_object(ctx, idx))
        (void)duk_type_error(ctx, "Language ID should be string or object.");
    tag = duk_to_lstring(ctx, idx, &bytes);
    for (at = 0; at < WK_COUNT(last) && (bytes == 0 || strlen(tag) != bytes || strcmp(last[at].tag, tag) != 0); at++)
        continue;
    if (at == WK_COUNT(last)) {
        if (!wk_locale_canonical(tag, bytes, out))
            (void)duk_range_error(ctx, "Invalid language tag: %s", tag);
        at = next++ % WK_COUNT(last);
        memcpy(last[at].resolved, out, WK_LOCALE_BYTES_MAX);
        last[at].known = wk_locale_known(out, known);
        memcpy(last[at].tag, tag, bytes + 1);
    }
    memcpy(out, last[at].resolved, WK_LOCALE_BYTES_MAX);
    return last[at].known;
}

void
wk_locale_resolve(duk_context *ctx, duk_idx_t idx, char out[WK_LOCALE_BYTES_MAX])
{
    bool known = false;

    idx = duk_normalize_index(ctx, idx);
    if (duk_is_null(ctx, idx))
        (void)duk_type_error(ctx, "Cannot convert undefined or null to object");
    if (duk_is_string(ctx, idx)) {
        known = resolve_one(ctx, idx, out);
    } else if (duk_is_object(ctx, idx)) {
        duk_size_t count = duk_get_length(ctx, idx);
        char other[WK_LOCALE_BYTES_MAX];

        for (duk_uarridx_t i = 0; i < count; i++) {
            if (duk_get_prop_index(ctx, idx, i))
                known = resolve_one(ctx, -1, known ? other : out) || known;
            duk_pop(ctx);
        }
    }
    if (!known)
        memcpy(out, "en-US", sizeof("en-US"));
}

void
wk_locale_check(duk_context *ctx, UErrorCode status)
{
    if (U_FAILURE(status))
        (void)duk_range_error(ctx, "Internal error. Icu error.");
}

/* canonical(tag) -> the canonical tag, or undefined when it is none */
static duk_ret_t
locale_canonical(duk_context *ctx)
{
    char out[WK_LOCALE_BYTES_MAX];
    duk_size_t bytes;
    const char *tag = duk_require_lstring(ctx, 0, &bytes);

    if (!wk_locale_canonical(tag, bytes, out))
        return 0;
    duk_push_string(ctx, out);
    return 1;
}

/* known(tag) -> whether there is one like it; the tag is canonical */
static duk_ret_t
locale_known(duk_context *ctx)
{
    char out[WK_LOCALE_BYTES_MAX];

    duk_push_boolean(ctx, wk_locale_known(duk_require_string(ctx, 0), out));
    return 1;
}

/* resolve(locales) -> the canonical tag of the first that is known */
static duk_ret_t
locale_resolve(duk_context *ctx)
{
    char out[WK_LOCALE_BYTES_MAX];

    wk_locale_resolve(ctx, 0, out);
    duk_push_string(ctx, out);
    return 1;
}

void
wk_locale_init(duk_context *ctx)
{
    static const duk_function_list_entry verbs[] = {{"canonical", locale_canonical, 1},
                                                    {"known", locale_known, 1},
                                                    {"resolve", locale_resolve, 1},
                                                    {NULL, NULL, 0}};

    wk_engine_native(ctx, "locale", verbs);
    wk_locale_text_init(ctx);
    wk_locale_collator_init(ctx);
    wk_locale_rules_init(ctx);
}
