/* The pattern grammar (ECMA-262 22.2.1 and B.1.2), but for classes and escapes. */
#include "runtime/regexp/parse_priv.h"

#include <string.h>

struct wk_re_open {
    uint32_t capture;
    const struct wk_re_open *up;
};

static struct wk_regexp_node *parse_disjunction(struct wk_re_parser *p);

void *
wk_re_fail(struct wk_re_parser *p, const char *error)
{
    if (p->ast->error == NULL)
        p->ast->error = error;
    return NULL;
}

struct wk_regexp_node *
wk_re_node(struct wk_re_parser *p, enum wk_regexp_kind kind)
{
    struct wk_regexp_node *node = wk_arena_alloc(&p->ast->arena, sizeof(*node));

    node->kind = kind;
    node->nullable = kind != WK_RE_CHAR && kind != WK_RE_ANY && kind != WK_RE_CLASS;
    node->empty_last = true;
    node->length_min = node->length_max = node->nullable ? 0 : 1;
    node->cap_first = node->cap_end = p->captures_opened + 1;
    return node;
}

struct wk_regexp_node *
wk_re_char(struct wk_re_parser *p, uint32_t c)
{
    struct wk_regexp_node *node = wk_re_node(p, WK_RE_CHAR);

    node->value = c;
    return node;
}

static uint32_t
length_add(uint32_t a, uint32_t b)
{
    return a > WK_REGEXP_INFINITE - b ? WK_REGEXP_INFINITE : a + b;
}

static uint32_t
length_times(uint32_t a, uint32_t b)
{
    uint64_t product = (uint64_t)a * b;

    return product > WK_REGEXP_INFINITE ? WK_REGEXP_INFINITE : (uint32_t)product;
}

/* Puts child last in parent's list and takes its facts over; both SEQ and ALT. */
static void
node_append(struct wk_regexp_node *parent, struct wk_regexp_node ***tail,
            struct wk_regexp_node *child)
{
    bool first = parent->child == NULL;

    if (parent->kind == WK_RE_SEQ) {
        parent->empty_last = parent->empty_last && child->empty_last;
        parent->nullable = parent->nullable && child->nullable;
        parent->length_min = length_add(parent->length_min, child->length_min);
        parent->length_max = length_add(parent->length_max, child->length_max);
    } else {
        /* an alternative that can be empty must be the last one */
        parent->empty_last = (first || !parent->nullable) && child->empty_last;
        parent->nullable = (!first && parent->nullable) || child->nullable;
        parent->length_min = first || child->length_min < parent->length_min ? child->length_min
                                                                             : parent->length_min;
        parent->length_max = first || child->length_max > parent->length_max ? child->length_max
                                                                             : parent->length_max;
    }
    parent->skips = parent->skips || child->skips;
    parent->has_ref = parent->has_ref || child->has_ref;
    parent->cap_end = child->cap_end;
    if (first)
        parent->cap_first = child->cap_first;
    **tail = child;
    *tail = &child->next;
}

static void
node_adopt(struct wk_regexp_node *parent, struct wk_regexp_node *child)
{
    parent->child = child;
    parent->skips = child->skips;
    parent->has_ref = child->has_ref;
    parent->cap_first = child->cap_first;
    parent->cap_end = child->cap_end;
}

/* Two groups of one name are fine in different alternatives: they cannot both take part. */
static bool
paths_exclude(const struct wk_re_path *a, const struct wk_re_path *b)
{
    for (; a != NULL; a = a->up)
        for (const struct wk_re_path *c = b; c != NULL; c = c->up)
            if (a->disjunction == c->disjunction && a->alternative != c->alternative)
                return true;
    return false;
}

static bool
name_add(struct wk_re_parser *p, const char *name, uint32_t capture)
{
    struct wk_regexp_name **tail = &p->ast->names, *entry;

    for (; *tail != NULL; tail = &(*tail)->next)
        if (strcmp((*tail)->name, name) == 0 && !paths_exclude((*tail)->path, p->path))
            return false;
    entry = wk_arena_alloc(&p->ast->arena, sizeof(*entry));
    entry->name = name;
    entry->capture = capture;
    entry->path = p->path;
    *tail = entry;
    return true;
}

