#include "services/disk/mime.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "kernel/base/base.h"

#define TEXT(type) type "; charset=utf-8"

struct mime {
    const char *extension, *type;
};

/* In the order of the extensions. */
static const struct mime known[] = {
    {"3gp", "video/3gpp"},
    {"7z", "application/x-7z-compressed"},
    {"aac", "audio/aac"},
    {"apng", "image/apng"},
    {"appcache", TEXT("text/cache-manifest")},
    {"atom", "application/atom+xml"},
    {"avi", "video/x-msvideo"},
    {"avif", "image/avif"},
    {"azw", "application/vnd.amazon.ebook"},
    {"bmp", "image/bmp"},
    {"br", "application/x-br"},
    {"bz2", "application/x-bzip2"},
    {"cjs", TEXT("text/javascript")},
    {"conf", TEXT("text/plain")},
    {"css", TEXT("text/css")},
    {"csv", TEXT("text/csv")},
    {"cur", "image/x-icon"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"eot", "application/vnd.ms-fontobject"},
    {"epub", "application/epub+zip"},
    {"flac", "audio/flac"},
    {"geojson", "application/geo+json"},
    {"gif", "image/gif"},
    {"glb", "model/gltf-binary"},
    {"gltf", "model/gltf+json"},
    {"gz", "application/gzip"},
    {"heic", "image/heic"},
    {"heif", "image/heif"},
    {"htm", TEXT("text/html")},
    {"html", TEXT("text/html")},
    {"ico", "image/x-icon"},
    {"ics", TEXT("text/calendar")},
    {"jpe", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"jpg", "image/jpeg"},
    {"js", TEXT("text/javascript")},
    {"json", "application/json"},
    {"json5", "application/json5"},
    {"jsonld", "application/ld+json"},
    {"jsx", TEXT("text/jsx")},
    {"jxl", "image/jxl"},
    {"less", TEXT("text/less")},
    {"log", TEXT("text/plain")},
    {"m3u8", "application/vnd.apple.mpegurl"},
    {"m4a", "audio/mp4"},
    {"m4v", "video/x-m4v"},
    {"manifest", TEXT("text/cache-manifest")},
    {"map", "application/json"},
    {"markdown", TEXT("text/markdown")},
    {"md", TEXT("text/markdown")},
    {"mdx", TEXT("text/mdx")},
    {"mid", "audio/midi"},
    {"midi", "audio/midi"},
    {"mjs", TEXT("text/javascript")},
    {"mkv", "video/x-matroska"},
    {"mov", "video/quicktime"},
    {"mp3", "audio/mpeg"},
    {"mp4", "video/mp4"},
    {"mpd", "application/dash+xml"},
    {"mpeg", "video/mpeg"},
    {"mpg", "video/mpeg"},
    {"odp", "application/vnd.oasis.opendocument.presentation"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"oga", "audio/ogg"},
    {"ogg", "audio/ogg"},
    {"ogv", "video/ogg"},
    {"opus", "audio/ogg"},
    {"otf", "font/otf"},
    {"pdf", "application/pdf"},
    {"png", "image/png"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"ps", "application/postscript"},
    {"rar", "application/vnd.rar"},
    {"rss", "application/rss+xml"},
    {"rtf", "application/rtf"},
    {"sass", TEXT("text/x-sass")},
    {"scss", TEXT("text/x-scss")},
    {"sh", "application/x-sh"},
    {"srt", "application/x-subrip"},
    {"svg", "image/svg+xml"},
    {"svgz", "image/svg+xml"},
    {"swf", "application/x-shockwave-flash"},
    {"tar", "application/x-tar"},
    {"text", TEXT("text/plain")},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"toml", "application/toml"},
    {"ts", "video/mp2t"},
    {"tsv", TEXT("text/tab-separated-values")},
    {"ttc", "font/collection"},
    {"ttf", "font/ttf"},
    {"txt", TEXT("text/plain")},
    {"usdz", "model/vnd.usdz+zip"},
    {"vcf", TEXT("text/vcard")},
    {"vtt", TEXT("text/vtt")},
    {"wasm", "application/wasm"},
    {"wav", "audio/wav"},
    {"weba", "audio/webm"},
    {"webm", "video/webm"},
    {"webmanifest", "application/manifest+json"},
    {"webp", "image/webp"},
    {"woff", "font/woff"},
    {"woff2", "font/woff2"},
    {"xhtml", "application/xhtml+xml"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"xml", TEXT("text/xml")},
    {"xsl", "application/xml"},
    {"xslt", "application/xslt+xml"},
    {"yaml", TEXT("text/yaml")},
    {"yml", TEXT("text/yaml")},
    {"zip", "application/zip"},
    {"zst", "application/zstd"},
};

static int
by_extension(const void *key, const void *row)
{
    return strcasecmp(key, ((const struct mime *)row)->extension);
}

const char *
wk_mime_type(const char *path)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash != NULL ? slash : path, '.');
    const struct mime *row = NULL;

    if (dot != NULL)
        row = bsearch(dot + 1, known, WK_COUNT(known), sizeof(known[0]), by_extension);
    return row != NULL ? row->type : NULL;
}
