// URL and URLSearchParams. Parsing, serializing and the URL accessors are in C (runtime/binding/url*.c).
'use es5';
var idl = require('webidl');
var url = native('url');
var form = native('form');
var usv = idl.usv;
var STATE = idl.hidden('params');
var PARAMS = idl.hidden('url.params');
var defineProperty = Object.defineProperty;
var getOwn = Object.getOwnPropertyDescriptor;
var ownKeys = Reflect.ownKeys;
var iterator = Symbol.iterator;
var TypeErrorCtor = TypeError;

// ---- URLSearchParams: state.list is [name, value, name, value, ...] ----

function state(self) {
  var s = self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}

function need(args, verb, n) {
  if (args.length < n) idl.badParameter(verb, 'URLSearchParams', args.length + 1, 'USVString');
}

// Writes the list through to the URL that it belongs to.
function changed(s) {
  if (s.url !== null) url.setQuery(s.url, form.serialize(s.list));
}

function addSequence(list, init) {
  var it = init[iterator](), step, pair, inner, values;
  while (!(step = it.next()).done) {
    pair = step.value;
    if (pair === null || typeof pair !== 'object' || typeof pair[iterator] !== 'function')
      throw new TypeErrorCtor("Incorrect type: the provided value is not of type 'Sequence'.");
    values = [];
    inner = pair[iterator]();
    while (!(step = inner.next()).done) values[values.length] = usv(step.value);
    if (values.length !== 2) throw new TypeErrorCtor('Invalid URL search params sequence.');
    list[list.length] = values[0];
    list[list.length] = values[1];
  }
}

function addRecord(list, init) {
  var keys = ownKeys(init), seen = {}, i, d, name, value, at;
  for (i = 0; i < keys.length; i++) {
    d = getOwn(init, keys[i]);
    if (d === undefined || !d.enumerable) continue;
    name = usv(keys[i]);
    value = usv(init[keys[i]]);
    at = seen['$' + name];
    if (at === undefined) {
      seen['$' + name] = list.length;
      list[list.length] = name;
      list[list.length] = value;
    } else {
      list[at + 1] = value;
    }
  }
}

function URLSearchParams(init) {
  var s;
  if (!(this instanceof URLSearchParams)) idl.needNew('URLSearchParams');
  s = { list: [], url: null };
  if (init === undefined) {
    // empty
  } else if (init !== null && (typeof init === 'object' || typeof init === 'function')) {
    if (typeof init[iterator] === 'function') addSequence(s.list, init);
    else addRecord(s.list, init);
  } else {
    init = usv(init);
    s.list = form.parse(init.charCodeAt(0) === 63 ? init.substring(1) : init);
  }
  this[STATE] = s;
}

var iterators = idl.pairIterators('URLSearchParams', function (self) { return self[STATE].list; });

// Order by UTF-16 code units, equal names as they were: a merge sort of [name, value] pairs.
function sorted(pairs) {
  var half = pairs.length >> 1, a, b, out = [], i = 0, j = 0;
  if (half === 0) return pairs;
  a = sorted(pairs.slice(0, half));
  b = sorted(pairs.slice(half));
  while (i < a.length || j < b.length)
    out[out.length] = j >= b.length || (i < a.length && a[i][0] <= b[j][0]) ? a[i++] : b[j++];
  return out;
}

