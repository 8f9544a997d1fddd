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
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_MULT 2048L')
    src.replace('#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_ADD  1024L\n'
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_SKIP 256L\n#else',
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_ADD  65536L\n'
                '#define DUK_HEAP_MARK_AND_SWEEP_TRIGGER_SKIP 256L\n#else')
    # The CPU limit is looked at after so many instructions; not also at each entry from C, since a turn is one.
    src.replace('\t\t\tnew_thr->interrupt_counter = 0;\n\t\t\tnew_thr->interrupt_init = 0;\n',
                '\t\t\tnew_thr->interrupt_counter = DUK_HTHREAD_INTCTR_DEFAULT - 1;\n'
                '\t\t\tnew_thr->interrupt_init = DUK_HTHREAD_INTCTR_DEFAULT;\n')
    # At the memory cap, ten full collections for one allocation only spin.
    src.replace('i < DUK_HEAP_ALLOC_FAIL_MARKANDSWEEP_LIMIT', 'i < 4', first=True)
    src.replace('i < DUK_HEAP_ALLOC_FAIL_MARKANDSWEEP_LIMIT', 'i < 4', first=True)
    src.replace('i < DUK_HEAP_ALLOC_FAIL_MARKANDSWEEP_LIMIT', 'i < 4')
    src.before('#endif /* DUK_INTERNAL_H_INCLUDED */', '#include "runtime/engine/duk/slots.h"\n'
               '#include "runtime/engine/duk/proxy.h"\n#include "runtime/engine/duk/copy.h"\n'
               '#include "runtime/engine/duk/append.h"\n#include "runtime/engine/duk/json.h"\n'
               '#include "runtime/engine/duk/words.h"\n#include "runtime/engine/duk/species.h"\n')


def patch_messages(src):
    # What went wrong, in the words that people and programs know from other engines.
    src.replace('"cannot read property %s of %s"', '"Cannot read properties of %2$s (reading %1$s)"')
    for _ in range(2):
        src.replace('"cannot write property %s of %s"', '"Cannot set properties of %2$s (setting %1$s)"', first=True)
    for _ in range(2):
        src.replace('"identifier \'%s\' undefined"', '"%s is not defined"', first=True)
    call = 'DUK_INTERNAL DUK_NOINLINE DUK_COLD void duk_call_setup_propcall_error(duk_hthread *thr, duk_tval *tv_base, duk_tval *tv_key) {'
    src.replace("""\tstr_base = duk_push_string_readable(thr, -5);
\tduk_push_error_object(thr,
\t                      DUK_ERR_TYPE_ERROR | DUK_ERRCODE_FLAG_NOBLAME_FILELINE,
\t                      "%s not callable (property %s of %s)",
\t                      str_targ,
\t                      str_key,
\t                      str_base);
""", """\tDUK_UNREF(str_targ);
\tDUK_UNREF(str_key);
\tstr_base = wk_push_called_property(thr, DUK_GET_TVAL_NEGIDX(thr, -4));
\tduk_push_error_object(thr, DUK_ERR_TYPE_ERROR | DUK_ERRCODE_FLAG_NOBLAME_FILELINE, "%s is not a function", str_base);
""", within=call)
    src.replace("""\tDUK_ERROR_FMT1(thr, DUK_ERR_TYPE_ERROR, "%s not callable", duk_push_string_tval_readable(thr, tv_func));
""", """\twk_throw_not_callable(thr, tv_func, (*call_flags & DUK_CALL_FLAG_CONSTRUCT) != 0);
""")
    src.replace("""\tDUK_ERROR_FMT1(thr, DUK_ERR_TYPE_ERROR, "%s not constructable", duk_push_string_tval_readable(thr, tv_func));
""", """\twk_throw_not_callable(thr, tv_func, 1);
""")
    for name, old, new in [('INVALID_LENGTH', 'invalid length', 'Invalid array length'),
                           ('INVALID_ARRAY_LENGTH', 'invalid array length', 'Invalid array length'),
                           ('CANNOT_STRING_COERCE_SYMBOL', 'cannot string coerce Symbol', 'Cannot convert a Symbol value to a string'),
                           ('CANNOT_NUMBER_COERCE_SYMBOL', 'cannot number coerce Symbol', 'Cannot convert a Symbol value to a number'),
                           ('CYCLIC_INPUT', 'cyclic input', 'Converting circular structure to JSON'),
                           ('NOT_OBJECT_COERCIBLE', 'not object coercible', 'Cannot convert undefined or null to object'),
                           ('TOPRIMITIVE_FAILED', 'coercion to primitive failed', 'Cannot convert object to primitive value'),
                           ('STRING_TOO_LONG', 'string too long', 'Invalid string length'),
                           ('RESULT_TOO_LONG', 'result too long', 'Invalid string length'),
                           ('BUFFER_TOO_LONG', 'buffer too long', 'Array buffer allocation failed'),
                           ('VALSTACK_LIMIT', 'valstack limit', 'Maximum call stack size exceeded'),
                           ('CALLSTACK_LIMIT', 'callstack limit', 'Maximum call stack size exceeded'),
                           ('NATIVE_STACK_LIMIT', 'C stack depth limit', 'Maximum call stack size exceeded'),
                           ('DEC_RECLIMIT', 'decode recursion limit', 'Maximum call stack size exceeded'),
                           ('ENC_RECLIMIT', 'encode recursion limit', 'Maximum call stack size exceeded'),
                           ('NOT_WRITABLE', 'not writable', 'Cannot assign to read only property'),
                           ('NOT_EXTENSIBLE', 'not extensible', 'Cannot add property, object is not extensible'),
                           ('SETTER_UNDEFINED', 'setter undefined', 'Cannot set property which has only a getter')]:
        at = src.text.index('#define DUK_STR_' + name + ' ')
        end = src.text.index('\n', at)
        if old not in src.text[at:end]:
            src.fail('text', old, 0)
        src.text = src.text[:at] + src.text[at:end].replace('"' + old + '"', '"' + new + '"') + src.text[end:]
    # With the key, and as it is written: 'a', not '\'a\''.
    src.replace("""\t\t\t\tduk_push_literal(thr, "[Symbol ");
\t\t\t\tduk_push_string(thr, duk__get_symbol_type_string(h));
\t\t\t\tduk_push_literal(thr, " ");
\t\t\t\tduk__push_hstring_readable_unicode(thr, h, DUK__READABLE_STRING_MAXCHARS);
\t\t\t\tduk_push_literal(thr, "]");
\t\t\t\tduk_concat(thr, 5);
""", '\t\t\t\twk_push_key_text(thr, tv);\n')
    for words in ['"Cannot read properties of %2$s (reading %1$s)"', '"Cannot set properties of %2$s (setting %1$s)"',
                  '"Cannot set properties of %2$s (setting %1$s)"']:
        src.replace(words + ',\n\t\t               duk_push_string_tval_readable(thr, tv_key)',
                    words.replace('%1$s', "'%1$s'") + ',\n\t\t               wk_push_key_text(thr, tv_key)', first=True)


