#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "runtime/compat/compat.h"

static struct wk_compat set;
static struct wk_buf errors, warnings;

static wk_err
resolve(const char *date, unsigned options, const char *names)
{
    const char *list[16];
    char copy[400], *save = NULL;
    size_t count = 0;

    wk_buf_fini(&errors);
    wk_buf_fini(&warnings);
    snprintf(copy, sizeof(copy), "%s", names);
    for (char *n = strtok_r(copy, " ", &save); n != NULL; n = strtok_r(NULL, " ", &save))
        list[count++] = n;
    return wk_compat_resolve(date, list, count, options, &set, &errors, &warnings);
}

static size_t
count_on(const char *date, const char *names)
{
    size_t count = 0;

    resolve(date, WK_COMPAT_ANY_DATE, names);
    for (size_t i = 0; i < wk_compat_count(); i++)
        count += wk_compat_get(&set, i);
    return count;
}

/* Counted on the peer: the length of what is true in Cloudflare.compatibilityFlags. */
Test(compat, switches_on_as_many_flags_as_the_peer)
{
    cr_expect_eq(wk_compat_count(), 205);
    static const struct {
        const char *date, *names;
        size_t on;
    } rows[] = {
        {"2021-05-01", "", 1},
        {"2021-05-01", "nodejs_compat", 2},
        {"2021-05-01", "no_nodejs_compat_v2", 1},
        {"2022-11-30", "", 16},
        {"2022-11-30", "nodejs_compat", 17},
        {"2022-11-30", "no_nodejs_compat_v2", 16},
        {"2024-01-01", "", 26},
        {"2024-01-01", "nodejs_compat", 27},
        {"2024-01-01", "no_nodejs_compat_v2", 26},
        {"2025-01-01", "", 43},
        {"2025-01-01", "nodejs_compat", 46},
        {"2025-01-01", "no_nodejs_compat_v2", 43},
        {"2026-01-01", "", 64},
        {"2026-01-01", "nodejs_compat", 82},
        {"2026-01-01", "no_nodejs_compat_v2", 64},
        {"2026-08-22", "", 119},
        {"2026-08-22", "nodejs_compat", 119},
        {"2026-08-22", "no_nodejs_compat_v2", 118},
        {"2026-11-21", "", 125},
        {"2026-11-21", "nodejs_compat", 125},
        {"2026-11-21", "no_nodejs_compat_v2", 124},
    };
    for (size_t i = 0; i < WK_COUNT(rows); i++)
        cr_expect_eq(count_on(rows[i].date, rows[i].names), rows[i].on, "%s %s: %zu",
                     rows[i].date, rows[i].names, count_on(rows[i].date, rows[i].names));
}

Test(compat, implies_flags_from_their_date_unless_they_are_named_off)
{
    resolve("2024-09-22", 0, "nodejs_compat");
    cr_expect_not(wk_compat_is_on(&set, "nodejs_compat_v2"));
    resolve("2024-09-23", 0, "nodejs_compat");
    cr_expect(wk_compat_is_on(&set, "nodejs_compat_v2"));
    cr_expect(wk_compat_is_on(&set, "nodejs_zlib"));
    resolve("2024-09-23", 0, "nodejs_compat no_nodejs_compat_v2 no_nodejs_zlib");
    cr_expect_not(wk_compat_is_on(&set, "nodejs_compat_v2"));
    cr_expect_not(wk_compat_is_on(&set, "nodejs_zlib"));
}

Test(compat, goes_by_the_date_unless_the_opposite_is_named)
{
    resolve("2022-10-30", 0, "");
    cr_expect_not(wk_compat_is_on(&set, "url_standard"));
    resolve("2022-10-31", 0, "");
    cr_expect(wk_compat_is_on(&set, "url_standard"));
    cr_expect_eq(resolve("2022-10-31", 0, "url_original"), WK_OK);
    cr_expect_not(wk_compat_is_on(&set, "url_standard"));
    cr_expect_not(wk_compat_is_on(&set, "no_such_flag"));
}

Test(compat, complains_in_the_words_of_the_peer)
{
    cr_expect_eq(resolve("20x6-11-21", 0, "foo url_standard url_original rpc rpc experimental"),
                 WK_EINVAL);
    cr_expect_str_eq(
        errors.data,
        "Compatibility flag specified multiple times: rpc\n"
        "Invalid compatibility date: 20x6-11-21\n"
        "Compatibility flags are mutually contradictory: url_standard vs url_original\n"
        "The compatibility flag experimental is experimental and may break or be removed in a "
        "future version of workerd. "
        "To use this flag, you must pass --experimental on the command line.\n"
        "No such compatibility flag: foo\n");
    cr_expect_eq(resolve("2024-01-21", WK_COMPAT_EXPERIMENTAL, "experimental"), WK_OK);
    cr_expect(wk_compat_is_on(&set, "experimental"));
}

Test(compat, only_warns_about_what_need_not_be_said)
{
    cr_expect_eq(resolve("2024-01-21", 0, "url_standard r2_public_beta_bindings"), WK_OK);
    cr_expect_str_eq(warnings.data, "The compatibility flag url_standard became the default as "
                                    "of 2022-10-31 so does not need to be specified anymore.\n"
                                    "The compatibility flag r2_public_beta_bindings is the "
                                    "default, so does not need to be specified anymore.\n");
}

Test(compat, refuses_dates_in_the_future)
{
    cr_expect_eq(resolve("2999-01-01", 0, ""), WK_EINVAL);
    cr_expect(strstr(errors.data,
                     "This Worker requires compatibility date \"2999-01-01\", but the newest "
                     "date supported by this server binary is \"" WK_COMPAT_DATE_NEWEST
                     "\".\n") != NULL);
    cr_expect(strstr(errors.data, "Can't set compatibility date in the future: \"2999-01-01\". "
                                  "Today's date (UTC) is \"") != NULL);
    cr_expect_eq(resolve("2999-01-01", WK_COMPAT_ANY_DATE, ""), WK_OK);
}

Test(compat, knows_a_date_when_it_sees_one)
{
    static const char *const good[] = {"2000-01-01", "2999-12-31", "2022-02-30"};
    static const char *const bad[] = {"",           "1999-12-31",  "3000-01-01", "2024-1-01",
                                      "2024-13-01", "2024-00-10",  "2024-01-00", "2024-01-32",
                                      "2024/01/01", "2024-01-01 ", "2024-01-0x"};

    for (size_t i = 0; i < WK_COUNT(good); i++)
        cr_expect(wk_compat_date_ok(good[i]), "%s", good[i]);
    for (size_t i = 0; i < WK_COUNT(bad); i++)
        cr_expect_not(wk_compat_date_ok(bad[i]), "%s", bad[i]);
}
