/* The URL standard's host parser; names with characters beyond ASCII go through ICU's UTS #46.
 */
#include "runtime/binding/url_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uidna.h>

/* What the standard switches off: CheckHyphens and VerifyDnsLength. */
#define IDNA_ALLOWED                                                                           \
    (UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG | \
     UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4)
#define IDNA_BYTES_MAX (1u << 20) /* of one host, before and after */

static const UIDNA *
idna_open(void)
{
    static __thread UIDNA *idna; /* kept: opening loads tables */
    UErrorCode status = U_ZERO_ERROR;

    if (idna == NULL)
        idna = uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                   UIDNA_NONTRANSITIONAL_TO_ASCII |
                                   UIDNA_NONTRANSITIONAL_TO_UNICODE,
                               &status);
    WK_CHECK(U_SUCCESS(status));
    return idna;
}

static bool
domain_by_icu(struct wk_buf *out, const char *text, size_t bytes)
{
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;
    int32_t n;

    if (bytes > IDNA_BYTES_MAX)
        return false;
    wk_buf_reserve(out, bytes + 64);
    n = uidna_nameToASCII_UTF8(idna_open(), text, (int32_t)bytes, out->data + out->len,
                               (int32_t)(bytes + 64), &info, &status);
    if (status == U_BUFFER_OVERFLOW_ERROR && n > 0 && (uint32_t)n <= 8 * IDNA_BYTES_MAX) {
        info = (UIDNAInfo)UIDNA_INFO_INITIALIZER;
        status = U_ZERO_ERROR;
        wk_buf_reserve(out, (size_t)n + 1);
        n = uidna_nameToASCII_UTF8(idna_open(), text, (int32_t)bytes, out->data + out->len,
                                   n + 1, &info, &status);
    }
    if (U_FAILURE(status) || (info.errors & ~(uint32_t)IDNA_ALLOWED) != 0)
        return false;
    out->len += (size_t)n;
    out->data[out->len] = '\0';
    return true;
}

/* ASCII, and no label that claims to be punycode: lower case is all there is to do. */
static bool
domain_is_plain(const char *text, size_t bytes)
{
    bool label_start = true;

    for (size_t i = 0; i < bytes; i++) {
        if ((text[i] & 0x80) != 0)
            return false;
        if (label_start && bytes - i >= 4 && strncasecmp(text + i, "xn--", 4) == 0)
            return false;
        label_start = text[i] == '.';
    }
    return true;
}

bool
wk_url_domain(struct wk_buf *out, const char *text, size_t bytes)
{
    size_t start = out->len;

    if (domain_is_plain(text, bytes)) {
        wk_buf_add(out, text, bytes);
        for (size_t i = start; i < out->len; i++)
            if (out->data[i] >= 'A' && out->data[i] <= 'Z')
                out->data[i] |= 0x20;
    } else if (!domain_by_icu(out, text, bytes)) {
        return false;
    }
    for (size_t i = start; i < out->len; i++) {
        unsigned char c = (unsigned char)out->data[i];

        if (c <= 0x20 || c >= 0x7F || c == '%' || wk_url_in_set(c, WK_SET_HOST_FORBIDDEN))
            return false;
    }
    return out->len > start;
}

static bool
host_domain(struct wk_buf *out, const char *text, size_t bytes)
{
    struct wk_buf decoded = {0};
    struct wk_buf address = {0};
    bool ok;
    int is_ipv4;

    if (memchr(text, '%', bytes) != NULL) {
        wk_url_decode(&decoded, text, bytes);
        text = decoded.data;
        bytes = decoded.len;
    }
    ok = wk_url_domain(out, text, bytes);
    if (ok && (is_ipv4 = wk_url_ipv4(&address, out->data, out->len)) != 0) {
        ok = is_ipv4 > 0;
        if (ok)
            wk_buf_set(out, address.data, address.len);
    }
    wk_buf_fini(&address);
    wk_buf_fini(&decoded);
    return ok;
}

bool
wk_url_host(struct wk_buf *out, const char *text, size_t bytes, bool opaque)
{
    out->len = 0;
    if (bytes > 0 && text[0] == '[')
        return text[bytes - 1] == ']' && bytes > 1 && wk_url_ipv6(out, text + 1, bytes - 2);
    if (!opaque)
        return bytes > 0 && host_domain(out, text, bytes);
    for (size_t i = 0; i < bytes; i++)
        if (wk_url_in_set((unsigned char)text[i], WK_SET_HOST_FORBIDDEN))
            return false;
    wk_url_encode(out, text, bytes, WK_SET_C0);
    return true;
}
