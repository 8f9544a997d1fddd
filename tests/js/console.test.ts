// The console and how it shows values. The expectations are what Node 20 prints for the same value.
const { inspect, format } = (globalThis as any).requireBuiltin('inspect');
const consoleModule = (globalThis as any).requireBuiltin('console');
class Foo { a = 1; get g() { return 1; } }
class Bar extends Foo {}
class Tagged { get [Symbol.toStringTag]() { return 'TT'; } }
const count = (n: number) => { const out: number[] = []; for (let i = 0; i < n; i++) out.push(i); return out; };
const extraArray: any = [1, 2]; extraArray.extra = 'e'; extraArray[-1] = 'neg';
const nullProto = Object.create(null); nullProto.x = 1;
const custom = { [Symbol.for('nodejs.util.inspect.custom')]() { return 'CUSTOM\nline2'; } };
const fn: any = function named() {}; fn.prop = 1;
const error = (text: string): any => { const e = new Error(text); e.stack = 'Error: ' + text + '\n    at x (y:1:2)'; return e; };
const withCode = error('m'); withCode.code = 'C';
const outer = error('outer'); Object.defineProperty(outer, 'cause', { value: error('inner') });
const noStack = error('ns'); noStack.stack = undefined;
const circular: any = { name: 'c' }; circular.self = circular; circular.list = [circular, { circular }];

