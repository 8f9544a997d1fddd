/* services/wkctl/config/dump.c - a Config, and what was found about it, as JSON.
 *
 * The Config is walked by protobuf-c's descriptors, so a new field shows up by itself. */
#include <inttypes.h>
#include <string.h>
#include "services/wkctl/config/config.h"
#include "services/wkctl/config/doc.h"

#define SHOWN_BYTES_MAX 200

static void dump_message(const ProtobufCMessage *message, int indent, struct wk_buf *out);

static void
dump_text(const char *text, size_t bytes, bool is_text, struct wk_buf *out)
{
    if (is_text && bytes <= SHOWN_BYTES_MAX)
        wk_doc_json_string(out, text, bytes);
    else
        wk_buf_addf(out, "\"<%zu bytes>\"", bytes);
}

static void
dump_value(const ProtobufCFieldDescriptor *field, const void *at, int indent,
           struct wk_buf *out)
{
    const ProtobufCBinaryData *bytes = at;
    const char *text;

    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        dump_message(*(ProtobufCMessage *const *)at, indent, out);
        break;
    case PROTOBUF_C_TYPE_STRING:
        text = *(const char *const *)at;
        dump_text(text, strlen(text), true, out);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        dump_text((const char *)bytes->data, bytes->len,
                  wk_utf8_bad_at((const char *)bytes->data, bytes->len) == bytes->len, out);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        wk_buf_add_str(out, *(const protobuf_c_boolean *)at ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM:
        wk_buf_addf(
            out, "\"%s\"",
            protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)at)->name);
        break;
    default:
        wk_buf_addf(out, "%" PRIu32, *(const uint32_t *)at);
    }
}

static bool
is_default(const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(void *const *)at == NULL;
    case PROTOBUF_C_TYPE_STRING:
        return *(char *const *)at == NULL || **(char *const *)at == '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)at)->len == 0;
    case PROTOBUF_C_TYPE_BOOL:
        return !*(const protobuf_c_boolean *)at;
    default:
        return *(const uint32_t *)at == 0;
    }
}

static size_t
item_bytes(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

static void
dump_list(const ProtobufCFieldDescriptor *field, const char *items, size_t count, int indent,
          struct wk_buf *out)
{
    wk_buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            wk_buf_add_str(out, ", ");
        dump_value(field, items + i * item_bytes(field), indent, out);
    }
    wk_buf_add_char(out, ']');
}

static void
dump_message(const ProtobufCMessage *message, int indent, struct wk_buf *out)
{
    const ProtobufCMessageDescriptor *d = message->descriptor;
    const char *sep = "{\n";

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &d->fields[i];
        const char *at = (const char *)message + field->offset;
        const uint32_t *quantifier =
            (const uint32_t *)((const char *)message + field->quantifier_offset);
        bool oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        bool list = field->label == PROTOBUF_C_LABEL_REPEATED;

        if (list    ? *(const size_t *)(const void *)quantifier == 0
            : oneof ? *quantifier != field->id
                    : is_default(field, at))
            continue;
        wk_buf_addf(out, "%s%*s\"%s\": ", sep, indent + 2, "", field->name);
        if (list)
            dump_list(field, *(char *const *)at, *(const size_t *)(const void *)quantifier,
                      indent + 2, out);
        else
            dump_value(field, at, indent + 2, out);
        sep = ",\n";
    }
    if (sep[0] == '{')
        wk_buf_add_str(out, "{}");
    else
        wk_buf_addf(out, "\n%*s}", indent, "");
}

void
wk_config_dump_json(const Wk__Config *config, struct wk_buf *out)
{
    dump_message(&config->base, 0, out);
    wk_buf_add_char(out, '\n');
}

static void
diag_json_level(const struct wk_diag_list *diags, enum wk_diag_level level, struct wk_buf *out)
{
    const char *sep = "";

    wk_buf_add_char(out, '[');
    for (size_t i = 0; i < diags->count; i++) {
        const struct wk_diag *d = &diags->items[i];

        if (d->level != level)
            continue;
        wk_buf_addf(out, "%s{\"file\":", sep);
        wk_doc_json_string(out, d->file, strlen(d->file));
        wk_buf_addf(out, ",\"line\":%d,\"column\":%d,\"key\":", d->line, d->column);
        wk_doc_json_string(out, d->key, strlen(d->key));
        wk_buf_add_str(out, ",\"text\":");
        wk_doc_json_string(out, d->text, strlen(d->text));
        wk_buf_add_char(out, '}');
        sep = ",";
    }
    wk_buf_add_char(out, ']');
}

void
wk_diag_json(const struct wk_diag_list *diags, struct wk_buf *out)
{
    wk_buf_addf(out, "{\"ok\":%s,\"errors\":", diags->errors == 0 ? "true" : "false");
    diag_json_level(diags, WK_DIAG_ERROR, out);
    wk_buf_add_str(out, ",\"warnings\":");
    diag_json_level(diags, WK_DIAG_WARNING, out);
    wk_buf_add_char(out, '}');
}
