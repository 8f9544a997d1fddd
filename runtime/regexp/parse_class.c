/* Character classes and the escapes that stand for sets: \d \s \w \p{..}, [..], and the v flag's set
 * operations. Sets are ICU's: they know every property, and complement, intersect and subtract. */
#include "runtime/regexp/parse_priv.h"

#include <string.h>
#include "kernel/base/buf.h"
#include "runtime/regexp/fold.h"

#define WORK_MAX 2000u /* property sets and case closures in one pattern */

struct class_build {
    struct wk_regexp_node *node;
    struct wk_buf properties;
};

static struct wk_regexp_node *
class_node(struct wk_re_parser *p)
{
    struct wk_regexp_node *node = wk_re_node(p, WK_RE_CLASS);

    node->set = uset_openEmpty();
    node->next_class = p->ast->classes;
    p->ast->classes = node;
    return node;
}

static UChar32
char_max(const struct wk_re_parser *p)
{
    return p->unicode ? 0x10ffff : 0xffff;
}

static void
set_complement(const struct wk_re_parser *p, USet *set)
{
    uset_complement(set);
    uset_retain(set, 0, char_max(p));
}

bool
wk_re_is_class_escape(const struct wk_re_parser *p, uint32_t c)
{
    return c == 'd' || c == 'D' || c == 's' || c == 'S' || c == 'w' || c == 'W' ||
           (p->unicode && (c == 'p' || c == 'P'));
}

void
wk_re_add_shorthand(const struct wk_re_parser *p, USet *set, uint32_t letter)
{
    static const UChar32 spaces[][2] = {{9, 13},         {32, 32},         {0xa0, 0xa0},
                                        {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029},
                                        {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000},
                                        {0xfeff, 0xfeff}};

    if (letter == 's') {
        for (size_t i = 0; i < WK_COUNT(spaces); i++)
            uset_addRange(set, spaces[i][0], spaces[i][1]);
        return;
    }
    uset_addRange(set, '0', '9');
    if (letter == 'w') {
        uset_addRange(set, 'A', 'Z');
        uset_addRange(set, 'a', 'z');
        uset_add(set, '_');
        if (p->unicode && (p->ast->flags & WK_RE_IGNORE_CASE) != 0) {
            uset_add(set, 0x17f);
            uset_add(set, 0x212a);
        }
    }
}

/* The text between the braces of \p{..}; false when malformed. */
static bool
property_text(struct wk_re_parser *p, char *text, size_t size)
{
    size_t n = 0;

    if (!wk_re_accept(p, '{'))
        return false;
    while (wk_re_peek(p, 0) < 0x7f && wk_re_peek(p, 0) != '}' && n < size - 1)
        text[n++] = (char)p->chars[p->at++];
    text[n] = '\0';
    return wk_re_accept(p, '}') && n > 0;
}

/* Adds \p{..} or \P{..}. */
static bool
add_property(struct wk_re_parser *p, struct class_build *b, USet *into, bool negate, bool in_class)
{
    bool sets = (p->ast->flags & WK_RE_SETS) != 0;
    USet *set = uset_openEmpty();
    char text[80], native[40] = "";
    bool ok = ++p->work < WORK_MAX && property_text(p, text, sizeof(text)) &&
              wk_re_property(set, text, sets && !negate, native);

    if (!ok) {
        wk_re_fail(p, p->work >= WORK_MAX ? "Regular expression too large"
                      : in_class          ? "Invalid property name in character class"
                                          : "Invalid property name");
    } else {
        if (sets && (p->ast->flags & WK_RE_IGNORE_CASE) != 0 && negate)
            wk_fold_close(set, true);
        if (negate)
            set_complement(p, set);
        /* few ranges are faster than a look-up of the property, many are slower */
        if (b != NULL && native[0] != '\0' && uset_getItemCount(set) > 24) {
            if (b->node->rest == NULL)
                b->node->rest = uset_clone(b->node->set);
            wk_buf_addf(&b->properties, "\\%c{%s}", negate ? 'P' : 'p', native);
        } else if (b != NULL && b->node->rest != NULL) {
            uset_addAll(b->node->rest, set);
        }
        uset_addAll(into, set);
    }
    uset_close(set);
    return ok;
}

static bool
add_class_escape(struct wk_re_parser *p, struct class_build *b, USet *into, bool in_class)
{
    uint32_t c = p->chars[p->at++], letter = c | 0x20;
    USet *set;

    if (letter == 'p')
        return add_property(p, b, into, c == 'P', in_class);
    set = uset_openEmpty();
    wk_re_add_shorthand(p, set, letter);
    if (c != letter)
        set_complement(p, set);
    uset_addAll(into, set);
    if (b != NULL && b->node->rest != NULL)
        uset_addAll(b->node->rest, set);
    uset_close(set);
    return true;
}

