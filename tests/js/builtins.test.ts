// ES2015+ builtins beyond the syntax: typed arrays, iterator helpers, strings, arrays.
declare const Iterator: any, scheduler: any;
test('typed array methods', () => {
  const u = new Uint8Array([3, 1, 2]);
  assertEq([...u.map((x) => x * 2)].join(), '6,2,4');
  assert(u.map((x) => x) instanceof Uint8Array);
  assertEq([...u.slice(1)].join() + [...u.slice(-2, -1)].join(), '1,21');
  assertEq([...(u as any).toSorted()].join() + [...u].join(), '1,2,33,1,2');
  assertEq([...u.sort()].join(), '1,2,3');
  assertEq([...u.filter((x) => x > 1)].join(), '2,3');
  assertEq((u as any).at(-1) + u.indexOf(2) + u.reduce((a, b) => a + b), 3 + 1 + 6);
  assertEq(u.join('-') + u.includes(3) + String(u), '1-2-3true1,2,3');
  assertEq([...Uint8Array.from([1, 300], (x) => x + 1)].join(), '2,45');
  assertEq([...Float64Array.of(1.5, 2)].join(), '1.5,2');
  assertEq([...new Float32Array([NaN, 1, -0, 0, -1]).sort()].map((x) => Object.is(x, -0) ? '-0' : String(x)).join(), '-1,-0,0,1,NaN');
  assertEq([...new Uint16Array([1, 2]).entries()].join(';'), '0,1;1,2');
  assertEq(new Uint8Array(new Set([4, 5]) as any).length, 2);
  assertEq([...u.fill(9, 1)].join(), '1,9,9');
  assertEq(u.buffer.slice(1).byteLength, 2);
});
test('iterator helpers', () => {
  function* n() { let i = 0; while (true) yield i++; }
  assertEq((n() as any).filter((x: number) => x % 2).map((x: number) => x * x).take(3).toArray().join(), '1,9,25');
  assertEq(Iterator.from([1, 2]).toArray().join(), '1,2');
  assert([][Symbol.iterator]() instanceof Iterator);
});
test('arrays, strings, objects, numbers', async () => {
  assertEq([1, [2, [3]]].flat(Infinity).join() + [1, 2].flatMap((x) => [x, x]).join(), '1,2,31,1,2,2');
  assertEq([3, 1].toSorted().join() + [1, 2].toReversed().join() + [1, 2].with(0, 9).join(), '1,32,19,2');
  assertEq('a-b'.replaceAll('-', '+') + 'x'.padStart(3, '.') + ' t '.trimEnd() + 'ab'.at(-1), 'a+b..x tb');
  assertEq([...'a1b2'.matchAll(/[a-z](\d)/g)].map((m) => m[1]).join(), '1,2');
  assertEq(String.raw`\n${1}` + 'é'.normalize().length, '\\n11');
  assertEq(Array.from({ length: 2 }, (_, i) => i).join() + Array.of(7).join(), '0,17');
  assertEq(JSON.stringify((Object as any).groupBy([1, 2, 3], (x: number) => (x % 2 ? 'odd' : 'even'))), '{"odd":[1,3],"even":[2]}');
  assertEq([...(new Set([1, 2, 3]) as any).intersection(new Set([2, 3, 4]))].join(), '2,3');
  assertEq((await (Array as any).fromAsync([Promise.resolve(1), 2])).join(), '1,2');
  assertEq(Math.hypot(3, 4) + Math.trunc(-1.5) + Number.EPSILON * 0, 4);
});
test('bytes as base64 and hex, escapes, roots', () => {
  const u = (Uint8Array as any).fromBase64('AQI=');
  assertEq(u.toBase64() + u.toHex() + (Uint8Array as any).fromHex('ff01').join(), 'AQI=0102255,1');
  const to = new Uint8Array(3);
  assertEq(JSON.stringify((to as any).setFromHex('0a0b')) + to.join() + JSON.stringify((to as any).setFromBase64('AQ==')), '{"read":4,"written":2}10,11,0{"read":4,"written":1}');
  assertThrows(() => (Uint8Array as any).fromHex('0g'), /SyntaxError/);
  assertEq((RegExp as any).escape('a.b*c'), '\\x61\\.b\\*c');
  assertEq(Math.cbrt(27) + Math.cbrt(-8), 1);
  assertEq('a'.anchor('"x'), '<a name="&quot;x">a</a>');
});
test('the reason of an aborted wait', async () => {
  const reason = async (signal: AbortSignal) => { try { await (scheduler as any).wait(5, { signal }); } catch (e) { return String(e); } };
  assertEq(await reason(AbortSignal.abort('gone')), 'Error: gone');
  assertEq(await reason(AbortSignal.abort(null)), 'Error: null');
  assertEq(await reason(AbortSignal.abort(new TypeError('t'))), 'TypeError: t');
  const later = new AbortController(), waited = reason(later.signal);
  later.abort(5);
  assertEq(await waited, 'Error: 5');
});
test('what dispatchEvent gives', () => {
  const t = new EventTarget(), prevent = (e: Event) => e.preventDefault();
  t.addEventListener('x', prevent);
  assertEq(t.dispatchEvent(new Event('x')), false);
  const e = new Event('x', { cancelable: true });
  assertEq(String(t.dispatchEvent(e)) + e.defaultPrevented, 'falsetrue');
  t.removeEventListener('x', prevent);
  assertEq(String(t.dispatchEvent(e)) + e.defaultPrevented, 'truefalse');
});
