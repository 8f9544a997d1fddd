// Headers. The list and the hot methods are C (runtime/binding/headers.c); here are the constructor,
// iteration, and what the host and Request/Response use:
//
//   fromFlat(flat, immutable)  a Headers that adopts the array [name, value, ...], nothing is copied
//   toFlat(headers)            its list as it stands, not a copy: look, don't touch
//   flatFrom(init)             a new list from a HeadersInit, or null when it is none
//   is(value)                  whether it is one of ours
'use es5';
var idl = require('webidl');
var verbs = native('headers');

var FLAT = idl.hidden('headers.flat');
var GUARD = idl.hidden('headers.guard');
var create = Object.create;
var iteratorSymbol = Symbol.iterator;
var listAppend = verbs.listAppend;
var fromRecord = verbs.fromRecord;
var sorted = verbs.sorted;
var isArray = Array.isArray;
var arrayIterate = Array.prototype[Symbol.iterator];
var slice = Array.prototype.slice;
var call = Function.prototype.call;
var toLowerCase = String.prototype.toLowerCase;
var defineProperty = Object.defineProperty;

function Headers(init) {
  if (!(this instanceof Headers)) idl.needNew('Headers');
  var flat = [];
  if (init !== undefined && (flat = flatFrom(init)) === null)
    idl.badConstructParameter('Headers', 1, 'Headers or Sequence or object');
  this[FLAT] = flat;
}

function isObject(v) { return v !== null && (typeof v === 'object' || typeof v === 'function'); }

function isHeaders(value) {
  return value !== null && typeof value === 'object' && value[FLAT] !== undefined;
}

// The elements of an iterable, or null when the value is none.
function elementsOf(value) {
  var iterate, iterator, step, list = [];
  if (!isObject(value) || (iterate = value[iteratorSymbol]) === undefined || iterate === null) return null;
  if (isArray(value) && iterate === arrayIterate) return value;
  iterator = iterate.call(value);
  while (!(step = iterator.next()).done) list[list.length] = step.value;
  return list;
}

function flatFrom(init) {
  var flat, list, pair, i;
  if (!isObject(init)) return null;
  if (isHeaders(init)) return slice.call(init[FLAT]);
  if ((list = elementsOf(init)) !== null) {
    flat = [];
    for (i = 0; i < list.length; i++) {
      if ((pair = elementsOf(list[i])) === null)
        throw new TypeError("Incorrect type: the provided value is not of type 'Sequence'.");
      if (pair.length !== 2)
        throw new TypeError('To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.');
      listAppend(flat, pair[0], pair[1]);
    }
    return flat;
  }
  return fromRecord(init);
}

function flatOf(headers) {
  var flat = headers !== null && headers !== undefined ? headers[FLAT] : undefined;
  if (flat === undefined) idl.illegal();
  return flat;
}

function iterable(proto, fn) {
  defineProperty(proto, iteratorSymbol, { value: fn, writable: true, configurable: true });
}

// Iterators walk the list as it was when they were made.
function iteratorClass(name, read) {
  var LIST = idl.hidden('headers.' + name), AT = idl.hidden('headers.at');
  function HeadersIterator() { idl.illegalConstructor(); }
  idl.define(HeadersIterator, name, null, {
    next: function next() {
      var list = this[LIST], at = this[AT];
      if (list === undefined) idl.illegal();
      if (at >= list.length) return { done: true, value: undefined };
      this[AT] = at + 2;
      return { done: false, value: read(list, at) };
    },
  });
  iterable(HeadersIterator.prototype, function () { return this; });
  return function (list) {
    var iterator = create(HeadersIterator.prototype);
    iterator[LIST] = list;
    iterator[AT] = 0;
    return iterator;
  };
}
var entryIterator = iteratorClass('EntryIterator', function (list, at) { return [list[at], list[at + 1]]; });
var keyIterator = iteratorClass('KeyIterator', function (list, at) { return list[at]; });
var valueIterator = iteratorClass('ValueIterator', function (list, at) { return list[at + 1]; });

function setCookies(flat) {
  var list = sorted(flat), values = [], i;
  for (i = 0; i < list.length; i += 2)
    if (list[i] === 'set-cookie') values[values.length] = list[i + 1];
  return values;
}

function named(fn, name) {
  defineProperty(fn, 'name', { value: name, configurable: true });
  return fn;
}

idl.define(Headers, 'Headers', null, {
  get: named(verbs.get, 'get'),
  getAll: function getAll(name) {
    var flat = flatOf(this);
    if (arguments.length < 1) idl.badParameter('getAll', 'Headers', 1, 'string');
    if (toLowerCase.call(idl.str(name)) !== 'set-cookie')
      throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
    return setCookies(flat);
  },
  getSetCookie: function getSetCookie() { return setCookies(flatOf(this)); },
  has: named(verbs.has, 'has'),
  set: named(verbs.set, 'set'),
  append: named(verbs.append, 'append'),
  'delete': named(verbs.remove, 'delete'),
  forEach: function forEach(callback, thisArg) {
    var list = sorted(flatOf(this)), i;
    if (typeof callback !== 'function') idl.badParameter('forEach', 'Headers', 1, 'function');
    for (i = 0; i < list.length; i += 2) call.call(callback, thisArg, list[i + 1], list[i], this);
  },
  entries: function entries() { return entryIterator(sorted(flatOf(this))); },
  keys: function keys() { return keyIterator(sorted(flatOf(this))); },
  values: function values() { return valueIterator(sorted(flatOf(this))); },
});
iterable(Headers.prototype, function () { return entryIterator(sorted(flatOf(this))); });
defineProperty(Headers, 'length', { value: 0, configurable: true });

exports.Headers = Headers;
exports.is = isHeaders;
exports.flatFrom = flatFrom;
exports.get = verbs.listGet;
exports.toFlat = flatOf;
exports.isImmutable = function (headers) { return headers[GUARD] === true; };
exports.fromFlat = function (flat, immutable) {
  var headers = create(Headers.prototype);
  headers[FLAT] = flat;
  if (immutable) headers[GUARD] = true;
  return headers;
};
