// What each kind of object shows: its first words, its braces, and entries that are no properties.
'use es5';
var text = require('inspect/text');
var internals = native('internals');
var isArray = Array.isArray;
var isView = ArrayBuffer.isView;
var getOwn = Object.getOwnPropertyDescriptor;
var getPrototypeOf = Object.getPrototypeOf;
var hasOwn = Object.prototype.hasOwnProperty;
var objectToString = Object.prototype.toString;
var getTime = Date.prototype.getTime;
var toISOString = Date.prototype.toISOString;
var mapForEach = Map.prototype.forEach, setForEach = Set.prototype.forEach;
var mapSize = getOwn(Map.prototype, 'size').get, setSize = getOwn(Set.prototype, 'size').get;
var builtins = [Object, Function, Array, String, Number, Boolean, Date, RegExp, Error, EvalError, RangeError,
  ReferenceError, SyntaxError, TypeError, URIError, Map, Set, WeakMap, WeakSet, Promise, ArrayBuffer, DataView, Symbol,
  Uint8Array, Int8Array, Uint8ClampedArray, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array];
var MapCtor = Map, SetCtor = Set, WeakMapCtor = WeakMap, WeakSetCtor = WeakSet, PromiseCtor = Promise;
var DateCtor = Date, RegExpCtor = RegExp, ErrorCtor = Error, ArrayBufferCtor = ArrayBuffer, DataViewCtor = DataView;
var Uint8ArrayCtor = Uint8Array;
var core; // what inspect.js gives to init()

exports.init = function (c) { core = c; };
exports.isProxy = internals.isProxy;
exports.isBuiltin = function (C) { return builtins.indexOf(C) >= 0; };

function shape(base, open, close, keys, entries, array) {
  return { base: base, open: open, close: close, keys: keys, entries: entries, array: array === true, more: false };
}

function moreItems(n) { return '... ' + n + ' more item' + (n > 1 ? 's' : ''); }

// The brand of a collection: its size, or -1 when v only inherits from the class.
function sizeOf(getSize, v) {
  try { return getSize.call(v); } catch (e) { return -1; }
}

function arrayEntries(s) {
  return function (ctx, v, depth) {
    var out = [], i, holes, n = v.length;
    for (i = 0; i < n && out.length < ctx.maxArrayLength; i++) {
      if (hasOwn.call(v, i)) {
        out[out.length] = core.formatProperty(ctx, v, depth, i, core.ELEMENT);
        continue;
      }
      for (holes = 1; i + holes < n && !hasOwn.call(v, i + holes); holes++);
      out[out.length] = '<' + holes + ' empty item' + (holes > 1 ? 's' : '') + '>';
      i += holes - 1;
    }
    if (i < n) {
      out[out.length] = moreItems(n - i);
      s.more = true;
    }
    return out;
  };
}

function ofArray(ctx, v, name, tag) {
  var open = name === 'Array' && tag === '' ? '' : core.prefix(name, tag, 'Array', '(' + v.length + ')'), s;
  s = shape('', open + '[', ']', core.keysOf(v, ctx.showHidden, true), null, true);
  if (v.length === 0 && s.keys.length === 0) return s.open + ']';
  s.entries = arrayEntries(s);
  return s;
}

function ofTypedArray(ctx, v, name, tag) {
  var s = shape('', core.prefix(name, tag, tag, '(' + v.length + ')') + '[', ']', core.keysOf(v, ctx.showHidden, true), null, true);
  if (v.length === 0 && s.keys.length === 0) return s.open + ']';
  if (ctx.showHidden) s.keys = [];
  s.entries = function (c, view) {
    var out = [], i, n = Math.min(c.maxArrayLength, view.length);
    for (i = 0; i < n; i++) out[i] = text.number(view[i]);
    if (n < view.length) {
      out[n] = moreItems(view.length - n);
      s.more = true;
    }
    return out;
  };
  return s;
}

function limited(ctx, all, each) {
  var out = [], i, n = Math.min(ctx.maxArrayLength, all.length);
  ctx.indent += 2;
  for (i = 0; i < n; i++) out[i] = each(all[i]);
  ctx.indent -= 2;
  if (n < all.length) out[n] = moreItems(all.length - n);
  return out;
}

function pairEntries(ctx, pairs, depth) {
  return limited(ctx, pairs, function (p) {
    return core.formatValue(ctx, p[0], depth) + ' => ' + core.formatValue(ctx, p[1], depth);
  });
}

function ofMap(ctx, v, name, tag, size) {
  var s = shape('', core.prefix(name, tag, 'Map', '(' + size + ')') + '{', '}', core.keysOf(v, ctx.showHidden), null);
  if (size === 0 && s.keys.length === 0) return s.open + '}';
  s.entries = function (c, m, depth) {
    var pairs = [];
    mapForEach.call(m, function (value, key) { pairs[pairs.length] = [key, value]; });
    return pairEntries(c, pairs, depth);
  };
  return s;
}

