#include "services/disk/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "kernel/base/buf.h"

#define LINE_BYTES_MAX 2000u
#define REDIRECT_BYTES_MAX 1000u
#define NAMES_MAX 8     /* placeholders of a path */
#define STEPS_MAX 50000 /* of matching: a path full of placeholders must not take for ever */

/* A path with its placeholders; "*" is called "splat". */
struct pattern {
    char *text;
    bool has_host; /* begins with "https://" */
    size_t name_count;
};

struct redirect {
    struct pattern from;
    char *to;
    unsigned status;
};

struct header {
    char *name, *value; /* value NULL: it is taken away */
};

struct header_rule {
    struct pattern path;
    struct header *list;
    size_t count;
};

struct wk_rules {
    struct wk_arena arena;
    struct redirect *exact, *dynamic;
    size_t exact_count, dynamic_count;
    struct header_rule *headers;
    size_t header_count, ignored;
    bool html_handling;
};

/* ---- matching ---- */

struct capture {
    const char *name, *at;
    size_t name_len, len;
};

struct match {
    struct capture captures[NAMES_MAX];
    size_t count;
    int steps;
};

static size_t
name_length(const char *p)
{
    size_t n = 0;

    if (*p != ':' || !isalpha((unsigned char)p[1]))
        return 0;
    for (n = 1; isalnum((unsigned char)p[n]) || p[n] == '_'; n++)
        ;
    return n - 1;
}

static bool matches(struct match *m, const char *pattern, const char *text);

/* The placeholder at pattern takes as much as it can. */
static bool
matches_piece(struct match *m, const char *pattern, size_t pattern_len, const char *text,
              bool all)
{
    size_t most = all ? strlen(text) : strcspn(text, "/"), least = all ? 0 : 1, slot = m->count;

    if (slot == NAMES_MAX)
        return false;
    for (size_t len = most + 1; len-- > least;) {
        m->count = slot + 1;
        m->captures[slot] =
            (struct capture){all ? "splat" : pattern + 1, text, all ? 5 : pattern_len - 1, len};
        if (matches(m, pattern + pattern_len, text + len))
            return true;
    }
    m->count = slot;
    return false;
}

static bool
matches(struct match *m, const char *pattern, const char *text)
{
    for (;; pattern++, text++) {
        size_t name = name_length(pattern);

        if (--m->steps < 0)
            return false;
        if (*pattern == '*')
            return matches_piece(m, pattern, 1, text, true);
        if (name > 0)
            return matches_piece(m, pattern, name + 1, text, false);
        if (*pattern != *text)
            return false;
        if (*pattern == '\0')
            return true;
    }
}

static bool
pattern_matches(const struct pattern *pattern, const char *text, struct match *m)
{
    m->count = 0;
    m->steps = STEPS_MAX;
    return matches(m, pattern->text, text);
}

/* The text with what was captured in the place of the names. */
static char *
filled(struct wk_arena *arena, const char *text, const struct match *m)
{
    struct wk_buf out = {0};
    char *result;

    wk_buf_add(&out, "", 0);
    while (*text != '\0') {
        size_t name = name_length(text), i = 0;

        while (name > 0 && i < m->count &&
               (m->captures[i].name_len != name ||
                memcmp(m->captures[i].name, text + 1, name) != 0))
            i++;
        if (name > 0 && i < m->count) {
            wk_buf_add(&out, m->captures[i].at, m->captures[i].len);
            text += name + 1;
        } else {
            wk_buf_add_char(&out, *text++);
        }
    }
    result = wk_arena_strndup(arena, out.data, out.len);
    wk_buf_fini(&out);
    return result;
}

/* ---- parsing ---- */

/* The next line without its ends; comments and empty ones are passed over. */
static bool
next_line(const char **at, const char **line, size_t *len)
{
    while (**at != '\0') {
        const char *p = *at, *end = p + strcspn(p, "\r\n");

        *at = end + strspn(end, "\r\n");
        while (p < end && isspace((unsigned char)*p))
            p++;
        while (end > p && isspace((unsigned char)end[-1]))
            end--;
        if (p == end || *p == '#')
            continue;
        *line = p;
        *len = (size_t)(end - p);
        return true;
    }
    return false;
}

/* False: one name twice, more than one '*', or too many. */
static bool
pattern_parse(struct wk_rules *rules, const char *text, size_t len, struct pattern *out)
{
    const char *names[NAMES_MAX];
    size_t lengths[NAMES_MAX], stars = 0;

    out->text = wk_arena_strndup(&rules->arena, text, len);
    out->has_host = strncmp(out->text, "https://", 8) == 0;
    out->name_count = 0;
    for (const char *p = out->text + (out->has_host ? 8 : 0); *p != '\0'; p++) {
        size_t name = name_length(p);

        if (*p != '*' && name == 0)
            continue;
        if (*p == '*' && stars++ > 0)
            return false;
        for (size_t i = 0; i < out->name_count; i++)
            if (lengths[i] == name && memcmp(names[i], p + 1, name) == 0)
                return false;
        if (out->name_count == NAMES_MAX)
            return false;
        names[out->name_count] = p + 1;
        lengths[out->name_count++] = name;
    }
    return true;
}

