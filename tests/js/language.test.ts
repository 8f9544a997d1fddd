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