def patch_refusals(src):
    # Which property of which object does not change. At these places the key is at the top of the stack.
    put = 'duk_hobject_putprop(duk_hthread *thr, duk_tval *tv_obj, duk_tval *tv_key, duk_tval *tv_val, duk_bool_t throw_flag) {'
    for label, text, why in [('fail_not_extensible', 'NOT_EXTENSIBLE', 'ADD'), ('fail_not_writable', 'NOT_WRITABLE', 'READ_ONLY'),
                             ('fail_no_setter', 'SETTER_UNDEFINED', 'GETTER')]:
        src.replace(f'DUK_ERROR_TYPE(thr, DUK_STR_{text});', f'wk_throw_refusal(thr, WK_REFUSE_{why}, tv_obj, tv_key);',
                    within=put, first=True)
    src.after('fail_base_primitive:\n', '\tif (throw_flag) {\n\t\twk_throw_refusal(thr, WK_REFUSE_ADD, tv_obj, tv_key);\n\t}\n', within=put)
    delete = 'DUK_INTERNAL duk_bool_t duk_hobject_delprop(duk_hthread *thr, duk_tval *tv_obj, duk_tval *tv_key, duk_bool_t throw_flag) {'
    src.replace('DUK_ERROR_TYPE(thr, DUK_STR_NOT_CONFIGURABLE);', 'wk_throw_refusal(thr, WK_REFUSE_DELETE, tv_obj, tv_key);', within=delete)
    raw = 'DUK_INTERNAL duk_bool_t duk_hobject_delprop_raw(duk_hthread *thr, duk_hobject *obj, duk_hstring *key, duk_small_uint_t flags) {'
    refuse = """{{
\t\t\tduk_tval tv_h, tv_k;
\t\t\tDUK_TVAL_SET_OBJECT(&tv_h, obj);
\t\t\tDUK_TVAL_SET_STRING(&tv_k, key);
\t\t\twk_throw_refusal(thr, WK_REFUSE_{0}, &tv_h, &tv_k);
\t\t}}"""
    src.replace('DUK_ERROR_TYPE(thr, DUK_STR_NOT_CONFIGURABLE);', refuse.format('DELETE'), within=raw)
    define = 'DUK_INTERNAL\nduk_bool_t duk_hobject_define_property_helper(duk_hthread *thr,'
    src.replace('DUK_ERROR_TYPE(thr, DUK_STR_NOT_EXTENSIBLE);', refuse.format('DEFINE'), within=define)
    src.replace('DUK_ERROR_TYPE(thr, DUK_STR_NOT_CONFIGURABLE);', refuse.format('REDEFINE'), within=define)


