const S: any = ReadableStream, W: any = WritableStream;
const S1 = (...chunks: any[]) => new ReadableStream({ start(c) { for (const x of chunks) c.enqueue(x); c.close(); } });
const controllerOf = (type?: any, strategy?: any): any => {
  let c: any;
  const stream = new S({ type, start(x: any) { c = x; } }, strategy);
  return { c, stream };
};
const LOCKED = 'TypeError: This ReadableStream is currently locked to a reader.';
const RELEASED = 'TypeError: This ReadableStream reader has been released.';
const J = JSON.stringify;
const turn = () => new Promise<void>((r) => setTimeout(r, 1));

test('chunks come out in order, then the end', async () => {
  const r = S1(1, 'b', null).getReader();
  assertEq(J([await r.read(), await r.read(), await r.read()]), '[{"value":1,"done":false},{"value":"b","done":false},{"value":null,"done":false}]');
  const end: any = await r.read();
  assertEq([end.done, end.value], [true, undefined]);
  assertEq(await r.closed, undefined);
});
test('constructor errors', () => {
  assertThrows(() => new S(1), "TypeError: Failed to construct 'ReadableStream': constructor parameter 1 is not of type 'UnderlyingSource'.");
  assertThrows(() => new S({ type: 'foo' }), 'TypeError: "foo" is not a valid type of ReadableStream.');
  assertThrows(() => new S({ type: null }), 'TypeError: "null" is not a valid type of ReadableStream.');
  for (const f of ['pull', 'start', 'cancel'])
    assertThrows(() => new S({ [f]: 1 }), `TypeError: Incorrect type for the '${f}' field on 'UnderlyingSource': the provided value is not of type 'function'.`);
  assertThrows(() => new S({}, { highWaterMark: -1 }), 'TypeError: The value cannot be converted because it is negative and this API expects a positive bigint.');
  for (const highWaterMark of [NaN, 'abc', Infinity])
    assertThrows(() => new S({}, { highWaterMark }), 'TypeError: The value cannot be converted because it is not an integer.');
  assertThrows(() => new S({}, { size: 1 }), "TypeError: Incorrect type for the 'size' field on 'StreamQueuingStrategy': the provided value is not of type 'function'.");
  assertThrows(() => new S({}, 1), "TypeError: Failed to construct 'ReadableStream': constructor parameter 2 is not of type 'StreamQueuingStrategy'.");
  assertThrows(() => S(), "TypeError: Failed to construct 'ReadableStream': Please use the 'new' operator, this object constructor cannot be called as a function.");
  for (const C of ['ReadableStreamDefaultController', 'ReadableByteStreamController', 'ReadableStreamBYOBRequest', 'WritableStreamDefaultController', 'TransformStreamDefaultController'])
    assertThrows(() => new (globalThis as any)[C](), 'TypeError: Illegal constructor');
  new S(null, null);
  new S({ type: '' });
});
test('a locked stream', async () => {
  const s: any = new S();
  assertEq(s.locked, false);
  s.getReader();
  assertEq(s.locked, true);
  assertThrows(() => s.getReader(), LOCKED);
  assertThrows(() => s.values(), LOCKED);
  assertThrows(() => s.tee(), 'TypeError: This ReadableStream is currently locked to a reader,');
  assertThrows(() => s.pipeThrough(new TransformStream()), LOCKED);
  await assertRejects(s.cancel(), LOCKED);
  await assertRejects(s.pipeTo(new WritableStream()), LOCKED);
});
test('getReader options', () => {
  for (const mode of ['foo', null]) assertThrows(() => new S().getReader({ mode }), "TypeError: mode must be undefined or 'byob' in call to getReader().");
  assertThrows(() => new S().getReader({ mode: 'byob' }), 'TypeError: This ReadableStream does not support BYOB reads.');
  assertThrows(() => new S().getReader(1), "TypeError: Failed to execute 'getReader' on 'ReadableStream': parameter 1 is not of type 'GetReaderOptions'.");
  assertEq(Object.prototype.toString.call(new S().getReader(null)), '[object ReadableStreamDefaultReader]');
  assertThrows(() => new (ReadableStreamDefaultReader as any)(1), "TypeError: Failed to construct 'ReadableStreamDefaultReader': constructor parameter 1 is not of type 'ReadableStream'.");
  assertThrows(() => new (ReadableStreamBYOBReader as any)(new S()), 'TypeError: This ReadableStream does not support BYOB reads.');
});
test('a released reader', async () => {
  const s = new S(), r = s.getReader(), pending = r.read(), closed = r.closed;
  r.releaseLock();
  assertEq(s.locked, false);
  await assertRejects(pending, RELEASED);
  await assertRejects(closed, RELEASED);
  await assertRejects(r.closed, RELEASED);
  await assertRejects(r.read(), RELEASED);
  await assertRejects(r.cancel(), RELEASED);
  assertEq(r.releaseLock(), undefined);
});
test('controller errors', async () => {
  let { c } = controllerOf();
  c.close();
  assertEq(c.desiredSize, 0);
  assertThrows(() => c.close(), 'TypeError: This ReadableStream is closed.');
  assertThrows(() => c.enqueue(1), 'TypeError: Unable to enqueue');
  ({ c } = controllerOf());
  c.error(new Error('x'));
  assertEq(c.desiredSize, null);
  assertThrows(() => c.enqueue(1), 'TypeError: Unable to enqueue');
  assertThrows(() => c.close(), 'TypeError: This ReadableStream is closed.');
  assertThrows(() => c.error(), "TypeError: Failed to execute 'error' on 'ReadableStreamDefaultController': parameter 1 is not of type 'Value'.");
  const x = controllerOf();
  x.stream.cancel();
  assertThrows(() => x.c.enqueue(1), 'TypeError: Unable to enqueue');
});
test('an errored stream', async () => {
  const { c, stream } = controllerOf();
  c.enqueue(1);
  c.error('zz');
  const r = stream.getReader();
  assertEq(await r.read().catch((e: any) => 'R' + e), 'Rzz');
  assertEq(await r.closed.catch((e: any) => 'C' + e), 'Czz');
  r.releaseLock();
  assertEq(await stream.cancel().catch((e: any) => 'X' + e), 'Xzz');
});
test('start() that throws errors the stream', async () => {
  await assertRejects(new S({ start() { throw new RangeError('q'); } }).getReader().read(), 'RangeError: q');
  await assertRejects(new W({ start() { throw new RangeError('q'); } }).getWriter().write(1), 'RangeError: q');
  await assertRejects(new S({ start() { return Promise.reject(new RangeError('q')); } }).getReader().read(), 'RangeError: q');
  await assertRejects(new S({ pull() { throw new RangeError('q'); } }).getReader().read(), 'RangeError: q');
});
test('a queue with sizes', async () => {
  const { c, stream } = controllerOf(undefined, { highWaterMark: 5, size: (x: string) => x.length });
  c.enqueue('abc');
  assertEq(c.desiredSize, 2);
  c.enqueue('defg');
  assertEq(c.desiredSize, -2);
  await stream.getReader().read();
  assertEq(c.desiredSize, 1);
  assertEq(controllerOf(undefined, { highWaterMark: '3' }).c.desiredSize, 3);
  const bad = controllerOf(undefined, { size() { throw new RangeError('s'); } });
  assertEq(bad.c.enqueue(1), undefined);
  await assertRejects(bad.stream.getReader().read(), 'RangeError: s');
  const negative = controllerOf(undefined, { size() { return -1; } });
  negative.c.enqueue(1);
  assertEq(negative.c.desiredSize, null);
});
test('pull is called as the mark says', async () => {
  let n = 0;
  new ReadableStream({ pull(c) { n++; c.enqueue(n); } });
  await turn();
  assertEq(n, 1);
  n = 0;
  const lazy = new ReadableStream({ pull(c) { n++; c.enqueue(n); } }, { highWaterMark: 0 });
  await turn();
  assertEq(n, 0);
  const r = lazy.getReader();
  await r.read();
  assertEq(n, 1);
  n = 0;
  new ReadableStream({ pull(c) { n++; c.enqueue(n); } }, { highWaterMark: 4 });
  await turn();
  assertEq(n, 4);
});
test('pulls do not overlap', async () => {
  let at = 0, most = 0, n = 0;
  const r = new ReadableStream({
    async pull(c) { most = Math.max(most, ++at); await turn(); c.enqueue(n++); at--; },
  }).getReader();
  assertEq(J((await Promise.all([r.read(), r.read(), r.read()])).map((x: any) => x.value)), '[0,1,2]');
  assertEq(most, 1);
});
test('order of what a reader sees', async () => {
  const o: string[] = [], r = S1(1).getReader();
  r.read().then(() => o.push('read1'));
  r.read().then(() => o.push('read2'));
  r.closed.then(() => o.push('closed'));
  await turn();
  assertEq(o.join(), 'read1,read2,closed');
});
test('cancel', async () => {
  let why: any;
  const s = new ReadableStream({ start(c) { c.enqueue(1); }, cancel(r) { why = r; } }), r = s.getReader();
  assertEq(await r.cancel('x'), undefined);
  assertEq(why, 'x');
  assertEq((await r.read()).done, true);
  assertEq(await r.closed, undefined);
  await assertRejects(new ReadableStream({ cancel() { throw new RangeError('c'); } }).cancel(), 'RangeError: c');
  assertEq(await S1(1).cancel(), undefined);
});
test('for await', async () => {
  const s = S1(1, 2), seen: any[] = [];
  for await (const x of s as any) seen.push(x);
  assertEq(J(seen), '[1,2]');
  assertEq(s.locked, false);
});
test('returning from an iterator cancels, unless told not to', async () => {
  let canceled = 0;
  const make = () => new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); }, cancel() { canceled++; } }) as any;
  let s = make(), it = s.values();
  await it.next();
  await it.return();
  assertEq([s.locked, canceled], [false, 1]);
  s = make();
  it = s.values({ preventCancel: true });
  await it.next();
  await it.return();
  assertEq([s.locked, canceled, (await s.getReader().read()).value], [false, 1, 2]);
});
test('the iterator by hand', async () => {
  const it = (new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); } }) as any).values();
  assertEq(Object.prototype.toString.call(it), '[object ReadableStreamAsyncIterator]');
  const a = it.next(), b = it.next(), d = it.return('q');
  assertEq(J([await a, await b, await d]), '[{"done":false,"value":1},{"done":false,"value":2},{"done":true,"value":"q"}]');
  assertEq(J([await it.next(), await it.return(3)]), '[{"done":true},{"done":true,"value":3}]');
});
test('ReadableStream.from', async () => {
  const all = async (x: any) => { const seen = []; for await (const v of S.from(x)) seen.push(v); return J(seen); };
  assertEq(await all([1, Promise.resolve(5), 'x']), '[1,5,"x"]');
  assertEq(await all('ab'), '["a","b"]');
  assertEq(await all(new Set([3])), '[3]');
  assertEq(await all((async function* () { yield 1; yield 2; })()), '[1,2]');
  for (const bad of [undefined, 1, {}])
    assertThrows(() => S.from(bad), "TypeError: Failed to execute 'from' on 'ReadableStream': parameter 1 is not of type 'AsyncGenerator'.");
  let fin = false;
  const r = S.from((async function* () { try { yield 1; yield 2; } finally { fin = true; } })()).getReader();
  await r.read();
  await r.cancel();
  assertEq(fin, true);
});
test('tee', async () => {
  const [a, b] = S1(1, 2).tee();
  const [r, q] = [a.getReader(), b.getReader()];
  assertEq([(await r.read()).value, (await q.read()).value, (await q.read()).value, (await r.read()).value], [1, 1, 2, 2]);
  assertEq([(await r.read()).done, (await q.read()).done], [true, true]);
});
test('tee passes errors on and cancels when both have', async () => {
  const [a, b] = new ReadableStream({ start(c) { c.error(new RangeError('z')); } }).tee();
  await assertRejects(a.getReader().read(), 'RangeError: z');
  await assertRejects(b.getReader().read(), 'RangeError: z');
  let why: any = null;
  const s = new ReadableStream({ cancel(r) { why = r; } });
  const [c, d] = s.tee(), p = c.cancel(1);
  assertEq([s.locked, why], [true, null]);
  await Promise.all([p, d.cancel(2)]);
  assert(why === 2 || J(why) === '[1,2]', J(why));
});
test('writes reach the sink in order', async () => {
  const o: string[] = [];
  const w = new WritableStream({ start() { o.push('start'); }, write(x) { o.push('write' + x); }, close() { o.push('close'); } }).getWriter();
  w.ready.then(() => o.push('ready'));
  w.write(1).then(() => o.push('w1'));
  w.write(2).then(() => o.push('w2'));
  w.close().then(() => o.push('cl'));
  w.closed.then(() => o.push('closed'));
  await turn();
  assertEq(o.filter((x) => x !== 'ready').join(), 'start,write1,write2,w1,close,w2,cl,closed');
  assert(o.indexOf('ready') >= 0);
});
test('writable constructor errors', () => {
  assertThrows(() => new W(1), "TypeError: Failed to construct 'WritableStream': constructor parameter 1 is not of type 'UnderlyingSink'.");
  assertThrows(() => new W({ write: 1 }), "TypeError: Incorrect type for the 'write' field on 'UnderlyingSink': the provided value is not of type 'function'.");
  assertThrows(() => new W({}, { highWaterMark: -1 }), 'TypeError: The value cannot be converted because it is negative and this API expects a positive bigint.');
  new W({ type: 'x' });
  new W(null);
});
test('a locked writable', async () => {
  const s = new W(), w = s.getWriter(), text = 'TypeError: This WritableStream is currently locked to a writer.';
  assertThrows(() => s.getWriter(), text);
  await assertRejects(s.close(), text);
  await assertRejects(s.abort(), text);
  await assertRejects(new S().pipeTo(s), 'TypeError: This WritableStream is currently locked to a writer');
  assertThrows(() => new S().pipeThrough({ readable: new S(), writable: s }), text);
  w.releaseLock();
  assertEq(s.locked, false);
});
test('a released writer', async () => {
  const w = new W().getWriter(), closed = w.closed, text = 'TypeError: This WritableStream writer has been released.';
  w.releaseLock();
  await assertRejects(closed, text);
  for (const p of [w.write(1), w.close(), w.abort(), w.closed, w.ready]) await assertRejects(p, text);
  assertThrows(() => w.desiredSize, text);
  assertEq(w.releaseLock(), undefined);
});
test('a closed writable', async () => {
  const text = 'TypeError: This WritableStream has been closed.';
  const w = new W().getWriter();
  const p = w.close();
  await assertRejects(w.write(1), text);
  await assertRejects(w.close(), text);
  await p;
  await assertRejects(w.write(1), text);
  await assertRejects(w.close(), text);
  assertEq(w.desiredSize, 0);
});
test('abort', async () => {
  let why: any, c: any;
  const w = new W({ start(x: any) { c = x; }, abort(r: any) { why = r; } }).getWriter();
  assertEq(c.signal.aborted, false);
  const p = w.abort('z');
  assertEq(await w.write(1).catch((e: any) => 'W' + e), 'Wz');
  await p;
  assertEq([why, c.signal.aborted, c.signal.reason, w.desiredSize], ['z', true, 'z', null]);
  assertEq(await w.closed.catch((e: any) => 'C' + e), 'Cz');
});
test('a write that fails errors the writable', async () => {
  const w = new W({ write() { throw new RangeError('w'); } }).getWriter();
  const later = w.write(2).catch(String);
  await assertRejects(w.closed, 'RangeError: w');
  await assertRejects(w.write(2), 'RangeError: w');
  await assertRejects(w.close(), 'RangeError: w');
  assertEq(await later, 'RangeError: w');
  let c: any;
  const s = new W({ start(x: any) { c = x; } });
  c.error('e');
  assertEq(await s.getWriter().closed.catch((e: any) => 'E' + e), 'Ee');
});
test('back-pressure of a writable', async () => {
  const done: any[] = [];
  const w = new WritableStream({ write() { return new Promise<void>((r) => done.push(r)); } }, { highWaterMark: 2 }).getWriter();
  assertEq(w.desiredSize, 2);
  w.write('a');
  assertEq(w.desiredSize, 1);
  w.write('b');
  assertEq(w.desiredSize, 0);
  let ready = false;
  w.ready.then(() => { ready = true; });
  await turn();
  assertEq([ready, done.length], [false, 1]);
  done.shift()();
  await turn();
  assertEq([ready, w.desiredSize], [true, 1]);
});
test('pipeTo moves everything and closes', async () => {
  const o: any[] = [];
  const sink = () => new WritableStream({ write(x) { o.push(x); }, close() { o.push('close'); }, abort(e) { o.push(String(e)); } });
  await S1(1, 2).pipeTo(sink());
  await S1(3).pipeTo(sink(), { preventClose: true });
  assertEq(J(o), '[1,2,"close",3]');
  o.length = 0;
  await assertRejects(new ReadableStream({ start(c) { c.error(new RangeError('e')); } }).pipeTo(sink()), 'RangeError: e');
  assertEq(J(o), '["RangeError: e"]');
});
test('pipeTo cancels the source when the sink fails', async () => {
  let why: any;
  const s = () => new ReadableStream({ start(c) { c.enqueue(1); }, cancel(r) { why = String(r); } });
  await assertRejects(s().pipeTo(new WritableStream({ write() { throw new RangeError('w'); } })), 'RangeError: w');
  assertEq(why, 'RangeError: w');
  const w = new WritableStream();
  await w.close();
  await assertRejects(s().pipeTo(w), 'TypeError: This destination writable stream is closed.');
  assertEq(why, 'TypeError: This destination writable stream is closed.');
});
test('pipeTo stops at a signal', async () => {
  const o: string[] = [];
  const s = () => new ReadableStream({ pull(c) { return new Promise<void>((r) => setTimeout(() => { try { c.enqueue(1); } catch (e) { /* canceled */ } r(); }, 1)); }, cancel(r) { o.push('cancel ' + r); } });
  const w = () => new WritableStream({ abort(r) { o.push('abort ' + r); } });
  const early = new AbortController();
  early.abort(new RangeError('pre'));
  await assertRejects(s().pipeTo(w(), { signal: early.signal }), 'RangeError: pre');
  assertEq(o.sort().join(), 'abort RangeError: pre,cancel RangeError: pre');
  o.length = 0;
  const late = new AbortController(), p = s().pipeTo(w(), { signal: late.signal });
  setTimeout(() => late.abort(new RangeError('mid')), 5);
  await assertRejects(p, 'RangeError: mid');
  assertEq(o.sort().join(), 'abort RangeError: mid,cancel RangeError: mid');
  await assertRejects(s().pipeTo(w(), { signal: 1 } as any), "TypeError: Incorrect type for the 'signal' field on 'PipeToOptions': the provided value is not of type 'AbortSignal'.");
});
test('pipe arguments', async () => {
  for (const bad of [undefined, 1]) await assertRejects(new S().pipeTo(bad), "TypeError: Failed to execute 'pipeTo' on 'ReadableStream': parameter 1 is not of type 'WritableStream'.");
  assertThrows(() => new S().pipeThrough(), "TypeError: Failed to execute 'pipeThrough' on 'ReadableStream': parameter 1 is not of type 'Transform'.");
  assertThrows(() => new S().pipeThrough({}), "TypeError: Incorrect type for the 'readable' field on 'Transform': the provided value is not of type 'ReadableStream'.");
});
test('pipeTo waits for a slow sink', async () => {
  let at = 0, most = 0;
  await S1(1, 2, 3, 4).pipeTo(new WritableStream({ async write() { most = Math.max(most, ++at); await turn(); at--; } }));
  assertEq([at, most], [0, 1]);
});
test('strategies', () => {
  const C: any = CountQueuingStrategy, B: any = ByteLengthQueuingStrategy;
  const c = new C({ highWaterMark: 3 }), b = new B({ highWaterMark: 3 });
  assertEq([c.highWaterMark, c.size(), b.highWaterMark, b.size({ byteLength: 7 }), b.size(new Uint8Array(2))], [3, 1, 3, 7, 2]);
  assert(Number.isNaN(new C({ highWaterMark: 'x' }).highWaterMark));
  assertThrows(() => new C(), "TypeError: Failed to construct 'CountQueuingStrategy': constructor parameter 1 is not of type 'QueuingStrategyInit'.");
});
test('the classes look like the platform', () => {
  assertEq(Object.prototype.toString.call(new S()), '[object ReadableStream]');
  assertEq(Object.prototype.toString.call(new W()), '[object WritableStream]');
  assertEq([S.length, S.name, Object.getOwnPropertyNames(new S()).length], [0, 'ReadableStream', 0]);
  const illegal = /^TypeError: Illegal invocation/;
  assertThrows(() => S.prototype.getReader.call({}), illegal);
  assertThrows(() => S.prototype.cancel.call({}), illegal);
  assertThrows(() => S.prototype.locked, illegal);
  class Mine extends ReadableStream { constructor() { super({ start(c) { c.close(); } }); } }
  assert(new Mine() instanceof ReadableStream && !new Mine().locked);
});
