// What this runtime does not have but libraries touch while they load: BigInt, WebAssembly. They exist,
// and say clearly what is missing when they are used.
'use es5';

var DIGITS = native('webidl').hidden('bigint');
var define = Object.defineProperty;
var G = globalThis;

function hide(object, name, value) {
  define(object, name, { value: value, writable: true, enumerable: false, configurable: true });
}
function refuse(what) {
  return function () { throw new Error(what + ' is not supported by this runtime'); };
}
function tag(object, name) {
  define(object, Symbol.toStringTag, { value: name, configurable: true });
}

// BigInt(x) gives a value that can be kept and printed; arithmetic and JSON throw.
var noBigInt = refuse('BigInt');
function BigInt(value) {
  if (this instanceof BigInt) throw new TypeError('BigInt is not a constructor');
  if (typeof value === 'number' && value % 1 !== 0)
    throw new RangeError('The number ' + value + ' cannot be converted to a BigInt because it is not an integer');
  var text = String(value);
  var big = Object.create(BigInt.prototype);
  hide(big, 'toString', function toString() { return text; });
  hide(big, DIGITS, text); // what the serializer reads
  return Object.freeze(big);
}
hide(BigInt.prototype, 'valueOf', noBigInt);
hide(BigInt.prototype, 'toJSON', function toJSON() { throw new TypeError('Do not know how to serialize a BigInt'); });
define(BigInt.prototype, Symbol.toPrimitive, {
  value: function (hint) { return hint === 'string' ? this.toString() : noBigInt(); }, configurable: true,
});
tag(BigInt.prototype, 'BigInt');
hide(BigInt, 'asIntN', noBigInt);
hide(BigInt, 'asUintN', noBigInt);
hide(G, 'BigInt', BigInt);
exports.BigInt = BigInt;

['BigInt64Array', 'BigUint64Array'].forEach(function (name) {
  var refuseArray = refuse(name);
  // A function of its own each, since libraries compare constructors.
  var C = name === 'BigInt64Array' ? function BigInt64Array() { return refuseArray(); } : function BigUint64Array() { return refuseArray(); };
  hide(C, 'BYTES_PER_ELEMENT', 8);
  Object.setPrototypeOf(C, Object.getPrototypeOf(Uint8Array));
  Object.setPrototypeOf(C.prototype, Object.getPrototypeOf(Uint8Array.prototype));
  hide(C, 'of', refuseArray);
  hide(C, 'from', refuseArray);
  hide(G, name, C);
});
['getBigInt64', 'getBigUint64', 'setBigInt64', 'setBigUint64'].forEach(function (name) {
  hide(DataView.prototype, name, refuse('DataView.prototype.' + name));
});

var WebAssembly = {};
tag(WebAssembly, 'WebAssembly');
var noWasm = refuse('WebAssembly');
['Module', 'Instance', 'Memory', 'Table', 'Global', 'Tag'].forEach(function (name) {
  var C = function () { return noWasm(); };
  define(C, 'name', { value: name, configurable: true });
  tag(C.prototype, 'WebAssembly.' + name);
  hide(WebAssembly, name, C);
});
['CompileError', 'LinkError', 'RuntimeError'].forEach(function (name) {
  var C = function (message) {
    var e = new Error(message);
    Object.setPrototypeOf(e, this instanceof C ? Object.getPrototypeOf(this) : C.prototype);
    return e;
  };
  define(C, 'name', { value: name, configurable: true });
  C.prototype = Object.create(Error.prototype);
  hide(C.prototype, 'constructor', C);
  hide(C.prototype, 'name', name);
  Object.setPrototypeOf(C, Error);
  hide(WebAssembly, name, C);
});
['compile', 'instantiate', 'compileStreaming', 'instantiateStreaming'].forEach(function (name) {
  hide(WebAssembly, name, function () {
    return Promise.reject(new WebAssembly.CompileError('WebAssembly is not supported by this runtime'));
  });
});
hide(WebAssembly, 'validate', function validate() { return false; });
hide(G, 'WebAssembly', WebAssembly);
