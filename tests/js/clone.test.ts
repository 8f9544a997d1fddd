// structuredClone.
const clone: <T>(v: T, o?: any) => T = structuredClone as any;
const notCloned = (v: any, text: string) => {
  const e = assertThrows(() => clone(v), 'DataCloneError: ' + text) as any;
  assertEq(e.code, 25);
};
test('primitives and plain objects', () => {
  for (const v of [1, -0, 'x', true, null, undefined, NaN]) assert(Object.is(clone(v), v), String(v));
  const o = { a: [1, { b: 2 }], c: 'd', get e() { return 5; } };
  const c = clone(o);
  assertEq(JSON.stringify(c), '{"a":[1,{"b":2}],"c":"d","e":5}');
  assert(c !== o && c.a !== o.a && 'value' in Object.getOwnPropertyDescriptor(c, 'e')!);
});
test('cycles and shared objects', () => {
  const o: any = { x: {} };
  o.self = o; o.y = o.x; o.list = [o];
  const c = clone(o);
  assert(c.self === c && c.x === c.y && c.list[0] === c && c !== o);
});
test('what is left out', () => {
  class A { x = 1; m() {} }
  const c: any = clone(Object.defineProperty(new A(), 'hidden', { value: 1 }));
  assertEq(JSON.stringify(c), '{"x":1}');
  assert(!(c instanceof A) && !('hidden' in c));
  assertEq(Object.getOwnPropertySymbols(clone({ [Symbol('s')]: 1 })).length, 0);
  assertEq(Object.keys(clone(Math)).length, 0);
});
test('sparse arrays with extra properties', () => {
  const a: any = [1, , 3, , ,]; a.extra = 'e';
  const c = clone(a);
  assertEq(c.length, 5);
  assertEq((1 in c) + c.extra, 'falsee');
});
test('Map, Set, Date, RegExp, boxed values', () => {
  const key = { k: 1 };
  const m = clone(new Map<any, any>([[key, new Set([key, 2])]]));
  const [[k, s]] = [...m];
  assert(k.k === 1 && s.has(k) && s.size === 2);
  assertEq(clone(new Date(5)).getTime(), 5);
  const r = /a\/b/gi; r.lastIndex = 3;
  assertEq(String(clone(r)) + clone(r).lastIndex, '/a\\/b/gi0');
  assertEq(typeof clone(Object(1)) + clone(Object('st')).length + clone(Object(false)).valueOf(), 'object2false');
});
test('buffers are copied once and stay shared', () => {
  const u = new Uint8Array([1, 2, 3, 4]);
  const c = clone({ e0: u.buffer, a: u, b: u.subarray(1, 3), d: new DataView(u.buffer, 2), e: u.buffer, f: new Float64Array([1.5]) });
  assert(c.a.buffer === c.b.buffer && c.b.buffer === c.d.buffer && c.d.buffer === c.e);
  assertEq([c.b.byteOffset, c.b.length, c.b[0], c.d.getUint8(1), c.f[0]].join(), '1,2,2,4,1.5');
  c.a[0] = 9;
  assertEq(u[0], 1);
});
test('errors', () => {
  const e: any = new RangeError('m');
  e.cause = { a: 1 }; e.extra = [2];
  const c = clone(e);
  assert(c instanceof RangeError && c !== e);
  assertEq([c.name, c.message, c.cause.a, c.extra[0], c.stack === e.stack].join(), 'RangeError,m,1,2,true');
  class Mine extends TypeError {}
  assertEq(clone(new Mine('x')).constructor.name, 'TypeError');
  const named = new Error('x'); named.name = 'Foo';
  assertEq(String(clone(named)), 'Foo: x');
  const d = clone(new DOMException('x', 'AbortError'));
  assert(d instanceof DOMException);
  assertEq(String(d) + d.code, 'AbortError: x20');
});
test('Blob, and File which is none that can be cloned', async () => {
  const b = clone(new Blob(['ab'], { type: 't/x' }));
  assertEq((await b.text()) + b.type, 'abt/x');
  notCloned(new File(['ab'], 'n'), 'Could not serialize object of type "File". This type does not support serialization.');
});
test('Headers, Request, Response', () => {
  const h = clone(new Headers([['a', '1'], ['a', '2']]));
  assert(h instanceof Headers);
  assertEq(h.get('a'), '1, 2');
  const r = clone(new Request('http://x/', { method: 'POST', headers: { a: 'b' } }));
  assertEq([r.method, r.url, r.headers.get('a'), r.body, r.bodyUsed].join(), 'POST,http://x/,b,,false');
  assertEq(clone(new Response(null, { status: 404 })).status, 404);
  notCloned(new Response('x'), 'ReadableStream can only be serialized for RPC.');
});
test('what cannot be cloned', () => {
  notCloned(Symbol('x'), 'Symbol(x) could not be cloned.');
  notCloned({ a: new WeakMap() }, '#<WeakMap> could not be cloned.');
  notCloned([Promise.resolve()], '#<Promise> could not be cloned.');
  assertThrows(() => clone(() => {}), /^DataCloneError: [^]* could not be cloned\.$/);
  notCloned(new Proxy({}, {}), '#<Object> could not be cloned.');
  notCloned(new URL('http://a'), 'Could not serialize object of type "URL". This type does not support serialization.');
  notCloned(new Event('x'), 'Could not serialize object of type "Event". This type does not support serialization.');
  notCloned(AbortSignal.abort(1), 'AbortSignal serialization is not enabled.');
});
test('arguments', () => {
  const c: any = clone;
  assertThrows(() => c(), "TypeError: Failed to execute 'structuredClone' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Value'.");
  assertThrows(() => c(1, 3), /parameter 2 is not of type 'StructuredCloneOptions'/);
  assertThrows(() => c(1, { transfer: 3 }), "TypeError: Incorrect type for the 'transfer' field on 'StructuredCloneOptions': the provided value is not of type 'Array'.");
  assertThrows(() => c(1, { transfer: [1] }), 'TypeError: Object is not transferable');
  const buffer = new ArrayBuffer(4);
  const view = new Uint8Array(buffer, 1, 2);
  view[0] = 7;
  const moved = c({ view }, { transfer: [buffer, buffer] });
  assertEq([moved.view.buffer.byteLength, moved.view[0], buffer.byteLength, view.length, view[0]].join(), '4,7,0,0,');
  notCloned(buffer, 'An ArrayBuffer is detached and could not be cloned.');
  assertEq(c(1, null), 1);
});
test('deep structures', () => {
  let o: any = {};
  for (let i = 0; i < 1000; i++) o = { o };
  let c = clone(o), n = 0;
  while (c.o) { c = c.o; n++; }
  assertEq(n, 1000);
});
