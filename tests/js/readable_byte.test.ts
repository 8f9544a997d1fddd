const list = (a: any) => [...a].join();
const u8 = (...b: number[]) => new Uint8Array(b);
const bytes = (more: any = {}, strategy?: any): any => {
  let c: any;
  const stream: any = new ReadableStream({ type: 'bytes', start(x: any) { c = x; }, ...more } as any, strategy);
  return { c, stream };
};
const byob = (s: any) => s.getReader({ mode: 'byob' });

test('a default reader gets the chunks', async () => {
  const { c, stream } = bytes();
  c.enqueue(u8(1, 2));
  const r = stream.getReader();
  assertEq(list((await r.read()).value), '1,2');
  const p = r.read();
  c.enqueue(new Uint16Array([3]));
  assertEq(list((await p).value), '3,0');
  c.close();
  assertEq((await r.read()).done, true);
});
test('controller errors', () => {
  const { c } = bytes();
  assertEq([c.byobRequest, c.desiredSize], [null, 0]);
  assertEq(bytes({}, { highWaterMark: 5 }).c.desiredSize, 5);
  assertThrows(() => c.enqueue('x'), "TypeError: Failed to execute 'enqueue' on 'ReadableByteStreamController': parameter 1 is not of type 'BufferSource'.");
  assertThrows(() => c.enqueue(u8()), 'TypeError: Cannot enqueue a zero-length ArrayBuffer.');
  c.enqueue(new ArrayBuffer(3));
  const d = bytes().c;
  d.close();
  assertThrows(() => d.enqueue(u8(1)), 'TypeError: This ReadableByteStreamController is closed.');
  assertThrows(() => d.close(), 'TypeError: This ReadableStream is closed.');
  assertThrows(() => bytes({ autoAllocateChunkSize: 0 }), 'TypeError: The autoAllocateChunkSize option cannot be zero.');
});
test('what read(view) refuses', async () => {
  const r = byob(bytes().stream), view = "TypeError: Failed to execute 'read' on 'ReadableStreamBYOBReader': parameter 1 is not of type 'ArrayBufferView'.";
  for (const bad of [undefined, 'x', new ArrayBuffer(2)]) {
    let p: any;
    try { p = r.read(bad); } catch (e) { p = Promise.reject(e); }
    await assertRejects(p, view);
  }
  await assertRejects(r.read(u8()), 'TypeError: You must call read() on a "byob" reader with a positive-sized TypedArray object.');
  await assertRejects(r.read(new Uint8Array(2), { min: 3 }), 'TypeError: Minimum bytes to read (3) exceeds size of buffer (2).');
  await assertRejects(r.read(new Uint8Array(2), { min: 0 }), 'TypeError: Requested invalid minimum number of bytes to read (0).');
  await assertRejects(r.readAtLeast(0, new Uint8Array(5)), 'TypeError: Requested invalid minimum number of bytes to read (0).');
  await assertRejects(r.readAtLeast(9, new Uint8Array(5)), 'TypeError: Minimum bytes to read (9) exceeds size of buffer (5).');
});
test('byobRequest fills the view', async () => {
  const { c, stream } = bytes(), p = byob(stream).read(new Uint8Array(5)), b = c.byobRequest;
  assertEq([b.view.length, b.atLeast, c.byobRequest === b], [5, 1, true]);
  b.view[0] = 7;
  b.view[1] = 8;
  b.respond(2);
  assertEq(b.view, null);
  assertEq(list((await p).value), '7,8');
  assertThrows(() => b.respond(1), 'TypeError: This ReadableStreamBYOBRequest has been invalidated.');
});
test('wrong responses', () => {
  const out = () => { const x = bytes(); byob(x.stream).read(new Uint8Array(5)).catch(() => {}); return { c: x.c, b: x.c.byobRequest }; };
  assertThrows(() => out().b.respond(6), 'RangeError: Too many bytes [6] in response to a BYOB read request.');
  assertThrows(() => out().b.respond(0), 'TypeError: The bytesWritten must be more than zero while the stream is open.');
  assertThrows(() => { const { c, b } = out(); c.close(); b.respond(1); }, 'TypeError: The bytesWritten must be zero after the stream is closed.');
  assertThrows(() => out().b.respondWithNewView(new Uint8Array(2)), 'RangeError: The underlying ArrayBuffer is not the correct length.');
  assertThrows(() => { const { b } = out(); b.respondWithNewView(b.view.subarray(1, 2)); }, 'RangeError: The given view has an invalid byte offset.');
});
test('respondWithNewView', async () => {
  const { c, stream } = bytes(), p = byob(stream).read(new Uint8Array(5)), b = c.byobRequest;
  b.view[0] = 9;
  b.respondWithNewView(b.view.subarray(0, 1));
  assertEq(list((await p).value), '9');
});
test('close with a read pending', async () => {
  const { c, stream } = bytes(), p = byob(stream).read(new Uint8Array(5)), b = c.byobRequest;
  c.close();
  b.respond(0);
  const end = await p;
  assertEq([end.done, end.value.length], [true, 0]);
});
test('readAtLeast waits for enough', async () => {
  const { c, stream } = bytes(), p = byob(stream).readAtLeast(2, new Uint8Array(5)), b = c.byobRequest;
  assertEq(b.atLeast, 2);
  b.respond(1);
  assertEq(c.byobRequest.atLeast, 1);
  c.byobRequest.respond(1);
  const got = await p;
  assertEq([got.value.length, got.done], [2, false]);
});
test('BYOB reads cut across chunks', async () => {
  const { c, stream } = bytes();
  c.enqueue(u8(1, 2, 3));
  c.enqueue(u8(4, 5));
  c.close();
  const r = byob(stream), a = await r.read(new Uint8Array(4)), b = await r.read(new Uint8Array(4)), end = await r.read(new Uint8Array(4));
  assertEq([list(a.value), list(b.value), end.value.length, end.done], ['1,2,3,4', '5', 0, true]);
  const x = bytes();
  x.c.enqueue(u8(1, 2, 3));
  x.c.enqueue(u8(4, 5));
  assertEq(list((await byob(x.stream).readAtLeast(5, new Uint8Array(8))).value), '1,2,3,4,5');
});
test('views of other kinds', async () => {
  const { c, stream } = bytes(), r = byob(stream);
  const p = r.read(new Uint16Array(2));
  c.enqueue(u8(1, 0, 2));
  const got = (await p).value;
  assert(got instanceof Uint16Array);
  assertEq(list(got), '1');
  const q = r.read(new DataView(new ArrayBuffer(4)));
  const d = (await q).value;
  assert(d instanceof DataView);
  assertEq([d.byteLength, d.getUint8(0)], [1, 2]);
});
test('a view inside a larger buffer', async () => {
  const { c, stream } = bytes(), buffer = new ArrayBuffer(8), p = byob(stream).read(new Uint8Array(buffer, 3, 4));
  c.enqueue(u8(5, 6));
  const v = (await p).value;
  assertEq([list(v), v.byteOffset, v.buffer.byteLength], ['5,6', 3, 8]);
});
test('pull with an automatic allocation', async () => {
  let size = 0;
  const s: any = new ReadableStream({ type: 'bytes', autoAllocateChunkSize: 4, pull(c: any) { const b = c.byobRequest; size = b.view.length; b.view[0] = 7; b.respond(1); } } as any);
  const r = s.getReader();
  assertEq([list((await r.read()).value), list((await r.read()).value), size], ['7', '7', 4]);
  const d: any = new ReadableStream({ type: 'bytes', pull(c: any) { size = c.byobRequest.view.length; c.enqueue(u8(1)); } } as any);
  assertEq([list((await d.getReader().read()).value), size], ['1', 4096]);
});
test('pull feeds BYOB reads', async () => {
  const r = byob(new ReadableStream({ type: 'bytes', pull(c: any) { c.enqueue(u8(1, 2, 3)); } } as any));
  assertEq([list((await r.read(new Uint8Array(2))).value), list((await r.read(new Uint8Array(2))).value)], ['1,2', '3']);
});
test('a reader that goes leaves what was filled', async () => {
  const { c, stream } = bytes(), r = byob(stream), p = r.readAtLeast(4, new Uint8Array(8));
  c.byobRequest.view[0] = 1;
  c.byobRequest.respond(1);
  r.releaseLock();
  await assertRejects(p, 'TypeError: This ReadableStream reader has been released.');
  c.enqueue(u8(2));
  const q = byob(stream);
  assertEq(list((await q.read(new Uint8Array(8))).value), '1,2');
});
test('errors and cancel', async () => {
  const { c, stream } = bytes(), p = byob(stream).read(new Uint8Array(2));
  c.error(new RangeError('e'));
  await assertRejects(p, 'RangeError: e');
  let why: any;
  const x = bytes({ cancel(r: any) { why = r; } }), r = byob(x.stream);
  await r.cancel('w');
  assertEq(why, 'w');
  const end = await r.read(new Uint8Array(2));
  assertEq(end.done, true);
});
test('tee of bytes', async () => {
  const { c, stream } = bytes();
  const chunk = u8(1, 2);
  c.enqueue(chunk);
  c.close();
  const [a, b] = stream.tee();
  const x = await byob(a).read(new Uint8Array(4)), y = await b.getReader().read();
  assertEq([list(x.value), list(y.value)], ['1,2', '1,2']);
  x.value[0] = 9;
  assertEq(y.value[0], 1);
});
test('a byte stream as a body', async () => {
  let n = 0;
  const s: any = new ReadableStream({ type: 'bytes', pull(c: any) { if (n++ < 3) c.enqueue(u8(64 + n)); else c.close(); } } as any);
  assertEq(await new Response(s).text(), 'ABC');
});