def patch_argument_words(src):
    # What an argument should have been.
    bi = 'DUK_INTERNAL duk_ret_t duk_bi_'
    src.replace('DUK_DCERROR_TYPE_INVALID_ARGS(thr);', 'DUK_ERROR_TYPE(thr, "Reduce of empty array with no initial value");',
                within=bi + 'array_prototype_reduce_shared(duk_hthread *thr) {')
    repeat = bi + 'string_prototype_repeat(duk_hthread *thr) {'
    src.replace('result_len / count != input_blen) {\n\t\tgoto fail_range;',
                'result_len / count != input_blen) {\n\t\tDUK_ERROR_RANGE(thr, DUK_STR_STRING_TOO_LONG);', within=repeat)
    src.before('\t/* Temporary fixed buffer, later', """\tif (result_len > 0x1fffffe8UL) {
\t\tDUK_ERROR_RANGE(thr, DUK_STR_STRING_TOO_LONG);
\t}
""", within=repeat)
    src.replace('DUK_DCERROR_RANGE_INVALID_ARGS(thr);',
                'DUK_ERROR_FMT1(thr, DUK_ERR_RANGE_ERROR, "Invalid count value: %s", duk_to_string(thr, 0));\n\treturn 0;', within=repeat)
    for name, old, new, what in [('fixed', '0, 0, 20', '0, 0, 100', 'toFixed() digits argument'),
                                 ('exponential', '0, 0, 20', '0, 0, 100', 'toExponential() argument'),
                                 ('precision', '0, 1, 21', '0, 1, 100', 'toPrecision() argument'),
                                 ('string', '0, 2, 36', '0, 2, 36', 'toString() radix argument')]:
        src.replace(f'duk_to_int_check_range(thr, {old})', f'wk_to_int_between(thr, {new}, "{what}")',
                    within=bi + f'number_prototype_to_{name}(duk_hthread *thr) {{')
    src.replace('DUK_DCERROR_RANGE_INVALID_ARGS(thr);', 'return wk_throw_typed_array(thr, shift);',
                within=bi + 'typedarray_constructor(duk_hthread *thr) {\n\tduk_tval *tv;')
    src.replace('DUK_DCERROR_RANGE_INVALID_LENGTH(thr);', 'DUK_ERROR_RANGE(thr, "Invalid array buffer length");\n\treturn 0;',
                within=bi + 'arraybuffer_constructor(duk_hthread *thr) {')
    src.replace('DUK_DCERROR_RANGE_INVALID_ARGS(thr);', 'DUK_ERROR_RANGE(thr, "Offset is outside the bounds of the DataView");\n\treturn 0;',
                within=bi + 'buffer_readfield(duk_hthread *thr) {')
    src.replace('DUK_DCERROR_RANGE_INVALID_ARGS(thr);', 'DUK_ERROR_RANGE(thr, "offset is out of bounds");\n\treturn 0;',
                within=bi + 'typedarray_set(duk_hthread *thr) {')
    setproto = bi + 'object_setprototype_shared(duk_hthread *thr) {'
    src.replace('fail_nonextensible:\nfail_loop:\n\tif (magic != 2) {\n\t\tDUK_DCERROR_TYPE_INVALID_ARGS(thr);', """fail_loop:
\tif (magic != 2) {
\t\tDUK_ERROR_TYPE(thr, "Cyclic __proto__ value");
\t}
fail_nonextensible:
\tif (magic != 2) {
\t\tDUK_ERROR_TYPE(thr, "Object is not extensible");
\t\treturn 0;""", within=setproto)
    prototype = """\tif (!duk_check_type_mask(thr, {0}, DUK_TYPE_MASK_NULL | DUK_TYPE_MASK_OBJECT | DUK_TYPE_MASK_BUFFER)) {{
\t\tDUK_ERROR_FMT1(thr, DUK_ERR_TYPE_ERROR, "Object prototype may only be an Object or null: %s", duk_safe_to_string(thr, {0}));
\t}}
"""
    src.before('\t\tduk_require_type_mask(thr, 1, DUK_TYPE_MASK_NULL', prototype.format(1), within=setproto)
    src.before('\tproto = duk_require_hobject_accept_mask(thr, 0, DUK_TYPE_MASK_NULL);\n', prototype.format(0),
               within=bi + 'object_constructor_create(duk_hthread *thr) {')
    src.before('\tduk_require_type_mask(thr, -1, DUK_TYPE_MASK_OBJECT | DUK_TYPE_MASK_LIGHTFUNC | DUK_TYPE_MASK_BUFFER);\n',
               """\tif (DUK_UNLIKELY(!duk_check_type_mask(thr, -1, DUK_TYPE_MASK_OBJECT | DUK_TYPE_MASK_LIGHTFUNC | DUK_TYPE_MASK_BUFFER))) {
\t\tduk_safe_to_string(thr, -1);
\t\twk_push_key_text(thr, DUK_GET_TVAL_NEGIDX(thr, -2));
\t\tDUK_ERROR_FMT2(thr, DUK_ERR_TYPE_ERROR, "Cannot use 'in' operator to search for '%s' in %s", duk_get_string(thr, -1),
\t\t               duk_get_string(thr, -2));
\t}
""", within='DUK_INTERNAL duk_bool_t duk_js_in(duk_hthread *thr, duk_tval *tv_x, duk_tval *tv_y) {')
    src.before('\tfunc = duk_require_hobject(thr, -1);\n', """\tif (DUK_UNLIKELY(duk_get_hobject(thr, -1) == NULL)) {
\t\tDUK_ERROR_TYPE(thr, "Right-hand side of 'instanceof' is not an object");
\t}
""", within='DUK_LOCAL duk_bool_t duk__js_instanceof_helper(duk_hthread *thr, duk_tval *tv_x, duk_tval *tv_y, duk_bool_t skip_sym_check) {')
    for old, new in [('"invalid instanceof rval"', '"Right-hand side of \'instanceof\' is not callable"'),
                     ('"instanceof rval has no .prototype"', '"Function has non-object prototype in instanceof check"'),
                     ('"expected Date"', '"this is not a Date object."'), ('"Invalid Date");', '"Invalid time value");')]:
        src.replace(old, new)
    for _ in range(2):
        src.replace('DUK_ERROR_URI(tfm_ctx->thr, DUK_STR_INVALID_INPUT);', 'DUK_ERROR_URI(tfm_ctx->thr, "URI malformed");', first=True)
    src.replace('DUK_ERROR_TYPE(thr, DUK_STR_CONSTRUCT_ONLY);',
                'DUK_ERROR_FMT1(thr, DUK_ERR_TYPE_ERROR, "Constructor %s requires \'new\'", wk_push_running_name(thr));')
    src.before('\tobj = duk_require_hobject_promote_mask(', """\tif (!duk_check_type_mask(thr, 0, DUK_TYPE_MASK_OBJECT | DUK_TYPE_MASK_LIGHTFUNC | DUK_TYPE_MASK_BUFFER)) {
\t\tDUK_ERROR_FMT1(thr, DUK_ERR_TYPE_ERROR, "%s.defineProperty called on non-object", duk_get_current_magic(thr) ? "Reflect" : "Object");
\t}
""", within=bi + 'object_constructor_define_property(duk_hthread *thr) {')
    # duk_require_*(): without the place on the stack; where a function was wanted, what is there.
    for _ in range(2):
        src.replace('\t                   "%s required, found %s (stack index %ld)",', '\t                   "%s required, found %s",', first=True)
    src.before("""\tDUK_ERROR_RAW_FMT3(thr,
\t                   filename,
\t                   linenumber,
\t                   DUK_ERR_TYPE_ERROR,
\t                   "%s required, found %s",
\t                   expect_name,
\t                   duk_push_string_readable(""", """\tif (DUK_STRCMP(expect_name, "function") == 0) {
\t\tduk_tval *tv = duk_get_tval(thr, idx);
\t\tduk_tval none;
\t\tDUK_TVAL_SET_UNDEFINED(&none);
\t\tDUK_ERROR_RAW_FMT1(thr, filename, linenumber, DUK_ERR_TYPE_ERROR, "%s is not a function",
\t\t                   wk_push_wanted_function(thr, tv != NULL ? tv : &none));
\t}
""")
    # Names that the lowering made up, for what has none.
    src.replace('duk_push_hstring(thr, func->h_name);\n\t\tDUK_DD(DUK_DDPRINT("setting function template .name to',
                'wk_push_function_name(thr, func->h_name);\n\t\tDUK_DD(DUK_DDPRINT("setting function template .name to')
    # The names of local variables, which errors tell, behind the line numbers.
    src.after('duk_hobject_pc2line_pack(thr, q_instr, (duk_uint_fast32_t) code_count); /* -> pushes fixed buffer */\n',
              '\t\twk_push_names(thr, duk_known_hobject(thr, func->varmap_idx));\n')


