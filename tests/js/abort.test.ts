// AbortController and AbortSignal.
test('abort fires once, with the reason', () => {
  const c = new AbortController();
  let log = '';
  c.signal.addEventListener('abort', (e) => { log += 'L' + e.isTrusted + (e.target === c.signal); });
  c.signal.onabort = () => { log += 'on'; };
  assertEq(c.signal.aborted, false);
  c.abort(5);
  c.abort(6);
  assertEq(log, 'Ltruetrueon');
  assertEq(String(c.signal.reason) + c.signal.aborted, '5true');
});
test('the default reason is an AbortError', () => {
  const s = AbortSignal.abort();
  assertEq(String(s.reason), 'AbortError: The operation was aborted');
  assertEq(s.reason.code, 20);
  assertThrows(() => s.throwIfAborted(), 'AbortError: The operation was aborted');
  new AbortController().signal.throwIfAborted();
  assertEq(AbortSignal.abort(null).reason, null);
});
test('onabort takes functions only', () => {
  const s = new AbortController().signal as any;
  assertEq(s.onabort, null);
  s.onabort = 3;
  assertEq(s.onabort, null);
  const f = () => {};
  s.onabort = f;
  assert(s.onabort === f);
  s.onabort = null;
  assertEq(s.onabort, null);
});
test('timeout', async () => {
  const s = AbortSignal.timeout(20);
  assertEq(s.aborted, false);
  await new Promise((r) => s.addEventListener('abort', r));
  assertEq(String(s.reason), 'TimeoutError: The operation was aborted due to timeout');
  assertThrows(() => (AbortSignal as any).timeout(), "TypeError: Failed to execute 'timeout' on 'AbortSignal': parameter 1 is not of type 'number'.");
});
test('any', () => {
  assertEq((AbortSignal as any).any([new AbortController().signal, AbortSignal.abort(1)]).reason, 1);
  const a = new AbortController(), b = new AbortController();
  const s: AbortSignal = (AbortSignal as any).any([a.signal, b.signal]);
  const s2: AbortSignal = (AbortSignal as any).any([s]);
  let log = '';
  s.addEventListener('abort', () => { log += 's' + s2.aborted; });
  s2.addEventListener('abort', () => { log += 't'; });
  b.signal.addEventListener('abort', () => { log += 'b'; });
  b.abort(7);
  a.abort(8);
  assertEq(log, 'bstruet');
  assertEq(s.reason + s2.reason, 14);
  assertThrows(() => (AbortSignal as any).any([1]), "TypeError: Incorrect type for array element 0: the provided value is not of type 'AbortSignal'.");
  assertThrows(() => (AbortSignal as any).any({}), "TypeError: Failed to execute 'any' on 'AbortSignal': parameter 1 is not of type 'Array'.");
});
test('brands', () => {
  assertThrows(() => new (AbortSignal as any)(), 'TypeError: Illegal constructor');
  assertThrows(() => (AbortController as any)(), /Please use the 'new' operator/);
  assertThrows(() => AbortController.prototype.abort.call({} as any), /Illegal invocation/);
  assertEq(Object.prototype.toString.call(new AbortController()), '[object AbortController]');
  assertEq(Object.prototype.toString.call(AbortSignal.abort()), '[object AbortSignal]');
  new AbortController().signal.dispatchEvent(new Event('abort'));
});
