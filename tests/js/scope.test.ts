// crypto's random values, performance, navigator, scheduler and the rest of the global scope.
test('randomUUID', () => {
  const a = crypto.randomUUID(), b = crypto.randomUUID();
  assert(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(a), a);
  assert(a !== b);
});
test('getRandomValues fills the view and no more', () => {
  const u = new Uint8Array(64);
  assert(crypto.getRandomValues(u.subarray(8, 56)).length === 48);
  const sum = (v: Uint8Array) => { let n = 0; for (let i = 0; i < v.length; i++) n += v[i]; return n; };
  assert(sum(u.subarray(8, 56)) > 0);
  assertEq(sum(u.subarray(0, 8)) + sum(u.subarray(56)), 0);
  crypto.getRandomValues(new Uint8Array(65536));
  const c: any = crypto;
  const e = assertThrows(() => c.getRandomValues(new Uint32Array(16385)),
    'QuotaExceededError: getRandomValues() only accepts buffers of size <= 64K but provided 65540 bytes.') as any;
  assertEq(e.code, 22);
  assertThrows(() => c.getRandomValues(new Float32Array(1)), 'TypeMismatchError: ArrayBufferView argument to getRandomValues() must be an integer-typed view.');
  assertThrows(() => c.getRandomValues(new DataView(new ArrayBuffer(1))), /^TypeMismatchError/);
  assertThrows(() => c.getRandomValues(1), "TypeError: Failed to execute 'getRandomValues' on 'Crypto': parameter 1 is not of type 'ArrayBufferView'.");
});
test('performance', () => {
  const before = performance.now();
  assert(Math.abs(before - Date.now()) < 5000, 'Unix time');
  assertEq(performance.timeOrigin, 0);
  const m = performance.mark('a', { detail: { x: 1 } });
  assertEq([m.name, m.entryType, m.duration, m.detail.x, m instanceof PerformanceEntry].join(), 'a,mark,0,1,true');
  performance.mark('b', { startTime: m.startTime + 5 });
  const d = performance.measure('m', 'a', 'b');
  assertEq([d.entryType, d.duration, d.startTime === m.startTime].join(), 'measure,5,true');
  assertEq(performance.getEntries().length, 3);
  assertEq(performance.getEntriesByName('a')[0] === m, true);
  performance.clearMarks('a');
  assertEq(performance.getEntriesByType('mark').map((e) => e.name).join(), 'b');
  performance.clearMarks(); performance.clearMeasures();
  assertEq(performance.getEntries().length, 0);
  assertThrows(() => performance.measure('x', 'nope'), /^SyntaxError/);
  assertEq(JSON.stringify(performance), '{"timeOrigin":0}');
});
test('navigator and Cloudflare', () => {
  assertEq([navigator.userAgent, navigator.hardwareConcurrency, navigator.platform, navigator.language].join(), 'Cloudflare-Workers,1,,en');
  const g: any = globalThis;
  assertEq(Object.isFrozen(g.Cloudflare.compatibilityFlags), true);
  (globalThis as any).requireBuiltin('scope').setCompatibilityFlags(() => ({ url_standard: true, other: false }));
  assertEq(JSON.stringify(g.Cloudflare.compatibilityFlags), '{"url_standard":true,"other":false}');
  assertEq(Object.getPrototypeOf(g.Cloudflare.compatibilityFlags), null);
});
test('the global scope', () => {
  assert(self === globalThis);
  assertEq((globalThis as any).origin, 'null');
  assertEq(Object.prototype.toString.call(globalThis), '[object ServiceWorkerGlobalScope]');
  assertEq([crypto, performance, navigator, (globalThis as any).scheduler, console].map((o) => Object.prototype.toString.call(o)).join(),
    '[object Crypto],[object Performance],[object Navigator],[object Scheduler],[object console]');
  for (const k of Object.keys(globalThis)) assert(!/^(URL|Event|atob|console|crypto)$/.test(k), k + ' is not enumerable');
});
test('scheduler.wait', async () => {
  const s = (globalThis as any).scheduler;
  assertEq(await s.wait(50), undefined);
  await assertRejects(s.wait(50, { signal: AbortSignal.abort() }), 'AbortError: The operation was aborted');
  const c = new AbortController(), p = s.wait(1e9, { signal: c.signal });
  c.abort(new Error('stop'));
  await assertRejects(p, 'Error: stop');
  await assertRejects(s.wait(), "TypeError: Failed to execute 'wait' on 'Scheduler': parameter 1 is not of type 'number'.");
});
