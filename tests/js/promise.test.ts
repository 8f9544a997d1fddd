// Promises: order of jobs as the specification has it, combinators, subclasses, capabilities.
const tick = (n: number) => { let p = Promise.resolve(); while (n-- > 0) p = p.then(() => {}); return p; };

test('reactions run in the order they were added', async () => {
  const seen: string[] = [];
  const p = Promise.resolve();
  p.then(() => seen.push('a'));
  p.then(() => { seen.push('b'); Promise.resolve().then(() => seen.push('d')); });
  p.then(() => seen.push('c'));
  await tick(4);
  assertEq(seen.join(''), 'abcd');
});
test('resolving with a promise takes two more ticks', async () => {
  const seen: string[] = [];
  new Promise<void>((r) => r(Promise.resolve())).then(() => seen.push('nested'));
  Promise.resolve().then(() => seen.push('1')).then(() => seen.push('2')).then(() => seen.push('3'));
  await tick(6);
  assertEq(seen.join(), '1,2,nested,3');
});
test('a then that returns a promise takes two more ticks', async () => {
  const seen: number[] = [];
  Promise.resolve().then(() => { seen.push(0); return Promise.resolve(4); }).then((v) => seen.push(v));
  let p: Promise<any> = Promise.resolve();
  for (const n of [1, 2, 3, 5, 6]) p = p.then(() => seen.push(n));
  await tick(12);
  assertEq(seen.join(), '0,1,2,3,4,5,6');
});
test('await of a native promise takes one tick, return of one three', async () => {
  const seen: string[] = [];
  const a = async () => { await null; seen.push('a1'); await Promise.resolve(); seen.push('a2'); };
  const b = async () => Promise.resolve('b');
  a();
  b().then((v) => seen.push(v));
  let p: Promise<any> = Promise.resolve();
  for (const n of [1, 2, 3, 4]) p = p.then(() => seen.push(String(n)));
  await tick(8);
  assertEq(seen.join(), 'a1,1,a2,2,b,3,4');
});
test('await of a foreign thenable calls its then from a job', async () => {
  const seen: string[] = [];
  const thenable: any = { then(f: any) { seen.push('then'); f('v'); } };
  const run = (async () => { const v = await thenable; seen.push(v); })();
  seen.push('sync');
  await run;
  assertEq(seen.join(), 'sync,then,v');
});
test('async functions, microtasks and thens interleave', async () => {
  const seen: string[] = [];
  const f1 = async () => { seen.push('f1'); await f2(); seen.push('f1 end'); };
  const f2 = async () => { seen.push('f2'); };
  f1();
  new Promise<void>((r) => { seen.push('p1'); r(); }).then(() => seen.push('then1')).then(() => seen.push('then2'));
  queueMicrotask(() => seen.push('micro'));
  seen.push('end');
  await tick(5);
  assertEq(seen.join(), 'f1,f2,p1,end,f1 end,then1,micro,then2');
});
test('resolve functions act once', async () => {
  let resolve: any, reject: any;
  const p = new Promise((a, b) => { resolve = a; reject = b; });
  resolve('first'); resolve('second'); reject(new Error('third'));
  assertEq(await p, 'first');
});
test('a resolve with a thenable shuts out later calls', async () => {
  const p = new Promise((resolve, reject) => {
    resolve({ then(f: any) { setTimeout(() => f('slow'), 1); } });
    reject(new Error('late'));
  });
  assertEq(await p, 'slow');
});
test('an executor that throws rejects, unless it has resolved', async () => {
  const e = await assertRejects(new Promise(() => { throw new TypeError('x'); }), 'TypeError: x');
  assert(e instanceof TypeError);
  assertEq(await new Promise((r) => { r(1); throw new Error('ignored'); }), 1);
});
test('a promise cannot resolve to itself', async () => {
  let resolve: any;
  const p = new Promise((r) => { resolve = r; });
  resolve(p);
  await assertRejects(p, 'TypeError: Chaining cycle detected for promise #<Promise>');
});
test('a throwing then getter rejects', async () => {
  await assertRejects(Promise.resolve({ get then() { throw new RangeError('g'); } }), 'RangeError: g');
});
test('finally passes values and reasons through, and its own failures on', async () => {
  assertEq(await Promise.resolve(1).finally(() => 2), 1);
  await assertRejects(Promise.reject(new Error('a')).finally(() => 2), 'Error: a');
  await assertRejects(Promise.resolve(1).finally(() => { throw new Error('b'); }), 'Error: b');
  await assertRejects(Promise.resolve(1).finally(() => Promise.reject(new Error('c'))), 'Error: c');
});
test('all keeps places and fails with the first rejection', async () => {
  assertEq((await Promise.all([1, Promise.resolve(2), tick(3).then(() => 3), { then(f: any) { f(4); } }])).join(), '1,2,3,4');
  await assertRejects(Promise.all([tick(5), Promise.reject(new Error('no'))]), 'Error: no');
  assertEq((await Promise.all([])).length, 0);
  assertEq((await Promise.all(new Set([1, 2]))).join(), '1,2');
});
test('allSettled tells of both', async () => {
  assertEq(JSON.stringify(await Promise.allSettled([1, Promise.reject(2)])),
    '[{"status":"fulfilled","value":1},{"status":"rejected","reason":2}]');
});
test('any gives the first success or an AggregateError', async () => {
  assertEq(await Promise.any([Promise.reject(1), tick(3).then(() => 'x'), tick(9)]), 'x');
  const e: any = await assertRejects(Promise.any([Promise.reject(1), Promise.reject(2)]), 'AggregateError: All promises were rejected');
  assert(e instanceof AggregateError && e instanceof Error);
  assertEq(e.errors.join(), '1,2');
});
test('race goes with whoever is first', async () => {
  assertEq(await Promise.race([tick(3), Promise.resolve('fast')]), 'fast');
  await assertRejects(Promise.race([tick(3), Promise.reject(new Error('r'))]), 'Error: r');
});
test('a combinator closes an iterator whose values it cannot take', async () => {
  let closed = 0;
  const it: any = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { closed++; return {}; } }) };
  class P extends Promise<any> { static resolve(): any { throw new Error('cannot'); } }
  await assertRejects(P.all(it).then(), 'Error: cannot');
  assertEq(closed, 1);
});
test('withResolvers and try', async () => {
  const { promise, resolve } = (Promise as any).withResolvers();
  resolve('w');
  assertEq(await promise, 'w');
  assertEq(await (Promise as any).try((a: number, b: number) => a + b, 1, 2), 3);
  await assertRejects((Promise as any).try(() => { throw new Error('t'); }), 'Error: t');
});
test('subclasses make subclasses', async () => {
  class Mine<T> extends Promise<T> { tag() { return 'mine'; } }
  const p = new Mine<number>((r) => r(1));
  assert(p instanceof Mine && p instanceof Promise);
  assertEq((p.then((v) => v + 1) as any).tag(), 'mine');
  assertEq(await p.then((v) => v + 1), 2);
  assert(Mine.resolve(1) instanceof Mine);
  assert(Mine.all([1]) instanceof Mine);
  class Plain<T> extends Promise<T> { static get [Symbol.species]() { return Promise; } }
  assert(!(new Plain((r) => r(1)).then() instanceof Plain));
});
test('Promise.resolve gives back its own kind', () => {
  const p = Promise.resolve(1);
  assert(Promise.resolve(p) === p);
  class Mine<T> extends Promise<T> {}
  assert(Mine.resolve(p as any) !== p);
});
test('Promise is not a function to call', () => {
  assertThrows(() => (Promise as any)(() => {}), /TypeError/);
  assertThrows(() => new (Promise as any)(), 'TypeError: Promise resolver undefined is not a function');
  assertThrows(() => (Promise.prototype.then as any).call({}), /TypeError/);
  assertEq(Object.prototype.toString.call(Promise.resolve()), '[object Promise]');
  assertEq(Promise.length, 1);
  assertEq(Promise.prototype.then.name, 'then');
});
test('a throw in one job leaves the others running', async () => {
  const seen: number[] = [];
  queueMicrotask(() => { seen.push(1); });
  queueMicrotask(() => { throw new Error('reported, not fatal'); });
  queueMicrotask(() => { seen.push(2); });
  await tick(3);
  assertEq(seen.join(), '1,2');
});
test('a thousand jobs at once stay in order', async () => {
  const seen: number[] = [];
  for (let i = 0; i < 1000; i++) Promise.resolve(i).then((v) => { seen.push(v); if (v % 100 === 0) Promise.resolve().then(() => seen.push(-1)); });
  await tick(4);
  assertEq(seen.filter((v) => v >= 0).every((v, i) => v === i), true);
  assertEq(seen.length, 1010);
});
