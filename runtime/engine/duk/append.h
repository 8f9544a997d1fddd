/* s += t on a string that nobody else holds: t is put behind it where it stands.
 *
 * A string is made anew by every concatenation, so building a text of n pieces copied it n
 * times. Here the memory of a string that was appended to is rounded up, so that it moves once
 * for every quarter it grows. */
#ifndef WK_RUNTIME_DUK_APPEND_H
#define WK_RUNTIME_DUK_APPEND_H

/* This string's memory is that of wk_append_room() for its length. */
#define WK_HSTRING_FLAG_GROWN DUK_HEAPHDR_USER_FLAG(9)

/* z = x + y of the instruction that runs, x a string; false: nothing was done. x_dead: nobody
 * reads x after it. Throws only for want of memory, with nothing done. */
duk_bool_t wk_append(duk_hthread *thr, duk_tval *x, duk_tval *y, duk_tval *z,
                     duk_bool_t x_dead);
/* Where the value of a variable of the running function stands that may be written; or NULL. */
duk_tval *wk_duk_variable(duk_hthread *thr, duk_hstring *name);
#endif
