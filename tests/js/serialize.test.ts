// Serialized values whose bytes the peer gave (tests/serialize compares with V8 at large).
const FF = 'ff0f';
const writes = (v: any, hex: string) => assertEq(toHex(v), FF + hex);
const reads = (hex: string) => fromHex(FF + hex);
const both = (v: any, hex: string) => { writes(v, hex); assertEq(toHex(reads(hex)), FF + hex); };
const refused = (v: any, text: string) => assertEq((assertThrows(() => toHex(v), 'DataCloneError: ' + text) as any).code, 25);
const stacked = (e: any, more?: any) => { e.stack = 'S'; return Object.assign(e, more); };
const fails = (hex: string) => assertThrows(() => fromHex(hex), 'Error: Unable to deserialize cloned data.');
declare const toHex: (v: any) => string, fromHex: (hex: string) => any, enhancedErrors: (on: boolean) => void;

test('numbers: small integers, the others as doubles', () => {
  both(0, '4900'); both(-1, '4901'); both(2 ** 30 - 1, '49feffffff07'); both(-(2 ** 30), '49ffffffff07');
  both(2 ** 30, '4e000000000000d041'); both(-0, '4e0000000000000080'); both(NaN, '4e000000000000f87f');
});
test('strings: one byte, two bytes at an even place', () => {
  both('', '2200'); both('a\0b', '2203610062'); both('\ud800', '630200d8');
  both(['\u1234', 'a\u1234', 'é'], '4103630234126304610034122201e9240003');
  both({ '😀': '😀', é: 1 }, '6f0063043dd800de63043dd800de2201e949027b02');
});
test('errors as they are by default', () => {
  both(stacked(new Error('')), '5c0a0122006f2205737461636b2201537b01');
  for (const [C, n] of [[TypeError, '02'], [RangeError, '03'], [ReferenceError, '04'], [SyntaxError, '05'], [EvalError, '0a'], [URIError, '0b']] as any)
    both(stacked(new C('m')), '5c0a' + n + '22016d6f2205737461636b2201537b01');
  both(stacked(new RangeError('m'), { x: 1, y: [1] }), '5c0a0322016d6f2205737461636b2201532201784902220179410149022400017b03');
  both(stacked(new TypeError('m', { cause: { a: 1 } } as any)), '5c0a0222016d6f2205737461636b220153220563617573656f22016149027b017b02');
  both(stacked(new Error('m'), { name: 'Foo' }), '5c0a002203466f6f22016d6f2205737461636b2201537b01');
  class Mine extends TypeError { constructor(m: string) { super(m); this.name = 'MyErr'; stacked(this, { extra: 1 }); } }
  both(new Mine('m'), '5c0a0022054d7945727222016d6f2205737461636b2201532205657874726149027b02');
  writes(stacked(new AggregateError([1], 'm') as any), '5c0a0c22016d6f2205737461636b22015322066572726f7273410149022400017b02');
  const e: any = stacked(new Error('m')); e[Symbol('x')] = 1; e[1] = 2;
  Object.defineProperty(e, 'h', { value: 3 }); Object.defineProperty(e, 'g', { get() { return 4; }, enumerable: true });
  both(e, '5c0a0122016d6f2205737461636b220153220168490622016749087b03');
  const c = reads('5c0a0c22016d6f2205737461636b22015322066572726f7273410149022400017b02');
  assert(c instanceof AggregateError && c.errors[0] === 1 && c.stack === 'S');
  const kept: any = stacked(new Error('m', { cause: { a: {} } } as any));
  both([kept, kept.cause, kept, kept.cause.a], '41045c0a0122016d6f2205737461636b220153220563617573656f2201616f7b007b017b025e035e015e04240004');
  const own = reads('5c0a0122016d6f2205737461636b220153220563617573655e007b02');
  assert(own.cause === own);
  assertThrows(() => reads('5c0a01490a6f7b00'), 'DataCloneError: Deserialization failed: error message is not a string');
});
test('errors without the enhanced encoding', () => {
  enhancedErrors(false);
  try {
    both(stacked(new TypeError('m', { cause: { a: 1 } } as any)), '72546d22016d73220153636f22016149027b012e');
    both(stacked(new Error('m'), { name: 'Foo', x: 1 }), '726d22016d732201532e');
    both(stacked(new Error()), '72732201532e');
    const e: any = stacked(new Error('m')); e.cause = e;
    both(e, '726d22016d73220153635e002e');
    const got = stacked(new Error('m')); Object.defineProperty(got, 'message', { get() { return 'gm'; } });
    writes(got, '72732201532e');
    writes(stacked(new Error('m'), { f: () => 1 }), '726d22016d732201532e');
  } finally { enhancedErrors(true); }
});
test('platform objects', () => {
  writes(stacked(new DOMException('msg', 'AbortError')), '5c080a41626f72744572726f72036d73670153');
  const d = reads('5c080a41626f72744572726f72036d73670153');
  assert(d instanceof DOMException && d.code === 20 && d.message === 'msg' && d.stack === 'S');
  both(new Headers({ 'content-type': 'a', 'x-q': 'é', accept: 'b', 'set-cookie': 'q' }), '5c0403041101610003782d7102c3a9050162290171');
  const h = reads('5c0401020501620003582d510163');
  assertEq(h.get('x-q') + h.get('accept'), 'cb');
  assertThrows(() => h.set('a', 'b'), "TypeError: Can't modify immutable headers.");
  both(new Blob(['ab'], { type: 't/x' }), '5c0f03742f78026162');
  const plain = '22066d6574686f645f2207686561646572735c0403002204626f647930220872656469726563745f2207666574636865725f220263665f' +
    '220563616368655f2209696e746567726974795f22067369676e616c5f2212656e636f6465526573706f6e7365426f64795f7b0a';
  writes(new Request('http://x/'), '5c0509687474703a2f2f782f6f' + plain);
  both(new Request('http://x/a?b#c', { method: 'POST', redirect: 'manual', headers: { a: 'b' }, cache: 'no-store', cf: { a: 1 } } as any),
    '5c050e687474703a2f2f782f613f6223636f22066d6574686f642204504f53542207686561646572735c04030100016101622204626f647930' +
    '2208726564697265637422066d616e75616c2207666574636865725f220263666f22016149027b012205636163686522086e6f2d73746f7265' +
    '2209696e746567726974795f22067369676e616c5f2212656e636f6465526573706f6e7365426f64795f7b0a');
  both(new Response(null, { status: 404, statusText: 'x', headers: { a: 'b' }, cf: { q: 1 } } as any),
    '5c06306f220673746174757349a806220a737461747573546578742201782207686561646572735c0403010001610162220263666f22017149027b01' +
    '2209776562536f636b65745f220a656e636f6465426f64795f7b06');
  const shared = reads('41025c0403005e01240002');
  assert(shared[0] === shared[1]);
});
test('what has no serialized form', () => {
  refused(new Request('http://x/', { method: 'POST', body: 'hi' }), 'ReadableStream can only be serialized for RPC.');
  refused(new Response('hi'), 'ReadableStream can only be serialized for RPC.');
  refused(new WritableStream(), 'WritableStream can only be serialized for RPC.');
  refused(new Request('http://x/', { signal: AbortSignal.abort() }), 'AbortSignal serialization is not enabled.');
  refused([new File(['a'], 'n')], 'Could not serialize object of type "File". This type does not support serialization.');
  refused(new AbortController(), 'Could not serialize object of type "AbortController". This type does not support serialization.');
  refused({ a: Symbol('y') }, 'Symbol(y) could not be cloned.');
  refused(Object(Symbol('z')), '[object Symbol] could not be cloned.');
  refused((function () { return arguments; })(), '#<Object> could not be cloned.');
  refused([][Symbol.iterator](), '[object Array Iterator] could not be cloned.');
  refused(new Map().keys(), '[object Map Iterator] could not be cloned.');
  refused(new WeakMap(), '#<WeakMap> could not be cloned.');
  refused(new (class P2 extends Promise<any> {})(() => {}), '#<P2> could not be cloned.');
  refused(new Proxy({}, {}), '#<Object> could not be cloned.');
  refused(Math.max, 'function max() { [native code] } could not be cloned.');
});
test('a getter that throws, and goes on after it', () => {
  assertThrows(() => toHex({ get a() { throw new TypeError('boo'); } }), 'TypeError: boo');
  const made: any = { get a() { try { toHex({ get b() { throw 1; } }); } catch (e) { } return toHex([1, {}]); } };
  assertEq(fromHex(toHex(made)).a, FF + '410249026f7b00240002');
  assertEq(toHex([1, {}]), FF + '410249026f7b00240002');
});
test('objects made by getters have numbers of their own', () => {
  // Each goes as soon as it is written, and must leave its place to no other.
  const o: any = {};
  for (let i = 0; i < 100; i++) Object.defineProperty(o, 'p' + i, { get() { return { i }; }, enumerable: true });
  const c = fromHex(toHex(o));
  for (let i = 0; i < 100; i++) assertEq(c['p' + i].i, i);
  const list = [{ get x() { list.length = 0; gc(); return {}; } }, { y: 1 }] as any[];
  assertEq(fromHex(toHex(list)).length, 2);
  const m: any = new Map([[{ get x() { m.clear(); gc(); return {}; } }, { z: 1 }], [{ k: 2 }, { w: 2 }]] as any);
  const [[, v], [k, w]] = [...fromHex(toHex(m))] as any;
  assertEq([v.z, k.k, w.w].join(), '1,2,2');
  const inner: any = { a: { get x() { delete inner.a; gc(); return [{}]; }, y: { q: 1 } } };
  assertEq(JSON.stringify(fromHex(toHex({ inner, z: inner }))), '{"inner":{"a":{"x":[{}],"y":{"q":1}}},"z":{"a":{"x":[{}],"y":{"q":1}}}}');
});
declare const gc: () => void;
test('what was read is of no one', () => {
  Object.defineProperty(Object.prototype, 'evil', { set() { throw new Error('setter ran'); }, configurable: true });
  try { assertEq(fromHex(FF + '6f22046576696c49027b01').evil, 1); } finally { delete (Object.prototype as any).evil; }
  const p = fromHex(FF + '6f22095f5f70726f746f5f5f6f2201784902' + '7b017b01');
  assert(Object.getPrototypeOf(p) === Object.prototype && Object.keys(p)[0] === '__proto__' && p.x === undefined);
});
test('older versions, and no header', () => {
  assertEq(fromHex('ff0d6f22016149027b01').a, 1);
  assertEq(fromHex('6f22016149027b01').a, 1);
  assertEq(fromHex('4902'), 1);
  assertEq(fromHex('ff0d4202010256420002')[1], 2);
  assertEq(fromHex('ff0d420201025642000200')[1], 2);
  const two = fromHex('ff0d41024202010256420002005e02240002'); // says 13, views as in 14
  assert(two[0] === two[1] && two[0].length === 2);
  assertEq(fromHex('ff0e420201025642000200')[0], 1);
  for (const v of ['ff10', 'ff0c', 'ff7f', 'ff808001'])
    assertThrows(() => fromHex(v + '30'), 'Error: Unable to deserialize cloned data due to invalid or unsupported version.');
  assertEq(fromHex('ff0f3f05' + '00004902'), 1);
  assertEq(fromHex('ff0f5303e282ac'), '\u20ac');
  assertEq(fromHex('ff0f55ffffffff0f'), 4294967295);
  assertEq(fromHex('ff0f7e020801025642000200').length, 2);
  assertEq(fromHex('ff0f7e020801025642010003').length, 1);
});
test('bytes that are no value', () => {
  for (const hex of ['', 'ff', 'ff0f', '22', '2205', '2205616263', '6303616263', '49', '4e0000', '41', '41ffffffff0f', '4102490249022400' + '03',
    '6f22016149027b02', '6f3049027b01', '6f2201614902220161' + '49047b02', '5e00', '415e', '41015e01240001', '61054900490049004902400205',
    '610149' + '0a4902400101', '6101220' + '66c656e67746849024001' + '01', '3b49023a01', '3b490249023a01', '2749022c02', '42ff', '42020102' + '564200030' + '0', '420201025677010200',
    '4201015642000200', '7e0301010203', '5245', '5222016180808001', '52220161c000', '7265', '72ff', '5c', '5cff01', '5c0405', '5c0805', '7a', '5a10', 'ff0f7b', '2e', '7f', '4e', '75', '74', '77'])
    fails(hex.startsWith('ff') ? hex : FF + hex);
  for (const kind of ['71', '51', '68'])
    assertThrows(() => fromHex(FF + '420856'.replace('0856', '08') + '0000000000000000' + '56' + kind + '000800'), /^TypeError: .* is not supported by this runtime$/);
});
test('nothing is allocated for lengths that are not there', () => {
  let nested = '';
  for (let i = 0; i < 2000; i++) nested += '41d00f'; // each says 2,000 elements
  fails(FF + nested + '00'.repeat(2000));
  assertEq(fromHex(FF + '61ffffffff0f4000ffffffff0f').length, 4294967295);
});
test('depth', () => {
  const nest = (n: number) => { let o: any = {}; for (let i = 0; i < n; i++) o = i % 2 ? { o } : [o]; return o; };
  let c = fromHex(toHex(nest(3000))), n = 0;
  for (; c.o || c[0]; n++) c = c.o || c[0];
  assertEq(n, 3000);
  assertThrows(() => toHex(nest(100000)), 'RangeError: Maximum call stack size exceeded');
  for (const open of ['6f220161', '4101', '3b', '27', '726322', '5c0a0122006f220161'])
    assertThrows(() => fromHex(FF + open.repeat(200000)), /^(RangeError: Maximum call stack size exceeded|Error: Unable to deserialize cloned data\.)$/);
});
test('BigInt is kept as its digits', () => {
  both([BigInt('10'), BigInt('-5'), BigInt('0'), BigInt('1180591620717411303424')], '41045a100a000000000000005a1105000000000000005a005a20000000000000000040000000000000' + '00240004');
  assertEq(String(fromHex(FF + '5a2000000000000000004000000000000000')), '1180591620717411303424');
  assertEq(typeof fromHex(FF + '7a1003' + '00000000000000'), 'object');
  assertThrows(() => fromHex(FF + '5a80808008' + '00'), /^Error: Unable/);
});
