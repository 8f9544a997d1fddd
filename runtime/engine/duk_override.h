/* runtime/engine/duk_override.h - how our Duktape differs from Debian's configuration of it.
 *
 * Appended to Debian's duk_config.h when the amalgamated source is built (runtime/module.mk).
 */
#ifndef WK_DUK_OVERRIDE_H
#define WK_DUK_OVERRIDE_H

/* CPU limits: the bytecode loop asks wk_engine_exec_timeout() every so often. */
#define DUK_USE_INTERRUPT_COUNTER
#define DUK_USE_EXEC_TIMEOUT_CHECK(udata) wk_engine_exec_timeout((udata))
extern unsigned int wk_engine_exec_timeout(void *udata);

/* Integer arithmetic without doubles where values allow it. */
#define DUK_USE_FASTINT

/* Deep native recursion ends as RangeError before the C stack does. */
#define DUK_USE_NATIVE_STACK_CHECK() wk_engine_native_stack_check()
extern int wk_engine_native_stack_check(void);

/* Dates in other forms than the ISO one. */
#undef DUK_USE_DATE_PRS_STRPTIME
#define DUK_USE_DATE_PARSE_STRING(ctx, text) wk_engine_parse_date((ctx), (text))
struct duk_hthread;
extern int wk_engine_parse_date(struct duk_hthread *ctx, const char *text);

/* JSON.stringify leaves U+2028 and U+2029 as they are, since ES2019. */
#undef DUK_USE_NONSTD_JSON_ESC_U2028_U2029

/* glibc's cbrt is off by a unit in the last place for 27. */
#undef DUK_CBRT
#define DUK_CBRT(x) ((double)cbrtl((x)))

/* There is no debugger to tell of a throw. */
#undef DUK_USE_DEBUGGER_THROW_NOTIFY
#undef DUK_USE_DEBUGGER_PAUSE_UNCAUGHT
#endif