function ofSet(ctx, v, name, tag, size) {
  var s = shape('', core.prefix(name, tag, 'Set', '(' + size + ')') + '{', '}', core.keysOf(v, ctx.showHidden), null);
  if (size === 0 && s.keys.length === 0) return s.open + '}';
  s.entries = function (c, m, depth) {
    var all = [];
    setForEach.call(m, function (value) { all[all.length] = value; });
    return limited(c, all, function (x) { return core.formatValue(c, x, depth); });
  };
  return s;
}

function functionBase(v, name, tag) {
  var base, proto = v.prototype, parent;
  if (typeof proto === 'object' && proto !== null && hasOwn.call(proto, core.PLATFORM)) {
    parent = getPrototypeOf(v);
    return '[class ' + v.name + (typeof parent === 'function' && parent.name ? ' extends ' + parent.name : '') + ']';
  }
  base = '[Function' + (name === null ? ' (null prototype)' : '') +
    (typeof v.name === 'string' && v.name !== '' ? ': ' + v.name : ' (anonymous)') + ']';
  if (name !== 'Function' && name !== null) base += ' ' + name;
  if (tag !== '' && name !== tag) base += ' [' + tag + ']';
  return base;
}

// An error's stack, under the name of its class.
function errorBase(ctx, v, name, tag, keys) {
  var stack = v.stack ? String(v.stack) : ErrorCtor.prototype.toString.call(v), i, at;
  var own = v.name !== undefined && v.name !== null ? String(v.name) : 'Error', wanted, n = own.length;
  var drop = ['name', 'message', 'stack'];
  for (i = 0; !ctx.showHidden && i < 3; i++) {
    at = keys.indexOf(drop[i]);
    if (at >= 0 && stack.indexOf(String(v[drop[i]])) >= 0) keys.splice(at, 1);
  }
  if (ctx.showHidden) {
    for (i = keys.length - 1; i >= 0; i--) if (keys[i] === 'fileName' || keys[i] === 'lineNumber') keys.splice(i, 1);
  }
  if ('cause' in v && keys.indexOf('cause') < 0) keys.push('cause');
  if (isArray(v.errors) && keys.indexOf('errors') < 0) keys.push('errors');
  if (name === null || (/Error$/.test(own) && stack.indexOf(own) === 0 && /^($|:|\n)/.test(stack.slice(n)))) {
    wanted = core.prefix(name, tag, 'Error').slice(0, -1);
    if (own !== wanted) stack = (wanted.indexOf(own) >= 0 ? wanted : wanted + ' [' + own + ']') + stack.slice(n);
  }
  at = v.message ? stack.indexOf(String(v.message)) : -1;
  if (at >= 0) at += String(v.message).length;
  if (stack.indexOf('\n    at', Math.max(at, 0)) < 0) stack = '[' + stack + ']';
  return text.indentLines(stack, ctx.indent);
}

function bufferEntries(ctx, v) {
  var bytes = new Uint8ArrayCtor(v), n = Math.min(ctx.maxArrayLength, bytes.length), hex = [], i, out;
  for (i = 0; i < n; i++) hex[i] = (bytes[i] < 16 ? '0' : '') + bytes[i].toString(16);
  out = hex.join(' ');
  i = bytes.length - n;
  if (i > 0) out += ' ... ' + i + ' more byte' + (i > 1 ? 's' : '');
  return ['[Uint8Contents]: <' + out + '>'];
}

function promiseEntries(ctx, v, depth) {
  var s = internals.promiseState(v), shown;
  if (s === undefined) return ['<pending>']; // only inherits from Promise
  if (s[0] === 0) return ['<pending>'];
  ctx.indent += 2;
  shown = core.formatValue(ctx, s[1], depth);
  ctx.indent -= 2;
  return [s[0] === 2 ? '<rejected> ' + shown : shown];
}

function ofBoxed(ctx, v, name, tag, type) {
  var inner = type === 'Symbol' ? Symbol.prototype.valueOf.call(v) : v.valueOf();
  var base = '[' + type + (name === null ? ' (null prototype)' : name !== type ? ' (' + name + ')' : '') + ': ';
  base += (type === 'String' ? text.quote(inner) : text.primitive(ctx, inner)) + ']';
  if (tag !== '' && tag !== name) base += ' [' + tag + ']';
  return withBase(base, core.keysOf(v, ctx.showHidden, type === 'String'));
}

function withBase(base, keys) {
  return keys.length === 0 ? base : shape(base, '{', '}', keys, null);
}

