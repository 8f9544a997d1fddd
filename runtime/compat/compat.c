#include "runtime/compat/compat_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DATE_DEFAULT "2021-05-01" /* stands in for a date that cannot be read */

size_t
wk_compat_count(void)
{
    return compat_flag_count;
}

const char *
wk_compat_name(size_t index)
{
    WK_CHECK(index < compat_flag_count);
    return compat_flags[index].name;
}

bool
wk_compat_get(const struct wk_compat *set, size_t index)
{
    WK_CHECK(index < compat_flag_count);
    return set->on[index / 64] >> index % 64 & 1;
}

size_t
wk_compat_find(const char *name)
{
    for (size_t i = 0; i < compat_flag_count; i++)
        if (strcmp(compat_flags[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

bool
wk_compat_is_on(const struct wk_compat *set, const char *name)
{
    size_t index = wk_compat_find(name);

    return index != SIZE_MAX && wk_compat_get(set, index);
}

bool
wk_compat_is_name(const char *name)
{
    for (size_t i = 0; i < compat_flag_count; i++)
        if (strcmp(compat_flags[i].name, name) == 0 ||
            (compat_flags[i].off_name != NULL && strcmp(compat_flags[i].off_name, name) == 0))
            return true;
    return false;
}

void
wk_compat_today(char out[11])
{
    time_t now = (time_t)(wk_unix_ms() / 1000);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(out, 11, "%Y-%m-%d", &tm);
}

void
wk_compat_date_default(char out[11])
{
    wk_compat_today(out);
    if (strcmp(out, WK_COMPAT_DATE_NEWEST) > 0)
        memcpy(out, WK_COMPAT_DATE_NEWEST, 11);
}

/* Like the peer, day 30 of February is let through. */
bool
wk_compat_date_ok(const char *date)
{
    int month, day;

    if (strlen(date) != 10 || date[0] != '2')
        return false;
    for (int i = 0; i < 10; i++)
        if (i == 4 || i == 7 ? date[i] != '-' : date[i] < '0' || date[i] > '9')
            return false;
    month = atoi(date + 5);
    day = atoi(date + 8);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static void
say(struct wk_buf *out, bool *any, const char *text)
{
    *any = true;
    if (out != NULL)
        wk_buf_addf(out, "%s\n", text);
}

static void
check_date(const char *date, struct wk_buf *errors, bool *failed)
{
    char today[11], text[256];

    wk_compat_today(today);
    if (strcmp(date, WK_COMPAT_DATE_NEWEST) > 0) {
        snprintf(
            text, sizeof(text),
            "This Worker requires compatibility date \"%s\", but the newest date supported by "
            "this server binary is \"%s\".",
            date, WK_COMPAT_DATE_NEWEST);
        say(errors, failed, text);
    }
    if (strcmp(date, today) > 0) {
        snprintf(text, sizeof(text),
                 "Can't set compatibility date in the future: \"%s\". Today's date (UTC) is "
                 "\"%s\".",
                 date, today);
        say(errors, failed, text);
    }
}

static bool
listed(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Switches on what the flag's own names and date ask for; says what is wrong with that. */
static void
apply(size_t index, const char *date, const char *const *names, size_t count, unsigned options,
      struct wk_compat *out, struct wk_buf *errors, bool *failed, struct wk_buf *warnings)
{
    const struct compat_flag *flag = &compat_flags[index];
    bool by_name = listed(flag->name, names, count);
    bool off = listed(flag->off_name, names, count);
    bool by_date = (flag->marks & COMPAT_ALL_DATES) != 0 ||
                   (flag->date != NULL && strcmp(date, flag->date) >= 0);
    bool warned = false;
    char text[400];

    if (by_name && off) {
        snprintf(text, sizeof(text), "Compatibility flags are mutually contradictory: %s vs %s",
                 flag->name, flag->off_name);
        say(errors, failed, text);
    }
    if (by_name && by_date) {
        if (flag->date != NULL)
            snprintf(
                text, sizeof(text),
                "The compatibility flag %s became the default as of %s so does not need to be "
                "specified anymore.",
                flag->name, flag->date);
        else
            snprintf(
                text, sizeof(text),
                "The compatibility flag %s is the default, so does not need to be specified "
                "anymore.",
                flag->name);
        say(warnings, &warned, text);
    }
    if (by_name && (flag->marks & COMPAT_EXPERIMENTAL) != 0 &&
        (options & WK_COMPAT_EXPERIMENTAL) == 0) {
        snprintf(
            text, sizeof(text),
            "The compatibility flag %s is experimental and may break or be removed in a "
            "future version of workerd. To use this flag, you must pass --experimental on the "
            "command line.",
            flag->name);
        say(errors, failed, text);
    }
    if (by_name || (by_date && !off))
        out->on[index / 64] |= UINT64_C(1) << index % 64;
}

static bool
any_on(const struct wk_compat *set, const char *names)
{
    char name[80];

    while (*names != '\0') {
        size_t n = strcspn(names, " ");

        WK_CHECK(n < sizeof(name));
        memcpy(name, names, n);
        name[n] = '\0';
        if (wk_compat_is_on(set, name))
            return true;
        names += n + (names[n] == ' ');
    }
    return false;
}

wk_err
wk_compat_resolve(const char *date, const char *const *names, size_t count, unsigned options,
                  struct wk_compat *out, struct wk_buf *errors, struct wk_buf *warnings)
{
    bool failed = false;
    char text[400];

    *out = (struct wk_compat){0};
    for (size_t i = 1; i < count; i++)
        if (listed(names[i], names, i)) {
            snprintf(text, sizeof(text), "Compatibility flag specified multiple times: %.200s",
                     names[i]);
            say(errors, &failed, text);
        }
    if (!wk_compat_date_ok(date)) {
        snprintf(text, sizeof(text), "Invalid compatibility date: %.200s", date);
        say(errors, &failed, text);
        date = DATE_DEFAULT;
    } else if ((options & WK_COMPAT_ANY_DATE) == 0) {
        check_date(date, errors, &failed);
    }
    for (size_t i = 0; i < compat_flag_count; i++)
        apply(i, date, names, count, options, out, errors, &failed, warnings);
    for (size_t i = 0; i < compat_flag_count; i++) {
        const struct compat_flag *flag = &compat_flags[i];

        if (flag->implied_by != NULL && strcmp(date, flag->implied_date) >= 0 &&
            !listed(flag->off_name, names, count) && any_on(out, flag->implied_by))
            out->on[i / 64] |= UINT64_C(1) << i % 64;
    }
    for (size_t i = 0; i < count; i++)
        if (!wk_compat_is_name(names[i]) && !listed(names[i], names, i)) {
            snprintf(text, sizeof(text), "No such compatibility flag: %.200s", names[i]);
            say(errors, &failed, text);
        }
    return failed ? WK_EINVAL : WK_OK;
}
