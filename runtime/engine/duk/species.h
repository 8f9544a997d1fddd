/* runtime/engine/duk/species.h - what map, filter, slice, splice and concat of an array give,
 * inside Duktape.
 *
 * Included by duk_internal.h, which tools/patch_duktape.py makes. Thread: the heap's. */
#ifndef WK_RUNTIME_ENGINE_DUK_SPECIES_H
#define WK_RUNTIME_ENGINE_DUK_SPECIES_H

/* ArraySpeciesCreate (ECMA-262 10.4.2.3) for the object at idx: pushes a new array, of the
 * class that an array of a subclass names. */
DUK_INTERNAL_DECL void wk_push_array_like(duk_hthread *thr, duk_idx_t idx, duk_double_t length);
#endif
