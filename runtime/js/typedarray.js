// %TypedArray%: what Duktape's lacks. Copying goes through the native set() and subarray().
'use es5';

var TypedArray = Object.getPrototypeOf(Uint8Array);
var proto = Object.getPrototypeOf(Uint8Array.prototype);
var define = Object.defineProperty;
var A = Array.prototype;
var sortArray = A.sort;
var subarray = proto.subarray || Uint8Array.prototype.subarray;
var set = proto.set || Uint8Array.prototype.set;

function hide(object, name, value) {
  define(object, name, { value: value, writable: true, enumerable: false, configurable: true });
}
function isView(view) { return ArrayBuffer.isView(view) && !(view instanceof DataView); }
function check(view) {
  if (!isView(view)) throw new TypeError('this is not a typed array.');
  return view;
}
function callable(f) {
  if (typeof f !== 'function') throw new TypeError(String(f) + ' is not a function');
  return f;
}
function species(view, n) { return new (speciesOf(view))(n); }
function speciesOf(view) {
  var C = view.constructor;
  var S = C && C[Symbol.species];
  return S || C;
}
function intrinsic(view) { return globalThis[Object.prototype.toString.call(view).slice(8, -1)]; }
function index(value, length, otherwise) {
  if (value === undefined) return otherwise;
  value = Math.trunc(+value) || 0;
  return value < 0 ? Math.max(length + value, 0) : Math.min(value, length);
}

// Those of Array do as they are: they only need length and indices.
['at', 'copyWithin', 'every', 'fill', 'find', 'findIndex', 'findLast', 'findLastIndex', 'forEach', 'includes', 'indexOf',
 'join', 'lastIndexOf', 'reduce', 'reduceRight', 'reverse', 'some', 'toLocaleString'].forEach(function (name) {
  var generic = A[name];
  var f = function () { return generic.apply(check(this), arguments); };
  define(f, 'name', { value: name, configurable: true });
  define(f, 'length', { value: generic.length, configurable: true });
  hide(proto, name, f);
});
hide(proto, 'toString', A.toString);

hide(proto, 'map', function map(f, self) {
  var n = check(this).length, out = species(this, n), i;
  callable(f);
  for (i = 0; i < n; i++) out[i] = f.call(self, this[i], i, this);
  return out;
});
hide(proto, 'filter', function filter(f, self) {
  var n = check(this).length, kept = [], i, out;
  callable(f);
  for (i = 0; i < n; i++) if (f.call(self, this[i], i, this)) kept.push(this[i]);
  out = species(this, kept.length);
  for (i = 0; i < kept.length; i++) out[i] = kept[i];
  return out;
});
hide(proto, 'slice', function slice(start, end) {
  var n = check(this).length, a = index(start, n, 0), b = Math.max(index(end, n, n), a), out = species(this, b - a);
  set.call(out, subarray.call(this, a, b));
  return out;
});
function ascending(a, b) {
  if (a !== a) return b !== b ? 0 : 1;
  if (b !== b) return -1;
  return a < b ? -1 : a > b ? 1 : a === 0 && b === 0 ? (1 / a < 0 ? (1 / b < 0 ? 0 : -1) : 1 / b < 0 ? 1 : 0) : 0;
}
hide(proto, 'sort', function sort(compare) {
  if (compare !== undefined) callable(compare);
  var values = A.slice.call(check(this));
  sortArray.call(values, compare || ascending);
  set.call(this, values);
  return this;
});
hide(proto, 'toSorted', function toSorted(compare) {
  if (compare !== undefined) callable(compare);
  return proto.sort.call(new (intrinsic(check(this)))(this), compare);
});
hide(proto, 'toReversed', function toReversed() { return proto.reverse.call(new (intrinsic(check(this)))(this)); });
hide(proto, 'with', function (at, value) {
  var n = check(this).length, i = Math.trunc(+at) || 0, out;
  if (i < 0) i += n;
  if (i < 0 || i >= n) throw new RangeError('Invalid typed array index');
  out = new (intrinsic(this))(this);
  out[i] = value;
  return out;
});
define(proto['with'], 'name', { value: 'with', configurable: true });

hide(TypedArray, 'from', function from(source, f, self) {
  if (typeof this !== 'function') throw new TypeError(String(this) + ' is not a constructor');
  var values = Array.from(source), out = new this(values.length), i;
  if (f !== undefined) callable(f);
  for (i = 0; i < values.length; i++) out[i] = f === undefined ? values[i] : f.call(self, values[i], i);
  return out;
});
hide(TypedArray, 'of', function of() {
  var out = new this(arguments.length), i;
  for (i = 0; i < arguments.length; i++) out[i] = arguments[i];
  return out;
});
[TypedArray, Array, ArrayBuffer].forEach(function (C) {
  if (!(Symbol.species in C)) define(C, Symbol.species, { get: function () { return this; }, configurable: true });
});
// What Duktape gives each constructor of its own would hide these.
['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array',
 'Float64Array'].forEach(function (name) {
  var C = globalThis[name];
  ['from', 'of'].forEach(function (key) { if (Object.prototype.hasOwnProperty.call(C, key)) delete C[key]; });
});
hide(ArrayBuffer.prototype, 'transfer', function transfer(length) {
  var n = length === undefined ? this.byteLength : +length, out = new ArrayBuffer(n);
  new Uint8Array(out).set(new Uint8Array(this, 0, Math.min(n, this.byteLength)));
  return out;
});
// Found only after what is above, and Uint8Array's alone.
require('core-js/modules/es.uint8-array.from-base64');
require('core-js/modules/es.uint8-array.from-hex');
require('core-js/modules/es.uint8-array.set-from-base64');
require('core-js/modules/es.uint8-array.set-from-hex');
require('core-js/modules/es.uint8-array.to-base64');
require('core-js/modules/es.uint8-array.to-hex');