def patch_json(src):
    # What is wrong with a text, and how an object comes back to itself.
    src.replace('DUK_ERROR_FMT1(js_ctx->thr, DUK_ERR_SYNTAX_ERROR, DUK_STR_FMT_INVALID_JSON, (long) (js_ctx->p - js_ctx->p_start));',
                'wk_throw_json_syntax(js_ctx->thr, js_ctx->p_start, (duk_size_t) (js_ctx->p_end - js_ctx->p_start));')
    entry = 'DUK_LOCAL void duk__json_enc_objarr_entry(duk_json_enc_ctx *js_ctx, duk_idx_t *entry_top) {'
    src.replace('DUK_ERROR_TYPE(thr, DUK_STR_CYCLIC_INPUT);', 'wk_throw_json_circular(thr, js_ctx->visiting, n, h_target);',
                within=entry, first=True)
    src.replace('DUK_ERROR_TYPE(thr, DUK_STR_CYCLIC_INPUT);', 'wk_throw_json_circular(thr, NULL, 0, NULL);', within=entry)
    # A surrogate without its partner is escaped.
    src.before("""\t\t\t\t} else {
\t\t\t\t\t/* as is */
\t\t\t\t\tDUK_RAW_WRITEINC_XUTF8(q, cp);""", """\t\t\t\t} else if (DUK_UNLIKELY(cp >= 0xd800UL && cp <= 0xdfffUL)) {
\t\t\t\t\tif (cp <= 0xdbffUL && p_end - p >= 3 && p[0] == 0xed && p[1] >= 0xb0) {
\t\t\t\t\t\tDUK_RAW_WRITEINC_XUTF8(q, cp);
\t\t\t\t\t\t*q++ = *p++;
\t\t\t\t\t\t*q++ = *p++;
\t\t\t\t\t\t*q++ = *p++;
\t\t\t\t\t} else {
\t\t\t\t\t\tq = duk__emit_esc_auto_fast(js_ctx, cp, q);
\t\t\t\t\t}
""", within='DUK_LOCAL void duk__json_enc_quote_string(duk_json_enc_ctx *js_ctx, duk_hstring *h_str) {')


def patch_species(src):
    # An array of a subclass gives arrays of its own.
    for name in ['slice', 'splice', 'iter_shared']:
        within = f'DUK_INTERNAL duk_ret_t duk_bi_array_prototype_{name}(duk_hthread *thr) {{'
        src.replace('duk_push_array(thr);', 'wk_push_array_like(thr, -2, 0);', within=within)
    src.replace('duk_push_array(thr); /* -> [ ToObject(this)', 'wk_push_array_like(thr, 0, 0); /* -> [ ToObject(this)',
                within='DUK_INTERNAL duk_ret_t duk_bi_array_prototype_concat(duk_hthread *thr) {')


