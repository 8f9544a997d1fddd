test('lowered async functions settle in order', async () => {
  const seen: number[] = [];
  await Promise.all([1, 2, 3].map(async (n) => { await null; seen.push(n); }));
  assertEq(seen.join(), '1,2,3');
});
test('a Map keeps insertion order', () => {
  const m = new Map([['b', 1], ['a', 2]]);
  assertEq([...m.keys()].join(), 'b,a');
});
