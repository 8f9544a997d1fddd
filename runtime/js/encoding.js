// TextEncoder and TextDecoder. The work is in C (runtime/binding/encoding*.c, decoder.c).
'use es5';
var idl = require('webidl');
var native_ = native('encoding');
var ENCODER = idl.hidden('textencoder');
var STATE = idl.hidden('textdecoder');
var str = idl.str;
var isView = ArrayBuffer.isView;
var ArrayBufferCtor = ArrayBuffer;
var Uint8ArrayCtor = Uint8Array;

function TextEncoder() {
  if (!(this instanceof TextEncoder)) idl.needNew('TextEncoder');
  this[ENCODER] = true;
}
idl.define(TextEncoder, 'TextEncoder', null, {
  encode: function encode(text) {
    if (this[ENCODER] === undefined) idl.illegal();
    return native_.encode(text === undefined ? '' : text);
  },
  encodeInto: function encodeInto(text, view) {
    var r;
    if (this[ENCODER] === undefined) idl.illegal();
    if (arguments.length === 0) idl.badParameter('encodeInto', 'TextEncoder', 1, 'String');
    if (!(view instanceof Uint8ArrayCtor)) idl.badParameter('encodeInto', 'TextEncoder', 2, 'Uint8Array');
    r = native_.encodeInto(str(text), view);
    return { read: r[0], written: r[1] };
  },
  get encoding() {
    if (this[ENCODER] === undefined) idl.illegal();
    return 'utf-8';
  },
});

function TextDecoder(label, options) {
  var name = 'utf-8', s;
  if (!(this instanceof TextDecoder)) idl.needNew('TextDecoder');
  if (label !== undefined) {
    label = str(label);
    name = native_.label(label);
    if (name === undefined) throw new RangeError('"' + label + '" is not a valid encoding.');
  }
  if (options !== undefined && options !== null && typeof options !== 'object' && typeof options !== 'function')
    idl.badConstructParameter('TextDecoder', 2, 'ConstructorOptions');
  s = {
    name: name, fatal: !!(options && options.fatal), ignoreBOM: !!(options && options.ignoreBOM), handle: null,
  };
  s.handle = native_.decoder(name, s.fatal);
  this[STATE] = s;
}
function state(self) {
  var s = self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}
idl.define(TextDecoder, 'TextDecoder', null, {
  decode: function decode(input, options) {
    var s = state(this), text;
    if (input !== undefined && !isView(input) && !(input instanceof ArrayBufferCtor))
      idl.badParameter('decode', 'TextDecoder', 1, 'Array');
    text = native_.decode(s.handle, input, options !== undefined && options !== null && options.stream, s.ignoreBOM);
    if (text === undefined) throw new TypeError('Failed to decode input.');
    return text;
  },
  get encoding() { return state(this).name; },
  get fatal() { return state(this).fatal; },
  get ignoreBOM() { return state(this).ignoreBOM; },
});

exports.TextEncoder = TextEncoder;
exports.TextDecoder = TextDecoder;
