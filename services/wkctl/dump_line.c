#include "services/wkctl/dump_line.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include "storage/storage.h"

#define FACET_BYTES_MAX 1024u         /* of a name */
#define ALARM_MS_MAX 8640000000000000 /* the last moment that a Date can be */

json_t *
wk_dump_bytes(const void *data, size_t bytes)
{
    char *text = wk_xmalloc(4 * (bytes / 3 + 1) + 1);
    json_t *out;

    EVP_EncodeBlock((uint8_t *)text, data, (int)bytes);
    out = json_string(text);
    free(text);
    return out;
}

/* False: the member is missing or malformed. */
static bool
read_bytes(const json_t *object, const char *name, struct wk_buf *out)
{
    const json_t *member = json_object_get(object, name);
    size_t len = json_string_length(member);
    const char *text = json_string_value(member);
    int got;

    if (text == NULL || len % 4 != 0)
        return false;
    wk_buf_reserve(out, len / 4 * 3 + 1);
    if ((got = EVP_DecodeBlock((uint8_t *)out->data, (const uint8_t *)text, (int)len)) < 0)
        return false;
    out->len = (size_t)got;
    for (size_t i = len; i > 0 && i > len - 2 && text[i - 1] == '='; i--)
        out->len--;
    out->data[out->len] = '\0';
    return true;
}

static bool
read_number(const json_t *object, const char *name, json_int_t max, uint64_t *out)
{
    const json_t *member = json_object_get(object, name);
    json_int_t value = json_integer_value(member);

    *out = value > 0 ? (uint64_t)value : 0;
    return json_is_integer(member) && value >= 0 && value <= max;
}

static bool
read_head(struct wk_dump_line *out, const json_t *line)
{
    const char *name = json_string_value(json_object_get(line, "name"));

    out->kind = WK_DUMP_HEAD;
    if (name != NULL)
        wk_buf_add_str(&out->key, name);
    return read_number(line, "durableObject", WK_DUMP_FORMAT, &out->number) &&
           out->number == WK_DUMP_FORMAT;
}

static bool
read_facet(struct wk_dump_line *out, const json_t *names)
{
    const json_t *name;
    size_t i;

    out->kind = WK_DUMP_FACET;
    out->number = json_array_size(names);
    json_array_foreach(names, i, name)
    {
        if (!json_is_string(name) || json_string_length(name) > FACET_BYTES_MAX)
            return false;
        wk_buf_add(&out->key, json_string_value(name), json_string_length(name) + 1);
    }
    return out->number >= 1 && out->number <= WK_DUMP_FACET_DEPTH_MAX;
}

static bool
read_member(struct wk_dump_line *out, const json_t *line)
{
    if (json_object_get(line, "durableObject") != NULL)
        return read_head(out, line);
    if (json_object_get(line, "facet") != NULL)
        return read_facet(out, json_object_get(line, "facet"));
    if (json_object_get(line, "end") != NULL) {
        out->kind = WK_DUMP_END;
        return read_number(line, "end", INT64_MAX, &out->number);
    }
    if (json_object_get(line, "alarm") != NULL) {
        out->kind = WK_DUMP_ALARM;
        return read_number(line, "alarm", ALARM_MS_MAX, &out->number);
    }
    if (json_object_get(line, "pages") != NULL) {
        out->kind = WK_DUMP_PAGE_COUNT;
        return read_number(line, "pages", UINT32_MAX, &out->number);
    }
    if (json_object_get(line, "page") != NULL) {
        out->kind = WK_DUMP_PAGE;
        return read_number(line, "page", UINT32_MAX - 1, &out->number) &&
               read_bytes(line, "data", &out->value) && out->value.len == WK_PAGE_BYTES;
    }
    out->kind = WK_DUMP_ENTRY;
    return read_bytes(line, "key", &out->key) && read_bytes(line, "value", &out->value);
}

bool
wk_dump_line_read(struct wk_dump_line *out, const char *text, size_t bytes)
{
    json_t *line = bytes <= WK_DUMP_LINE_BYTES_MAX
                       ? json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL)
                       : NULL;
    bool ok;

    *out = (struct wk_dump_line){0};
    ok = json_is_object(line) && read_member(out, line);
    json_decref(line);
    return ok;
}

void
wk_dump_line_fini(struct wk_dump_line *line)
{
    wk_buf_fini(&line->key);
    wk_buf_fini(&line->value);
}