/* Keeps what was gathered, closed over case. */
static struct wk_regexp_node *
class_finish(struct wk_re_parser *p, struct class_build *b)
{
    struct wk_regexp_node *node = b->node;

    if ((p->ast->flags & WK_RE_IGNORE_CASE) != 0) {
        wk_fold_close(node->set, p->unicode);
        uset_close(node->rest);
        node->rest = NULL;
        p->work += uset_getItemCount(node->set) > 1;
    }
    if (p->work >= WORK_MAX)
        wk_re_fail(p, "Regular expression too large");
    if (node->rest != NULL)
        node->properties = wk_arena_strndup(&p->ast->arena, b->properties.data, b->properties.len);
    wk_buf_fini(&b->properties);
    return p->ast->error == NULL ? node : NULL;
}

struct wk_regexp_node *
wk_re_class_escape(struct wk_re_parser *p)
{
    struct class_build b = {.node = class_node(p)};

    add_class_escape(p, &b, b.node->set, false);
    if (uset_hasStrings(b.node->set))
        b.node->length_min = 0, b.node->length_max = WK_REGEXP_INFINITE;
    return class_finish(p, &b);
}

/* One member: true with *c set for a character, or *c NONE for a set that was added. */
static bool
class_atom(struct wk_re_parser *p, struct class_build *b, uint32_t *c)
{
    *c = wk_re_peek(p, 0);
    if (*c == WK_RE_NONE)
        return wk_re_fail(p, "Unterminated character class"), false;
    p->at++;
    if (*c != '\\')
        return true;
    *c = wk_re_peek(p, 0);
    if (*c == 'b') {
        p->at++;
        *c = '\b';
        return true;
    }
    if (wk_re_is_class_escape(p, *c)) {
        *c = WK_RE_NONE;
        return add_class_escape(p, b, b->node->set, true);
    }
    *c = wk_re_char_escape(p, true);
    return *c != WK_RE_NONE;
}

static void
class_add(struct class_build *b, uint32_t first, uint32_t last)
{
    uset_addRange(b->node->set, (UChar32)first, (UChar32)last);
    if (b->node->rest != NULL)
        uset_addRange(b->node->rest, (UChar32)first, (UChar32)last);
}

static bool
class_member(struct wk_re_parser *p, struct class_build *b)
{
    uint32_t first, last;

    if (!class_atom(p, b, &first))
        return false;
    if (wk_re_peek(p, 0) != '-' || wk_re_peek(p, 1) == ']' || wk_re_peek(p, 1) == WK_RE_NONE) {
        if (first != WK_RE_NONE)
            class_add(b, first, first);
        return true;
    }
    p->at++;
    if (!class_atom(p, b, &last))
        return false;
    if (first == WK_RE_NONE || last == WK_RE_NONE) {
        if (p->unicode)
            return wk_re_fail(p, "Invalid character class"), false;
        class_add(b, '-', '-');
        if (first != WK_RE_NONE || last != WK_RE_NONE)
            class_add(b, first != WK_RE_NONE ? first : last, first != WK_RE_NONE ? first : last);
        return true;
    }
    if (first > last)
        return wk_re_fail(p, "Range out of order in character class"), false;
    class_add(b, first, last);
    return true;
}

/* --- the v flag: [A--B], [A&&B], nested classes, \q{ab|c} --- */

static bool set_class(struct wk_re_parser *p, USet *set);

/* \q{abc|d|}: '{' comes next. */
static bool
set_strings(struct wk_re_parser *p, USet *set)
{
    UChar text[64];
    int32_t n = 0;

    if (!wk_re_accept(p, '{'))
        return wk_re_fail(p, "Invalid escape"), false;
    for (;;) {
        uint32_t c = wk_re_peek(p, 0);

        if (c == WK_RE_NONE)
            return wk_re_fail(p, "Invalid character class"), false;
        p->at++;
        if (c == '}' || c == '|') {
            uset_addString(set, text, n);
            n = 0;
            if (c == '}')
                return true;
            continue;
        }
        if (c == '\\' && (c = wk_re_char_escape(p, true)) == WK_RE_NONE)
            return false;
        if (n > 60)
            return wk_re_fail(p, "Regular expression too large"), false;
        if (c > 0xffff)
            text[n++] = (UChar)(0xd7c0 + (c >> 10));
        text[n++] = (UChar)(c > 0xffff ? 0xdc00 + (c & 0x3ff) : c);
    }
}

