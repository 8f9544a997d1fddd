// structuredClone. Errors keep their own properties, as the platform does it across every boundary.
'use es5';
var idl = require('webidl');
var blobs = require('blob');
var dom = require('domexception');
var DOMException = dom.DOMException;
var CLONE = idl.hidden('clone');
var getOwn = Object.getOwnPropertyDescriptor;
var defineProperty = Object.defineProperty;
var getPrototypeOf = Object.getPrototypeOf;
var keysOf = Object.keys;
var isArray = Array.isArray;
var isView = ArrayBuffer.isView;
var hasOwn = Object.prototype.hasOwnProperty;
var objectToString = Object.prototype.toString;
var functionToString = Function.prototype.toString;
var ArrayBufferCtor = ArrayBuffer, MapCtor = Map, SetCtor = Set, DateCtor = Date, RegExpCtor = RegExp;
var DataViewCtor = DataView, Uint8ArrayCtor = Uint8Array;
var NumberCtor = Number, StringCtor = String, BooleanCtor = Boolean, ErrorCtor = Error, ObjectCtor = Object;
var mapGet = Map.prototype.get, mapSet = Map.prototype.set, mapForEach = Map.prototype.forEach;
var setAdd = Set.prototype.add, setForEach = Set.prototype.forEach;
var getTime = Date.prototype.getTime;
var numberValue = Number.prototype.valueOf, stringValue = String.prototype.valueOf;
var booleanValue = Boolean.prototype.valueOf;
var bufferSlice = ArrayBuffer.prototype.slice;
var viewTypes = [Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array,
  Float32Array, Float64Array];
var errorTypes = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
if (typeof AggregateError === 'function') errorTypes[errorTypes.length] = AggregateError;
var internals = native('internals');

// The value as V8 puts it into the error.
function describe(v) {
  var C, tag;
  if (typeof v === 'symbol') return StringCtor(v);
  if (typeof v === 'function') return functionToString.call(v);
  if (internals.isProxy(v)) return '#<Object>';
  C = v.constructor;
  if (v.toString === objectToString && typeof C === 'function' && C.name && C.prototype === getPrototypeOf(v))
    return '#<' + C.name + '>';
  tag = objectToString.call(v);
  return tag === '[object Object]' ? '#<Object>' : tag;
}
function uncloneable(v) {
  throw new DOMException(describe(v) + ' could not be cloned.', 'DataCloneError');
}

function remember(memory, v, copy) {
  mapSet.call(memory, v, copy);
  return copy;
}

function cloneBuffer(v, memory) {
  if (internals.isDetached(v))
    throw new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError');
  return remember(memory, v, bufferSlice.call(v, 0));
}

function cloneView(v, memory) {
  var buffer = clone(v.buffer, memory), i;
  if (v instanceof DataViewCtor) return remember(memory, v, new DataViewCtor(buffer, v.byteOffset, v.byteLength));
  for (i = 0; i < viewTypes.length; i++)
    if (v instanceof viewTypes[i]) return remember(memory, v, new viewTypes[i](buffer, v.byteOffset, v.length));
  return uncloneable(v);
}

function cloneError(v, memory) {
  var C = ErrorCtor, i, copy, names, d;
  for (i = 0; i < errorTypes.length; i++) if (v instanceof errorTypes[i]) C = errorTypes[i];
  d = getOwn(v, 'message');
  // Made by the constructor, so that it is an error to the engine too.
  copy = C === errorTypes[6] ? new C([]) : new C();
  if (d) defineProperty(copy, 'message', { value: idl.str(v.message), writable: true, configurable: true });
  defineProperty(copy, 'stack', { value: idl.str(v.stack), writable: true, configurable: true });
  remember(memory, v, copy);
  names = Object.getOwnPropertyNames(v);
  for (i = 0; i < names.length; i++) {
    if (names[i] === 'stack' || names[i] === 'message' || names[i] === 'fileName' || names[i] === 'lineNumber') continue;
    d = getOwn(v, names[i]);
    defineProperty(copy, names[i], {
      value: clone(v[names[i]], memory), enumerable: d.enumerable, writable: true, configurable: true,
    });
  }
  return copy;
}

