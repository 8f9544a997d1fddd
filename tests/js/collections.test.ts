declare const gc: () => void;
// Map, Set and the weak collections: identity of keys, order, mutation while iterating, collection.
test('keys compare by SameValueZero', () => {
  const m = new Map<any, any>([[NaN, 'nan'], [0, 'zero'], ['0', 'string'], [null, 'null'], [undefined, 'undef'], [true, 'true'], [1.5, 'f']]);
  assertEq([m.get(NaN), m.get(-0), m.get('0'), m.get(null), m.get(undefined), m.get(true), m.get(3 / 2)].join(), 'nan,zero,string,null,undef,true,f');
  assertEq(m.get(false), undefined);
  assertEq(m.size, 7);
  assert(Object.is([...new Set([-0])][0], 0));
  const o = {}, s = Symbol('k');
  m.set(o, 1).set(s, 2);
  assertEq(m.get(o) + m.get(s), 3);
  assertEq(m.has({}), false);
  assertEq(m.get(4294967296), undefined);
});
test('many keys, deletions, order', () => {
  const m = new Map<any, number>();
  for (let i = 0; i < 2000; i++) m.set(i % 2 ? i : 'k' + i, i);
  for (let i = 0; i < 2000; i += 3) assert(m.delete(i % 2 ? i : 'k' + i));
  for (let i = 0; i < 2000; i++) assertEq(m.has(i % 2 ? i : 'k' + i), i % 3 !== 0);
  let last = -1;
  for (const v of m.values()) { assert(v > last); last = v; }
  for (let i = 0; i < 5000; i++) { m.set('x', i); m.delete('x'); }
  assertEq(m.size, 1333);
  m.clear();
  assertEq(m.size + [...m].length, 0);
  m.set('again', 1);
  assertEq([...m.keys()].join(), 'again');
});
test('iteration sees what is added and skips what is deleted', () => {
  const s = new Set([1, 2, 3]), seen: number[] = [];
  for (const v of s) { seen.push(v); if (v === 1) { s.delete(2); s.add(4); } if (v === 4) s.add(5); }
  assertEq(seen.join(), '1,3,4,5');
  const m = new Map([[1, 1]]);
  let n = 0;
  m.forEach((v, k) => { m.delete(k); if (++n < 50) m.set(k + 1, v); });
  assertEq(n, 50);
  const c = new Set([1, 2, 3, 4]), got: number[] = [];
  for (const v of c) { got.push(v); if (v === 2) { c.clear(); c.add(9); } }
  assertEq(got.join(), '1,2,9');
});
test('a map that is iterated and left keeps working', () => {
  const m = new Map<number, number>();
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 100; i++) m.set(i, i);
    for (const [k] of m) if (k === 50) break;
    const it = m.keys(); it.next();
    for (let i = 0; i < 90; i++) m.delete(i);
  }
  assertEq(m.size, 10);
  assertEq([...m.keys()].join(), '90,91,92,93,94,95,96,97,98,99');
});
test('iterators have the right shape', () => {
  const m = new Map([['a', 1]]), it = m.entries();
  assert(it[Symbol.iterator]() === it);
  assertEq(JSON.stringify([it.next(), it.next(), it.next()]), '[{"value":["a",1],"done":false},{"done":true},{"done":true}]');
  assert(Map.prototype[Symbol.iterator] === Map.prototype.entries);
  assert(Set.prototype.keys === Set.prototype.values && Set.prototype[Symbol.iterator] as any === Set.prototype.values);
  assertEq(Object.prototype.toString.call(it), '[object Map Iterator]');
  const proto = Object.getPrototypeOf(Object.getPrototypeOf(it));
  assert(proto === Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
  const r1 = m.keys().next(), e = m.entries();
  const first = e.next();
  e.next();
  assertEq(first.value!.join() + r1.value, 'a,1a');
  assertEq(JSON.stringify([...new Set('abca').entries()]), '[["a","a"],["b","b"],["c","c"]]');
});
test('constructors take iterables and refuse calls', () => {
  assertEq(new Map(new Map([[1, 2]])).get(1), 2);
  assertEq(new Set(new Set([1, 2])).size, 2);
  assertEq(new Set('hello').size, 4);
  assertThrows(() => (Map as any)(), /TypeError/);
  assertThrows(() => new Map([1] as any), 'TypeError: Iterator value 1 is not an entry object');
  assertThrows(() => Map.prototype.get.call({} as any, 1), /TypeError/);
  assertThrows(() => new Set(5 as any), /TypeError: .*is not iterable/);
  assertEq(Map.length + Map.name, '0Map');
  assertEq(Object.prototype.toString.call(new Map()), '[object Map]');
});
test('subclasses of Map and Set', () => {
  class Counter extends Map<string, number> {
    constructor(init?: any) { super(init); }
    inc(k: string) { return this.set(k, (this.get(k) || 0) + 1); }
  }
  const c = new Counter([['a', 1]]);
  assert(c instanceof Counter && c instanceof Map);
  assertEq(c.inc('a').get('a'), 2);
  class Upper extends Set<string> { add(v: string) { return super.add(v.toUpperCase()); } }
  assertEq([...new Upper(['a', 'b'])].join(), 'A,B');
});
test('weak maps take frozen objects, functions and proxies', () => {
  const w = new WeakMap<any, any>(), f = Object.freeze({}), p = new Proxy({}, {}), t = {};
  w.set(f, 1).set(Object.freeze, 2).set(p, 3).set(t, 4);
  assertEq([w.get(f), w.get(Object.freeze), w.get(p), w.get(t)].join(), '1,2,3,4');
  assertEq(w.delete(f), true);
  assertEq(w.has(f), false);
  assertEq(w.get('string' as any), undefined);
  assertThrows(() => w.set('k' as any, 1), 'TypeError: Invalid value used as weak map key');
  assertEq(Object.getOwnPropertyNames(t).length, 0);
  assertEq(new WeakSet([t]).has(t), true);
});
test('weak map entries die with their key, and with their map', () => {
  const w = new WeakMap<object, object>();
  let ref: any, value: any;
  (() => { const k = {}; ref = new WeakRef(k); const v = { k }; value = new WeakRef(v); w.set(k, v); })();
  return Promise.resolve().then(() => new Promise<void>((r) => setTimeout(r, 1))).then(() => {
    gc();
    assertEq(ref.deref(), undefined, 'key in a cycle with its value');
    assertEq(value.deref(), undefined);
    const key = {};
    let held: any;
    (() => { const v = {}; held = new WeakRef(v); const m = new WeakMap<any, any>(); m.set(key, v); (v as any).map = m; })();
    return new Promise<void>((r) => setTimeout(r, 1)).then(() => { gc(); assertEq(held.deref(), undefined, 'value that holds its map'); });
  });
});
test('values stay while key and map do', () => {
  const w = new WeakMap<object, any>(), keys: object[] = [];
  for (let i = 0; i < 500; i++) { const k = {}; keys.push(k); w.set(k, { n: i, k }); }
  gc();
  assertEq(keys.every((k, i) => w.get(k).n === i), true);
});
test('a WeakRef holds on until the turn ends', async () => {
  const make = () => new WeakRef({ big: 1 });
  const r = make();
  assertEq(typeof r.deref(), 'object');
  await new Promise<void>((done) => setTimeout(done, 1));
  gc();
  assertEq(r.deref(), undefined);
});
test('a registry calls back from a job, with what was held', async () => {
  const seen: any[] = [];
  const registry = new FinalizationRegistry((held) => { seen.push(held); });
  const token = {};
  (() => { registry.register({}, 'one'); registry.register({}, 'two', token); const o: any = {}; o.self = o; registry.register(o, 'three'); })();
  assertEq(registry.unregister(token), true);
  assertEq(registry.unregister(token), false);
  gc();
  assertEq(seen.length, 0, 'not synchronously');
  await new Promise<void>((done) => setTimeout(done, 1));
  gc();
  await new Promise<void>((done) => setTimeout(done, 1));
  assertEq(seen.sort().join(), 'one,three');
  assertThrows(() => registry.register(1 as any, 2), /TypeError/);
});
test('private members', () => {
  class A {
    #x = 1; static #count = 0; #y: number;
    constructor(y: number) { this.#y = y; A.#count++; }
    get sum() { return this.#x + this.#y; }
    #secret() { return 's' + this.#x; }
    reveal() { return this.#secret(); }
    static has(o: any) { return #x in o; }
    static get count() { return A.#count; }
    bump() { this.#x++; this.#y += 2; return this; }
    get #acc() { return this.#x * 10; }
    set #acc(v) { this.#x = v; }
    viaAccessor(v: number) { this.#acc = v; return this.#acc; }
  }
  const a = new A(4);
  assertEq(a.sum, 5);
  assertEq(a.bump().sum, 8);
  assertEq(a.reveal(), 's2');
  assertEq(A.has(a), true);
  assertEq(A.has({}), false);
  assertEq(A.count, 1);
  assertEq(a.viaAccessor(7), 70);
  assertThrows(() => A.prototype.reveal.call({} as any), /TypeError/);
  assertThrows(() => Object.getOwnPropertyDescriptor(A.prototype, 'sum')!.get!.call({}), /TypeError: Cannot read private member/);
});
