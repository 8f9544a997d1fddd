// Blob and File.
test('made of strings, buffers and blobs', async () => {
  const b = new Blob(['a\u00e9', new Uint8Array([1, 2]), new Uint16Array([3]).buffer as ArrayBuffer, new Blob(['z']),
    new DataView(new ArrayBuffer(2), 1), 1.5 as any, undefined as any, '\ud800']);
  assertEq(b.size, 3 + 2 + 2 + 1 + 1 + 3 + 9 + 3);
  assertEq(await new Blob(['a', new Blob(['b\u{1f600}'])]).text(), 'ab\u{1f600}');
  assertEq(new Blob().size + new Blob([]).size, 0);
});
test('reading gives copies', async () => {
  const from = new Uint8Array([1, 2, 3]), b = new Blob([from]);
  from[0] = 9;
  const one = new Uint8Array(await b.arrayBuffer());
  one[1] = 9;
  const two: Uint8Array = await (b as any).bytes();
  assertEq([...two].join(), '1,2,3');
  assert(two instanceof Uint8Array);
});
test('slice', async () => {
  const b = new Blob(['hello'], { type: 'a/b' });
  const s = async (...a: any[]) => { const c = b.slice(...a); return (await c.text()) + c.size; };
  assertEq(await s(1, 3), 'el2');
  assertEq(await s(-2), 'lo2');
  assertEq(await s(2, 1), '0');
  assertEq(await s(0, 99), 'hello5');
  assertEq(await s(1.9, -1.5), 'ell3');
  assertEq(await s(NaN, undefined), 'hello5');
  assertEq(b.slice(1).slice(1, 3).size, 2);
  assertEq(await b.slice(1).slice(1, 3).text(), 'll');
  assertEq(b.slice().type + b.slice(0, 1, 'T/X').type, 't/x');
});
test('types', () => {
  for (const [type, want] of [['', ''], ['a b', 'a b'], ['TEXT/x;Charset=UTF-8', 'text/x;charset=utf-8'], ['a\u00e9', ''], ['a\n', '']])
    assertEq(new Blob([], { type }).type, want, type);
  assertEq(new Blob([], { type: undefined }).type + new Blob([], null as any).type, '');
});
test('File', () => {
  const f = new File(['x'], 'a/b', { lastModified: 5, type: 'T/P' });
  assertEq([f.name, f.lastModified, f.type, f.size, f instanceof Blob, Object.prototype.toString.call(f)].join(),
    'a/b,5,t/p,1,true,[object File]');
  assert(new File([], 'n').lastModified > 1e12);
  assert(f.slice() instanceof Blob && !(f.slice() instanceof File));
});
test('errors', () => {
  const B: any = Blob, F: any = File;
  assertThrows(() => new B('abc'), "TypeError: Failed to construct 'Blob': constructor parameter 1 is not of type 'Array'.");
  assertThrows(() => new B([], 3), "TypeError: Failed to construct 'Blob': constructor parameter 2 is not of type 'Options'.");
  assertThrows(() => new B([Symbol('s')]), /TypeError/);
  assertThrows(() => new B([], { endings: 'native' }), "Error: The 'endings' field on 'Options' is not implemented.");
  assertThrows(() => new F(['x']), "TypeError: Failed to construct 'File': constructor parameter 2 is not of type 'string'.");
  assertThrows(() => new F('x', 'n'), "TypeError: Failed to construct 'File': constructor parameter 1 is not of type 'Array'.");
  assertThrows(() => B(), /Please use the 'new' operator/);
  const name = Object.getOwnPropertyDescriptor(File.prototype, 'name')!.get!;
  assertThrows(() => name.call(new Blob()), /Illegal invocation/);
});
test('a class may extend File', () => {
  class Doc extends File { constructor() { super(['12'], 'doc'); } get twice() { return this.size * 2; } }
  assertEq(new Doc().twice + new Doc().name, '4doc');
});