// [value, what is shown]
const rows: [any, string][] = [
  [undefined, 'undefined'],
  [null, 'null'],
  [-0, '-0'],
  [1.5, '1.5'],
  ['plain', '\'plain\''],
  [Symbol('s'), 'Symbol(s)'],
  [['s', "it's", 'both \' and "'], '[ \'s\', "it\'s", `both \' and "` ]'],
  [['a\nb\tc', '\u0000\x1b\x7f\x9f', '\\'], '[ \'a\\nb\\tc\', \'\\x00\\x1B\\x7F\\x9F\', \'\\\\\' ]'],
  [['\ud83d\ude00', '\ud83d'], '[ \'\ud83d\ude00\', \'\\ud83d\' ]'],
  [{}, '{}'],
  [[], '[]'],
  [{ a: 1, 'a-b': 2, 3: 4, $x: 5, _y: 6, '\u00e9': 7, '': 8 },
    '{ \'3\': 4, a: 1, \'a-b\': 2, \'$x\': 5, _y: 6, \'\u00e9\': 7, \'\': 8 }'],
  [{ a: { b: { c: { d: 1 } } } }, '{ a: { b: { c: [Object] } } }'],
  [[[[[1]]]], '[ [ [ [Array] ] ] ]'],
  [{ a: [], b: {}, c: [[]] }, '{ a: [], b: {}, c: [ [] ] }'],
  [[undefined, null, , 3], '[ undefined, null, <1 empty item>, 3 ]'],
  [[, ,], '[ <2 empty items> ]'],
  [extraArray, '[ 1, 2, extra: \'e\', \'-1\': \'neg\' ]'],
  [new Array(200), '[ <200 empty items> ]'],
  [count(120),
    '[\n   0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11,\n  12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,\n  2' +
    '4, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,\n  36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,\n  48, 49,' +
    ' 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,\n  60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71,\n  72, 73, 74, 7' +
    '5, 76, 77, 78, 79, 80, 81, 82, 83,\n  84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,\n  96, 97, 98, 99,\n  ' +
    '... 20 more items\n]'],
  [count(30).map((i) => 'word' + i * i),
    '[\n  \'word0\',   \'word1\',   \'word4\',\n  \'word9\',   \'word16\',  \'word25\',\n  \'word36\',  \'word49' +
    '\',  \'word64\',\n  \'word81\',  \'word100\', \'word121\',\n  \'word144\', \'word169\', \'word196\',\n  \'wo' +
    'rd225\', \'word256\', \'word289\',\n  \'word324\', \'word361\', \'word400\',\n  \'word441\', \'word484\', \'' +
    'word529\',\n  \'word576\', \'word625\', \'word676\',\n  \'word729\', \'word784\', \'word841\'\n]'],
  [count(8).map((i) => ({ id: i, name: 'n' + i })),
    '[\n  { id: 0, name: \'n0\' },\n  { id: 1, name: \'n1\' },\n  { id: 2, name: \'n2\' },\n  { id: 3, name: \'n3' +
    '\' },\n  { id: 4, name: \'n4\' },\n  { id: 5, name: \'n5\' },\n  { id: 6, name: \'n6\' },\n  { id: 7, name: ' +
    '\'n7\' }\n]'],
  [['a'.repeat(90), 'b'],
    '[\n  \'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\',\n  \'b' +
    '\'\n]'],
  [{ s: 'line one of the text\n'.repeat(5) },
    '{\n  s: \'line one of the text\\n\' +\n    \'line one of the text\\n\' +\n    \'line one of the text\\n\' +' +
    '\n    \'line one of the text\\n\' +\n    \'line one of the text\\n\'\n}'],
  [Object.fromEntries(count(30).map((i) => ['key' + i, 'value' + i])),
    '{\n  key0: \'value0\',\n  key1: \'value1\',\n  key2: \'value2\',\n  key3: \'value3\',\n  key4: \'value4\',\n' +
    '  key5: \'value5\',\n  key6: \'value6\',\n  key7: \'value7\',\n  key8: \'value8\',\n  key9: \'value9\',\n  k' +
    'ey10: \'value10\',\n  key11: \'value11\',\n  key12: \'value12\',\n  key13: \'value13\',\n  key14: \'value14' +
    '\',\n  key15: \'value15\',\n  key16: \'value16\',\n  key17: \'value17\',\n  key18: \'value18\',\n  key19: \'' +
    'value19\',\n  key20: \'value20\',\n  key21: \'value21\',\n  key22: \'value22\',\n  key23: \'value23\',\n  ke' +
    'y24: \'value24\',\n  key25: \'value25\',\n  key26: \'value26\',\n  key27: \'value27\',\n  key28: \'value28\'' +
    ',\n  key29: \'value29\'\n}'],
  [{ a: 'x'.repeat(30), b: 'y'.repeat(30), c: 1 },
    '{\n  a: \'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\',\n  b: \'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\',\n  c: 1\n}'],
  [{ a: 'x'.repeat(28), b: 'y'.repeat(28), c: 1 },
    '{\n  a: \'xxxxxxxxxxxxxxxxxxxxxxxxxxxx\',\n  b: \'yyyyyyyyyyyyyyyyyyyyyyyyyyyy\',\n  c: 1\n}'],
  [new Map<any, any>([['a', 1], [{ k: 1 }, [1, 2]]]), 'Map(2) { \'a\' => 1, { k: 1 } => [ 1, 2 ] }'],
  [new Set<any>([1, 'x', { a: 1 }]), 'Set(3) { 1, \'x\', { a: 1 } }'],
  [[new Map(), new Set()], '[ Map(0) {}, Set(0) {} ]'],
  [{ m: new Map([[1, new Map([[2, new Map([[3, new Map()]])]])]]) }, '{ m: Map(1) { 1 => Map(1) { 2 => [Map] } } }'],
  [new WeakMap(), 'WeakMap { <items unknown> }'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
  [[new Date(NaN)], '[ Invalid Date ]'],
  [[/re\/x/gi], '[ /re\\/x/gi ]'],
  [new Uint8Array(3), 'Uint8Array(3) [ 0, 0, 0 ]'],
  [new Float64Array([1.5, -0]), 'Float64Array(2) [ 1.5, -0 ]'],
  [new Uint8Array(130),
    'Uint8Array(130) [\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, ' +
    '0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  ' +
    '0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,\n  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ' +
    '0, 0,\n  0, 0, 0, 0,\n  ... 30 more items\n]'],
  [new ArrayBuffer(3), 'ArrayBuffer { [Uint8Contents]: <00 00 00>, byteLength: 3 }'],
  [new DataView(new ArrayBuffer(2), 1),
    'DataView {\n  byteLength: 1,\n  byteOffset: 1,\n  buffer: ArrayBuffer { [Uint8Contents]: <00 00>, byteLength' +
    ': 2 }\n}'],
  [new Foo(), 'Foo { a: 1 }'],
  [[new Bar()], '[ Bar { a: 1 } ]'],
  [nullProto, '[Object: null prototype] { x: 1 }'],
  [{ [Symbol.toStringTag]: 'Own' }, '{ [Symbol(Symbol.toStringTag)]: \'Own\' }'],
  [new Tagged(), 'Tagged [TT] {}'],
  [{ nested: custom }, '{\n  nested: CUSTOM\n  line2\n}'],
  [function () {}, '[Function (anonymous)]'],
  [fn, '[Function: named] { prop: 1 }'],
  [withCode, 'Error: m\n    at x (y:1:2) {\n  code: \'C\'\n}'],
  [[{ e: withCode }], '[\n  {\n    e: Error: m\n        at x (y:1:2) {\n      code: \'C\'\n    }\n  }\n]'],
  [outer, 'Error: outer\n    at x (y:1:2) {\n  [cause]: Error: inner\n      at x (y:1:2)\n}'],
  [noStack, '[Error: ns]'],
  [[Object(1), Object('s'), Object(true)], '[ [Number: 1], [String: \'s\'], [Boolean: true] ]'],
  [Object(Symbol('q')), '[Symbol: Symbol(q)]'],
  [{ get a() { return 1; }, set b(x: any) {}, get c() { return 1; }, set c(x: any) {} },
    '{ a: [Getter], b: [Setter], c: [Getter/Setter] }'],
  [{ [Symbol('sym')]: 1, x: 2 }, '{ x: 2, [Symbol(sym)]: 1 }'],
  [Object.defineProperty({}, 'hidden', { value: 1 }), '{}'],
  [circular,
    '<ref *1> {\n  name: \'c\',\n  self: [Circular *1],\n  list: [ [Circular *1], { circular: [Circular *1] } ]\n' +
    '}'],
  [[circular],
    '[\n  <ref *1> {\n    name: \'c\',\n    self: [Circular *1],\n    list: [ [Circular *1], [Object] ]\n  }\n]'],
  [(function (...a: any[]) { return arguments; })(1, 'x'), '[Arguments] { \'0\': 1, \'1\': \'x\' }'],
  [[1.5, 22.25, 333], '[ 1.5, 22.25, 333 ]'],
  [[-1, -22, 3, 4, 5, 6, 7, 8], '[\n  -1, -22, 3, 4,\n   5,   6, 7, 8\n]'],
  [['aaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    '[ \'aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\', \'b\', \'c\', \'d\', \'e\', \'f\', \'g\', \'h\' ]'],
  [[[1, 2, [3, 4, [5, [6]]]]], '[ [ 1, 2, [ 3, 4, [Array] ] ] ]'],
  [new Map([[{ a: { b: {} } }, 'v']]), 'Map(1) { { a: { b: {} } } => \'v\' }'],
];
// [arguments of console.log, the line]
const lines: [any[], string][] = [
  [['%s|%d|%i|%f|%j|%O|%c|%%', 'a', 3.5, 3.7, '1.25', { a: 1 }, { b: { c: { d: {} } } }, 'css', 'rest', { x: 1 }],
    'a|3.5|3|1.25|{"a":1}|{ b: { c: { d: {} } } }||% rest { x: 1 }'],
  [['%s', { a: 1 }], '{ a: 1 }'],
  [['%s', { toString() { return 'own'; } }], 'own'],
  [['%s', null, undefined], 'null undefined'],
  [['%d', '42', 'x'], '42 x'],
  [['%d', {}], 'NaN'],
  [['100%', 5], '100% 5'],
  [['%x', 1], '%x 1'],
  [['a\nb', 'c\nd', ['e\nf']], 'a\nb c\nd [ \'e\\nf\' ]'],
  [[1, 'two', { three: 3 }], '1 two { three: 3 }'],
  [['%s'], '%s'],
  [['%%', 1], '% 1'],
  [['%s', Symbol('q')], 'Symbol(q)'],
  [['%s', -0], '-0'],
  [['%i', '12.9px'], '12'],
  [['%s', [1, [2]]], '[ 1, [Array] ]'],
  [['%j', { a: [1] }], '{"a":[1]}'],
  [['%o', [1, { a: {} }]], '[ 1, { a: {} }, [length]: 2 ]'],
  [['%d %s', 1], '1 %s'],
  [[''], ''],
  [['%s', new Foo()], 'Foo { a: 1 }'],
  [['a%', 'b'], 'a% b'],
  [['%%%s%%', 'x'], '%x%'],
];

for (let i = 0; i < rows.length; i++) {
  test('shows value ' + i, () => {
    const got = inspect(rows[i][0]);
    if (got !== rows[i][1]) throw new Error('got\n' + got + '\nwant\n' + rows[i][1]);
  });
}
test('format strings', () => {
  for (const [args, want] of lines) assertEq(format(args), want, JSON.stringify(args[0]));
});
test('options', () => {
  assertEq(inspect({ a: { b: 1 } }, { depth: 0 }), '{ a: [Object] }');
  assertEq(inspect({ a: [1], f: new Foo(), n: nullProto }, { depth: 0 }), '{ a: [Array], f: [Foo], n: [Object: null prototype] }');
  let deep: any = 1;
  for (let i = 0; i < 6; i++) deep = { d: deep };
  assertEq(inspect(deep, { depth: null, breakLength: Infinity }).replace(/\s+/g, ' '), '{ d: { d: { d: { d: { d: { d: 1 } } } } } }');
  assertEq(inspect('x'.repeat(20), { maxStringLength: 5 }), "'xxxxx'... 15 more characters");
  assertEq(inspect(new Set([1, 2, 3]), { maxArrayLength: 1 }), 'Set(3) { 1, ... 2 more items }');
});
test('promises and proxies', () => {
  assertEq(inspect([Promise.resolve({ a: 1 }), new Promise(() => {})]), '[ Promise { { a: 1 } }, Promise { <pending> } ]');
  const rejected = Promise.reject(2);
  rejected.catch(() => {});
  assertEq(inspect(rejected), 'Promise { <rejected> 2 }');
  let trapped = 0;
  assertEq(inspect(new Proxy({ a: 1 }, { get() { trapped++; }, ownKeys() { trapped++; return []; } } as any)), 'Proxy({ a: 1 })');
  assertEq(trapped, 0);
});
test('objects of the platform show their accessors', () => {
  assertEq(inspect(new URLSearchParams('a=b&c=d')), "URLSearchParams(2) { 'a' => 'b', 'c' => 'd' }");
  assertEq(inspect(new FormData()), 'FormData(0) {}');
  assertEq(inspect(new Blob(['abc'], { type: 'x' })), "Blob { size: 3, type: 'x' }");
  assertEq(inspect(new EventTarget()), 'EventTarget {}');
  assertEq(inspect(new AbortController()), 'AbortController {\n  signal: AbortSignal { aborted: false, reason: undefined, onabort: null }\n}');
  assertEq(inspect(new URL('http://a/b')).split('\n').slice(0, 3).join(' '), "URL {   origin: 'http://a',   href: 'http://a/b',");
  assertEq(inspect(Blob) + inspect(CustomEvent), '[class Blob][class CustomEvent extends Event]');
  assert(/^DOMException \[AbortError\]: m\n    at /.test(inspect(new DOMException('m', 'AbortError'))), inspect(new DOMException('m', 'AbortError')));
});

function captured(f: () => void): string[] {
  const out: string[] = [];
  consoleModule.setSink((level: string, line: string) => { out.push(level + ' ' + line); });
  try { f(); } finally { consoleModule.setSink(null); }
  return out;
}
test('levels', () => {
  assertEq(captured(() => { console.log('a'); console.info('b'); console.warn('c'); console.error('d'); console.debug('e'); console.log(); }).join('|'),
    'log a|info b|warn c|error d|debug e|log ');
  assertEq(Object.prototype.toString.call(console), '[object console]');
  const { log } = console;
  assertEq(captured(() => log('free')).join(), 'log free');
});
test('groups indent every line', () => {
  assertEq(captured(() => {
    console.group('g'); console.log('a\nb'); console.group(); console.log(1); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('out');
  }).join('|'), 'log g|log   a\n  b|log     1|log out');
});
test('count, assert, dir, time', () => {
  assertEq(captured(() => { console.count(); console.count(); console.count('x'); console.countReset(); console.count(); console.countReset('no'); }).join('|'),
    "log default: 1|log default: 2|log x: 1|log default: 1|warn Count for 'no' does not exist");
  assertEq(captured(() => { console.assert(true, 'no'); console.assert(false); console.assert(false, 'x %d', 1); console.assert(false, { a: 1 }); }).join('|'),
    'warn Assertion failed|warn Assertion failed: x 1|warn Assertion failed { a: 1 }');
  assertEq(captured(() => console.dir({ a: { b: { c: {} } } }, { depth: 0 })).join(), 'log { a: [Object] }');
  const timed = captured(() => { console.time('t'); console.timeLog('t', 5); console.timeEnd('t'); console.timeEnd('t'); });
  assert(/^log t: [\d.]+ms 5$/.test(timed[0]) && /^log t: [\d.]+m?s$/.test(timed[1]), timed.join('|'));
  assertEq(timed[2], "warn No such label 't' for console.timeEnd()");
  assert(/^error Trace: here x\n    at /.test(captured(() => console.trace('here %s', 'x'))[0]));
});
test('table', () => {
  assertEq(captured(() => console.table([{ a: 1, b: 'x' }, { a: 22, c: true }]))[0], 'log ' + [
    '┌─────────┬────┬─────┬──────┐',
    '│ (index) │ a  │ b   │ c    │',
    '├─────────┼────┼─────┼──────┤',
    "│ 0       │ 1  │ 'x' │      │",
    '│ 1       │ 22 │     │ true │',
    '└─────────┴────┴─────┴──────┘'].join('\n'));
  assertEq(captured(() => console.table([1, ['x']]))[0], 'log ' + [
    '┌─────────┬─────┬────────┐',
    '│ (index) │ 0   │ Values │',
    '├─────────┼─────┼────────┤',
    '│ 0       │     │ 1      │',
    "│ 1       │ 'x' │        │",
    '└─────────┴─────┴────────┘'].join('\n'));
  assertEq(captured(() => console.table(5)).join(), 'log 5');
});
test('warnings of the platform come out once', () => {
  const t = new EventTarget();
  t.addEventListener('x', (() => 5) as any);
  assertEq(captured(() => { t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); }).join(),
    'warn An event handler returned a value of type "number" that will be ignored. Event handlers should not have a return value.');
});
