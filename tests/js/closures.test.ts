// Closures of one function begin with a copy of the same properties; variables of enclosing functions and of the global
// scope are found on a short way; records are copies of a template.
declare const globalThis: any, notThere: any, laterGlobal: any, computed: any;

const make = (n: number) => { function add(a: number, b: number) { return a + b + n; } return add; };

test('every closure has properties of its own', () => {
  const all: any[] = [1, 2, 3, 4, 5].map(make);
  all[2].extra = 1;
  Object.defineProperty(all[3], 'name', { value: 'other' });
  delete all[4].length;
  const late: any = make(6);
  assertEq(all.concat(late).map((f) => [f.name, f.length, f.extra, f(1, 1)]), [
    ['add', 2, undefined, 3], ['add', 2, undefined, 4], ['add', 2, 1, 5], ['other', 2, undefined, 6], ['add', 0, undefined, 7],
    ['add', 2, undefined, 8]]);
});
test('every closure makes a prototype of its own', () => {
  const made: any[] = [1, 2, 3, 4].map(() => function Made(this: any) { this.x = 1; });
  made[1].prototype.y = 2;
  assertEq(made.map((C) => [new C().x, new C().y, C.prototype.constructor === C]), [[1, undefined, true], [1, 2, true], [1, undefined, true], [1, undefined, true]]);
});
test('closures that a function makes of itself by name', () => {
  const factorial = [1, 2, 3, 4].map(() => function self(n: number): number { return n < 2 ? 1 : n * self(n - 1); });
  assertEq(factorial.map((f) => f(5)), [120, 120, 120, 120]);
});
test('thousands of them live and die', () => {
  let kept: any[] = [], sum = 0;
  for (let i = 0; i < 20000; i++) {
    const f = () => i;
    if (i % 1000 === 0) kept.push(f);
  }
  for (const f of kept) sum += f();
  assertEq(sum, 190000);
});

let counter = 0;
const up = () => ++counter;

test('variables: what is assigned is seen, in scopes that are open and closed', () => {
  const read = () => counter;
  up();
  assertEq([read(), up(), read()], [1, 2, 2]);
  let local = 1;
  const get = () => local, set = (v: number) => { local = v; };
  set(5);
  assertEq([get(), local], [5, 5]);
  local = 6;
  assertEq(get(), 6);
});
test('variables: the innermost of a name', () => {
  const name = 'outer';
  const inner = () => { const seen: string[] = []; try { throw 'caught'; } catch (name) { seen.push((() => name as string)()); } seen.push(name); return seen; };
  assertEq(inner(), ['caught', 'outer']);
});
test('variables: globals that come, go and compute', () => {
  const read = () => laterGlobal;
  assertThrows(read, 'ReferenceError: laterGlobal is not defined');
  assertEq(typeof notThere, 'undefined');
  globalThis.laterGlobal = 1;
  assertEq(read(), 1);
  delete globalThis.laterGlobal;
  assertThrows(read, 'ReferenceError: laterGlobal is not defined');
  let times = 0;
  Object.defineProperty(globalThis, 'computed', { get() { return ++times; }, configurable: true });
  assertEq([computed, computed], [1, 2]);
  delete globalThis.computed;
});
test('messages: their own state each, whoever made them', () => {
  const request = globalThis.requireBuiltin('request'), response = globalThis.requireBuiltin('response');
  const a = request.fromHost('GET', 'http://a/', ['A', '1'], null, '{"n":1}', undefined);
  const b = request.fromHost('PUT', 'http://b/', ['B', '2'], 'body', undefined, undefined);
  a.cf.n = 2;
  assertEq([a.method, b.method, a.url, b.url, a.cf, b.cf, a.redirect], ['GET', 'PUT', 'http://a/', 'http://b/', { n: 2 }, undefined, 'manual']);
  const c = new Request(a, { headers: { C: '3' } }), r = response.fromHost(404, 'No', [], null, 'http://c/', true, null);
  assertEq([c.headers.get('a'), c.headers.get('c'), a.headers.get('a'), new Response('x').status, r.status, r.redirected], [null, '3', '1', 200, 404, true]);
});
test('messages: a cf that nobody looked at is passed on as it came', () => {
  const request = globalThis.requireBuiltin('request');
  const text = '{ "n": [1, 2] }', from = () => request.fromHost('GET', 'http://a/', [], null, text, undefined);
  assertEq([request.toHost(from()).cf, request.toHost(new Request(from())).cf], [text, text]);
  const seen = from();
  seen.cf.n.push(3);
  assertEq([request.toHost(seen).cf, (new Request(seen) as any).cf], [{ n: [1, 2, 3] }, { n: [1, 2, 3] }]);
});
test('messages: a frozen or proxied `this` gets none', () => {
  const proxy = new Proxy(Object.create(Response.prototype), {}) as any;
  (Response as any).call(proxy, 'through');
  assertEq(proxy.status, 200);
});
