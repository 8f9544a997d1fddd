// How console output shows a value: the layout that Node's util.inspect made familiar.
//
// ctx is one inspection: its options, the objects being shown (seen), how far a line is indented, and which
// objects turned out to be circular. inspect/text.js has strings and line breaking, inspect/kinds.js what is
// special about each kind of object.
'use es5';
var text = require('inspect/text');
var kinds = require('inspect/kinds');
var idl = require('webidl');
var getOwn = Object.getOwnPropertyDescriptor;
var getPrototypeOf = Object.getPrototypeOf;
var ownKeys = Reflect.ownKeys;
var propertyIsEnumerable = Object.prototype.propertyIsEnumerable;
var symbolToString = Symbol.prototype.toString;
var toStringTag = Symbol.toStringTag;
var CUSTOM = Symbol['for']('nodejs.util.inspect.custom');
var PLATFORM = idl.PLATFORM;

// Where an entry stands: as "key: value", or as an array's element.
var PROPERTY = 0, ELEMENT = 1;

function isPrimitive(v) { return v === null || (typeof v !== 'object' && typeof v !== 'function'); }

// The name of the class that v is an instance of; null without prototype.
function constructorName(v) {
  var o = v, d, C, first = true;
  for (; o !== null; o = getPrototypeOf(o), first = false) {
    d = getOwn(o, 'constructor');
    if (d === undefined) continue;
    C = d.value;
    if (typeof C === 'function' && C.name !== '' && isInstance(v, C)) return String(C.name);
  }
  return getPrototypeOf(v) === null ? null : 'Object <Complex prototype>';
}
function isInstance(v, C) {
  try { return v instanceof C; } catch (e) { return false; }
}

// "Name ", "Name(3) ", "[Array(2): null prototype] ", with the tag when that says something else.
function prefix(name, tag, fallback, size) {
  size = size || '';
  if (name === null)
    return '[' + fallback + size + ': null prototype] ' + (tag !== '' && fallback !== tag ? '[' + tag + '] ' : '');
  return name + size + ' ' + (tag !== '' && name !== tag ? '[' + tag + '] ' : '');
}

function tagOf(v, showHidden) {
  var tag;
  try { tag = v[toStringTag]; } catch (e) { return ''; }
  if (typeof tag !== 'string' || tag === '') return '';
  return (showHidden ? getOwn(v, toStringTag) !== undefined : propertyIsEnumerable.call(v, toStringTag)) ? '' : tag;
}

// The own keys to show; of arrays without the indices.
function keysOf(v, showHidden, withoutIndices) {
  var all = ownKeys(v), out = [], i, k;
  for (i = 0; i < all.length; i++) {
    k = all[i];
    if (withoutIndices && typeof k === 'string' && text.isIndex(k)) continue;
    if (showHidden || propertyIsEnumerable.call(v, k)) out[out.length] = k;
  }
  return out;
}

function formatKey(k, enumerable) {
  var name;
  if (typeof k === 'symbol') return '[' + text.escapePlain(symbolToString.call(k)) + ']';
  if (k === '__proto__') return "['__proto__']";
  name = text.isIdentifier(k) ? k : text.quote(k);
  return enumerable ? name : '[' + k + ']';
}

function formatProperty(ctx, v, depth, k, how) {
  var d = getOwn(v, k) || { value: v[k], enumerable: true }, shown;
  if (d.get !== undefined || d.set !== undefined) {
    shown = d.get === undefined ? '[Setter]' : d.set === undefined ? '[Getter]' : '[Getter/Setter]';
  } else {
    ctx.indent += 2;
    shown = formatValue(ctx, d.value, depth);
    ctx.indent -= 2;
  }
  return how === ELEMENT ? shown : formatKey(k, d.enumerable) + ': ' + shown;
}

function circular(ctx, v) {
  var i = ctx.circular.indexOf(v);
  if (i < 0) i = ctx.circular.push(v) - 1;
  return '[Circular *' + (i + 1) + ']';
}

function formatValue(ctx, v, depth) {
  var custom, shown;
  if (isPrimitive(v)) return text.primitive(ctx, v);
  if (kinds.isProxy(v)) return kinds.proxy(ctx, v, depth);
  custom = customOf(v);
  if (custom !== undefined) {
    shown = custom.call(v, ctx.depth - depth, { depth: ctx.depth, showHidden: ctx.showHidden }, inspect);
    if (shown !== v) return typeof shown === 'string' ? text.indentLines(shown, ctx.indent) : formatValue(ctx, shown, depth);
  }
  if (ctx.seen.indexOf(v) >= 0) return circular(ctx, v);
  return formatObject(ctx, v, depth);
}