static bool
ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* "/anything" to "/index.html" would be sent back to "/" without end. */
static bool
is_endless(const struct wk_rules *rules, const struct redirect *r)
{
    return rules->html_handling && r->to[0] == '/' &&
           (ends_with(r->from.text, "/*") || ends_with(r->from.text, "/")) &&
           (ends_with(r->to, "/index") || ends_with(r->to, "/index.html"));
}

static bool
redirect_is_good(const struct wk_rules *rules, const struct redirect *r)
{
    static const unsigned known[] = {200, 301, 302, 303, 307, 308};
    bool is_path = r->to[0] == '/', ok = false;

    for (size_t i = 0; i < WK_COUNT(known); i++)
        ok |= known[i] == r->status;
    if (!ok || r->from.text[0] != '/' || is_endless(rules, r) ||
        strcmp(r->from.text, r->to) == 0)
        return false;
    if (is_path)
        return r->to[1] != '/' || r->status != 200;
    return r->status != 200 &&
           (strncasecmp(r->to, "http://", 7) == 0 || strncasecmp(r->to, "https://", 8) == 0);
}

static bool
redirect_parse(struct wk_rules *rules, const char *line, size_t len, struct redirect *r)
{
    const char *parts[4], *end = line + len;
    size_t lengths[4], count = 0;

    while (line < end && count < WK_COUNT(parts)) {
        parts[count] = line;
        while (line < end && !isspace((unsigned char)*line))
            line++;
        lengths[count] = (size_t)(line - parts[count]);
        count++;
        while (line < end && isspace((unsigned char)*line))
            line++;
    }
    if (count < 2 || count > 3)
        return false;
    r->status = count == 3 ? (unsigned)strtoul(parts[2], NULL, 10) : 302;
    r->to = wk_arena_strndup(&rules->arena, parts[1], lengths[1]);
    for (size_t i = 0; i < lengths[0]; i++)
        if (parts[0][i] == '#')
            lengths[0] = i; /* fragments never reach a server */
    return pattern_parse(rules, parts[0], lengths[0], &r->from) && redirect_is_good(rules, r);
}

static bool
is_known(const struct wk_rules *rules, const struct redirect *r)
{
    const struct redirect *list = r->from.name_count > 0 ? rules->dynamic : rules->exact;
    size_t count = r->from.name_count > 0 ? rules->dynamic_count : rules->exact_count;

    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].from.text, r->from.text) == 0)
            return true;
    return false;
}

static void
redirects_parse(struct wk_rules *rules, const char *text)
{
    const char *line;
    size_t len;

    rules->exact =
        wk_arena_alloc(&rules->arena, WK_REDIRECTS_STATIC_MAX * sizeof(*rules->exact));
    rules->dynamic =
        wk_arena_alloc(&rules->arena, WK_REDIRECTS_DYNAMIC_MAX * sizeof(*rules->dynamic));
    while (next_line(&text, &line, &len)) {
        struct redirect r;

        if (len > REDIRECT_BYTES_MAX || !redirect_parse(rules, line, len, &r) ||
            is_known(rules, &r))
            rules->ignored++;
        else if (r.from.name_count > 0 && rules->dynamic_count < WK_REDIRECTS_DYNAMIC_MAX)
            rules->dynamic[rules->dynamic_count++] = r;
        else if (r.from.name_count == 0 && rules->exact_count < WK_REDIRECTS_STATIC_MAX)
            rules->exact[rules->exact_count++] = r;
        else
            rules->ignored++;
    }
}

static bool
is_token(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)p[i]) && strchr("!#$%&'*+-.^_`|~", p[i]) == NULL)
            return false;
    return len > 0;
}

