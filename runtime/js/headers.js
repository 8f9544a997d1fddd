// Headers. The list and the hot methods are C (runtime/binding/headers.c); here are the constructor,
// iteration, and what the host and Request/Response use:
//
//   fromFlat(flat, immutable)  a Headers that adopts the array [name, value, ...], nothing is copied
//   toFlat(headers)            its list as it stands, not a copy: look, don't touch
//   flatFrom(init)             a new list from a HeadersInit, or null when it is none
//   is(value)                  whether it is one of ours
'use es5';
var idl = require('idl');
var verbs = native('headers');
var slots = native('slots');

var FLAT = slots.key('flat');
var GUARD = slots.key('guard');
var create = Object.create;
var keysOf = Object.keys;
var iteratorSymbol = Symbol.iterator;
var listAppend = verbs.listAppend;
var sorted = verbs.sorted;
var isArray = Array.isArray;

function Headers(init) {
  if (!(this instanceof Headers)) throw idl.notNew('Headers');
  var flat = [];
  if (init !== undefined && (flat = flatFrom(init)) === null)
    throw idl.badCtorArg('Headers', 1, 'Headers or Sequence or object');
  this[FLAT] = flat;
}

function isHeaders(value) {
  return value !== null && typeof value === 'object' && value[FLAT] !== undefined;
}

// The elements of an iterable, or null when the value is none.
function elementsOf(value) {
  var iterate, iterator, step, list = [];
  if (!idl.isObject(value) || (iterate = value[iteratorSymbol]) === undefined || iterate === null) return null;
  if (isArray(value) && iterate === Array.prototype[iteratorSymbol]) return value;
  iterator = iterate.call(value);
  while (!(step = iterator.next()).done) list[list.length] = step.value;
  return list;
}

function flatFrom(init) {
  var flat, list, pair, keys, i;
  if (!idl.isObject(init)) return null;
  if (isHeaders(init)) return init[FLAT].slice();
  flat = [];
  if ((list = elementsOf(init)) !== null) {
    for (i = 0; i < list.length; i++) {
      if ((pair = elementsOf(list[i])) === null)
        throw new TypeError("Incorrect type: the provided value is not of type 'Sequence'.");
      if (pair.length !== 2)
        throw new TypeError('To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.');
      listAppend(flat, pair[0], pair[1]);
    }
    return flat;
  }
  keys = keysOf(init);
  for (i = 0; i < keys.length; i++) listAppend(flat, keys[i], init[keys[i]]);
  return flat;
}

function flatOf(headers) {
  var flat = headers !== null && headers !== undefined ? headers[FLAT] : undefined;
  if (flat === undefined) throw idl.illegal();
  return flat;
}

// Iterators walk the list as it was when they were made.
function iteratorClass(name, read) {
  var LIST = slots.key(name + '.list'), AT = slots.key(name + '.at');
  function HeadersIterator() { throw new TypeError('Illegal constructor'); }
  idl.define(HeadersIterator, name, {
    methods: {
      next: function () {
        var list = this[LIST], at = this[AT];
        if (list === undefined) throw idl.illegal();
        if (at >= list.length) return { done: true, value: undefined };
        this[AT] = at + 2;
        return { done: false, value: read(list, at) };
      },
    },
  });
  idl.method(HeadersIterator.prototype, iteratorSymbol, function () { return this; });
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

idl.define(Headers, 'Headers', {
  methods: {
    get: verbs.get,
    getAll: function getAll(name) {
      var flat = flatOf(this);
      if (arguments.length < 1) throw idl.badArg('getAll', 'Headers', 1, 'string');
      if (String(name).toLowerCase() !== 'set-cookie')
        throw new TypeError('getAll() can only be used with the header name "Set-Cookie".');
      return setCookies(flat);
    },
    getSetCookie: function getSetCookie() { return setCookies(flatOf(this)); },
    has: verbs.has,
    set: verbs.set,
    append: verbs.append,
    'delete': verbs.remove,
    forEach: function forEach(callback, thisArg) {
      var list = sorted(flatOf(this)), i;
      if (typeof callback !== 'function') throw idl.badArg('forEach', 'Headers', 1, 'function');
      for (i = 0; i < list.length; i += 2) callback.call(thisArg, list[i + 1], list[i], this);
    },
    entries: function entries() { return entryIterator(sorted(flatOf(this))); },
    keys: function keys() { return keyIterator(sorted(flatOf(this))); },
    values: function values() { return valueIterator(sorted(flatOf(this))); },
  },
});
idl.method(Headers.prototype, iteratorSymbol, function () { return entryIterator(sorted(flatOf(this))); });

exports.Headers = Headers;
exports.is = isHeaders;
exports.flatFrom = flatFrom;
exports.get = verbs.listGet;
exports.toFlat = flatOf;
exports.fromFlat = function (flat, immutable) {
  var headers = create(Headers.prototype);
  headers[FLAT] = flat;
  if (immutable) headers[GUARD] = true;
  return headers;
};
