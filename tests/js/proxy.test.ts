// Proxies: in prototype chains, receivers, every trap; Reflect.
test('a proxy as prototype answers get, has and set with the right receiver', () => {
  const log: string[] = [];
  const proto = new Proxy({} as any, {
    get(t, k, r) { log.push('get ' + String(k) + ' ' + (r === obj)); return k === 'x' ? 42 : undefined; },
    has(t, k) { log.push('has ' + String(k)); return k === 'y'; },
    set(t, k, v, r) { log.push('set ' + String(k) + ' ' + (r === obj)); if (k === 'no') return false; return Reflect.set(t, k, v, r); },
  });
  const obj = Object.create(proto);
  assertEq(obj.x, 42);
  assertEq('y' in obj, true);
  assertEq('z' in obj, false);
  obj.q = 1;
  assertEq(Object.keys(obj).join(), 'q');
  assertEq(obj.q, 1);
  assertEq(log.join(), 'get x true,has y,has z,set q true');
  assertThrows(() => { 'use strict'; obj.no = 1; }, /TypeError/);
});
test('a router built as itty-router is', () => {
  const Router = () => { const routes: any[] = []; return { __proto__: new Proxy({}, { get: (_t: any, prop: string, receiver: any) => (path: string, ...h: any[]) => { routes.push([prop.toUpperCase(), path, h]); return receiver; } }), routes } as any; };
  const r = Router();
  assert(r.get('/a', 1).post('/b', 2) === r);
  assertEq(JSON.stringify(r.routes), '[["GET","/a",[1]],["POST","/b",[2]]]');
});
test('getters see the proxy as this', () => {
  const target = { _v: 1, get v() { return this._v; } };
  const p: any = new Proxy(target, { get(t, k, r) { return k === '_v' ? 99 : Reflect.get(t, k, r); } });
  assertEq(p.v, 99);
  const bare: any = new Proxy({ get self() { return this; } }, {});
  assert(bare.self === bare);
  let set: any;
  const ps: any = new Proxy({ set s(v: any) { set = this; } }, {});
  ps.s = 1;
  assert(set === ps);
});
test('Reflect.get and set take receivers and symbols', () => {
  const base = { get who() { return (this as any).name; }, set who(v) { (this as any).name = v; } };
  assertEq(Reflect.get(base, 'who', { name: 'r' }), 'r');
  const r: any = {};
  assertEq(Reflect.set(base, 'who', 'w', r), true);
  assertEq(r.name, 'w');
  assertEq(Reflect.set({ a: 1 }, 'a', 2, r), true);
  assertEq(r.a, 2);
  assertEq(Reflect.set(Object.freeze({ a: 1 }), 'a', 2, r), false);
  const s = Symbol('s'), o: any = { [s]: 5 };
  assertEq(Reflect.get(o, s), 5);
  assertEq(Reflect.has(o, s), true);
  assertEq(Reflect.deleteProperty(o, s), true);
  assertEq(Reflect.has(o, s), false);
  assertEq(Reflect.ownKeys({ b: 1, a: 2, 1: 3, [s]: 4 }).length, 4);
});
test('every other trap', () => {
  const log: string[] = [], target: any = { a: 1 };
  const p: any = new Proxy(target, {
    getOwnPropertyDescriptor(t, k) { log.push('gopd'); return k === 'virt' ? { value: 7, enumerable: true, configurable: true } : Reflect.getOwnPropertyDescriptor(t, k); },
    defineProperty(t, k, d) { log.push('def'); return k === 'bad' ? false : Reflect.defineProperty(t, k, d); },
    getPrototypeOf() { log.push('gpo'); return Array.prototype; },
    setPrototypeOf(t, v) { log.push('spo'); return false; },
    isExtensible(t) { log.push('isx'); return Reflect.isExtensible(t); },
    preventExtensions(t) { log.push('pex'); return Reflect.preventExtensions(t); },
    ownKeys() { log.push('keys'); return ['a', 'virt']; },
    deleteProperty(t, k) { log.push('del'); return delete t[k]; },
  });
  assertEq(Object.getOwnPropertyDescriptor(p, 'virt')!.value, 7);
  assertEq(Object.keys(p).join(), 'a,virt');
  assertEq(Object.prototype.hasOwnProperty.call(p, 'virt'), true);
  assertEq(Object.prototype.hasOwnProperty.call(p, 'none'), false);
  Object.defineProperty(p, 'd', { value: 1, configurable: true });
  assertEq(target.d, 1);
  assertThrows(() => Object.defineProperty(p, 'bad', { value: 1 }), /TypeError/);
  assertEq(Reflect.defineProperty(p, 'bad', { value: 1 }), false);
  assert(Object.getPrototypeOf(p) === Array.prototype);
  assertThrows(() => Object.setPrototypeOf(p, null), /TypeError/);
  assertEq(Reflect.setPrototypeOf(p, null), false);
  assertEq(Object.isExtensible(p), true);
  delete p.d;
  assertEq('d' in target, false);
  assert(Object.preventExtensions(p) === p);
  assertEq(Object.isExtensible(target), false);
  for (const name of ['gopd', 'def', 'gpo', 'spo', 'isx', 'pex', 'keys', 'del']) assert(log.includes(name), name);
});
test('without traps everything falls through to the target', () => {
  class K { m() { return 'm'; } }
  const t: any = new K(), p: any = new Proxy(t, {});
  assert(p instanceof K && Object.getPrototypeOf(p) === K.prototype);
  p.x = 1;
  assertEq(t.x + p.m() + Object.keys(p) + JSON.stringify(p), '1mx{"x":1}');
  assertEq(Object.getOwnPropertyDescriptor(p, 'x')!.value, 1);
  const arr: any = new Proxy([1, 2], {});
  arr.push(3);
  assertEq(arr.length + [...arr].join() + Array.isArray(arr), '31,2,3true');
  assertEq({ ...new Proxy({ s: 1 }, {}) }.s, 1);
  const fn: any = new Proxy(function (this: any, a: number) { return a + 1; }, {});
  assertEq(fn(1) + typeof fn, '2function');
});
test('apply and construct', () => {
  const p: any = new Proxy(function () {} as any, { apply: (t, self, args) => 'called ' + args.join(), construct: (t, args) => ({ made: args[0] }) });
  assertEq(p(1, 2), 'called 1,2');
  assertEq(new p(5).made, 5);
});
test('invariants', () => {
  const frozen = Object.freeze({ a: 1 });
  assertThrows(() => (new Proxy(frozen, { get: () => 2 }) as any).a, /TypeError/);
  assertThrows(() => 'a' in new Proxy(frozen, { has: () => false }), /TypeError/);
});
test('a revoked proxy throws', () => {
  const { proxy, revoke } = Proxy.revocable({ a: 1 } as any, {});
  assertEq(proxy.a, 1);
  revoke();
  revoke();
  assertThrows(() => proxy.a, /TypeError: Cannot perform/);
  assertThrows(() => Object.keys(proxy), /TypeError/);
});
test('proxies of proxies', () => {
  const inner = new Proxy({ a: 1 } as any, { get: (t, k, r) => 'inner ' + String(k) });
  const outer: any = new Proxy(inner, {});
  assertEq(outer.b, 'inner b');
  outer.c = 3;
  assertEq(Object.keys(outer).join(), 'a,c');
});
test('what a built-in hides on an object stays on it when a proxy is up its chain', () => {
  const hidden = (globalThis as any).requireBuiltin('webidl').hidden('proxyTest');
  const shared = {};
  const proto = new Proxy(shared, {});
  const a = Object.create(proto), b = Object.create(proto);
  a[hidden] = 1;
  assertEq(a[hidden], 1);
  assertEq(b[hidden], undefined);
  assertEq((shared as any)[hidden], undefined);
});
