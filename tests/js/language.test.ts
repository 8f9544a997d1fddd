test('lowered async functions settle in order', async () => {
  const seen: number[] = [];
  await Promise.all([1, 2, 3].map(async (n) => { await null; seen.push(n); }));
  assertEq(seen.join(), '1,2,3');
});
test('a Map keeps insertion order', () => {
  const m = new Map([['b', 1], ['a', 2]]);
  assertEq([...m.keys()].join(), 'b,a');
});
test('symbols: the well-known ones and descriptions', () => {
  for (const name of ['asyncIterator', 'iterator', 'species', 'matchAll', 'dispose', 'asyncDispose', 'toStringTag'])
    assertEq(typeof (Symbol as any)[name], 'symbol', name);
  assertEq(Symbol('x').description, 'x');
  assertEq(Symbol('').description, '');
  assertEq(Symbol().description, undefined);
  assertEq(Symbol.for('reg').description, 'reg');
  assertEq(Symbol.iterator.description, 'Symbol.iterator');
});
declare const BigInt64Array: any;
test('what is not supported exists, and says so when it is used', async () => {
  const G = globalThis as any;
  assertEq(typeof G.BigInt, 'function');
  const big = G.BigInt('9223372036854775807');
  assertEq(String(big), '9223372036854775807');
  assertThrows(() => big + 1, 'Error: BigInt is not supported by this runtime');
  assertThrows(() => new BigInt64Array(1), /BigInt64Array is not supported/);
  assertThrows(() => JSON.stringify({ big }), 'TypeError: Do not know how to serialize a BigInt');
  assertThrows(() => new G.WebAssembly.Module(), /WebAssembly is not supported/);
  await assertRejects(G.WebAssembly.instantiate(), /WebAssembly is not supported/);
  assertEq(Intl.DateTimeFormat().resolvedOptions().timeZone, 'UTC');
  assertEq((1234567.891).toLocaleString(), '1,234,567.891');
  assertEq(new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(-1234.5), '-$1,234.50');
  assertEq(new Date(0).toLocaleString(), '1/1/1970, 12:00:00 AM');
});
test('no code from strings', () => {
  assertThrows(() => (0, eval)('1'), 'EvalError: Code generation from strings disallowed for this context');
  assertThrows(() => new Function('return 1'), /^EvalError/);
  assertThrows(() => Object.getPrototypeOf(function () {}).constructor('x'), /^EvalError/);
});
test('object literals with __proto__', () => {
  const base = { b: 1 }, o: any = { __proto__: base, a: 2 };
  assert(Object.getPrototypeOf(o) === base);
  assertEq(Object.keys(o).join() + o.b, 'a1');
  assertEq(Object.getPrototypeOf({ __proto__: null } as any), null);
  assertEq(Object.keys(JSON.parse('{"__proto__": 1}')).join(), '__proto__');
});
