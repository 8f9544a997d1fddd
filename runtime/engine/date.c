/* runtime/engine/date.c - texts that Date.parse takes besides the ISO form, which Duktape reads itself.
 *
 * As in other engines: words and numbers in loose order, "Thu, 01 Jan 1970 00:00:00 GMT", "Jan 2, 2024
 * 10:30 PM +0200", "1/2/2024". Without a zone it is UTC, the zone of every worker. */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>
#include "runtime/engine/engine_priv.h"

struct reading {
    const char *p;
    int day, month, year; /* -1: not yet; month from 0 */
    int hour, minute, second, ms;
    int zone_minutes;
    bool pm, am, timed, zoned;
};

static bool
read_number(const char **p, int *out, int *digits)
{
    const char *start = *p;

    for (*out = 0; isdigit((unsigned char)**p) && *p - start < 6; (*p)++)
        *out = *out * 10 + (**p - '0');
    *digits = (int)(*p - start);
    return *p > start;
}

/* "10:30", "10:30:05", "10:30:05.123"; the hour was read. */
static bool
read_clock(struct reading *r, int hour)
{
    int digits;

    r->hour = hour;
    r->timed = true;
    r->p++;
    if (!read_number(&r->p, &r->minute, &digits))
        return false;
    if (*r->p == ':') {
        r->p++;
        if (!read_number(&r->p, &r->second, &digits))
            return false;
    }
    if (*r->p == '.') {
        r->p++;
        if (!read_number(&r->p, &r->ms, &digits))
            return false;
        for (; digits < 3; digits++)
            r->ms *= 10;
        for (; digits > 3; digits--)
            r->ms /= 10;
    }
    return true;
}

static bool
read_zone(struct reading *r)
{
    int sign = *r->p++ == '-' ? -1 : 1, hours, minutes = 0, digits;

    if (!read_number(&r->p, &hours, &digits))
        return false;
    if (*r->p == ':') {
        r->p++;
        if (!read_number(&r->p, &minutes, &digits))
            return false;
    } else if (digits > 2) {
        minutes = hours % 100;
        hours /= 100;
    }
    r->zone_minutes = sign * (hours * 60 + minutes);
    r->zoned = true;
    return true;
}

/* "1/2/2024": month first. */
static bool
read_slashed(struct reading *r, int first)
{
    int digits;

    r->p++;
    r->month = first - 1;
    if (!read_number(&r->p, &r->day, &digits) || *r->p++ != '/')
        return false;
    return read_number(&r->p, &r->year, &digits);
}

static bool
read_word(struct reading *r)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec", days[] = "sunmontuewedthufrisat";
    const char *word = r->p;
    size_t len;

    while (isalpha((unsigned char)*r->p))
        r->p++;
    len = (size_t)(r->p - word);
    for (int i = 0; i < 12 && len >= 3; i++) {
        if (strncasecmp(word, names + (size_t)i * 3, 3) == 0) {
            r->month = i;
            return true;
        }
    }
    for (int i = 0; i < 7 && len >= 3; i++) {
        if (strncasecmp(word, days + (size_t)i * 3, 3) == 0)
            return true;
    }
    if (len == 2 && strncasecmp(word, "pm", 2) == 0)
        r->pm = true;
    else if (len == 2 && strncasecmp(word, "am", 2) == 0)
        r->am = true;
    else if ((len == 3 && (strncasecmp(word, "gmt", 3) == 0 || strncasecmp(word, "utc", 3) == 0)) ||
             (len == 1 && strncasecmp(word, "z", 1) == 0))
        r->zoned = true;
    else
        return len == 1 && strncasecmp(word, "t", 1) == 0;
    return true;
}

static bool
read_part(struct reading *r)
{
    int number, digits;

    if (isalpha((unsigned char)*r->p))
        return read_word(r);
    if ((*r->p == '+' || *r->p == '-') && r->timed && isdigit((unsigned char)r->p[1]))
        return read_zone(r);
    if (*r->p == '(') {
        r->p += strcspn(r->p, ")");
        r->p += *r->p == ')';
        return true;
    }
    if (!read_number(&r->p, &number, &digits)) {
        bool skipped = strchr(" ,-.\t", *r->p) != NULL;

        r->p++;
        return skipped;
    }
    if (*r->p == ':')
        return read_clock(r, number);
    if (*r->p == '/' && r->month < 0)
        return read_slashed(r, number);
    if (r->day < 0 && digits <= 2)
        r->day = number;
    else if (r->year < 0)
        r->year = digits > 2 ? number : number + (number < 50 ? 2000 : 1900);
    else
        return false;
    return true;
}

/* Days from 1970-01-01; month from 0. */
static double
days_of(int year, int month, int day)
{
    int y = year - (month < 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int m = (month + 10) % 12, of_year = (153 * m + 2) / 5 + day - 1;

    return (double)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int
wk_engine_parse_date(duk_context *ctx, const char *text)
{
    struct reading r = {.p = text, .day = -1, .month = -1, .year = -1};

    while (*r.p != '\0') {
        if (!read_part(&r))
            return 0;
    }
    if (r.month < 0 || r.month > 11 || r.year < 0)
        return 0;
    if (r.day < 0)
        r.day = 1;
    if (r.day < 1 || r.day > 31 || r.hour > 24 || r.minute > 59 || r.second > 59 || ((r.am || r.pm) && r.hour > 12))
        return 0;
    if (r.am || r.pm)
        r.hour = r.hour % 12 + (r.pm ? 12 : 0);
    duk_push_number(ctx, days_of(r.year, r.month, r.day) * 86400000.0 + (r.hour * 60 + r.minute - r.zone_minutes) * 60000.0 +
                             r.second * 1000.0 + r.ms);
    return 1;
}
