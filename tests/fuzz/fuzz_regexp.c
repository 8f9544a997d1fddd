/* tests/fuzz/fuzz_regexp.c - any bytes as a pattern: parsed, written for PCRE2 in both forms, compiled,
 * and matched for a short while. The first byte gives the flags, the next how much of the rest is the
 * subject. What the parser takes PCRE2 must take too, but for sizes and lookbehinds. */
#include <stdlib.h>
#include <string.h>
#define PCRE2_CODE_UNIT_WIDTH 0
#include <pcre2.h>
#include "runtime/regexp/emit.h"
#include "runtime/regexp/subject.h"

static int
on_callout(pcre2_callout_block_32 *block, void *data)
{
    return (int)(block->current_position & 1);
}

static bool
may_refuse(int error)
{
    return error == PCRE2_ERROR_PATTERN_TOO_LARGE || error == PCRE2_ERROR_PATTERN_TOO_COMPLICATED ||
           error == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH || error == PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED ||
           error == PCRE2_ERROR_LOOKBEHIND_TOO_LONG || error == PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP ||
           error == PCRE2_ERROR_HEAP_FAILED;
}

static void *
limited_alloc(size_t bytes, void *data)
{
    return bytes > (8u << 20) ? NULL : malloc(bytes);
}

static void
limited_free(void *ptr, void *data)
{
    free(ptr);
}

static void
match_wide(const struct wk_regexp_text *text, const uint32_t *subject, size_t count)
{
    pcre2_general_context_32 *general = pcre2_general_context_create_32(limited_alloc, limited_free, NULL);
    pcre2_compile_context_32 *compile = pcre2_compile_context_create_32(general);
    pcre2_match_context_32 *match = pcre2_match_context_create_32(general);
    PCRE2_UCHAR32 *pattern = malloc((text->text.len + 1) * sizeof(*pattern));
    pcre2_match_data_32 *data;
    pcre2_code_32 *code;
    PCRE2_SIZE at;
    int error;

    for (size_t i = 0; i < text->text.len; i++)
        pattern[i] = (unsigned char)text->text.data[i];
    pcre2_set_parens_nest_limit_32(compile, WK_REGEXP_DEPTH_MAX * 4);
    code = pcre2_compile_32(pattern, text->text.len, text->options, &error, &at, compile);
    if (code == NULL && !may_refuse(error))
        abort();
    if (code != NULL) {
        data = pcre2_match_data_create_from_pattern_32(code, general);
        pcre2_set_match_limit_32(match, 2000);
        pcre2_set_callout_32(match, on_callout, NULL);
        pcre2_match_32(code, subject, count, 0, 0, data, match);
        pcre2_match_data_free_32(data);
        pcre2_code_free_32(code);
    }
    free(pattern);
    pcre2_match_context_free_32(match);
    pcre2_compile_context_free_32(compile);
    pcre2_general_context_free_32(general);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct wk_regexp_text text;
    struct wk_regexp_ast ast;
    size_t subject_count, chars_count;
    uint32_t *chars, *subject;
    unsigned flags;

    if (count < 2 || count > 4096)
        return 0;
    flags = bytes[0];
    if ((flags & WK_RE_CODE_POINTS) == WK_RE_CODE_POINTS)
        flags &= ~(unsigned)WK_RE_SETS;
    subject_count = bytes[1] < count - 2 ? bytes[1] : count - 2;
    subject = calloc(subject_count + 1, sizeof(*subject));
    subject_count = wk_cesu8_decode((const char *)bytes + 2, subject_count, (flags & WK_RE_CODE_POINTS) != 0, subject);
    chars = calloc(count + 1, sizeof(*chars));
    chars_count = wk_cesu8_decode((const char *)bytes + 2, count - 2, (flags & WK_RE_CODE_POINTS) != 0, chars);
    if (wk_regexp_parse(chars, chars_count, flags, &ast) == WK_OK) {
        wk_regexp_emit(&ast, true, &text);
        wk_regexp_text_fini(&text);
        if (wk_regexp_emit(&ast, false, &text) == WK_OK)
            match_wide(&text, subject, subject_count);
        wk_regexp_text_fini(&text);
    } else if (ast.error == NULL) {
        abort();
    }
    wk_regexp_ast_fini(&ast);
    free(chars);
    free(subject);
    return 0;
}
