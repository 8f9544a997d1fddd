// Subclasses of builtins, as lowered code makes them, and errors.
const tslib = require('tslib');
declare const require: any;

test('plain lowered subclasses of errors keep their class', () => {
  class MyError extends Error { code: number; constructor(m: string, code: number) { super(m); this.code = code; this.name = 'MyError'; } hi() { return 'hi'; } }
  class Deeper extends MyError { constructor() { super('deep', 2); } }
  const e = new Deeper();
  assert(e instanceof Deeper && e instanceof MyError && e instanceof Error);
  assertEq(e.hi() + e.code + e.message + String(e), 'hi2deepMyError: deep');
  assert(/deep/.test(e.stack!) && /classes/.test(e.stack!), e.stack);
  for (const C of [TypeError, RangeError, SyntaxError, EvalError, ReferenceError, URIError]) {
    class X extends C {}
    const x = new X('m');
    assert(x instanceof X && x instanceof C && x instanceof Error, C.name);
    assertEq(x.name, C.name);
    assertEq(C.prototype.constructor, C);
    assert(Object.getPrototypeOf(C) === Error);
  }
  class Agg extends AggregateError {}
  const a = new Agg([1], 'm');
  assert(a instanceof Agg && a.errors.length === 1 && a.message === 'm');
});
test('errors: cause, own properties, calls without new', () => {
  const e: any = new (Error as any)('m', { cause: 0 });
  assertEq(e.cause, 0);
  assertEq('cause' in new Error('x'), false);
  assertEq(Object.keys(e).length, 0);
  assertEq(Object.prototype.hasOwnProperty.call(new Error(), 'message'), false);
  assert((Error as any)('q') instanceof Error && (TypeError as any)('q') instanceof TypeError);
  assertEq((TypeError as any)('q').message, 'q');
  try { (null as any).x; } catch (x: any) { assert(x instanceof TypeError && x.constructor === TypeError); }
  assertEq(Object.prototype.toString.call(e), '[object Error]');
  assertEq(String(new Error(undefined)), 'Error');
});
test('captureStackTrace gives any object a stack', () => {
  const o: any = { name: 'N', message: 'm' };
  (Error as any).captureStackTrace(o);
  assert(/^N: m\n    at /.test(o.stack), o.stack);
  assertEq(Object.keys(o).join(), 'name,message');
  const e = new Error('x');
  e.stack = 'mine';
  assertEq(e.stack, 'mine');
});
test('lowered super of builtins through __wkSuper', () => {
  function sub(Base: any) {
    const C: any = function (this: any) { return tslib.__wkSuper(Base, this, arguments) || this; };
    tslib.__extends(C, Base);
    C.prototype.extra = function () { return 'extra'; };
    return C;
  }
  for (const [Base, args] of [[Array, [3]], [Date, [0]], [Uint8Array, [[1, 2]]], [ArrayBuffer, [8]], [Map, []], [Promise, [() => {}]], [Error, ['e']], [Object, []], [WeakMap, []], [Number, [5]], [String, ['s']]] as any) {
    const C = sub(Base), x = new C(...args);
    assert(x instanceof C && x instanceof Base, Base.name);
    assertEq(x.extra(), 'extra', Base.name);
    assertEq(x.constructor, C);
  }
  const A = sub(Array), a = new A();
  a.push(1, 2);
  assertEq(a.length, 2);
  assertEq(new (sub(Date))(5).getTime(), 5);
  assertEq(new (sub(Uint8Array))([7, 8])[1], 8);
  const B = sub(A), b = new B(1, 2);
  assert(b instanceof A && b instanceof B && b.length === 2);
});
test('class features', () => {
  class A {
    static s = 1; f = 2; ['c' + 1] = 3;
    static { A.s = 5; }
    get g() { return this.f; } set g(v) { this.f = v; }
    static m() { return 'm'; }
    *gen() { yield this.f; }
  }
  class B extends A { g2 = super.g; get g() { return 10; } static m() { return super.m() + 'b'; } }
  assertEq(A.s + new A().f + (new A() as any).c1, 10);
  assertEq(B.m(), 'mb');
  assertEq([...new B().gen()][0], 2);
  const names = []; for (const k in new B()) names.push(k);
  assertEq(names.slice(0, 3).join(), 'f,c1,g2');
  assertThrows(() => { class C extends (5 as any) {} }, /TypeError: Class extends value 5 is not a constructor or null/);
  class N extends (null as any) { static x = 1; }
  assertEq(Object.getPrototypeOf(N.prototype), null);
});
test('spread, rest, destructuring', () => {
  const { a, ...rest } = { a: 1, b: 2, [Symbol.iterator]: 3, 5: 'five' } as any;
  assertEq(a + Object.keys(rest).join() + rest[Symbol.iterator], '15,b3');
  const [x, , y = 7, ...zs] = new Set([1, 2, undefined, 4, 5]) as any;
  assertEq([x, y, ...zs].join(), '1,7,4,5');
  let p = 1, q = 2; [p, q] = [q, p];
  assertEq(p * 10 + q, 21);
  assertEq(Math.max(...new Map([[1, 2]]).values(), ...[5, 3]), 5);
  assertEq([...'a\u{1F600}b'].length, 3);
  assertEq(JSON.stringify({ ...{ a: 1 }, ...null, ...'hi', ...[9] }), '{"0":9,"1":"i","a":1}');
  const order = Object.entries({ b: 1, 2: 2, a: 3, 1: 4 }).map(([k]) => k);
  assertEq(order.join(), '1,2,b,a');
  let gets = 0;
  assertEq(Object.assign({}, { get v() { gets++; return 1; } }).v + gets, 2);
  assertEq(JSON.stringify(Object.fromEntries(new Map([['k', 1]]))), '{"k":1}');
  const hidden = Object.defineProperty({ a: 1 }, 'h', { value: 2 });
  assertEq(Object.values(hidden).join() + Object.hasOwn(hidden, 'h'), '1true');
});
