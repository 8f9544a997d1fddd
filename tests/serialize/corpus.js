// Values as source text that both engines understand, made by a seeded generator.
//
//   [source, exact]   exact: V8 writes these bytes whatever happened before; 'written': but not again what was
//                     read from them, which is an array like any other
//
// Keys are never used twice: V8 writes 1 in a property that once held 1.5, in any object of that shape, as a double.
'use strict';

let seed = 20240601;
function random(n) { // mulberry32
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
}
const pick = (list) => list[random(list.length)];
let names = 0;
const key = () => `${pick(['k', 'id', 'é', '\u4e00', 'a b', '$'])}${names++}`;

// A string literal in which nothing but ASCII stands.
function literal(text) {
    return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

function text() {
    const alphabets = ['abc xyz019', 'aé\u00ff\u0080', 'a\u0100\u4e00', '\ud83d\ude00z', '\ud800', 'a\udc00\u0000', '\u0000\n"\\'];
    const alphabet = pick(alphabets);
    let out = '';
    for (let n = random(12); n > 0; n--) out += pick(alphabet.split(''));
    return out;
}

const small = () => pick([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 1e6, 2 ** 30 - 1, -(2 ** 30), random(1e9)]);
const double = () => pick(['0.5', '-0', '1e300', 'NaN', 'Infinity', '-Infinity', '5e-324', '4294967296', '9007199254740991', String(random(1e9) / 7)]);

const leaves = [
    () => String(small()), double, () => literal(text()), () => 'true', () => 'false', () => 'null', () => 'undefined',
    () => `new Date(${pick(['0', '1e12', 'NaN', '-1', '8.64e15', String(random(1e9) * 1000)])})`,
    () => `new RegExp(${literal(pick(['', 'a', 'a/b', '[/]', '\\d+', '\n', '(x)|y', '\u4e00', '\u00e9']))}, ${literal(pick(['', 'g', 'i', 'gi', 'm', 's', 'u', 'y', 'd', 'dgimsuy']))})`,
    () => `Object(${pick(['1', '-0', '1.5', 'true', 'false', literal(text()), 'NaN'])})`,
    () => `BigInt(${literal(pick(['0', '-1', '1', '18446744073709551615', '18446744073709551616', '-123456789012345678901234567890', String(random(1e9))]))})`,
    () => `new ArrayBuffer(${random(9)})`,
    () => `new ${pick(['Uint8', 'Int8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float32', 'Float64'])}Array(${pick(['0', '3', '[1, 2, 300]', '[-1, 1.5]'])})`,
    () => `new DataView(new ArrayBuffer(${8 + random(9)}), ${random(5)}, ${random(4)})`,
];

function list(n, make) { return Array.from({ length: n }, make); }

// Arrays of numbers alone are of another kind in V8 than mixed ones: all small, or all doubles from the start.
function array(depth) {
    switch (random(5)) {
    case 0: return `[${list(random(5), () => String(small())).join()}]`;
    case 1: return `[${list(1 + random(5), () => pick([String(random(99)), '0.5', '1.25'])).concat('2.5').join()}]`;
    case 2: return `[${list(1 + random(4), () => pick(['', value(depth - 1)])).join()},,${small()}]`;
    case 3: return `with_(['x', ${value(depth - 1)}], ${literal(key())}, ${value(depth - 1)})`;
    default: return `['s'${list(random(5), () => ',' + value(depth - 1)).join('')}]`;
    }
}

function object(depth) {
    const pairs = list(random(6), () => `${literal(random(8) ? key() : String(random(100000)))}: ${value(depth - 1)}`);
    if (!random(12)) pairs.push(`get ${'g' + names++}() { return ${value(depth - 1)}; }`);
    return `({${pairs.join(', ')}})`;
}

const containers = [
    array, object, object,
    (depth) => `new Map([${list(random(4), () => `[${value(depth - 1)}, ${value(depth - 1)}]`).join()}])`,
    (depth) => `new Set([${list(random(4), () => value(depth - 1)).join()}])`,
    (depth) => `shared(${value(depth - 1)}, ${literal(key())}, ${literal(key())})`,
    (depth) => `cycle(${literal(key())}, ${value(depth - 1)}, ${literal(key())})`,
    () => `views(${8 + random(9)})`,
];

function value(depth) {
    return depth <= 0 || !random(3) ? pick(leaves)() : pick(containers)(depth);
}

// What the sources call.
const helpers = `
function with_(array, key, value) { array[key] = value; return array; }
function shared(value, a, b) { var o = {}; o[a] = value; o[b] = [value, o]; return o; }
function cycle(a, value, b) { var o = {}, list = [o, 's']; o[a] = list; o[b] = value; list.push(list); return o; }
function views(n) { var b = new ArrayBuffer(n); new Uint8Array(b)[1] = 7;
  return [new Uint8Array(b, 1), b, new Int16Array(b, 2, 2), new DataView(b, 1, 3), new Uint8Array(b, 1), 's']; }
function error(C, message, more) { var e = message === undefined ? new C() : new C(message), k; e.stack = 'S'; for (k in more) e[k] = more[k]; return e; }
function many(n, f) { var list = [], i; for (i = 0; i < n; i++) list.push(f(i)); return list; }
`;

const fixed = [
    '({})', '[]', '""', '[[[]]]', '({a: {}})', 'Object.create(null)', 'Object.create({inherited: 1})', 'Math', '({1: 1, 4294967294: 2, 4294967295: 3, "-1": 4, "01": 5, a: 6})',
    '({b: 1, 2: 1, a: 1, 1: 1})', 'new Array(3)', '[,]', '[undefined]', '[null, , undefined]', 'many(300, function (i) { return {}; })',
    'many(1000, function (i) { return "v" + i; })', 'many(40, function (i) { var o = {}; o["p" + i] = [o]; return o; })',
    'literalProto()', '(function () { var a = []; a[5] = 1; a.q = 2; a[70000] = 3; return a; })()',
    '(function () { var o = { get a() { delete o.b; o.z = 1; return 1; }, b: 2, c: 3 }; return o; })()',
    '(function () { var a = [{ get x() { a.push(4); return 1; } }, 2, 3]; return a; })()',
    '(function () { var a = [{ get x() { a[1] = 7; a.q = 8; return 1; } }, 2, 3]; return a; })()',
    '(function () { var m = new Map(); m.set(1, { get x() { m["delete"](2); m.set(9, 9); return 1; } }); m.set(2, 2); return m; })()',
    '(function () { var o = { a: { get x() { o.b = 5; Object.defineProperty(o, "c", { enumerable: false }); return 1; } }, b: 2, c: 3 }; return o; })()',
    '({get a() { return {}; }, get b() { return {}; }, get c() { return [{}, {}]; }})',
    '(function () { function f() {} f.prototype.p = 1; var o = new f(); o.own = 1; return o; })()',
    '(function () { var o = {}; Object.defineProperty(o, "hidden", { value: 1 }); o[Symbol("s")] = 2; o.seen = 3; return o; })()',
    ...['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'].map((C) => `error(${C}, "m")`),
    'error(Error)', 'error(Error, "é\u4e00")', 'error(Error, "m", {name: "TypeError"})', 'error(RangeError, "m", {name: "Own", extra: 1})',
    '[error(Error, "m"), error(TypeError, "n"), "s"]',
];
const written = [
    'Object.freeze([1, 2, "x"])', 'Object.seal([1])', 'Object.preventExtensions([])',
    '(function () { var a = [{ get x() { a.length = 1; return 1; } }, 2, 3]; return a; })()',
];
const inexact = [
    '1073741824', '2147483647', '-2147483648', '({a2147483648: -1073741825})', 'error(Error, "m", {cause: {x: 1}})',
    'error(TypeError, "m", {cause: error(Error, "n")})',
];

exports.helpers = helpers + 'function literalProto() { var o = {}; Object.defineProperty(o, "__proto__", ' +
    '{ value: 1, enumerable: true }); return o; }\n';
exports.corpus = [
    ...fixed.map((source) => [source, true]), ...written.map((source) => [source, 'written']),
    ...inexact.map((source) => [source, false]),
    ...leaves.flatMap((leaf) => list(12, () => [leaf(), true])), ...list(400, () => [value(4), true]),
].map(([source, exact]) => [source.replace(/[\u0080-\uffff]/g, (c) => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0')), exact]);
