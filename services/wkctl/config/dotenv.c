/* Read like the dotenv package does: lines that are no assignment are passed over, quotes may
 * span lines, \n and \r mean something only in "...". */
#include "services/wkctl/config/dotenv.h"

#include <ctype.h>
#include <string.h>
#include "kernel/base/buf.h"

/* The name at s and what follows it; NULL if this is no assignment. */
static const char *
dotenv_name(const char *s, struct wk_buf *name)
{
    size_t n;

    name->len = 0;
    s += strspn(s, " \t");
    if (strncmp(s, "export", 6) == 0 && (s[6] == ' ' || s[6] == '\t'))
        s += 6 + strspn(s + 6, " \t");
    for (n = 0; isalnum((unsigned char)s[n]) || (s[n] != '\0' && strchr("_.-", s[n]) != NULL);)
        n++;
    if (n == 0)
        return NULL;
    wk_buf_add(name, s, n);
    s += n;
    s += strspn(s, " \t");
    if (*s != '=' && !(*s == ':' && (s[1] == ' ' || s[1] == '\t')))
        return NULL;
    return s + 1;
}

/* A quoted value at s; returns what follows it, or NULL if the quote does not close. */
static const char *
dotenv_quoted(const char *s, struct wk_buf *value)
{
    char quote = *s++;

    for (; *s != quote; s++) {
        if (*s == '\0')
            return NULL;
        if (*s == '\\' && s[1] != '\0' &&
            (s[1] == quote || (quote == '"' && strchr("nr", s[1])))) {
            s++;
            if (*s == quote) /* dotenv leaves the backslash of an escaped quote */
                wk_buf_add_str(value, "\\");
            wk_buf_add_char(value, *s == quote ? quote : *s == 'n' ? '\n' : '\r');
        } else {
            wk_buf_add_char(value, *s);
        }
    }
    return s + 1;
}

static void
dotenv_plain(const char *s, struct wk_buf *value)
{
    size_t n = strcspn(s, "#\r\n");

    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    wk_buf_add(value, s, n);
}

void
wk_dotenv_read(const char *text, wk_dotenv_fn *fn, void *arg)
{
    struct wk_buf name = {0}, value = {0};
    int line = 1;

    for (const char *s = text; *s != '\0';) {
        const char *v = dotenv_name(s, &name), *rest = NULL;

        value.len = 0;
        if (v != NULL) {
            v += strspn(v, " \t");
            if (*v == '"' || *v == '\'' || *v == '`')
                rest = dotenv_quoted(v, &value);
            if (rest == NULL) {
                value.len = 0;
                dotenv_plain(v, &value);
            }
            wk_buf_add_char(&value, '\0');
            fn(arg, name.data, value.data, line);
        }
        if (rest == NULL)
            rest = s;
        rest += strcspn(rest, "\n");
        rest += *rest == '\n';
        for (; s < rest; s++)
            line += *s == '\n';
    }
    wk_buf_fini(&name);
    wk_buf_fini(&value);
}
