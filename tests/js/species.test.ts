// Arrays of a subclass give arrays of their own.
function subclass(species?: PropertyDescriptor): any {
  function C(length: number) { return Object.setPrototypeOf(new Array(length), C.prototype); }
  C.prototype = Object.create(Array.prototype, { constructor: { value: C }, last: { value(this: any[]) { return this[this.length - 1]; } } });
  Object.setPrototypeOf(C, Array);
  if (species) Object.defineProperty(C, Symbol.species, species);
  return C;
}
function filled(C: any, ...values: any[]): any {
  const a = new C(0);
  a.push(...values);
  return a;
}
test('map, filter, slice, splice and concat', () => {
  const L = subclass(), l = filled(L, 1, 2, 3);
  assert(l.map((x: number) => x * 2) instanceof L);
  assertEq(l.map((x: number) => x * 2).last() + l.map((x: number) => x).length, 9);
  assertEq(l.filter((x: number) => x > 1).last() + l.filter((x: number) => x > 1).join(), '32,3');
  assertEq(l.slice(1).last() + l.slice(0, 2).join(), '31,2');
  const copy = l.slice();
  assert(copy.splice(0, 1) instanceof L);
  assertEq(copy.join(), '2,3');
  assert(l.concat([4]) instanceof L);
  assertEq(l.concat([4], 5).join(), '1,2,3,4,5');
  const none = l.filter(() => false);
  assert(none instanceof L && none.length === 0);
});
test('Symbol.species says which', () => {
  for (const value of [Array, undefined, null]) {
    const C = subclass({ value }), a = filled(C, 1, 2);
    assert(a instanceof C && Array.isArray(a.slice()) && !(a.slice() instanceof C) && !(a.map((x: number) => x) instanceof C));
  }
  assertThrows(() => filled(subclass({ value: 5 }), 1).map((x: number) => x), /TypeError/);
  assertThrows(() => filled(subclass({ get() { throw new Error('asked'); } }), 1).slice(), /asked/);
  assertEq([1, 2].map((x) => x).constructor, Array);
  assert(Array[Symbol.species] === Array && ArrayBuffer[Symbol.species] === ArrayBuffer);
});