def patch_dates(src):
    # new Date(date) copies the time; by way of text it would lose the milliseconds.
    src.before('\t\tduk_to_primitive(thr, 0, DUK_HINT_NONE);\n\t\tstr = duk_get_string_notsymbol(thr, 0);',
               '\t\tif (duk_is_object(thr, 0) && DUK_HOBJECT_GET_CLASS_NUMBER(duk_known_hobject(thr, 0)) == DUK_HOBJECT_CLASS_DATE) {\n'
               '\t\t\tduk_get_prop_stridx_short(thr, 0, DUK_STRIDX_INT_VALUE);\n'
               '\t\t\tduk_replace(thr, 0);\n\t\t}\n')


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


def patch_proxy(src):
    # [[Get]], [[Set]], [[HasProperty]]: a proxy takes over wherever it stands in the chain.
    step = '\t\tcurr = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, curr);\n\t} while (curr != NULL);'
    get = 'DUK_INTERNAL duk_bool_t duk_hobject_getprop(duk_hthread *thr, duk_tval *tv_obj, duk_tval *tv_key) {'
    src.replace(step, step.replace('\n', """
\t\tif (DUK_UNLIKELY(curr != NULL && DUK_HOBJECT_IS_PROXY(curr))) {
\t\t\twk_object_get(thr, curr, duk_get_tval(thr, -1), tv_obj);
\t\t\tduk_remove_m2(thr);
\t\t\treturn 1;
\t\t}
""", 1), within=get)
    src.after('\t\tif (DUK_UNLIKELY(DUK_HOBJECT_IS_PROXY(curr))) {\n', """\t\t\twk_object_get(thr, curr, tv_key, tv_obj);
\t\t\treturn 1;
""", within=get)
    put = 'duk_hobject_putprop(duk_hthread *thr, duk_tval *tv_obj, duk_tval *tv_key, duk_tval *tv_val, duk_bool_t throw_flag) {'
    refuse = """if (!rc && throw_flag) {
\t\t\t\tDUK_ERROR_TYPE(thr, DUK_STR_PROXY_REJECTED);
\t\t\t}
\t\t\treturn rc;
"""
    src.replace(step, step.replace('\n', """
\t\tif (DUK_UNLIKELY(curr != NULL && DUK_HOBJECT_IS_PROXY(curr))) {
\t\t\trc = wk_object_set(thr, curr, duk_get_tval(thr, -1), tv_val, tv_obj);
\t\t\tduk_pop_unsafe(thr);
\t\t\t""" + refuse + "\t\t}\n", 1), within=put)
    src.after('\t\tif (DUK_UNLIKELY(DUK_HOBJECT_IS_PROXY(orig))) {\n',
              '\t\t\trc = wk_object_set(thr, orig, tv_key, tv_val, tv_obj);\n\t\t\t' + refuse, within=put)
    has = 'DUK_INTERNAL duk_bool_t duk_hobject_hasprop(duk_hthread *thr, duk_tval *tv_obj, duk_tval *tv_key) {'
    src.replace('DUK_UNLIKELY(DUK_HOBJECT_IS_PROXY(obj))', '0', within=has)
    src.replace("rc = duk__get_propdesc(thr, obj, key, &desc, 0 /*flags*/);", 'rc = wk_object_has(thr, obj, tv_key);', within=has)
    # Own properties: descriptors, hasOwnProperty, keys.
    src.before('\tif (!duk_hobject_get_own_propdesc(thr, obj, key, &pd,', """\tif (DUK_UNLIKELY(DUK_HOBJECT_IS_PROXY(obj))) {
\t\twk_proxy_get_own_desc(thr, obj);
\t\treturn;
\t}
""", within='DUK_INTERNAL void duk_hobject_object_get_own_property_descriptor(duk_hthread *thr, duk_idx_t obj_idx) {')
    src.before('\tret = duk_hobject_get_own_propdesc(', """\tif (DUK_UNLIKELY(DUK_HOBJECT_IS_PROXY(h_obj))) {
\t\tduk_dup_0(thr);
\t\tduk_push_boolean(thr, wk_own_has(thr, h_obj, required_desc_flags));
\t\treturn 1;
\t}
""", within='DUK_INTERNAL duk_bool_t duk_hobject_object_ownprop_helper(duk_hthread *thr, duk_small_uint_t required_desc_flags) {')
    post = 'DUK_INTERNAL void duk_proxy_ownkeys_postprocess(duk_hthread *thr, duk_hobject *h_proxy_target, duk_uint_t flags) {'
    src.replace('if (duk_hobject_get_own_propdesc(thr, h_proxy_target, duk_known_hstring(thr, -1), &desc, 0 /*flags*/)) {',
                'if (wk_own_has(thr, h_proxy_target, 0)) {', within=post)
    src.replace('if ((desc.flags & DUK_PROPDESC_FLAG_ENUMERABLE) == 0) {',
                'if (!wk_own_has(thr, h_proxy_target, DUK_PROPDESC_FLAG_ENUMERABLE)) {', within=post)
    src.replace('duk_proxy_ownkeys_postprocess(thr, h_proxy_target, enum_flags);', 'duk_proxy_ownkeys_postprocess(thr, obj, enum_flags);',
                within='DUK_INTERNAL duk_ret_t duk_bi_object_constructor_keys_shared(duk_hthread *thr) {')
    src.replace('duk_proxy_ownkeys_postprocess(thr, h_proxy_target, enum_flags);', 'duk_proxy_ownkeys_postprocess(thr, enum_target, enum_flags);',
                within='DUK_INTERNAL void duk_hobject_enumerator_create(duk_hthread *thr, duk_small_uint_t enum_flags) {')
    # A proxy may be the target or the handler of another.
    push = 'DUK_EXTERNAL duk_idx_t duk_push_proxy(duk_hthread *thr, duk_uint_t proxy_flags) {\n\tduk_hobject *h_target;'
    src.replace('if (DUK_HOBJECT_IS_PROXY(h_target)) {', 'if (0) {', within=push)
    src.replace('if (DUK_HOBJECT_IS_PROXY(h_handler)) {', 'if (0) {', within=push)
    src.replace('DUK_ASSERT_TOP(thr, 1);\n\t\tgoto skip_proxy;', """if (DUK_HOBJECT_IS_PROXY(h_proxy_target)) {
\t\t\treturn duk_bi_object_constructor_keys_shared(thr);
\t\t}
\t\tgoto skip_proxy;""", within='DUK_INTERNAL duk_ret_t duk_bi_object_constructor_keys_shared(duk_hthread *thr) {')
    src.after('obj = h_target; /* resume delete to target */\n', """\t\t\tif (DUK_HOBJECT_IS_PROXY(obj)) {
\t\t\t\tduk_tval tv_inner;
\t\t\t\tDUK_TVAL_SET_OBJECT(&tv_inner, obj);
\t\t\t\trc = duk_hobject_delprop(thr, &tv_inner, tv_key, throw_flag);
\t\t\t\tduk_set_top_unsafe(thr, entry_top);
\t\t\t\treturn rc;
\t\t\t}
""")
    # Object.* and Reflect.* that other traps belong to.
    for func, trap, reflect, anchor in [
            ('constructor_define_property', 'defineProperty', 1, '\tobj = duk_require_hobject_promote_mask('),
            ('constructor_is_extensible', 'isExtensible', 1, '\tif (duk_get_current_magic(thr) == 0) {'),
            ('constructor_prevent_extensions', 'preventExtensions', 1, '\tmagic = duk_get_current_magic(thr);\n'),
            ('getprototype_shared', 'getPrototypeOf', 2, '\ttv = DUK_GET_TVAL_POSIDX(thr, 0);\n'),
            ('setprototype_shared', 'setPrototypeOf', 2, '\th_new_proto = duk_get_hobject(thr, 1);\n')]:
        line = (f'\tif (duk_is_object(thr, 0) && DUK_HOBJECT_IS_PROXY(duk_known_hobject(thr, 0))) {{\n'
                f'\t\treturn wk_proxy_call(thr, "{trap}", duk_get_current_magic(thr) == {reflect});\n\t}}\n')
        src.before(anchor, line, within=f'DUK_INTERNAL duk_ret_t duk_bi_object_{func}(duk_hthread *thr) {{')


