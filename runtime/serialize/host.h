/* runtime/serialize/host.h - how objects of platform classes are written: a tag, then parts
 * whose forms runtime/js/hostobjects.js gives, a letter each. Private to runtime/serialize. */
#ifndef WK_SERIALIZE_HOST_H
#define WK_SERIALIZE_HOST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wk_host_form {
    WK_HOST_NUMBER = 'u',
    WK_HOST_TEXT = 's',    /* length, UTF-8 */
    WK_HOST_BYTES = 'b',   /* length, bytes */
    WK_HOST_HEADERS = 'h', /* count, then each name and value */
    WK_HOST_VALUE = 'v',
};

/* The number of a header's name among the common ones, which are not spelled out; 0: it is
 * none. */
uint32_t wk_common_header_number(const char *name, size_t len);
/* The name, in lower case; NULL: no such number. */
const char *wk_common_header_name(uint32_t number);

bool wk_serialize_has_enhanced_errors(duk_context *ctx);
#endif