static struct wk_regexp_node *
parse_capture(struct wk_re_parser *p, bool named)
{
    struct wk_re_open open = {p->captures_opened + 1, p->open};
    struct wk_regexp_node *node = wk_re_node(p, WK_RE_GROUP), *child;
    const char *name;

    if (open.capture > WK_REGEXP_CAPTURES_MAX)
        return wk_re_fail(p, "Too many captures");
    if (named) {
        if ((name = wk_re_group_name(p)) == NULL)
            return wk_re_fail(p, "Invalid capture group name");
        if (!name_add(p, name, open.capture))
            return wk_re_fail(p, "Duplicate capture group name");
    }
    p->captures_opened++;
    p->open = &open;
    child = parse_disjunction(p);
    p->open = open.up;
    if (child == NULL)
        return NULL;
    node_adopt(node, child);
    node->value = open.capture;
    node->cap_first = open.capture;
    node->cap_end = p->captures_opened + 1;
    node->nullable = child->nullable;
    node->empty_last = child->empty_last;
    node->length_min = child->length_min;
    node->length_max = child->length_max;
    return node;
}

static struct wk_regexp_node *
parse_look(struct wk_re_parser *p, bool behind, bool negate)
{
    struct wk_regexp_node *node = wk_re_node(p, WK_RE_LOOK), *child = parse_disjunction(p);

    if (child == NULL)
        return NULL;
    node_adopt(node, child);
    node->behind = behind;
    node->negate = negate;
    node->skips = node->skips || (negate && node->cap_end > node->cap_first);
    return node;
}

/* '(' was taken. */
static struct wk_regexp_node *
parse_group(struct wk_re_parser *p)
{
    struct wk_regexp_node *node;
    uint32_t c = wk_re_peek(p, 1), d = wk_re_peek(p, 2);

    if (++p->depth > WK_REGEXP_DEPTH_MAX)
        return wk_re_fail(p, "Regular expression too large");
    if (wk_re_peek(p, 0) != '?') {
        node = parse_capture(p, false);
    } else if (c == ':') {
        p->at += 2;
        node = parse_disjunction(p);
    } else if (c == '=' || c == '!') {
        p->at += 2;
        node = parse_look(p, false, c == '!');
    } else if (c == '<' && (d == '=' || d == '!')) {
        p->at += 3;
        node = parse_look(p, true, d == '!');
    } else if (c == '<') {
        p->at += 2;
        node = parse_capture(p, true);
    } else {
        return wk_re_fail(p, "Invalid group");
    }
    p->depth--;
    if (node != NULL && !wk_re_accept(p, ')'))
        return wk_re_fail(p, "Unterminated group");
    return node;
}

static bool
digits(struct wk_re_parser *p, uint32_t *value)
{
    size_t start = p->at;

    for (*value = 0; wk_re_peek(p, 0) >= '0' && wk_re_peek(p, 0) <= '9'; p->at++)
        *value = length_add(length_times(*value, 10), p->chars[p->at] - '0');
    return p->at > start;
}

/* {n} {n,} {n,m}; takes nothing when it is none. */
static bool
parse_interval(struct wk_re_parser *p, uint32_t *min, uint32_t *max)
{
    size_t start = p->at;

    if (!wk_re_accept(p, '{') || !digits(p, min))
        goto none;
    *max = *min;
    if (wk_re_accept(p, ',') && !digits(p, max))
        *max = WK_REGEXP_INFINITE;
    if (wk_re_accept(p, '}'))
        return true;
none:
    p->at = start;
    return false;
}

static bool
parse_quantifier(struct wk_re_parser *p, uint32_t *min, uint32_t *max)
{
    switch (wk_re_peek(p, 0)) {
    case '*':
        *min = 0, *max = WK_REGEXP_INFINITE;
        break;
    case '+':
        *min = 1, *max = WK_REGEXP_INFINITE;
        break;
    case '?':
        *min = 0, *max = 1;
        break;
    case '{':
        if (!parse_interval(p, min, max)) {
            if (p->unicode)
                wk_re_fail(p, "Incomplete quantifier");
            return false;
        }
        if (*min > *max)
            wk_re_fail(p, "numbers out of order in {} quantifier");
        return *min <= *max;
    default:
        return false;
    }
    p->at++;
    return true;
}

static struct wk_regexp_node *
quantify(struct wk_re_parser *p, struct wk_regexp_node *atom, uint32_t min, uint32_t max)
{
    struct wk_regexp_node *node = wk_re_node(p, WK_RE_QUANT);

    node_adopt(node, atom);
    node->min = min;
    node->max = max;
    node->greedy = !wk_re_accept(p, '?');
    node->nullable = min == 0 || atom->nullable;
    node->empty_last = !node->nullable || (node->greedy && atom->empty_last);
    node->skips = node->skips || (min == 0 && node->cap_end > node->cap_first);
    node->length_min = length_times(atom->length_min, min);
    node->length_max = length_times(atom->length_max, max);
    return node;
}