def patch_language(src):
    # { __proto__: x } in a literal sets the prototype.
    src.before("""\t\t\t\tduk_dup(thr, (duk_idx_t) idx);
\t\t\t\tduk_dup(thr, (duk_idx_t) (idx + 1));
\t\t\t\tduk_def_prop(thr,
\t\t\t\t             obj_idx,""", """\t\t\t\tif (DUK_UNLIKELY(duk_get_hstring(thr, (duk_idx_t) idx) == DUK_HTHREAD_STRING___PROTO__(thr))) {
\t\t\t\t\tif (duk_is_object(thr, (duk_idx_t) (idx + 1)) || duk_is_null(thr, (duk_idx_t) (idx + 1))) {
\t\t\t\t\t\tDUK_HOBJECT_SET_PROTOTYPE_UPDREF(thr, duk_known_hobject(thr, obj_idx), duk_get_hobject(thr, (duk_idx_t) (idx + 1)));
\t\t\t\t\t}
\t\t\t\t\tidx += 2;
\t\t\t\t\tcontinue;
\t\t\t\t}
""")
    # new Uint8Array(iterable)
    src.after('\tduk_hbufobj_promote_plain(thr, 0);\n', '\twk_iterable_to_array(thr);\n',
              within='DUK_INTERNAL duk_ret_t duk_bi_typedarray_constructor(duk_hthread *thr) {\n\tduk_tval *tv;')
    # No code from strings for script; the C API (duk_compile) goes on compiling.
    refuse = 'duk_error(thr, DUK_ERR_EVAL_ERROR, "Code generation from strings disallowed for this context");\n'
    src.before('\tcomp_flags = DUK_COMPILE_EVAL;\n', '\treturn ' + refuse,
               within='DUK_INTERNAL duk_ret_t duk_bi_global_object_eval(duk_hthread *thr) {')
    src.after('\tnargs = duk_get_top(thr);\n', '\tif (nargs > 0) {\n\t\treturn ' + refuse + '\t}\n',
              within='DUK_INTERNAL duk_ret_t duk_bi_function_constructor(duk_hthread *thr) {')


