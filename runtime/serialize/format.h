/* runtime/serialize/format.h - the tags of the format. Private to runtime/serialize.
 *
 * A value is a tag and what belongs to it; numbers are varints (7 bits a byte, low first) if
 * nothing else is said, lengths count bytes. Every object but a string or number of its own has
 * a number, from 0 in the order in which their tags begin; a second occurrence is a reference
 * to it. Padding may stand before any tag. */
#ifndef WK_SERIALIZE_FORMAT_H
#define WK_SERIALIZE_FORMAT_H

#define WK_SER_VERSION 15u     /* written */
#define WK_SER_VERSION_OLD 13u /* of data without a header */

enum wk_ser_tag {
    WK_SER_HEADER = 0xFF, /* version */
    WK_SER_PADDING = 0,
    WK_SER_OBJECT_COUNT = '?', /* count; says nothing */
    WK_SER_HOLE = '-',
    WK_SER_UNDEFINED = '_',
    WK_SER_NULL = '0',
    WK_SER_TRUE = 'T',
    WK_SER_FALSE = 'F',
    WK_SER_INT32 = 'I', /* zigzag */
    WK_SER_UINT32 = 'U',
    WK_SER_DOUBLE = 'N',     /* 8 bytes */
    WK_SER_BIGINT = 'Z',     /* bytes << 1 | negative, bytes low first */
    WK_SER_UTF8 = 'S',       /* length, bytes */
    WK_SER_LATIN1 = '"',     /* length, bytes */
    WK_SER_UTF16 = 'c',      /* length, bytes; padded so that the bytes are at an even place */
    WK_SER_REFERENCE = '^',  /* number of the object */
    WK_SER_OBJECT = 'o',     /* key, value ...; then */
    WK_SER_OBJECT_END = '{', /* properties */
    WK_SER_SPARSE = 'a',     /* length; key, value ...; then */
    WK_SER_SPARSE_END = '@', /* properties, length */
    WK_SER_DENSE = 'A',      /* length; elements; key, value ...; then */
    WK_SER_DENSE_END = '$',  /* properties, length */
    WK_SER_DATE = 'D',       /* 8 bytes */
    WK_SER_TRUE_OBJECT = 'y',
    WK_SER_FALSE_OBJECT = 'x',
    WK_SER_NUMBER_OBJECT = 'n',    /* 8 bytes */
    WK_SER_BIGINT_OBJECT = 'z',    /* as BIGINT */
    WK_SER_STRING_OBJECT = 's',    /* string value */
    WK_SER_REGEXP = 'R',           /* string value, flags */
    WK_SER_MAP = ';',              /* key, value ...; then */
    WK_SER_MAP_END = ':',          /* keys and values */
    WK_SER_SET = '\'',             /* values; then */
    WK_SER_SET_END = ',',          /* values */
    WK_SER_BUFFER = 'B',           /* length, bytes */
    WK_SER_BUFFER_RESIZABLE = '~', /* length, length at most, bytes */
    WK_SER_VIEW = 'V',  /* after its buffer: kind, offset, length, flags (not in version 13) */
    WK_SER_ERROR = 'r', /* wk_ser_error_tag ... END */
    WK_SER_HOST = '\\', /* wk_ser_host, and what that says */
};

enum wk_ser_error_tag {
    WK_SER_ERROR_EVAL = 'E',
    WK_SER_ERROR_RANGE = 'R',
    WK_SER_ERROR_REFERENCE = 'F',
    WK_SER_ERROR_SYNTAX = 'S',
    WK_SER_ERROR_TYPE = 'T',
    WK_SER_ERROR_URI = 'U',
    WK_SER_ERROR_MESSAGE = 'm', /* string value */
    WK_SER_ERROR_CAUSE = 'c',   /* value */
    WK_SER_ERROR_STACK = 's',   /* string value */
    WK_SER_ERROR_END = '.',
};

enum wk_ser_regexp_flag {
    WK_SER_REGEXP_G = 1,
    WK_SER_REGEXP_I = 2,
    WK_SER_REGEXP_M = 4,
    WK_SER_REGEXP_Y = 8,
    WK_SER_REGEXP_U = 16,
    WK_SER_REGEXP_S = 32,
    WK_SER_REGEXP_D = 128,
    WK_SER_REGEXP_V = 256,
};

enum wk_ser_view_flag {
    WK_SER_VIEW_TRACKS = 1,    /* its length follows the buffer's */
    WK_SER_VIEW_RESIZABLE = 2, /* of a resizable buffer */
};

/* The one host object that is C's; the others are runtime/js/hostobjects.js'. */
#define WK_SER_HOST_ERROR                                                                      \
    10u /* kind, name value if the kind is 0, message value, object of own properties */

/* Integers that V8 keeps without a heap object; others are written as doubles. */
#define WK_SER_SMALL_MIN (-(1 << 30))
#define WK_SER_SMALL_MAX ((1 << 30) - 1)
#endif
