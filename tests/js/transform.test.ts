const T: any = TransformStream;
const J = JSON.stringify;
const u8 = (...b: number[]) => new Uint8Array(b);
const list = (a: any) => [...a].join();
const turn = () => new Promise<void>((r) => setTimeout(r, 1));
const readAll = async (s: any) => { const r = s.getReader(), o: any[] = []; for (let x = await r.read(); !x.done; x = await r.read()) o.push(x.value); return o; };

test('transform and flush', async () => {
  const t = new T({ transform(x: any, c: any) { c.enqueue(x * 2); }, flush(c: any) { c.enqueue('f'); } });
  const w = t.writable.getWriter();
  w.write(1);
  w.write(2);
  w.close();
  assertEq(J(await readAll(t.readable)), '[2,4,"f"]');
});
test('nothing but streams', async () => {
  const t = new T();
  assertEq([t.readable instanceof ReadableStream, t.writable instanceof WritableStream, t.readable === t.readable], [true, true, true]);
  assertEq([t.writable.getWriter().desiredSize, Object.prototype.toString.call(t)], [1, '[object TransformStream]']);
  const p = new T(), x = p.writable.getWriter();
  x.write('a');
  x.close();
  assertEq(J(await readAll(p.readable)), '["a"]');
  assertEq(new T({}, { highWaterMark: 5 }, { highWaterMark: 7 }).writable.getWriter().desiredSize, 5);
});
test('wrong transformers', () => {
  assertThrows(() => new T(1), "TypeError: Failed to construct 'TransformStream': constructor parameter 1 is not of type 'Transformer'.");
  assertThrows(() => new T({ readableType: 'x' }), 'TypeError: transformer.readableType must be undefined.');
  assertThrows(() => new T({ writableType: 'x' }), 'TypeError: transformer.writableType must be undefined.');
  assertThrows(() => new T({ transform: 1 }), "TypeError: Incorrect type for the 'transform' field on 'Transformer': the provided value is not of type 'function'.");
  new T(null);
});
test('order', async () => {
  const o: string[] = [];
  const t = new T({ start() { o.push('start'); }, transform(x: any, c: any) { o.push('tr' + x); c.enqueue(x); }, flush() { o.push('flush'); } });
  const w = t.writable.getWriter();
  w.write(1).then(() => o.push('w1'));
  w.close().then(() => o.push('closed'));
  const r = t.readable.getReader();
  r.read().then((v: any) => o.push('r' + v.value));
  r.read().then((v: any) => o.push('done' + v.done));
  await turn();
  assertEq(o.slice(0, 3).join(), 'start,tr1,r1');
  assertEq(o.slice().sort().join(), 'closed,donetrue,flush,r1,start,tr1,w1');
  assert(o.indexOf('flush') < o.indexOf('closed'));
});
test('terminate and error', async () => {
  let c: any;
  let t = new T({ start(q: any) { c = q; } });
  assertEq(c.desiredSize, 0);
  c.terminate();
  assertEq(c.desiredSize, null);
  assertThrows(() => c.enqueue(1), 'TypeError: The readable side of this TransformStream is no longer readable.');
  await assertRejects(t.writable.getWriter().write(1), 'TypeError: The transform stream has been terminated');
  t = new T({ start(q: any) { c = q; } });
  c.error(new RangeError('x'));
  assertThrows(() => c.enqueue(1), 'TypeError: The readable side of this TransformStream is no longer readable.');
  await assertRejects(t.readable.getReader().read(), 'RangeError: x');
  await assertRejects(t.writable.getWriter().write(1), 'RangeError: x');
});
test('callbacks that throw', async () => {
  for (const bad of [{ transform() { throw new RangeError('t'); } }, { flush() { throw new RangeError('t'); } }, { start() { throw new RangeError('t'); } }]) {
    const t = new T(bad), r = t.readable.getReader().read().catch(String), w = t.writable.getWriter();
    const p = ('flush' in bad ? w.close() : w.write(1)).catch(String);
    assertEq([await p, await r], ['RangeError: t', 'RangeError: t']);
  }
});
test('cancel', async () => {
  const o: any[] = [];
  let t = new T({ cancel(r: any) { o.push(r); } });
  await t.readable.cancel('why');
  assertEq(await t.writable.getWriter().closed.catch((e: any) => 'E' + e), 'Ewhy');
  t = new T({ cancel(r: any) { o.push(r); } });
  await t.writable.abort('too');
  assertEq(await t.readable.getReader().read().catch((e: any) => 'E' + e), 'Etoo');
  assertEq(o.join(), 'why,too');
});
test('back-pressure reaches the writer', async () => {
  const t = new T({}, undefined, { highWaterMark: 1 }), w = t.writable.getWriter();
  let done = 0;
  w.write(1).then(() => done++);
  w.write(2).then(() => done++);
  await turn();
  assertEq(done, 1);
  await t.readable.getReader().read();
  await turn();
  assertEq(done, 2);
});
test('a chain of transforms', async () => {
  const add = () => new TransformStream({ transform(x: any, c) { c.enqueue(x + 1); } });
  const s: any = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close(); } });
  assertEq(J(await readAll(s.pipeThrough(add()).pipeThrough(add()))), '[3,4]');
});
test('IdentityTransformStream passes bytes', async () => {
  const t: any = new IdentityTransformStream(), w = t.writable.getWriter();
  assertEq([Object.prototype.toString.call(t), t instanceof TransformStream, w.desiredSize], ['[object IdentityTransformStream]', true, 1]);
  let r = t.readable.getReader(), p = r.read();
  assertEq(await w.write(u8(1, 2)), undefined);
  assertEq(list((await p).value), '1,2');
  p = r.read();
  await w.write('x');
  assertEq(list((await p).value), '120');
  w.write(u8());
  w.write(new Uint16Array([1]));
  assertEq(list((await r.read()).value), '1,0');
  w.close();
  assertEq((await r.read()).done, true);
  assertThrows(() => new (IdentityTransformStream as any)(1), "TypeError: Failed to construct 'IdentityTransformStream': constructor parameter 1 is not of type 'QueuingStrategy'.");
});
test('a write through it ends when it is read', async () => {
  const t: any = new IdentityTransformStream(), w = t.writable.getWriter(), r = t.readable.getReader({ mode: 'byob' });
  let wrote = false;
  w.write(u8(1, 2, 3)).then(() => { wrote = true; });
  await turn();
  assertEq(wrote, false);
  assertEq(list((await r.read(new Uint8Array(2))).value), '1,2');
  await turn();
  assertEq(wrote, false);
  assertEq(list((await r.read(new Uint8Array(2))).value), '3');
  r.read(new Uint8Array(2));
  await turn();
  assertEq(wrote, true);
});
test('its errors go both ways', async () => {
  let t: any = new IdentityTransformStream(), w = t.writable.getWriter();
  w.abort(new RangeError('ab'));
  await assertRejects(t.readable.getReader().read(), 'RangeError: ab');
  t = new IdentityTransformStream();
  w = t.writable.getWriter();
  const p = w.write(u8(1));
  await t.readable.cancel(new RangeError('cc'));
  await assertRejects(p, 'RangeError: cc');
  t = new IdentityTransformStream();
  w = t.writable.getWriter();
  w.close();
  await assertRejects(w.write(u8(1)), 'TypeError: This WritableStream has been closed.');
  assertEq((await t.readable.getReader({ mode: 'byob' }).read(new Uint8Array(4))).done, true);
});
test('its mark counts bytes', () => {
  const w = new (IdentityTransformStream as any)({ highWaterMark: 10 }).writable.getWriter();
  w.write(u8(1, 2, 3));
  assertEq(w.desiredSize, 7);
});
test('it tees and is a body', async () => {
  const t: any = new IdentityTransformStream(), w = t.writable.getWriter(), [a, b] = t.readable.tee();
  w.write(u8(65));
  w.close();
  assertEq([await new Response(a).text(), await new Response(b).text()], ['A', 'A']);
  const s: any = new IdentityTransformStream(), x = s.writable.getWriter();
  x.write(u8(65));
  x.write(u8(66));
  x.close();
  assertEq(await new Response(s.readable).text(), 'AB');
});
test('FixedLengthStream', async () => {
  const F: any = FixedLengthStream, ok = new F(2), w = ok.writable.getWriter();
  w.write(u8(65, 66));
  w.close();
  assertEq(await new Response(ok.readable).text(), 'AB');
  const short = new F(2), x = short.writable.getWriter();
  x.write(u8(65));
  x.close().catch(() => {});
  await assertRejects(new Response(short.readable).text(), 'TypeError: FixedLengthStream did not see all expected bytes before close().');
  const long = new F(2), y = long.writable.getWriter();
  y.write(u8(1, 2, 3)).catch(() => {});
  await assertRejects(long.readable.getReader().read(), 'TypeError: Attempt to write too many bytes through a FixedLengthStream.');
  assertThrows(() => new F(), "TypeError: Failed to construct 'FixedLengthStream': constructor parameter 1 is not of type 'bigint'.");
  assertThrows(() => new F(-1), 'TypeError: The value cannot be converted because it is negative and this API expects a positive bigint.');
  assertThrows(() => new F(2 ** 53), 'TypeError: FixedLengthStream requires an integer expected length less than 2^53.');
  assertEq(Object.prototype.toString.call(new F('3')), '[object FixedLengthStream]');
});
test('TextEncoderStream', async () => {
  const t: any = new TextEncoderStream(), w = t.writable.getWriter();
  assertEq([t.encoding, Object.prototype.toString.call(t)], ['utf-8', '[object TextEncoderStream]']);
  for (const x of ['\u00e9', 5, '\ud83d', '\ude00', '\ud83d']) w.write(x);
  w.close();
  assertEq((await readAll(t.readable)).map(list).join(), '195,169,53,240,159,152,128,239,191,189');
});
test('TextDecoderStream', async () => {
  const t: any = new TextDecoderStream(), w = t.writable.getWriter();
  assertEq([t.encoding, t.fatal, t.ignoreBOM], ['utf-8', false, false]);
  w.write(u8(0xc3));
  w.write(u8(0xa9, 65));
  w.close();
  assertEq((await readAll(t.readable)).join(''), '\u00e9A');
  const f: any = new (TextDecoderStream as any)('utf-8', { fatal: true }), x = f.writable.getWriter(), p = x.write(u8(0xff)).catch(String);
  assertEq([await f.readable.getReader().read().catch(String), await p], ['TypeError: Failed to decode input.', 'TypeError: Failed to decode input.']);
  const b: any = new TextDecoderStream(), y = b.writable.getWriter(), text = 'TypeError: This TransformStream is being used as a byte stream, but received a value that is not a BufferSource.';
  y.write('x').catch(() => {});
  await assertRejects(b.readable.getReader().read(), text);
  assertThrows(() => new (TextDecoderStream as any)('foo'), /^RangeError/);
});