def patch_closures(src):
    # Every closure got a prototype object, which refers back to it: two objects more, and a loop that only
    # mark-and-sweep frees. It is made when somebody looks instead. Strict functions got two throwing
    # accessors; ES2015 has none.
    src.replace('\tif (add_auto_proto) {\n\t\tduk_push_object(thr);', '\tif (0) {\n\t\tduk_push_object(thr);')
    src.replace('\tif (DUK_HOBJECT_HAS_STRICT(&fun_clos->obj)) {\n\t\tduk_xdef_prop_stridx_thrower(',
                '\tif (0) {\n\t\tduk_xdef_prop_stridx_thrower(')
    src.before('DUK_LOCAL duk_bool_t duk__get_own_propdesc_raw(duk_hthread *thr,\n'
               '                                               duk_hobject *obj,\n'
               '                                               duk_hstring *key,\n'
               '                                               duk_uint32_t arr_idx,\n'
               '                                               duk_propdesc *out_desc,\n'
               '                                               duk_small_uint_t flags) {', """/* Adds a plain property that is not there yet, without the value stack. */
DUK_LOCAL void wk_add_property(duk_hthread *thr, duk_hobject *h, duk_hstring *key, duk_hobject *value,
                               duk_small_uint_t flags) {
\tduk_int_t i = duk__hobject_alloc_entry_checked(thr, h, key);
\tduk_tval *tv = DUK_HOBJECT_E_GET_VALUE_TVAL_PTR(thr->heap, h, i);

\tDUK_HOBJECT_E_SET_FLAGS(thr->heap, h, i, flags);
\tDUK_TVAL_SET_OBJECT(tv, value);
\tDUK_HOBJECT_INCREF(thr, value);
}

/* Gives a function its prototype property, on the first look at it. */
DUK_LOCAL void wk_make_prototype(duk_hthread *thr, duk_hobject *func) {
\tduk_hobject *proto;

\tthr->heap->ms_prevent_count++;
\tproto = duk_hobject_alloc(thr, DUK_HOBJECT_FLAG_EXTENSIBLE | DUK_HOBJECT_FLAG_FASTREFS |
\t                                   DUK_HOBJECT_CLASS_AS_FLAGS(DUK_HOBJECT_CLASS_OBJECT));
\tDUK_HOBJECT_SET_PROTOTYPE_INIT_INCREF(thr, proto, thr->builtins[DUK_BIDX_OBJECT_PROTOTYPE]);
\twk_add_property(thr, proto, DUK_HTHREAD_STRING_CONSTRUCTOR(thr), func, DUK_PROPDESC_FLAGS_WC);
\twk_add_property(thr, func, DUK_HTHREAD_STRING_PROTOTYPE(thr), proto, DUK_PROPDESC_FLAGS_W);
\tthr->heap->ms_prevent_count--;
}

""")
    src.before('\tDUK_DDD(DUK_DDDPRINT("-> not found as a concrete property"));\n', """\tif (DUK_UNLIKELY(key == DUK_HTHREAD_STRING_PROTOTYPE(thr)) && DUK_HOBJECT_IS_COMPFUNC(obj) &&
\t    DUK_HOBJECT_HAS_CONSTRUCTABLE(obj)) {
\t\twk_make_prototype(thr, obj);
\t\treturn duk__get_own_propdesc_raw(thr, obj, key, arr_idx, out_desc, flags);
\t}
""")
    # Its other properties were defined one by one, most of the time that a closure takes.
    src.before('\t/*\n\t *  Copy some internal properties directly\n', """\tif (wk_closure_properties(thr, fun_temp) != NULL) {
\t\twk_copy_properties(thr, &fun_clos->obj, wk_closure_properties(thr, fun_temp));
\t\tduk_pop_unsafe(thr); /* -> [ ... closure ] */
\t\treturn;
\t}

""")
    src.after('\tduk_compact(thr, -2);\n', '\twk_closure_made(thr, fun_temp, fun_clos);\n', within='void duk_js_push_closure(duk_hthread *thr,\n'
              '                         duk_hcompfunc *fun_temp,\n'
              '                         duk_hobject *outer_var_env,\n'
              '                         duk_hobject *outer_lex_env,\n'
              '                         duk_bool_t add_auto_proto) {')


def patch_variables(src):
    # A variable of an enclosing function, which is what every variable and function of a module is, was found by way of
    # a reference made for any kind of use; a global one by a search for its presence and another for its value.
    src.before('DUK_LOCAL\nduk_bool_t duk__getvar_helper(', """/* Where the value of the variable stands; NULL: it takes the long way to know. */
DUK_LOCAL duk_tval *wk_find_variable(duk_hthread *thr, duk_hobject *env, duk_activation *act, duk_hstring *name) {
\tduk_hobject *varmap;
\tduk_tval *tv;

\tif (env == NULL) {
\t\tduk_hobject *func = act != NULL ? DUK_ACT_GET_FUNC(act) : NULL;

\t\tif (func == NULL || !DUK_HOBJECT_IS_COMPFUNC(func)) {
\t\t\treturn NULL;
\t\t}
\t\tvarmap = duk_hobject_get_varmap(thr, func);
\t\tif (varmap != NULL && duk_hobject_find_entry_tval_ptr(thr->heap, varmap, name) != NULL) {
\t\t\treturn NULL;
\t\t}
\t\tenv = DUK_HCOMPFUNC_GET_LEXENV(thr->heap, (duk_hcompfunc *) func);
\t}
\tfor (; env != NULL; env = DUK_HOBJECT_GET_PROTOTYPE(thr->heap, env)) {
\t\tif (DUK_HOBJECT_GET_CLASS_NUMBER(env) != DUK_HOBJECT_CLASS_DECENV) {
\t\t\tduk_hobjenv *with = (duk_hobjenv *) env;

\t\t\treturn with->has_this || DUK_HOBJECT_IS_PROXY(with->target) ?
\t\t\t           NULL : duk_hobject_find_entry_tval_ptr(thr->heap, with->target, name);
\t\t}
\t\tvarmap = ((duk_hdecenv *) env)->thread != NULL ? ((duk_hdecenv *) env)->varmap : NULL;
\t\tif (varmap != NULL && duk_hobject_find_entry_tval_ptr(thr->heap, varmap, name) != NULL) {
\t\t\treturn NULL;
\t\t}
\t\tif ((tv = duk_hobject_find_entry_tval_ptr(thr->heap, env, name)) != NULL) {
\t\t\treturn tv;
\t\t}
\t}
\treturn NULL;
}

""")
    src.after('\tparents = 1; /* follow parent chain */\n', """\tif ((ref.value = wk_find_variable(thr, env, act, name)) != NULL) {
\t\tduk_push_tval(thr, ref.value);
\t\tduk_push_undefined(thr);
\t\treturn 1;
\t}
""", within='DUK_LOCAL\nduk_bool_t duk__getvar_helper(duk_hthread *thr, duk_hobject *env, duk_activation *act, duk_hstring *name, duk_bool_t throw_flag) {')


