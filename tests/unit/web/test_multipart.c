#include <criterion/criterion.h>
#include <string.h>
#include "runtime/binding/multipart.h"

static struct wk_span
span(const char *text)
{
    return (struct wk_span){text, strlen(text)};
}

static bool
span_eq(struct wk_span s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

Test(multipart, reads_parts_in_order)
{
    struct wk_multipart m;
    struct wk_part part;

    wk_multipart_init(
        &m,
        span("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n"
             "--b\nContent-Disposition: form-data; name=\"y\"; filename=\"f\\\"g\"\n"
             "Content-Type: t/x\n\n\n--b--"),
        span("b"));
    cr_assert_eq(wk_multipart_next(&m, &part), 1);
    cr_expect(span_eq(part.name, "x") && span_eq(part.body, "1") && part.filename.len == 0);
    cr_assert_eq(wk_multipart_next(&m, &part), 1);
    cr_expect(span_eq(part.filename, "f\\\"g") && span_eq(part.type, "t/x") &&
              part.body.len == 0);
    cr_expect_eq(wk_multipart_next(&m, &part), 0);
}

Test(multipart, says_what_is_malformed)
{
    struct wk_multipart m;
    struct wk_part part;

    wk_multipart_init(&m, span("--b\r\nX\r\n\r\n1\r\n--b--"), span("b"));
    cr_expect_eq(wk_multipart_next(&m, &part), -1);
    cr_expect_str_eq(m.error, "FormData part had invalid headers.");
}

Test(multipart, a_boundary_of_the_wrong_length_is_text)
{
    struct wk_multipart m;
    struct wk_part part;

    wk_multipart_init(
        &m, span("--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n-b\n-b\r\n--b--"),
        span("b"));
    cr_assert_eq(wk_multipart_next(&m, &part), 1);
    cr_expect(span_eq(part.body, "-b\n-b"));
}

Test(multipart, finds_parameters_of_mime_types)
{
    struct wk_span value;

    cr_assert(
        wk_mime_parameter(span("a/b; x=1; Boundary=\"q;r\"; boundary=z"), "boundary", &value));
    cr_expect(span_eq(value, "q;r"));
    cr_expect_not(wk_mime_parameter(span("a/b; boundary="), "boundary", &value));
    cr_expect_not(wk_mime_parameter(span("a/b"), "boundary", &value));
    cr_expect(wk_mime_is(span(" A/b ; c=d"), "a/b"));
    cr_expect_not(wk_mime_is(span("a/bc"), "a/b"));
    cr_expect_not(wk_mime_is(span(""), "a/b"));
}
