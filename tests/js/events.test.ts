// Event, its kinds, and EventTarget.
test('an event before, while and after it is dispatched', () => {
  const t = new EventTarget();
  const e = new Event('x', { cancelable: true });
  assertEq([e.type, e.eventPhase, e.bubbles, e.cancelable, e.composed, e.defaultPrevented, e.isTrusted].join(),
    'x,0,false,true,false,false,false');
  assertEq(e.target as any, undefined);
  let inside = '';
  t.addEventListener('x', function (this: any, ev) {
    inside = [ev === e, ev.target === t, ev.currentTarget === t, ev.eventPhase, ev.composedPath()[0] === t, this === t].join();
    ev.preventDefault();
  });
  assertEq(t.dispatchEvent(e), false);
  assertEq(inside, 'true,true,true,2,true,true');
  assertEq([e.eventPhase, e.composedPath().length, e.defaultPrevented, (e as any).returnValue].join(), '0,0,true,false');
});
test('once, duplicates, removal, order', () => {
  const t = new EventTarget();
  let log = '';
  const f = () => { log += 'f'; };
  const g = () => { log += 'g'; };
  t.addEventListener('x', f, { once: true });
  t.addEventListener('x', g);
  t.addEventListener('x', g);
  t.dispatchEvent(new Event('x'));
  t.dispatchEvent(new Event('x'));
  assertEq(log, 'fgg');
  t.removeEventListener('x', g);
  t.dispatchEvent(new Event('x'));
  assertEq(log, 'fgg');
});
test('listeners added or removed while dispatching', () => {
  const t = new EventTarget();
  let log = '';
  const late = () => { log += 'late'; };
  const gone = () => { log += 'gone'; };
  t.addEventListener('x', () => { log += 'a'; t.removeEventListener('x', gone); t.addEventListener('x', late); });
  t.addEventListener('x', gone);
  t.dispatchEvent(new Event('x'));
  assertEq(log, 'a');
  t.dispatchEvent(new Event('x'));
  assertEq(log, 'aalate');
});
test('stopImmediatePropagation', () => {
  const t = new EventTarget();
  let log = '';
  t.addEventListener('x', (e) => { log += 1; e.stopImmediatePropagation(); });
  t.addEventListener('x', () => { log += 2; });
  const e = new Event('x');
  t.dispatchEvent(e);
  t.dispatchEvent(e);
  assertEq(log, '11');
});
test('handler objects and passive listeners', () => {
  const t = new EventTarget();
  let own = false;
  const h = { handleEvent(this: any) { own = this === h; } };
  t.addEventListener('x', h);
  t.addEventListener('x', (e) => e.preventDefault(), { passive: true });
  assertEq(t.dispatchEvent(new Event('x', { cancelable: true })), true);
  assert(own);
});
test('a listener that throws ends the dispatch', () => {
  const t = new EventTarget();
  let second = false;
  t.addEventListener('x', () => { throw new Error('boo'); });
  t.addEventListener('x', () => { second = true; });
  const e = new Event('x');
  assertThrows(() => t.dispatchEvent(e), 'Error: boo');
  assertEq(second, false);
  assertEq(e.eventPhase, 0);
});
test('signal removes the listener', () => {
  const t = new EventTarget(), c = new AbortController();
  let n = 0;
  t.addEventListener('x', () => { n++; }, { signal: c.signal });
  t.dispatchEvent(new Event('x'));
  c.abort();
  t.dispatchEvent(new Event('x'));
  t.addEventListener('x', () => { n++; }, { signal: c.signal });
  t.dispatchEvent(new Event('x'));
  assertEq(n, 1);
});
test('errors', () => {
  const t: any = new EventTarget(), f = () => {};
  const E = Event as any;
  assertThrows(() => E('x'), "TypeError: Failed to construct 'Event': Please use the 'new' operator, this object constructor cannot be called as a function.");
  assertThrows(() => new E(), "TypeError: Failed to construct 'Event': constructor parameter 1 is not of type 'string'.");
  assertThrows(() => new E('x', 3), "TypeError: Failed to construct 'Event': constructor parameter 2 is not of type 'Init'.");
  assertThrows(() => new E(Symbol('s')), /TypeError/);
  assertThrows(() => E.prototype.preventDefault.call({}), /Illegal invocation: function called with incorrect `this` reference/);
  assertThrows(() => t.addEventListener.call({}, 'x', f), /Illegal invocation/);
  assertThrows(() => t.addEventListener('x'), "TypeError: Failed to execute 'addEventListener' on 'EventTarget': parameter 2 is not of type 'function or HandlerObject'.");
  assertThrows(() => t.addEventListener('x', {}), "TypeError: Incorrect type for the 'handleEvent' field on 'HandlerObject': the provided value is not of type 'function'.");
  assertThrows(() => t.addEventListener('x', f, true), 'TypeError: addEventListener(): useCapture must be false.');
  assertThrows(() => t.addEventListener('x', f, { capture: true }), 'TypeError: addEventListener(): options.capture must be false.');
  assertThrows(() => t.removeEventListener('x', f, true), 'TypeError: removeEventListener(): useCapture must be false.');
  assertThrows(() => t.addEventListener('x', f, { signal: 3 }), "TypeError: Incorrect type for the 'signal' field on 'AddEventListenerOptions': the provided value is not of type 'AbortSignal'.");
  assertThrows(() => t.dispatchEvent({}), "TypeError: Failed to execute 'dispatchEvent' on 'EventTarget': parameter 1 is not of type 'Event'.");
  t.addEventListener('x', (e: Event) => t.dispatchEvent(e));
  assertThrows(() => t.dispatchEvent(new Event('x')), 'InvalidStateError: The event is already being dispatched.');
  assertThrows(() => new (PromiseRejectionEvent as any)('x'), 'TypeError: Illegal constructor');
  t.addEventListener('null', null);
});
test('kinds of events', () => {
  assertEq(new CustomEvent('c', { detail: 4 }).detail, 4);
  assertEq(new CustomEvent('c').detail, undefined);
  const m = new MessageEvent('m', { data: 1, origin: 'o', lastEventId: 'l' });
  assertEq([m.data, m.origin, m.lastEventId, m.source, m.ports.length].join(), '1,o,l,,0');
  assertEq(new MessageEvent('m').data, null);
  const c = new CloseEvent('c', { code: 1000, reason: 'r', wasClean: true });
  assertEq([c.code, c.reason, c.wasClean].join(), '1000,r,true');
  const e = new ErrorEvent('e', { message: 'm', filename: 'f', lineno: 1, colno: 2, error: 3 });
  assertEq([e.message, e.filename, e.lineno, e.colno, e.error].join(), 'm,f,1,2,3');
  assertEq(Object.prototype.toString.call(c), '[object CloseEvent]');
  assert(c instanceof Event);
});
test('classes extend Event and EventTarget', () => {
  class Mine extends Event { constructor(public extra: number) { super('mine', { cancelable: true }); } }
  class Target extends EventTarget { count = 0; hit() { this.count++; return this.dispatchEvent(new Mine(7)); } }
  const t = new Target();
  let extra = 0;
  t.addEventListener('mine', (e) => { extra = (e as Mine).extra; });
  assertEq(t.hit(), true);
  assertEq(extra + t.count, 8);
  assert(new Mine(1) instanceof Mine);
});
test('the global scope is an event target', () => {
  let n = 0;
  const f = () => { n++; };
  addEventListener('g', f);
  dispatchEvent(new Event('g'));
  globalThis.removeEventListener('g', f);
  dispatchEvent(new Event('g'));
  assertEq(n, 1);
});
test('members are enumerable and on the prototype', () => {
  const d = Object.getOwnPropertyDescriptor(Event.prototype, 'type')!;
  assert(d.enumerable && d.configurable && !d.set);
  assertEq(Object.keys(new Event('x')).length, 0);
  assertEq(Event.AT_TARGET + (new Event('x') as any).BUBBLING_PHASE, 5);
  assertEq(Event.name, 'Event');
});
test('DOMException', () => {
  const e = new DOMException('m', 'AbortError');
  assertEq([e.name, e.message, e.code, String(e), e instanceof Error].join('|'), 'AbortError|m|20|AbortError: m|true');
  assertEq([new DOMException().name, new DOMException().code, new DOMException('x', 'Odd').code].join(), 'Error,0,0');
  assertEq(Object.prototype.toString.call(e), '[object DOMException]');
  assertEq(DOMException.DATA_CLONE_ERR + (e as any).ABORT_ERR, 45);
  assert(typeof e.stack === 'string' && /AbortError: m/.test(e.stack), String(e.stack));
  assertThrows(() => (DOMException as any)('x'), /Please use the 'new' operator/);
  class Mine extends DOMException { constructor() { super('mm', 'TimeoutError'); } }
  assertEq(String(new Mine()) + (new Mine() instanceof Mine), 'TimeoutError: mmtrue');
});
test('queueMicrotask and reportError', async () => {
  const seen: any[] = [];
  const on = (e: any) => { seen.push(e.message, e.error); e.preventDefault(); };
  addEventListener('error', on);
  queueMicrotask(() => { throw new Error('in a microtask'); });
  queueMicrotask(() => { seen.push('second'); });
  await null; await null; await null;
  reportError(7);
  removeEventListener('error', on);
  assertEq(seen[0], 'in a microtask');
  assert(seen[1] instanceof Error);
  assertEq(seen.slice(2).join(), 'second,7,7');
  assertThrows(() => (queueMicrotask as any)(), "TypeError: Failed to execute 'queueMicrotask' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'function'.");
  assertThrows(() => (reportError as any)(), "TypeError: Failed to execute 'reportError' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Value'.");
});
