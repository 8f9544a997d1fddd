// Texts that are built piece by piece: the engine appends in place where nobody else holds the string, and must not be
// seen doing it.
const LONG = 'abcdefghij'.repeat(40);
const twin = (n: number) => 'abcdefghij'.repeat(n); // equal to LONG for 40, made apart from it

test('whoever kept the string before keeps it', () => {
  let s = twin(40);
  const kept = s, list = [s], object: any = { s }, map = new Map([[s, 1]]), byKey: any = { [s]: 'key' };
  s += 'x';
  s = s + 'y';
  for (const value of [kept, list[0], object.s, [...map.keys()][0], Object.keys(byKey)[0]]) assertEq(value, LONG);
  assertEq(s, LONG + 'xy');
  assertEq(map.get(LONG), 1);
  assertEq(byKey[LONG], 'key');
  let t = s;
  s += 'z';
  t += 'T';
  assertEq(s, LONG + 'xyz');
  assertEq(t, LONG + 'xyT');
});
test('a copy in a variable beside it', () => {
  let s = twin(41);
  s += '1';
  const a = s;
  const b = (s += '2');
  const c = (s = s + '3');
  s += '4';
  assertEq([a, b, c, s].map((v) => v.slice(410)).join(), '1,12,123,1234');
});
test('captured variables and properties', () => {
  let s = twin(42);
  const steps: string[] = [];
  const add = (x: string) => { s += x; };
  add('1'); steps.push(s); add('2'); add('3'); steps.push(s); add('4');
  assertEq(steps.map((v) => v.slice(420)).join(), '1,123');
  assertEq(s.slice(420), '1234');
  const o = { s: twin(43) };
  const before: string[] = [];
  for (let i = 0; i < 4; i++) { before.push(o.s); o.s += i; }
  assertEq(before.map((v) => v.length).join(), '430,431,432,433');
  assertEq(o.s.slice(430), '0123');
  const list = [twin(44), twin(44)];
  list[0] += 'x';
  list[0] += 'y';
  assertEq(list.map((v) => v.slice(440)).join(), 'xy,');
  class Text { out = ''; #hidden = ''; add(x: string) { this.out += x; this.#hidden += x; return this; } get both() { return this.out === this.#hidden; } }
  const text = new Text();
  for (let i = 0; i < 200; i++) text.add('line ' + i);
  assert(text.both);
});
test('accessors, frozen objects, constants and proxies get their due', () => {
  const seen: string[] = [];
  let hidden = twin(45);
  const accessor = { get s() { seen.push('get'); return hidden; }, set s(v) { seen.push('set ' + v.length); hidden = v; } };
  accessor.s += 'x';
  accessor.s += 'y';
  assertEq(seen.join(), 'get,set 451,get,set 452');
  const frozen = Object.freeze({ s: twin(46) });
  assertThrows(() => { 'use strict'; (frozen as any).s += 'x'; }, /read only/);
  assertEq(frozen.s.length, 460);
  const inherited = Object.create({ s: twin(47) });
  inherited.s += 'x';
  assertEq([inherited.s.length, Object.getPrototypeOf(inherited).s.length].join(), '471,470');
  const proxied = new Proxy({ s: twin(48) } as any, { set(t, k, v) { t[k] = v + '!'; return true; } });
  proxied.s += 'x';
  assertEq(proxied.s.slice(480), 'x!');
});
test('the right side: any value, itself, and one that changes the left', () => {
  let s = twin(49);
  s += 1; s += -0.5; s += true; s += null; s += undefined; s += [1, 2] as any; s += { toString: () => 'o' } as any;
  assertEq(s.slice(490), '1-0.5truenullundefined1,2o');
  assertThrows(() => { s += Symbol('x') as any; }, 'TypeError: Cannot convert a Symbol value to a string');
  assertThrows(() => { s += (() => { throw new Error('rhs'); })(); }, 'Error: rhs');
  assertEq(s.slice(490), '1-0.5truenullundefined1,2o');
  let d = twin(50);
  d += d;
  d += d;
  assertEq(d, twin(200));
  let e = twin(51);
  e += (e = 'short', 'tail');
  assertEq(e, twin(51) + 'tail');
  let f = twin(52);
  f += (f += 'inner');
  assertEq(f, twin(52) + twin(52) + 'inner');
  let g = twin(53);
  const grow = () => { g += 'from inside'; return 'outside'; };
  g += grow();
  assertEq(g, twin(53) + 'outside');
});
test('a text that exists already is the same text', () => {
  const key: any = {};
  for (let n = 400; n < 420; n++) key[LONG + 'x'.repeat(n - 400)] = n;
  let s = twin(40);
  for (let n = 400; n < 420; n++, s += 'x') assertEq(key[s], n);
  let one = twin(60), two = twin(60) + '';
  one += 'same'; two += 'same';
  assert(one === two);
  one += '1'; two += '2';
  assertEq([one.slice(600), two.slice(600)].join(), 'same1,same2');
});
test('lengths and positions follow', () => {
  let s = 'ä€'.repeat(200);
  assertEq(s.length, 400);
  for (let i = 0; i < 300; i++) {
    s += i % 3 === 0 ? '😀' : i % 3 === 1 ? 'z' : 'ß';
    assertEq(s.charAt(s.length - 1), i % 3 === 0 ? '\ude00' : i % 3 === 1 ? 'z' : 'ß');
    assertEq(s.charAt(399), '€');
  }
  assertEq(s.length, 400 + 100 * 4);
  let halves = LONG;
  halves += '\ud83d';
  halves += '\ude00';
  assertEq(halves.length, 402);
  assertEq(halves.charCodeAt(401), 0xde00);
  let plain = twin(61);
  plain += '';
  plain += 'é';
  assertEq(plain.indexOf('é'), 610);
  assertEq(plain.length, 611);
});
test('at random, against lists of pieces', () => {
  let seed = 12345;
  const next = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648, Math.floor(seed / 65536) % n);
  const parts: string[][] = [[], [], [], []];
  const o: any = { p: '' };
  let a = '', b = '', c = '';
  const addC = (x: string) => { c += x; };
  const kept: [string, string][] = [];
  for (let i = 0; i < 20000; i++) {
    const piece = ['', 'x', 'öä', 'abcdefghijklmnop', '😀', 'y'.repeat(next(90))][next(6)];
    switch (next(10)) {
      case 0: case 1: a += piece; parts[0].push(piece); break;
      case 2: b = b + piece; parts[1].push(piece); break;
      case 3: b += '<' + piece + '>'; parts[1].push('<', piece, '>'); break;
      case 4: addC(piece); parts[2].push(piece); break;
      case 5: case 6: o.p += piece; parts[3].push(piece); break;
      case 7: if (next(20) === 0) { a = b; parts[0] = [b]; } break;
      case 8: if (next(20) === 0) { kept.push([o.p, parts[3].join('')]); } break;
      case 9: if (next(400) === 0) { a = ''; parts[0] = []; o.p = c; parts[3] = [c]; } break;
    }
  }
  assert(a === parts[0].join('') && b === parts[1].join('') && c === parts[2].join('') && o.p === parts[3].join(''));
  for (const [had, is] of kept) assert(had === is);
});
test('two megabytes, a few bytes at a time', () => {
  let s = '';
  for (let i = 0; i < 200000; i++) s += 'abcdefghij';
  assertEq(s.length, 2000000);
  assertEq(s.slice(1999990), 'abcdefghij');
});