static struct wk_regexp_node *
parse_ref(struct wk_re_parser *p, uint32_t capture)
{
    struct wk_regexp_node *node;

    /* inside its own group a capture is not set yet: the reference is empty */
    for (const struct wk_re_open *o = p->open; o != NULL; o = o->up)
        if (o->capture == capture)
            return wk_re_node(p, WK_RE_EMPTY);
    node = wk_re_node(p, WK_RE_REF);
    node->refs = wk_arena_alloc(&p->ast->arena, 2 * sizeof(*node->refs));
    node->refs[0] = capture;
    node->length_max = WK_REGEXP_INFINITE;
    node->has_ref = p->ast->has_ref = true;
    return node;
}

/* \k<name>; names may be defined later, so refs is filled in by resolve_names. */
static struct wk_regexp_node *
parse_named_ref(struct wk_re_parser *p)
{
    struct wk_regexp_node *node = wk_re_node(p, WK_RE_REF);
    const char *name;

    if (!wk_re_accept(p, '<'))
        return wk_re_fail(p, "Invalid named reference");
    if ((name = wk_re_group_name(p)) == NULL)
        return wk_re_fail(p, "Invalid capture group name");
    node->properties = (char *)(uintptr_t)name;
    node->length_max = WK_REGEXP_INFINITE;
    node->has_ref = p->ast->has_ref = true;
    node->next_class = p->ast->classes;
    p->ast->classes = node;
    return node;
}

static bool
resolve_names(struct wk_re_parser *p)
{
    for (struct wk_regexp_node *node = p->ast->classes; node != NULL; node = node->next_class) {
        size_t count = 0;

        if (node->kind != WK_RE_REF)
            continue;
        for (struct wk_regexp_name *n = p->ast->names; n != NULL; n = n->next)
            count += strcmp(n->name, node->properties) == 0;
        if (count == 0)
            return wk_re_fail(p, "Invalid named capture referenced"), false;
        node->refs = wk_arena_alloc(&p->ast->arena, (count + 1) * sizeof(*node->refs));
        count = 0;
        for (struct wk_regexp_name *n = p->ast->names; n != NULL; n = n->next)
            if (strcmp(n->name, node->properties) == 0)
                node->refs[count++] = n->capture;
    }
    return true;
}

/* \1 .. : a back-reference if there are that many groups; else, without u, an octal escape. */
static struct wk_regexp_node *
parse_decimal_escape(struct wk_re_parser *p)
{
    size_t start = p->at;
    uint32_t value;

    digits(p, &value);
    if (value <= p->captures_all)
        return parse_ref(p, value);
    p->at = start;
    if (p->unicode)
        return wk_re_fail(p, "Invalid escape");
    value = wk_re_char_escape(p, false);
    return value == WK_RE_NONE ? NULL : wk_re_char(p, value);
}

/* The backslash was taken. Sets *assertion for what no quantifier may follow. */
static struct wk_regexp_node *
parse_escape(struct wk_re_parser *p, bool *assertion)
{
    struct wk_regexp_node *node;
    uint32_t c = wk_re_peek(p, 0);

    if (c == WK_RE_NONE)
        return wk_re_fail(p, "\\ at end of pattern");
    if (c == 'b' || c == 'B') {
        p->at++;
        *assertion = true;
        node = wk_re_node(p, WK_RE_WORD);
        node->negate = c == 'B';
        return node;
    }
    if (c >= '1' && c <= '9')
        return parse_decimal_escape(p);
    if (c == 'k' && (p->unicode || p->named)) {
        p->at++;
        return parse_named_ref(p);
    }
    if (wk_re_is_class_escape(p, c))
        return wk_re_class_escape(p);
    c = wk_re_char_escape(p, false);
    return c == WK_RE_NONE ? NULL : wk_re_char(p, c);
}

static struct wk_regexp_node *
parse_atom(struct wk_re_parser *p, bool *assertion)
{
    uint32_t c = p->chars[p->at++], min, max;

    switch (c) {
    case '^':
    case '$':
        *assertion = true;
        return wk_re_node(p, c == '^' ? WK_RE_BEGIN : WK_RE_END);
    case '(':
        min = wk_re_peek(p, 1), max = wk_re_peek(p, 2);
        *assertion = wk_re_peek(p, 0) == '?' &&
                     ((min == '<' && (max == '=' || max == '!')) ||
                      (p->unicode && (min == '=' || min == '!')));
        return parse_group(p);
    case '.':
        return wk_re_node(p, WK_RE_ANY);
    case '[':
        return wk_re_class(p);
    case '\\':
        return parse_escape(p, assertion);
    case '*':
    case '+':
    case '?':
        return wk_re_fail(p, "Nothing to repeat");
    case '{':
        p->at--;
        if (parse_interval(p, &min, &max))
            return wk_re_fail(p, "Nothing to repeat");
        p->at++;
        /* fall through */
    case '}':
    case ']':
        if (p->unicode)
            return wk_re_fail(p, "Lone quantifier brackets");
        return wk_re_char(p, c);
    default:
        return wk_re_char(p, c);
    }
}

