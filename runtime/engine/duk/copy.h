/* runtime/engine/duk/copy.h - whole property tables at once, inside Duktape.
 *
 * Included by duk_internal.h, which tools/patch_duktape.py makes. Thread: the heap's. */
#ifndef WK_RUNTIME_ENGINE_DUK_COPY_H
#define WK_RUNTIME_ENGINE_DUK_COPY_H

/* Gives `to`, which has no properties, those of `from`, which has no array part and no accessors. May collect. */
DUK_INTERNAL_DECL void wk_copy_properties(duk_hthread *thr, duk_hobject *to, duk_hobject *from);
/* Every closure of a function begins with the same properties. After the second they are copied from an object that the
 * function's template keeps in place of a variable environment, since templates never run:
 *
 *     both environments the same --first closure--> no variable environment --second--> the object
 *
 * wk_closure_properties gives the object or NULL. */
DUK_INTERNAL_DECL duk_hobject *wk_closure_properties(duk_hthread *thr, duk_hcompfunc *from);
DUK_INTERNAL_DECL void wk_closure_made(duk_hthread *thr, duk_hcompfunc *from, duk_hcompfunc *closure);

#endif