function customOf(v) {
  var f;
  try { f = v[CUSTOM]; } catch (e) { return undefined; }
  return typeof f === 'function' && f !== inspect ? f : undefined;
}

// A shape is what kinds.shapeOf finds out: { base, open, close, keys, entries(ctx, v, depth) or null, array }.
// A shape that is a string is the whole answer.
function formatObject(ctx, v, depth) {
  var name = constructorName(v), tag = tagOf(v, ctx.showHidden), shape, output, i, ref;
  shape = kinds.shapeOf(ctx, v, name, tag, depth);
  if (typeof shape === 'string') return shape;
  if (ctx.depth !== null && depth > ctx.depth) {
    shape = prefix(name, tag, Array.isArray(v) ? 'Array' : 'Object').slice(0, -1);
    return name === null ? shape : '[' + (Array.isArray(v) && name === 'Array' ? 'Array' : shape) + ']';
  }
  depth++;
  ctx.seen.push(v);
  ctx.currentDepth = depth;
  output = shape.entries === null ? [] : shape.entries(ctx, v, depth);
  for (i = 0; i < shape.keys.length; i++) output[output.length] = formatProperty(ctx, v, depth, shape.keys[i], PROPERTY);
  ctx.seen.pop();
  i = ctx.circular.indexOf(v);
  if (i >= 0) {
    ref = '<ref *' + (i + 1) + '>';
    shape.base = shape.base === '' ? ref : ref + ' ' + shape.base;
  }
  return text.layOut(ctx, output, shape, depth, v);
}

function inspect(v, options) {
  var ctx = {
    depth: 2, showHidden: false, compact: 3, breakLength: 80, maxArrayLength: 100, maxStringLength: 10000,
    indent: 0, currentDepth: 0, seen: [], circular: [],
  }, k;
  if (options) for (k in options) if (options[k] !== undefined && k in ctx) ctx[k] = options[k];
  if (ctx.depth === Infinity) ctx.depth = null;
  return formatValue(ctx, v, 0);
}

// What %s prints for an object: its own toString if it has one, else a shallow inspection.
function asString(v) {
  var C, d;
  if (typeof v === 'number') return text.number(v);
  if (typeof v !== 'object' || v === null) return String(v);
  for (var o = v; o !== null; o = getPrototypeOf(o)) {
    d = getOwn(o, 'toString');
    if (d === undefined) continue;
    C = getOwn(o, 'constructor');
    if (C !== undefined && typeof C.value === 'function' && kinds.isBuiltin(C.value)) break;
    return String(v);
  }
  return inspect(v, { depth: 0 });
}

function json(v) {
  try { return JSON.stringify(v); }
  catch (e) {
    if (String(e.message).indexOf('circular') >= 0 || String(e.message).indexOf('cyclic') >= 0) return '[Circular]';
    throw e;
  }
}

// One %x of a format string; undefined when it is none.
function directive(c, v) {
  switch (c) {
  case 115: return asString(v); // s
  case 106: return String(json(v)); // j
  case 100: return typeof v === 'symbol' ? 'NaN' : text.number(Number(v)); // d
  case 105: return typeof v === 'symbol' ? 'NaN' : text.number(parseInt(v, 10)); // i
  case 102: return typeof v === 'symbol' ? 'NaN' : text.number(parseFloat(v)); // f
  case 79: return inspect(v); // O
  case 111: return inspect(v, { showHidden: true, depth: 4 }); // o
  case 99: return ''; // c
  default: return undefined;
  }
}

// The arguments of console.log as one text.
function format(args) {
  var first = args[0], out = '', from = 0, next = 1, i, c, part;
  if (args.length === 0) return '';
  if (typeof first === 'string') {
    if (args.length === 1) return first;
    for (i = 0; i < first.length - 1; i++) {
      if (first.charCodeAt(i) !== 37) continue;
      c = first.charCodeAt(i + 1);
      if (c === 37) {
        out += first.slice(from, i + 1);
        from = i + 2;
        i++;
        continue;
      }
      if (next >= args.length || (part = directive(c, args[next])) === undefined) continue;
      next++;
      out += first.slice(from, i) + part;
      from = i + 2;
      i++;
    }
    out += first.slice(from);
  } else {
    out = inspect(first);
  }
  for (i = next; i < args.length; i++) out += ' ' + (typeof args[i] === 'string' ? args[i] : inspect(args[i]));
  return out;
}

kinds.init({ formatValue: formatValue, formatProperty: formatProperty, prefix: prefix, keysOf: keysOf, ELEMENT: ELEMENT,
  PLATFORM: PLATFORM });

exports.inspect = inspect;
exports.format = format;