static struct wk_regexp_node *
parse_alternative(struct wk_re_parser *p)
{
    struct wk_regexp_node *seq = wk_re_node(p, WK_RE_SEQ), **tail = &seq->child, *node;
    uint32_t min, max;

    while (p->at < p->count && wk_re_peek(p, 0) != '|' && wk_re_peek(p, 0) != ')') {
        bool assertion = false;

        if ((node = parse_atom(p, &assertion)) == NULL)
            return NULL;
        if (!assertion && parse_quantifier(p, &min, &max))
            node = quantify(p, node, min, max);
        else if (assertion && node->kind == WK_RE_LOOK && parse_quantifier(p, &min, &max))
            wk_re_fail(p, "Invalid quantifier");
        if (p->ast->error != NULL)
            return NULL;
        node_append(seq, &tail, node);
    }
    if (seq->child == NULL)
        return wk_re_node(p, WK_RE_EMPTY);
    return seq->child->next == NULL ? seq->child : seq;
}

static struct wk_regexp_node *
parse_disjunction(struct wk_re_parser *p)
{
    struct wk_regexp_node *alt = wk_re_node(p, WK_RE_ALT), **tail = &alt->child, *node;
    const struct wk_re_path *up = p->path;
    uint32_t disjunction = p->disjunctions++, alternative = 0;

    do {
        struct wk_re_path *path = wk_arena_alloc(&p->ast->arena, sizeof(*path));

        path->disjunction = disjunction;
        path->alternative = alternative++;
        path->up = up;
        p->path = path;
        if ((node = parse_alternative(p)) == NULL)
            return NULL;
        node_append(alt, &tail, node);
    } while (wk_re_accept(p, '|'));
    p->path = up;
    alt->skips = alt->skips || alt->cap_end > alt->cap_first;
    return alternative == 1 ? node : alt;
}

/* What must be known before parsing: how many captures there are, and whether any has a name. */
static void
count_captures(struct wk_re_parser *p)
{
    uint32_t class_depth = 0;

    for (size_t i = 0; i < p->count; i++) {
        uint32_t c = p->chars[i], d = i + 1 < p->count ? p->chars[i + 1] : 0,
                 e = i + 2 < p->count ? p->chars[i + 2] : 0, f = i + 3 < p->count ? p->chars[i + 3] : 0;

        if (c == '\\')
            i++;
        else if (c == '[' && (class_depth == 0 || (p->ast->flags & WK_RE_SETS) != 0))
            class_depth++;
        else if (c == ']' && class_depth > 0)
            class_depth--;
        else if (c == '(' && class_depth == 0 && d != '?')
            p->captures_all++;
        else if (c == '(' && class_depth == 0 && e == '<' && f != '=' && f != '!')
            p->captures_all++, p->named = true;
    }
}

wk_err
wk_regexp_parse(const uint32_t *chars, size_t count, unsigned flags, struct wk_regexp_ast *ast)
{
    struct wk_re_parser p = {.chars = chars, .count = count, .ast = ast};

    memset(ast, 0, sizeof(*ast));
    ast->flags = flags;
    p.unicode = (flags & WK_RE_CODE_POINTS) != 0;
    if (count > WK_REGEXP_PATTERN_MAX) {
        wk_re_fail(&p, "Regular expression too large");
        return WK_EINVAL;
    }
    count_captures(&p);
    ast->root = parse_disjunction(&p);
    if (ast->error == NULL && p.at < count)
        wk_re_fail(&p, "Unmatched ')'");
    if (ast->error == NULL)
        resolve_names(&p);
    ast->captures = p.captures_opened;
    return ast->error == NULL ? WK_OK : WK_EINVAL;
}

void
wk_regexp_ast_fini(struct wk_regexp_ast *ast)
{
    for (struct wk_regexp_node *node = ast->classes; node != NULL; node = node->next_class) {
        uset_close(node->set);
        uset_close(node->rest);
    }
    wk_arena_fini(&ast->arena);
    ast->classes = NULL;
}
