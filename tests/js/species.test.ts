// Arrays of a subclass give arrays of their own.
class L extends Array { last() { return this[this.length - 1]; } }
class P extends Array { static get [Symbol.species]() { return Array; } }
class U extends Array { static get [Symbol.species]() { return undefined as any; } }
test('map, filter, slice, splice and concat', () => {
  const l = L.of(1, 2, 3) as L;
  assert(l.map((x) => x * 2) instanceof L);
  assertEq((l.map((x) => x * 2) as L).last() + l.map((x) => x).length, 9);
  assertEq((l.filter((x) => x > 1) as L).last() + l.filter((x) => x > 1).join(), '32,3');
  assertEq((l.slice(1) as L).last() + l.slice(0, 2).join(), '31,2');
  const copy = l.slice();
  assert(copy.splice(0, 1) instanceof L);
  assertEq(copy.join(), '2,3');
  assert(l.concat([4]) instanceof L);
  assertEq(l.concat([4], 5).join(), '1,2,3,4,5');
  const none = l.filter(() => false);
  assert(none instanceof L && none.length === 0);
});
test('Symbol.species says which', () => {
  for (const C of [P, U]) {
    const a = (C as any).of(1, 2);
    assert(a instanceof C && !(a.map((x: number) => x) instanceof C) && Array.isArray(a.slice()) && !(a.slice() instanceof C));
  }
  class Bad extends Array { static get [Symbol.species]() { return 5 as any; } }
  assertThrows(() => (Bad as any).of(1).map((x: number) => x), /TypeError/);
  assertEq([1, 2].map((x) => x).constructor, Array);
});
