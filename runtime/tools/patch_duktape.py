#!/usr/bin/env python3
"""runtime/tools/patch_duktape.py SRC_DIR OUT_DIR - our changes to Duktape's amalgamated source.

Writes duktape.h, duktape.c and duk_internal.h (the internal declarations, for runtime/engine) to
OUT_DIR. Every change is anchored to a few words of the source and, where those words occur more than
once, to the function they are looked for in. An anchor that is not found exactly once ends the build:
another Duktape needs another look. Why each change is made stands beside it."""
import os
import re
import sys


class Source:
    def __init__(self, path):
        self.path = path
        with open(path, encoding='utf-8') as f:
            self.text = f.read()

    def fail(self, what, anchor, count):
        sys.exit(f'{self.path}: {what} {anchor!r} found {count} times, not once')

    def span(self, within):
        """The text of the function (or other block that ends with a brace in column 0) at within."""
        if within is None:
            return 0, len(self.text)
        if self.text.count(within) != 1:
            self.fail('function', within, self.text.count(within))
        start = self.text.index(within)
        return start, self.text.index('\n}', start) + 2

    def replace(self, old, new, within=None, first=False):
        start, end = self.span(within)
        count = self.text.count(old, start, end)
        if count != 1 and not (first and count > 1):
            self.fail('anchor', old, count)
        at = self.text.index(old, start, end)
        self.text = self.text[:at] + new + self.text[at + len(old):]

    def after(self, anchor, new, within=None, first=False):
        self.replace(anchor, anchor + new, within, first)

    def before(self, anchor, new, within=None, first=False):
        self.replace(anchor, new + anchor, within, first)

    def write(self, path):
        with open(path, 'w', encoding='utf-8') as f:
            f.write(self.text)


def patch_internal(src):
    # Objects with internal slots (runtime/engine/duk/slots.h) are a class of their own.
    src.replace('#define DUK_HOBJECT_CLASS_MAX               29',
                '#define DUK_HOBJECT_CLASS_WKSLOTS           30\n#define DUK_HOBJECT_CLASS_MAX               30')
    # There are no ROM objects here; their header bit says that an object is a key in the weak table.
    src.replace('#define DUK_HEAPHDR_HAS_READONLY(h)   DUK_HEAPHDR_CHECK_FLAG_BITS((h), DUK_HEAPHDR_FLAG_READONLY)',
                '#define DUK_HEAPHDR_HAS_READONLY(h)   0\n'
                '#define DUK_HEAPHDR_FLAG_WKWEAK       DUK_HEAPHDR_FLAG_READONLY')
    src.after('struct duk_heap {\n', '\tvoid *wk_weak; /* runtime/engine/duk/weak.c */\n')
    # Garbage with reference loops waits for mark-and-sweep: at 50 times the heap that is too long.
    src.replace('#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_MULT 12800L',
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_MULT 1024L')
    src.replace('#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_ADD  1024L\n'
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_SKIP 256L\n#else',
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_ADD  65536L\n'
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_SKIP 256L\n#else')
    src.before('#endif /* DUK_INTERNAL_H_INCLUDED */', '#include "runtime/engine/duk/slots.h"\n')


def patch_gc(src):
    src.replace('DUK_HEAPHDR_FLAG_READONLY;', '0;', within='DUK_LOCAL duk_harray *duk__arraypart_fastpath_this(')
    mark = 'DUK_LOCAL void duk__mark_hobject(duk_heap *heap, duk_hobject *h) {'
    src.before('\tif (DUK_HOBJECT_HAS_FASTREFS(h)) {',
               '\tif (DUK_UNLIKELY(DUK_HEAPHDR_CHECK_FLAG_BITS(&h->hdr, DUK_HEAPHDR_FLAG_WKWEAK))) {\n'
               '\t\twk_gc_mark_key(heap, h);\n\t}\n', within=mark)
    src.before('\tif (DUK_HOBJECT_IS_COMPFUNC(h)) {',
               '\tif (DUK_HOBJECT_IS_WKSLOTS(h)) {\n\t\twk_gc_mark_slots(heap, (struct wk_slots *) h);\n\t} else\n',
               within=mark)
    drop = 'DUK_INTERNAL void duk_hobject_refcount_finalize_norz(duk_heap *heap, duk_hobject *h) {'
    src.before('\tif (DUK_HOBJECT_HAS_FASTREFS(h)) {',
               '\tif (DUK_UNLIKELY(DUK_HEAPHDR_CHECK_FLAG_BITS(&h->hdr, DUK_HEAPHDR_FLAG_WKWEAK))) {\n'
               '\t\twk_gc_drop_key(heap, h);\n\t}\n', within=drop)
    src.before('\tif (DUK_HOBJECT_IS_COMPFUNC(h)) {',
               '\tif (DUK_HOBJECT_IS_WKSLOTS(h)) {\n\t\twk_gc_drop_slots(heap, (struct wk_slots *) h);\n\t} else\n',
               within=drop)
    src.before('\tif (DUK_HOBJECT_IS_COMPFUNC(h)) {',
               '\tif (DUK_HOBJECT_IS_WKSLOTS(h)) {\n\t\twk_gc_free_slots(heap, (struct wk_slots *) h);\n\t} else\n',
               within='DUK_INTERNAL void duk_free_hobject(duk_heap *heap, duk_hobject *h) {')
    src.before('\tduk__free_stringtable(heap);', '\twk_gc_free_weak(heap);\n',
               within='DUK_INTERNAL void duk_heap_free(duk_heap *heap) {')
    # The class name of number 30.
    src.replace('\tDUK_STRIDX_EMPTY_STRING, /* UNUSED', '\tDUK_STRIDX_UC_OBJECT, /* slots; not UNUSED',
                within='DUK_INTERNAL duk_uint8_t duk_class_number_to_stridx[32] = {', first=True)
    src.text += '''
/* What runtime/engine/duk needs of this file's insides. */
void wk_duk_mark_tvals(duk_heap *heap, duk_tval *tv, duk_idx_t count) {
\tduk__mark_tvals(heap, tv, count);
}
'''


def patch_stack(src):
    # error.stack: no words after a frame, no file names of the engine's own.
    for old, new in [('"at %s light%s%s%s%s%s"', '"at %s (native)"'),
                     ('"at %s (%s) native%s%s%s%s%s"', '"at %s (native)"'),
                     ('"at %s (%s:%lu)%s%s%s%s%s"', '"at %s (%s:%lu)"'),
                     ('"at [anon] (%s:%ld) internal"', '"at <anonymous> (native)"'),
                     ('"[anon]" :', '"<anonymous>" :')]:
        src.replace(old, new)


def main():
    src_dir, out_dir = sys.argv[1:3]
    header = Source(os.path.join(src_dir, 'duktape.h'))
    # Our own files link with the internal functions, so these must not be static.
    header.replace('#define DUK_SINGLE_FILE\n', '')
    header.write(os.path.join(out_dir, 'duktape.h'))
    src = Source(os.path.join(src_dir, 'duktape.c'))
    patch_internal(src)
    patch_gc(src)
    patch_stack(src)
    src.write(os.path.join(out_dir, 'duktape.c'))
    start = src.text.index('#line 1 "duk_internal.h"')
    end_mark = '#endif /* DUK_INTERNAL_H_INCLUDED */\n'
    internal = re.sub(r'^#line .*\n', '', src.text[start:src.text.index(end_mark) + len(end_mark)], flags=re.M)
    src.text = internal
    src.write(os.path.join(out_dir, 'duk_internal.h'))


main()
