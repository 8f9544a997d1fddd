/* kernel/base/err.h - the one error type, equal in value to enum Code in proto/code.proto.
 *
 * A code crosses processes unchanged, so values are never reused. wk_err_name() gives the word that
 * logs print. Thread: any. */
#ifndef WK_BASE_ERR_H
#define WK_BASE_ERR_H

typedef enum wk_err {
    WK_OK = 0,
    WK_EINVAL = 1,        /* malformed input */
    WK_ELIMIT = 2,        /* a stated limit was exceeded */
    WK_ENOTFOUND = 3,     /* no such thing */
    WK_EDENIED = 4,       /* no right to it */
    WK_EPROTO = 5,        /* the peer broke the protocol */
    WK_ECLOSED = 6,       /* the other side ended it */
    WK_ECANCELED = 7,     /* whoever asked went away */
    WK_EUNAVAILABLE = 8,  /* the service is not there now; try again */
    WK_EOVERLOADED = 9,   /* too much outstanding; try later */
    WK_EAGAIN = 10,       /* would wait */
    WK_EIO = 11,          /* disk or socket failed */
    WK_EEXCEPTION = 12,   /* the worker threw */
    WK_ECPU = 13,         /* CPU limit */
    WK_EMEMORY = 14,      /* memory limit */
    WK_EBROKEN = 15,      /* gate or actor broken */
    WK_EEXISTS = 16,      /* already there */
    WK_ETIMEDOUT = 17,    /* deadline passed */
    WK_EUNSUPPORTED = 18, /* known, but not offered here */
    WK_EINTERNAL = 19,    /* our own fault */
} wk_err;

/* The word for err, lower case without prefix ("unavailable"); "unknown" for any other value. */
const char *wk_err_name(wk_err err);
#endif
