// The global crypto: random values. The subtle API is put onto the same class by its own module.
'use es5';
var idl = require('webidl');
var bytes = native('bytes');
var DOMException = require('domexception').DOMException;
var STATE = idl.hidden('crypto');
var isView = ArrayBuffer.isView;
var integerTypes = [Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array];

function Crypto() { idl.illegalConstructor(); }
function check(self) { if (self[STATE] === undefined) idl.illegal(); }

idl.define(Crypto, 'Crypto', null, {
  getRandomValues: function getRandomValues(view) {
    var i;
    check(this);
    if (!isView(view)) idl.badParameter('getRandomValues', 'Crypto', 1, 'ArrayBufferView');
    for (i = 0; i < integerTypes.length && !(view instanceof integerTypes[i]); i++);
    if (i === integerTypes.length)
      throw new DOMException('ArrayBufferView argument to getRandomValues() must be an integer-typed view.', 'TypeMismatchError');
    if (view.byteLength > 65536)
      throw new DOMException('getRandomValues() only accepts buffers of size <= 64K but provided ' + view.byteLength +
        ' bytes.', 'QuotaExceededError');
    bytes.random(view);
    return view;
  },
  randomUUID: function randomUUID() {
    check(this);
    return bytes.uuid();
  },
});

var crypto = Object.create(Crypto.prototype);
crypto[STATE] = true;
exports.Crypto = Crypto;
exports.crypto = crypto;