// The accessors of a platform object's classes, then its own properties.
function platformEntries(ctx, v, depth) {
  var out = [], done = {}, p, names, i, d, shown;
  for (p = getPrototypeOf(v); p !== null && p !== Object.prototype; p = getPrototypeOf(p)) {
    if (p[core.PLATFORM] === undefined) continue;
    names = Object.getOwnPropertyNames(p);
    for (i = 0; i < names.length; i++) {
      d = getOwn(p, names[i]);
      if (d.get === undefined || done['$' + names[i]]) continue;
      done['$' + names[i]] = true;
      ctx.indent += 2;
      try { shown = core.formatValue(ctx, d.get.call(v), depth); } catch (e) { shown = '[' + e.message + ']'; }
      ctx.indent -= 2;
      out[out.length] = names[i] + ': ' + shown;
    }
  }
  return out;
}

function ofPlatform(ctx, v, name, tag) {
  var entries = v.entries, all, s;
  if (name !== null && typeof entries === 'function' && typeof v[Symbol.iterator] === 'function') {
    all = Array.from(entries.call(v));
    s = shape('', core.prefix(name, tag, 'Object', '(' + all.length + ')') + '{', '}', core.keysOf(v, ctx.showHidden), function (c, x, depth) {
      return pairEntries(c, all, depth);
    });
    return all.length === 0 && s.keys.length === 0 ? s.open + '}' : s;
  }
  s = shape('', core.prefix(name, tag, 'Object') + '{', '}', core.keysOf(v, ctx.showHidden), platformEntries);
  if (platformEntries(ctx, v, 1e9).length === 0 && s.keys.length === 0) return s.open + '}';
  return s;
}

// A proxy as what it stands for, marked; without running any of its traps.
exports.proxy = function (ctx, v, depth) {
  return 'Proxy(' + core.formatValue(ctx, internals.proxyTarget(v), depth) + ')';
};

function ofOther(ctx, v, name, tag) {
  var keys = core.keysOf(v, ctx.showHidden), kind = objectToString.call(v);
  if (kind === '[object Arguments]') return keys.length === 0 ? '[Arguments] {}' : shape('', '[Arguments] {', '}', keys, null);
  if (name === 'Object' && tag === '') return keys.length === 0 ? '{}' : shape('', '{', '}', keys, null);
  name = core.prefix(name, tag, 'Object') + '{';
  return keys.length === 0 ? name + '}' : shape('', name, '}', keys, null);
}

exports.shapeOf = function (ctx, v, name, tag, depth) {
  var keys, size, base;
  if (isArray(v)) return ofArray(ctx, v, name, tag);
  if (typeof v === 'function') return withBase(functionBase(v, name, tag), core.keysOf(v, ctx.showHidden));
  if (v instanceof ErrorCtor) {
    keys = core.keysOf(v, ctx.showHidden);
    base = errorBase(ctx, v, name, tag, keys);
    return withBase(base, keys);
  }
  if (v[core.PLATFORM] !== undefined && !hasOwn.call(v, core.PLATFORM)) return ofPlatform(ctx, v, name, tag);
  if (v instanceof MapCtor && (size = sizeOf(mapSize, v)) >= 0) return ofMap(ctx, v, name, tag, size);
  if (v instanceof SetCtor && (size = sizeOf(setSize, v)) >= 0) return ofSet(ctx, v, name, tag, size);
  if (isView(v) && !(v instanceof DataViewCtor)) return ofTypedArray(ctx, v, name, tag);
  keys = core.keysOf(v, ctx.showHidden);
  if (v instanceof RegExpCtor && v !== RegExpCtor.prototype) {
    base = core.prefix(name, tag, 'RegExp');
    return withBase((base === 'RegExp ' ? '' : base) + RegExpCtor.prototype.toString.call(v), ctx.showHidden ? [] : keys);
  }
  if (v instanceof DateCtor && v !== DateCtor.prototype) {
    base = core.prefix(name, tag, 'Date');
    return withBase((base === 'Date ' ? '' : base) + (getTime.call(v) === getTime.call(v) ? toISOString.call(v) : 'Invalid Date'), keys);
  }
  if (v instanceof ArrayBufferCtor) return shape('', core.prefix(name, tag, 'ArrayBuffer') + '{', '}', ['byteLength'].concat(keys), bufferEntries);
  if (v instanceof DataViewCtor)
    return shape('', core.prefix(name, tag, 'DataView') + '{', '}', ['byteLength', 'byteOffset', 'buffer'].concat(keys), null);
  if (v instanceof PromiseCtor) return shape('', core.prefix(name, tag, 'Promise') + '{', '}', keys, promiseEntries);
  if (v instanceof WeakMapCtor || v instanceof WeakSetCtor)
    return shape('', core.prefix(name, tag, 'WeakMap') + '{', '}', keys, function () { return ['<items unknown>']; });
  if (v instanceof Number) return ofBoxed(ctx, v, name, tag, 'Number');
  if (v instanceof String) return ofBoxed(ctx, v, name, tag, 'String');
  if (v instanceof Boolean) return ofBoxed(ctx, v, name, tag, 'Boolean');
  if (v instanceof Symbol) return ofBoxed(ctx, v, name, tag, 'Symbol');
  return ofOther(ctx, v, name, tag);
};
