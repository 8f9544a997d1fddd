/* runtime/locale/locale.h - what depends on the languages of people: native('locale'), on ICU.
 *
 * ICU's tables are in its library, so a sealed host can load them too; nothing is opened before
 * it is used. What ICU holds for a heap is bounded (WK_COLLATORS_MAX) and outside of the heap.
 * Thread: the heap's. */
#ifndef WK_RUNTIME_LOCALE_H
#define WK_RUNTIME_LOCALE_H
#include "runtime/engine/engine.h"

#define WK_LOCALE_BYTES_MAX 64 /* of a resolved one, with its NUL */
#define WK_COLLATORS_MAX 8     /* kept open */

/* Registers native('locale'); wk_binding_init calls it. */
void wk_locale_init(duk_context *ctx);
#endif
