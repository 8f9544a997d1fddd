// Generators and async functions after lowering: control flow, delegation, async iteration.
test('values go in and out', () => {
  function* g(): Generator<number, string, any> { const a = yield 1; const b = yield a * 2; return 'r' + b; }
  const it = g();
  assertEq(JSON.stringify([it.next(), it.next(5), it.next(7), it.next()]),
    '[{"value":1,"done":false},{"value":10,"done":false},{"value":"r7","done":true},{"done":true}]');
});
test('try, catch and finally around yields', () => {
  const seen: string[] = [];
  function* g() {
    try { try { yield 1; } catch (e) { seen.push('c' + e); yield 2; } finally { seen.push('f1'); } yield 3; } finally { seen.push('f2'); }
  }
  let it = g();
  it.next();
  assertEq(it.throw('x').value, 2);
  assertEq(it.next().value, 3);
  assertEq(JSON.stringify(it.return(9 as any)), '{"value":9,"done":true}');
  assertEq(seen.join(), 'cx,f1,f2');
  it = g();
  assertEq(JSON.stringify(it.return(1 as any)), '{"value":1,"done":true}');
  it = g();
  assertThrows(() => it.throw(new Error('early')), 'Error: early');
});
test('a yield in finally holds up a return and a throw', () => {
  function* g() { try { yield 1; } finally { yield 2; } }
  let it = g(); it.next();
  assertEq(it.return(7 as any).value, 2);
  assertEq(JSON.stringify(it.next()), '{"value":7,"done":true}');
  it = g(); it.next();
  assertEq(it.throw(new Error('h')).value, 2);
  assertThrows(() => it.next(), 'Error: h');
});
test('break and continue leave through finally', () => {
  const seen: any[] = [];
  function* g() { for (let i = 0; i < 5; i++) { try { if (i === 1) continue; if (i === 3) break; yield i; } finally { seen.push('f' + i); } } yield 'end'; }
  for (const v of g()) seen.push(v);
  assertEq(seen.join(), '0,f0,f1,2,f2,f3,end');
});
test('yield* delegates to arrays, generators and anything iterable', () => {
  function* inner(): any { const got = yield 'i'; return 'ret' + got; }
  function* g(): any { yield* [1, 2]; const r = yield* inner(); yield r; yield* 'ab'; yield* new Set([8]); }
  const it = g();
  const first = it.next(), second = it.next();
  assertEq(first.value, 1, 'results are not reused');
  assertEq(second.value, 2);
  it.next();
  assertEq(it.next('G').value, 'retG');
  assertEq([...it].join(), 'a,b,8');
});
test('a generator cannot re-enter itself', () => {
  let it: any;
  function* g() { it.next(); yield 1; }
  it = g();
  assertThrows(() => it.next(), 'TypeError: Generator is already running');
});
test('for-of closes what it leaves', () => {
  let closed = 0;
  const src = { [Symbol.iterator]() { let n = 0; return { next: () => ({ value: n++, done: false }), return() { closed++; return {}; } } as any; } };
  for (const v of src as any) if (v === 2) break;
  try { for (const _ of src as any) throw new Error('x'); } catch (e) {}
  (() => { for (const v of src as any) return v; })();
  const [a, b] = src as any;
  assertEq(closed, 4);
  assertEq(a + b, 1);
});
test('for-of over an array sees what is pushed meanwhile', () => {
  const a = [1, 2], seen: number[] = [];
  for (const v of a) { seen.push(v); if (v === 1) a.push(3); }
  assertEq(seen.join(), '1,2,3');
});
test('generators look like generators', () => {
  function* g() { yield 1; }
  const it = g();
  assertEq(Object.prototype.toString.call(it), '[object Generator]');
  assert(it[Symbol.iterator]() === it);
  assertEq(Object.keys(it).length, 0);
});
test('async functions: errors, finally, loops', async () => {
  const seen: any[] = [];
  async function f(n: number) {
    for (let i = 0; i < n; i++) { try { if (i === 2) throw new Error('two'); seen.push(await Promise.resolve(i)); } catch (e: any) { seen.push(await e.message); } finally { seen.push('f'); } }
    return 'done';
  }
  assertEq(await f(4), 'done');
  assertEq(seen.join(), '0,f,1,f,two,f,3,f');
  await assertRejects((async () => { await Promise.reject(new TypeError('in')); })(), 'TypeError: in');
  await assertRejects((async () => { throw new TypeError('at once'); })(), 'TypeError: at once');
});
test('async arrow functions keep this', async () => {
  class A { n = 5; async m(...xs: number[]) { const f = async () => { await 0; return this.n + xs[0]; }; return f(); } }
  assertEq(await new A().m(2), 7);
});
test('async generators and for await', async () => {
  const seen: any[] = [];
  async function* g() { try { yield 1; await null; yield Promise.resolve(2); yield* [3, 4]; } finally { seen.push('closed'); } }
  for await (const v of g()) seen.push(v);
  assertEq(seen.join(), '1,2,3,4,closed');
  const it = g();
  await it.next();
  assertEq(JSON.stringify(await it.return(5 as any)), '{"value":5,"done":true}');
  const out: any[] = [];
  for await (const v of [Promise.resolve('a'), 'b']) out.push(v);
  assertEq(out.join(), 'a,b');
});
test('async generator requests queue', async () => {
  async function* g() { yield 1; yield 2; }
  const it = g();
  const [a, b, c] = await Promise.all([it.next(), it.next(), it.next()]);
  assertEq(JSON.stringify([a, b, c]), '[{"value":1,"done":false},{"value":2,"done":false},{"done":true}]');
});

test('await in a loop whose variables a closure keeps gives the value', async () => {
  const seen: any[] = [];
  for (const [a, b] of [[1, 'x'], [2, 'y']] as any) {
    const f = () => a;
    const out = await Promise.resolve([f(), b]);
    seen.push(out.join());
  }
  for (let i = 0; i < 2; i++) {
    const g = () => i;
    try { await Promise.reject(new Error('no ' + g())); } catch (e: any) { seen.push(e.message); }
  }
  assertEq(seen, ['1,x', '2,y', 'no 0', 'no 1']);
});