static bool
header_parse(struct wk_rules *rules, const char *line, size_t len, struct header *h)
{
    const char *colon = memchr(line, ':', len), *value;
    size_t name_len;

    if (len > 2 && line[0] == '!' && line[1] == ' ') {
        line += 2;
        len -= 2;
        h->value = NULL;
        h->name = wk_arena_strndup(&rules->arena, line, len);
        return is_token(line, len);
    }
    if (colon == NULL)
        return false;
    for (name_len = (size_t)(colon - line); name_len > 0 && line[name_len - 1] == ' ';)
        name_len--;
    for (value = colon + 1; value < line + len && isspace((unsigned char)*value);)
        value++;
    h->name = wk_arena_strndup(&rules->arena, line, name_len);
    h->value = wk_arena_strndup(&rules->arena, value, (size_t)(line + len - value));
    for (const char *p = h->value; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return h->value[0] != '\0' && is_token(line, name_len);
}

static void
header_add(struct wk_rules *rules, struct header_rule *rule, const struct header *h)
{
    if (rule->count % 16 == 0) {
        struct header *list = wk_arena_alloc(&rules->arena, (rule->count + 16) * sizeof(*list));

        if (rule->count > 0)
            memcpy(list, rule->list, rule->count * sizeof(*list));
        rule->list = list;
    }
    rule->list[rule->count++] = *h;
}

static void
headers_parse(struct wk_rules *rules, const char *text)
{
    struct header_rule *rule = NULL;
    const char *line;
    size_t len;

    rules->headers =
        wk_arena_alloc(&rules->arena, WK_HEADER_RULES_MAX * sizeof(*rules->headers));
    while (next_line(&text, &line, &len)) {
        struct header h;

        if (line[0] == '/' || (len > 8 && strncmp(line, "https://", 8) == 0)) {
            rule = NULL;
            if (len > LINE_BYTES_MAX || rules->header_count == WK_HEADER_RULES_MAX ||
                !pattern_parse(rules, line, len, &rules->headers[rules->header_count].path)) {
                rules->ignored++;
                continue;
            }
            rule = &rules->headers[rules->header_count++];
            rule->count = 0;
        } else if (rule != NULL && len <= LINE_BYTES_MAX &&
                   header_parse(rules, line, len, &h)) {
            header_add(rules, rule, &h);
        } else {
            rules->ignored++;
        }
    }
}

struct wk_rules *
wk_rules_parse(const char *headers, const char *redirects, bool html_handling)
{
    struct wk_rules *rules = wk_xcalloc(1, sizeof(*rules));

    rules->html_handling = html_handling;
    if (redirects != NULL)
        redirects_parse(rules, redirects);
    if (headers != NULL)
        headers_parse(rules, headers);
    return rules;
}

void
wk_rules_free(struct wk_rules *rules)
{
    if (rules == NULL)
        return;
    wk_arena_fini(&rules->arena);
    free(rules);
}

size_t
wk_rules_ignored(const struct wk_rules *rules)
{
    return rules->ignored;
}

/* ---- what applies ---- */

/* The destination, with the request's query unless it has one of its own. */
static const char *
with_query(struct wk_arena *arena, const char *to, const char *query)
{
    size_t plain = strcspn(to, "?#");
    char *out;

    if (to[plain] == '?' || query[0] == '\0')
        return to;
    out = wk_arena_alloc(arena, strlen(to) + strlen(query) + 1);
    memcpy(out, to, plain);
    memcpy(out + plain, query, strlen(query));
    memcpy(out + plain + strlen(query), to + plain, strlen(to + plain) + 1);
    return out;
}

bool
wk_rules_redirect(const struct wk_rules *rules, struct wk_arena *arena, const char *path,
                  const char *query, struct wk_rules_target *out)
{
    const struct redirect *found = NULL;
    struct match m = {.count = 0};

    for (size_t i = 0; i < rules->exact_count && found == NULL; i++)
        if (strcmp(rules->exact[i].from.text, path) == 0)
            found = &rules->exact[i];
    for (size_t i = 0; i < rules->dynamic_count && found == NULL; i++)
        if (pattern_matches(&rules->dynamic[i].from, path, &m))
            found = &rules->dynamic[i];
    if (found == NULL)
        return false;
    out->status = found->status;
    out->to = filled(arena, found->to, &m);
    if (found->status != 200)
        out->to = with_query(arena, out->to, query);
    return true;
}

void
wk_rules_headers(const struct wk_rules *rules, struct wk_arena *arena, const char *host,
                 const char *path, wk_rules_header_fn *fn, void *arg)
{
    size_t bytes = strlen(host) + strlen(path) + 9;
    char *full = wk_arena_alloc(arena, bytes);
    struct match m;

    snprintf(full, bytes, "https://%s%s", host, path);
    for (size_t i = 0; i < rules->header_count; i++) {
        const struct header_rule *rule = &rules->headers[i];

        if (!pattern_matches(&rule->path, rule->path.has_host ? full : path, &m))
            continue;
        for (size_t k = 0; k < rule->count; k++)
            if (rule->list[k].value == NULL)
                fn(arg, rule->list[k].name, NULL);
        for (size_t k = 0; k < rule->count; k++)
            if (rule->list[k].value != NULL)
                fn(arg, rule->list[k].name, filled(arena, rule->list[k].value, &m));
    }
}
