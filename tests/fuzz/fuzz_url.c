/* Any bytes as a URL: parsing ends, and what it accepts serializes to something that parses to
 * itself. */
#include <string.h>
#include "runtime/binding/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void
check_round_trip(const struct wk_url *url)
{
    struct wk_url again = {0}, loaded = {0};
    struct wk_buf href = {0}, other = {0};
    struct wk_url_parts parts;

    wk_url_href(url, &href, &parts);
    for (size_t i = 0; i < href.len; i++)
        WK_CHECK((unsigned char)href.data[i] < 0x80);
    WK_CHECK(wk_url_parse(&again, href.data, href.len, NULL));
    wk_url_href(&again, &other, NULL);
    WK_CHECK(other.len == href.len && memcmp(other.data, href.data, href.len) == 0);
    other.len = 0;
    wk_url_load(&loaded, href.data, &parts);
    wk_url_href(&loaded, &other, NULL);
    WK_CHECK(other.len == href.len && memcmp(other.data, href.data, href.len) == 0);
    other.len = 0;
    wk_url_origin(url, &other);
    wk_buf_fini(&href);
    wk_buf_fini(&other);
    wk_url_fini(&again);
    wk_url_fini(&loaded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct wk_url url = {0}, base = {0};
    const char *text = (const char *)data;
    const char *split = memchr(text, '\xFE', bytes);
    size_t first = split == NULL ? bytes : (size_t)(split - text);
    bool has_base = split != NULL && wk_url_parse(&base, split + 1, bytes - first - 1, NULL);

    if (wk_url_parse(&url, text, first, has_base ? &base : NULL)) {
        check_round_trip(&url);
        if (split != NULL && first + 1 < bytes) {
            enum wk_url_component which = (unsigned char)split[1] % (WK_URL_HASH + 1);

            wk_url_set(&url, which, split + 2, bytes - first - 2);
            check_round_trip(&url);
        }
    }
    wk_url_fini(&url);
    wk_url_fini(&base);
    return 0;
}