idl.define(URLSearchParams, 'URLSearchParams', null, {
  get size() { return state(this).list.length / 2; },
  append: function append(name, value) {
    var s = state(this);
    need(arguments, 'append', 2);
    name = usv(name);
    value = usv(value);
    s.list[s.list.length] = name;
    s.list[s.list.length] = value;
    changed(s);
  },
  'delete': function (name, value) {
    var s = state(this), list = s.list, out = [], i;
    need(arguments, 'delete', 1);
    name = usv(name);
    if (value !== undefined) value = usv(value);
    for (i = 0; i < list.length; i += 2) {
      if (list[i] === name && (value === undefined || list[i + 1] === value)) continue;
      out[out.length] = list[i];
      out[out.length] = list[i + 1];
    }
    s.list = out;
    changed(s);
  },
  get: function get(name) {
    var list = state(this).list, i;
    need(arguments, 'get', 1);
    name = usv(name);
    for (i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
    return null;
  },
  getAll: function getAll(name) {
    var list = state(this).list, out = [], i;
    need(arguments, 'getAll', 1);
    name = usv(name);
    for (i = 0; i < list.length; i += 2) if (list[i] === name) out[out.length] = list[i + 1];
    return out;
  },
  has: function has(name, value) {
    var list = state(this).list, i;
    need(arguments, 'has', 1);
    name = usv(name);
    if (value !== undefined) value = usv(value);
    for (i = 0; i < list.length; i += 2)
      if (list[i] === name && (value === undefined || list[i + 1] === value)) return true;
    return false;
  },
  set: function set(name, value) {
    var s = state(this), list = s.list, out = [], found = false, i;
    need(arguments, 'set', 2);
    name = usv(name);
    value = usv(value);
    for (i = 0; i < list.length; i += 2) {
      if (list[i] === name && found) continue;
      out[out.length] = list[i];
      out[out.length] = list[i] === name ? value : list[i + 1];
      if (list[i] === name) found = true;
    }
    if (!found) {
      out[out.length] = name;
      out[out.length] = value;
    }
    s.list = out;
    changed(s);
  },
  sort: function sort() {
    var s = state(this), list = s.list, pairs = [], i;
    for (i = 0; i < list.length; i += 2) pairs[pairs.length] = [list[i], list[i + 1]];
    pairs = sorted(pairs);
    list = [];
    for (i = 0; i < pairs.length; i++) {
      list[list.length] = pairs[i][0];
      list[list.length] = pairs[i][1];
    }
    s.list = list;
    changed(s);
  },
  entries: function entries() { state(this); return iterators.entries(this); },
  keys: function keys() { state(this); return iterators.keys(this); },
  values: function values() { state(this); return iterators.values(this); },
  forEach: function forEach(callback, thisArg) {
    var s = state(this), i;
    if (typeof callback !== 'function') idl.badParameter('forEach', 'URLSearchParams', 1, 'function');
    for (i = 0; i < s.list.length; i += 2) callback.call(thisArg, s.list[i + 1], s.list[i], this);
  },
  toString: function toString() { return form.serialize(state(this).list); },
});
defineProperty(URLSearchParams.prototype, 'delete', {
  value: defineProperty(URLSearchParams.prototype['delete'], 'name', { value: 'delete', configurable: true }),
});
defineProperty(URLSearchParams.prototype, iterator, {
  value: URLSearchParams.prototype.entries, writable: true, enumerable: false, configurable: true,
});

// ---- URL ----

var URL = url.URL;
var href;

function query(u) {
  var text = getSearch.call(u);
  return text === '' ? [] : form.parse(text.substring(1));
}

idl.define(URL, 'URL', null, {});
url.define(URL, URL.prototype);
href = getOwn(URL.prototype, 'href');
var search = getOwn(URL.prototype, 'search');
var getSearch = search.get;

// A setter that changes the query brings an existing searchParams along.
function refreshing(d) {
  var set = d.set;
  d.set = function (value) {
    var params;
    set.call(this, value);
    params = this[PARAMS];
    if (params !== undefined) params[STATE].list = query(this);
  };
  return d;
}
defineProperty(URL.prototype, 'href', refreshing(getOwn(URL.prototype, 'href')));
defineProperty(URL.prototype, 'search', refreshing(search));
idl.members(URL.prototype, {
  get searchParams() {
    var params = this[PARAMS], s;
    if (params !== undefined && params[STATE].url === this) return params;
    s = { list: query(this), url: this };
    params = Object.create(URLSearchParams.prototype);
    params[STATE] = s;
    this[PARAMS] = params;
    return params;
  },
  toJSON: function toJSON() { return href.get.call(this); },
  toString: function toString() { return href.get.call(this); },
});
idl.members(URL, {
  createObjectURL: function createObjectURL() {
    throw new Error('URL.createObjectURL() is not implemented');
  },
  revokeObjectURL: function revokeObjectURL() {
    throw new Error('URL.revokeObjectURL() is not implemented');
  },
});

exports.URL = URL;
exports.URLSearchParams = URLSearchParams;
// The flat list [name, value, ...] of a URLSearchParams, or null when v is none.
exports.listOf = function (v) {
  var s = typeof v === 'object' && v !== null ? v[STATE] : undefined;
  return s === undefined ? null : s.list;
};