def patch_append(src):
    # s += t puts t behind s where it stands, see runtime/engine/duk/append.h. With a variable in a register the left
    # side may be a copy that nobody looks at again: an instruction of its own says so.
    src.replace('#define DUK_OP_UNUSED212         212\n#define DUK_OP_UNUSED213         213\n'
                '#define DUK_OP_UNUSED214         214\n#define DUK_OP_UNUSED215         215\n',
                '#define DUK_OP_WKAPPEND          212\n#define DUK_OP_WKAPPEND_RR       212\n'
                '#define DUK_OP_WKAPPEND_CR       213\n#define DUK_OP_WKAPPEND_RC       214\n'
                '#define DUK_OP_WKAPPEND_CC       215\n')
    src.replace(''.join(f'\t\tcase DUK_OP_UNUSED{n}:\n' for n in range(212, 216)), '')
    src.replace("""\t\t\t\t\tduk__emit_a_b_c(comp_ctx,
\t\t\t\t\t                args_op | DUK__EMIT_FLAG_BC_REGCONST,
\t\t\t\t\t                reg_res,
""", """\t\t\t\t\tif (args_op == DUK_OP_ADD && reg_src == reg_temp && reg_res == reg_varbind) {
\t\t\t\t\t\targs_op = DUK_OP_WKAPPEND;
\t\t\t\t\t}
\t\t\t\t\tduk__emit_a_b_c(comp_ctx,
\t\t\t\t\t                args_op | DUK__EMIT_FLAG_BC_REGCONST,
\t\t\t\t\t                reg_res,
""")
    src.after('\t\t\tduk__vm_arith_add(thr, DUK__CONSTP_B(ins), DUK__CONSTP_C(ins), DUK_DEC_A(ins));\n\t\t\tbreak;\n\t\t}\n',
              """\t\tcase DUK_OP_WKAPPEND_RR:
\t\tcase DUK_OP_WKAPPEND_RC: {
\t\t\tduk_tval *tv_x = DUK__REGP_B(ins);
\t\t\tduk_tval *tv_y = op == DUK_OP_WKAPPEND_RR ? DUK__REGP_C(ins) : DUK__CONSTP_C(ins);
\t\t\tif (!DUK_TVAL_IS_STRING(tv_x) || !wk_append(thr, tv_x, tv_y, DUK__REGP_A(ins), 1)) {
\t\t\t\tduk__vm_arith_add(thr, tv_x, tv_y, DUK_DEC_A(ins));
\t\t\t}
\t\t\tbreak;
\t\t}
""")
    src.before('\t/*\n\t *  Slow path: potentially requires function calls for coercion\n\t */\n\n\tduk_push_tval(thr, tv_x);\n'
               '\tduk_push_tval(thr, tv_y);\n\tduk_to_primitive(thr, -2, DUK_HINT_NONE); /* side effects -> don\'t use tv_x, tv_y after */\n'
               '\tduk_to_primitive(thr, -1, DUK_HINT_NONE);\n\n\t/* Since',
               '\tif (DUK_TVAL_IS_STRING(tv_x) && tv_x == thr->valstack_bottom + idx_z && wk_append(thr, tv_x, tv_y, tv_x, 0)) {\n'
               '\t\treturn;\n\t}\n')
    src.text += """
duk_tval *wk_duk_variable(duk_hthread *thr, duk_hstring *name) {
\tduk_activation *act = thr->callstack_curr;
\tduk__id_lookup_result ref;

\tif (!duk__get_identifier_reference(thr, act->lex_env, name, act, 1, &ref) || ref.value == NULL) {
\t\treturn NULL;
\t}
\treturn (ref.attrs & DUK_PROPDESC_FLAG_WRITABLE) ? ref.value : NULL;
}
"""


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
    patch_proxy(src)
    patch_language(src)
    patch_closures(src)
    patch_variables(src)
    patch_append(src)
    patch_messages(src)
    patch_json(src)
    patch_species(src)
    patch_refusals(src)
    patch_argument_words(src)
    patch_dates(src)
    src.write(os.path.join(out_dir, 'duktape.c'))
    start = src.text.index('#line 1 "duk_internal.h"')
    end_mark = '#endif /* DUK_INTERNAL_H_INCLUDED */\n'
    internal = re.sub(r'^#line .*\n', '', src.text[start:src.text.index(end_mark) + len(end_mark)], flags=re.M)
    src.text = internal
    src.write(os.path.join(out_dir, 'duk_internal.h'))


main()