/* One operand; *c is its character, or NONE when it is a set, already added to `set`. */
static bool
set_operand(struct wk_re_parser *p, USet *set, uint32_t *c)
{
    static const char syntax[] = "()[]{}/-|", doubled[] = "&!#$%*+,.:;<=>?@^`~";

    *c = wk_re_peek(p, 0);
    if (*c == WK_RE_NONE)
        return wk_re_fail(p, "Unterminated character class"), false;
    p->at++;
    if (*c == '[') {
        *c = WK_RE_NONE;
        return set_class(p, set);
    }
    if (*c == '\\') {
        *c = WK_RE_NONE;
        if (wk_re_is_class_escape(p, wk_re_peek(p, 0)))
            return add_class_escape(p, NULL, set, true);
        if (wk_re_accept(p, 'q'))
            return set_strings(p, set);
        if (wk_re_accept(p, 'b')) {
            *c = '\b';
            return true;
        }
        return (*c = wk_re_char_escape(p, true)) != WK_RE_NONE;
    }
    if (*c < 0x80 && *c > 0 && strchr(syntax, (int)*c) != NULL)
        return wk_re_fail(p, "Invalid character in character class"), false;
    if (*c < 0x80 && *c > 0 && strchr(doubled, (int)*c) != NULL && wk_re_peek(p, 0) == *c)
        return wk_re_fail(p, "Invalid set operation in character class"), false;
    return true;
}

/* `op` op: A--B--C or A&&B&&C; A is in set. */
static bool
set_operation(struct wk_re_parser *p, USet *set, uint32_t op)
{
    bool ignore_case = (p->ast->flags & WK_RE_IGNORE_CASE) != 0;
    USet *operand = uset_openEmpty();
    bool ok = true;
    uint32_t c;

    if (ignore_case)
        wk_fold_close(set, true);
    while (ok && wk_re_peek(p, 0) != ']') {
        if (wk_re_peek(p, 0) != op || wk_re_peek(p, 1) != op) {
            wk_re_fail(p, wk_re_peek(p, 0) == WK_RE_NONE ? "Unterminated character class"
                                                         : "Invalid set operation in character class");
            ok = false;
            break;
        }
        p->at += 2;
        uset_clear(operand);
        ok = set_operand(p, operand, &c);
        if (ok && c != WK_RE_NONE)
            uset_add(operand, (UChar32)c);
        if (ignore_case)
            wk_fold_close(operand, true);
        if (op == '-')
            uset_removeAll(set, operand);
        else
            uset_retainAll(set, operand);
    }
    uset_close(operand);
    return ok;
}

/* Members one after the other, or one operation throughout. */
static bool
set_members(struct wk_re_parser *p, USet *set)
{
    uint32_t first, last;

    for (bool begin = true; wk_re_peek(p, 0) != ']'; begin = false) {
        if (!set_operand(p, set, &first))
            return false;
        if (wk_re_peek(p, 0) == wk_re_peek(p, 1) &&
            (wk_re_peek(p, 0) == '-' || wk_re_peek(p, 0) == '&')) {
            if (first != WK_RE_NONE)
                uset_add(set, (UChar32)first);
            if (!begin)
                return wk_re_fail(p, "Invalid set operation in character class"), false;
            return set_operation(p, set, wk_re_peek(p, 0));
        }
        last = first;
        if (wk_re_peek(p, 0) == '-') {
            p->at++;
            if (!set_operand(p, set, &last))
                return false;
            if (first == WK_RE_NONE || last == WK_RE_NONE)
                return wk_re_fail(p, "Invalid character class"), false;
            if (first > last)
                return wk_re_fail(p, "Range out of order in character class"), false;
        }
        if (first != WK_RE_NONE)
            uset_addRange(set, (UChar32)first, (UChar32)last);
    }
    return true;
}

/* '[' was taken; adds the class to set. */
static bool
set_class(struct wk_re_parser *p, USet *set)
{
    bool negate = wk_re_accept(p, '^'), ok;
    USet *own = uset_openEmpty();

    if (++p->depth > WK_REGEXP_DEPTH_MAX) {
        uset_close(own);
        return wk_re_fail(p, "Regular expression too large"), false;
    }
    ok = set_members(p, own) && (p->at++, p->depth--, true);
    if (ok && negate && uset_hasStrings(own)) {
        wk_re_fail(p, "Negated character class may contain strings");
        ok = false;
    }
    if (ok && (p->ast->flags & WK_RE_IGNORE_CASE) != 0)
        wk_fold_close(own, true);
    if (ok && negate)
        set_complement(p, own);
    if (ok)
        uset_addAll(set, own);
    uset_close(own);
    return ok;
}

struct wk_regexp_node *
wk_re_class(struct wk_re_parser *p)
{
    struct class_build b = {.node = class_node(p)};

    if ((p->ast->flags & WK_RE_SETS) != 0) {
        if (set_class(p, b.node->set) && uset_hasStrings(b.node->set)) {
            b.node->length_min = 0, b.node->length_max = WK_REGEXP_INFINITE;
            b.node->nullable = uset_containsString(b.node->set, u"", 0);
            b.node->empty_last = true;
        }
        return class_finish(p, &b);
    }
    b.node->negate = wk_re_accept(p, '^');
    while (wk_re_peek(p, 0) != ']')
        if (!class_member(p, &b))
            break;
    p->at++;
    return class_finish(p, &b);
}