function cloneProperties(v, copy, memory) {
  var names = keysOf(v), i, name;
  for (i = 0; i < names.length; i++) {
    name = names[i];
    if (!hasOwn.call(v, name)) continue; // a getter may have removed it
    defineProperty(copy, name, { value: clone(v[name], memory), enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

function cloneCollection(v, memory) {
  var copy, flat = [], i;
  if (v instanceof MapCtor) {
    copy = remember(memory, v, new MapCtor());
    mapForEach.call(v, function (value, key) { flat[flat.length] = key; flat[flat.length] = value; });
    for (i = 0; i < flat.length; i += 2) mapSet.call(copy, clone(flat[i], memory), clone(flat[i + 1], memory));
  } else {
    copy = remember(memory, v, new SetCtor());
    setForEach.call(v, function (value) { flat[flat.length] = value; });
    for (i = 0; i < flat.length; i++) setAdd.call(copy, clone(flat[i], memory));
  }
  return copy;
}

// An object of a platform class: its own way, or none.
function clonePlatform(v, memory, name) {
  var own = v[CLONE], data;
  if (typeof own === 'function') return remember(memory, v, own(v, function (x) { return clone(x, memory); }));
  if (blobs.isFile(v))
    return remember(memory, v, blobs.fileFromBytes(blobs.bytesOf(v), blobs.nameOf(v), blobs.typeOf(v), blobs.lastModifiedOf(v)));
  if (blobs.isBlob(v)) return remember(memory, v, blobs.fromBytes(blobs.bytesOf(v), blobs.typeOf(v)));
  if (dom.isDOMException(v)) {
    data = new DOMException(v.message, v.name);
    defineProperty(data, 'stack', { value: idl.str(v.stack), writable: true, configurable: true });
    return remember(memory, v, data);
  }
  if (name === 'AbortSignal') throw new DOMException('AbortSignal serialization is not enabled.', 'DataCloneError');
  if (name === 'ReadableStream' || name === 'WritableStream')
    throw new DOMException(name + ' can only be serialized for RPC.', 'DataCloneError');
  throw new DOMException('Could not serialize object of type "' + name + '". This type does not support serialization.',
    'DataCloneError');
}

function boxed(v) {
  if (v instanceof NumberCtor) return numberValue.call(v);
  if (v instanceof StringCtor) return stringValue.call(v);
  return booleanValue.call(v);
}

// Iterators, promises, weak collections and the like: objects with slots that cannot be cloned.
function isOpaque(v) {
  var tag = objectToString.call(v);
  switch (tag) {
  case '[object Promise]': case '[object WeakMap]': case '[object WeakSet]': case '[object WeakRef]':
  case '[object Generator]': case '[object AsyncGenerator]': case '[object Symbol]': case '[object Arguments]':
  case '[object FinalizationRegistry]': case '[object global]': case '[object ServiceWorkerGlobalScope]':
  case '[object Map Iterator]': case '[object Set Iterator]': case '[object Array Iterator]':
  case '[object String Iterator]': case '[object RegExp String Iterator]':
    // An own property is a plain object's claim, not what it is.
    return !hasOwn.call(v, Symbol.toStringTag);
  default:
    return false;
  }
}

function cloneObject(v, memory) {
  var name, copy;
  if (internals.isProxy(v)) uncloneable(v);
  name = v[idl.PLATFORM];
  if (name !== undefined) return clonePlatform(v, memory, name);
  if (isArray(v)) {
    copy = remember(memory, v, []);
    copy.length = v.length;
    return cloneProperties(v, copy, memory);
  }
  if (v instanceof ArrayBufferCtor) return cloneBuffer(v, memory);
  if (isView(v)) return cloneView(v, memory);
  if (v instanceof MapCtor || v instanceof SetCtor) return cloneCollection(v, memory);
  if (v instanceof ErrorCtor) return cloneError(v, memory);
  if (v instanceof DateCtor) return remember(memory, v, new DateCtor(getTime.call(v)));
  if (v instanceof RegExpCtor) return remember(memory, v, new RegExpCtor(v.source, v.flags));
  if (v instanceof NumberCtor || v instanceof StringCtor || v instanceof BooleanCtor)
    return remember(memory, v, ObjectCtor(boxed(v)));
  if (isOpaque(v) || v === idl.global) uncloneable(v);
  return cloneProperties(v, remember(memory, v, {}), memory);
}

function clone(v, memory) {
  var seen;
  switch (typeof v) {
  case 'function': case 'symbol':
    return uncloneable(v);
  case 'object':
    if (v === null) return null;
    seen = mapGet.call(memory, v);
    return seen !== undefined ? seen : cloneObject(v, memory);
  default:
    return v;
  }
}

function transferList(options) {
  var list;
  if (options === undefined || options === null) return [];
  if (typeof options !== 'object' && typeof options !== 'function')
    idl.badParameter('structuredClone', 'ServiceWorkerGlobalScope', 2, 'StructuredCloneOptions');
  list = options.transfer;
  if (list === undefined) return [];
  if (!isArray(list)) idl.badField('transfer', 'StructuredCloneOptions', 'Array');
  for (var i = 0; i < list.length; i++)
    if (!(list[i] instanceof ArrayBufferCtor)) throw new TypeError('Object is not transferable');
  return list;
}

exports.structuredClone = function structuredClone(value, options) {
  var transfer, result, i;
  if (arguments.length === 0) idl.badParameter('structuredClone', 'ServiceWorkerGlobalScope', 1, 'Value');
  transfer = transferList(options);
  result = clone(value, new MapCtor());
  for (i = 0; i < transfer.length; i++) internals.detach(transfer[i]);
  return result;
};
// How the objects of a platform class are cloned: fn(value, clone) gives the copy.
exports.cloneWith = function (C, fn) { C.prototype[CLONE] = fn; };
exports.clone = function (value) { return clone(value, new MapCtor()); };
