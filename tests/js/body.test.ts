const R: any = Response;
const USED = 'TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.';
const LOCKED = 'TypeError: This ReadableStream is currently locked to a reader.';
const u8 = (...b: number[]) => new Uint8Array(b);
const list = (a: any) => [...new Uint8Array(a.buffer ? a.buffer.slice(a.byteOffset, a.byteOffset + a.byteLength) : a)].join();
const S1 = (...chunks: any[]) => new ReadableStream({ start(c) { for (const x of chunks) c.enqueue(x); c.close(); } });
const seen = async (body: any) => { const r = new R(body); return [r.headers.get('content-type'), await r.text()]; };
const TEXT = 'text/plain;charset=UTF-8';

test('what a body may be', async () => {
  for (const [body, text] of [[123, '123'], [{}, '[object Object]'], [true, 'true'], [new String('abc'), 'abc'], [{ toString() { return 'hey'; } }, 'hey'], ['', '']] as any[])
    assertEq(await seen(body), [TEXT, text]);
  assertEq(await seen(new URLSearchParams('a=b')), ['application/x-www-form-urlencoded;charset=UTF-8', 'a=b']);
  for (const body of [u8(65, 66), u8(65, 66).buffer, new DataView(u8(65, 66).buffer), u8(0, 65, 66).subarray(1)])
    assertEq(await seen(body), [null, 'AB']);
  assertEq(await seen(new Blob(['ab'], { type: 'text/foo' })), ['text/foo', 'ab']);
  assertEq(await seen(new Blob(['ab'])), [null, 'ab']);
  assertEq(await seen([u8(65), u8(66)]), [null, 'AB']);
  assertEq(await seen((async function* () { yield u8(66); })()), [null, 'B']);
  assertEq(await seen(S1(u8(65), u8(66))), [null, 'AB']);
  assertThrows(() => new R(Symbol()), /^TypeError: Cannot convert a Symbol value to a string|TypeError/);
});
test('a stream body must give bytes', async () => {
  for (const body of [[1, 2], ['a', 'b'], ['a', u8(66)], new Set(['abc']), S1('a'), S1(5)])
    await assertRejects(new R(body).text(), 'TypeError: This ReadableStream did not return bytes.');
  await assertRejects(new R(S1('a')).arrayBuffer(), 'TypeError: This ReadableStream did not return bytes.');
  const r = new R(S1(new ArrayBuffer(2), new Uint16Array(2).subarray(1)));
  assertEq(list(await r.bytes()), '0,0,0,0');
  await assertRejects(new R(new ReadableStream({ start(c) { c.error(new RangeError('z')); } })).text(), 'RangeError: z');
});
test('bytes are copied when given', async () => {
  const u = u8(65, 66), r = new R(u);
  u[0] = 67;
  assertEq(await r.text(), 'AB');
});
test('an empty body and none', async () => {
  const none = new R(null);
  assertEq([none.body, await none.text(), none.bodyUsed, await none.text()], [null, '', false, '']);
  assertEq(new R(undefined).body, null);
  assertEq((await new R(null).bytes()).length, 0);
  const empty = new R('');
  assertEq(Object.prototype.toString.call(empty.body), '[object ReadableStream]');
  assertEq([await empty.text(), empty.bodyUsed], ['', true]);
  assertEq((await new R('').body.getReader().read()).done, true);
});
test('readers', async () => {
  assertEq(await new R('{"a":[1]}').json(), { a: [1] });
  assertEq(list(await new R('\u00e9').arrayBuffer()), '195,169');
  assertEq(list(await new R('\u00e9').bytes()), '195,169');
  assert(await new R('x').arrayBuffer() instanceof ArrayBuffer && await new R('x').bytes() instanceof Uint8Array);
  assertEq(list(await new R('\ud83d\ude00').bytes()), '240,159,152,128');
  assertEq(await new R(u8(240, 159, 152, 128)).text(), '\ud83d\ude00');
});
test('text drops a byte order mark and repairs UTF-8', async () => {
  assertEq(await new R('\ufeffx').text(), 'x');
  assertEq(await new R(u8(0xef, 0xbb, 0xbf, 65, 0xff)).text(), 'A\ufffd');
  assertEq(await new R('\ufeff{"a":1}').json(), { a: 1 });
});
test('json that is none', async () => {
  await assertRejects(new R('').json(), 'SyntaxError: Unexpected end of JSON input');
  await assertRejects(new R(null).json(), 'SyntaxError: Unexpected end of JSON input');
  await assertRejects(new R('nope').json(), /^SyntaxError: /);
});
test('blob', async () => {
  const of = async (body: any, type?: string) => { const b = await new R(body, type ? { headers: { 'content-type': type } } : {}).blob(); return [b.size, b.type]; };
  assertEq(await of('\u00e9'), [2, TEXT]);
  assertEq(await of('x', 'Text/Plain; a=b'), [1, 'text/plain;a=b']);
  assertEq(await of(u8(1, 2)), [2, '']);
  assertEq(await of(null), [0, '']);
  assertEq(await (await new R('abc').blob()).text(), 'abc');
});
test('formData', async () => {
  const f = new FormData();
  f.append('a', 'b');
  f.append('c', new File(['zz'], 'q.txt', { type: 'text/plain' }));
  const r = new R(f);
  assert(/^multipart\/form-data; boundary=\S+$/.test(r.headers.get('content-type')));
  const g: any = await r.formData();
  assertEq([g.get('a'), g.get('c').name, g.get('c').type, await g.get('c').text()], ['b', 'q.txt', 'text/plain', 'zz']);
  const typed = (body: any, type: string) => new R(body, { headers: { 'content-type': type } }).formData();
  assertEq(JSON.stringify([...await typed('a=b&c=d', 'application/x-www-form-urlencoded')]), '[["a","b"],["c","d"]]');
  await assertRejects(new R('a=b').formData(), 'TypeError: Unrecognized Content-Type header value. FormData can only parse the following MIME types: multipart/form-data, application/x-www-form-urlencoded');
  await assertRejects(new R(u8(1)).formData(), 'TypeError: Parsing a Body as FormData requires a Content-Type header.');
  await assertRejects(typed('a=b', 'multipart/form-data'), /^TypeError: No boundary string in Content-Type header/);
  await assertRejects(typed('a=b', 'application/x-www-form-urlencoded;charset=latin1'), 'TypeError: Non-utf-8 application/x-www-form-urlencoded body.');
});
test('a body is used once', async () => {
  const r = new R('x'), p = r.text();
  assertEq([r.bodyUsed, r.body.locked], [true, true]);
  await assertRejects(r.text(), USED);
  assertEq([await p, r.body.locked], ['x', true]);
  await assertRejects(r.json(), USED);
  assertThrows(() => r.body.getReader(), LOCKED);
  assertThrows(() => new R(r.body), 'TypeError: This ReadableStream is disturbed (has already been read from), and cannot be used as a body.');
});
test('a locked or read body', async () => {
  let r = new R('x');
  assertEq(r.body, r.body);
  r.body.getReader();
  assertEq(r.bodyUsed, false);
  await assertRejects(r.text(), LOCKED);
  assertThrows(() => r.clone(), 'TypeError: This ReadableStream is currently locked to a reader,');
  assertThrows(() => new R(r.body), 'TypeError: This ReadableStream is locked to a reader, and cannot be used as a body.');
  r = new R('x');
  const reader = r.body.getReader();
  await reader.read();
  reader.releaseLock();
  assertEq(r.bodyUsed, true);
  await assertRejects(r.text(), USED);
  r = new R('x');
  await r.body.cancel();
  assertEq(r.bodyUsed, true);
  await assertRejects(r.text(), USED);
  r = new R('x');
  r.body.tee();
  assertEq(r.bodyUsed, true);
});
test('a touched but unread body still reads', async () => {
  const r = new R('abc'), s = r.body;
  assertEq([s.locked, await r.text(), s.locked, r.bodyUsed], [false, 'abc', true, true]);
  const t = new R('abc');
  t.body.getReader().releaseLock();
  assertEq(await t.text(), 'abc');
});
test('the stream of a string body gives its bytes', async () => {
  const r = new R('x').body.getReader();
  assertEq(list((await r.read()).value), '120');
  assertEq((await r.read()).done, true);
  const b = new R('abcdef').body.getReader({ mode: 'byob' });
  const a1 = await b.read(new Uint8Array(4)), a2 = await b.read(new Uint8Array(4)), a3 = await b.read(new Uint8Array(4));
  assertEq([list(a1.value), list(a2.value), a3.value.length, a3.done], ['97,98,99,100', '101,102', 0, true]);
  const parts: string[] = [];
  const it = new R('abc').body.values();
  for (let s = await it.next(); !s.done; s = await it.next()) parts.push(list(s.value));
  assertEq(parts.join(';'), '97,98,99');
});
test('a body given on to another message', async () => {
  const a = new R('x'), b = new R(a.body);
  assertEq([a.bodyUsed, b.headers.get('content-type')], [false, null]);
  assertEq([await b.text(), a.bodyUsed], ['x', true]);
  const s = S1(u8(65)), r = new R(s);
  assertEq([r.body === s, r.bodyUsed, s.locked], [true, false, false]);
  assertEq([await r.text(), r.bodyUsed], ['A', true]);
});
test('a cloned body reads twice', async () => {
  const r = new R('x'), before = r.body, c = r.clone();
  assertEq([r.body === before, before.locked, r.bodyUsed, c.bodyUsed, r.body.locked], [false, true, false, false, false]);
  assertEq([await r.text(), await c.text()], ['x', 'x']);
  const s = new R(S1(u8(65), u8(66))), d = s.clone();
  assertEq([await s.text(), await d.text()], ['AB', 'AB']);
});
test('piping a body', async () => {
  const s = new R('abc').body.pipeThrough(new TransformStream({ transform(c, k) { k.enqueue(c); } }));
  assertEq(await new R(s).text(), 'abc');
  const t = new IdentityTransformStream(), p = new R('abc').body.pipeTo(t.writable);
  assertEq(await new R(t.readable).text(), 'abc');
  await p;
});
test('a request takes a stream body over', async () => {
  const a: any = new Request('http://a/', { method: 'POST', body: S1(u8(65)) } as any), b: any = new Request(a);
  assertEq([a.bodyUsed, a.body.locked, a.body === b.body, b.body.locked], [true, true, false, false]);
  assertEq(await b.text(), 'A');
  await assertRejects(a.text(), USED);
  const c: any = new Request('http://a/', { method: 'POST', body: 'x' });
  c.body.getReader();
  assertThrows(() => new Request(c), 'TypeError: The ReadableStream has been locked to a reader.');
});
if (typeof requireBuiltin === 'function') {
  const streams = requireBuiltin('streams'), request = requireBuiltin('request'), response = requireBuiltin('response');
  const source = (chunks: any[], log: any[] = [], more: any = {}) => ({
    pull(want: number) { log.push('pull'); const c = chunks.length ? chunks.shift() : null; if (c instanceof Error) throw c; return c; },
    cancel(why: any) { log.push('cancel ' + why); }, ...more,
  });
  const sinkOf = (log: any[], write?: any) => ({
    write(c: any) { log.push(list(c)); return write ? write(c) : undefined; }, close() { log.push('close'); }, abort(e: any) { log.push('abort ' + e); },
  });
  const turn = () => new Promise<void>((r) => setTimeout(r, 1));

  test('host: a request of an event', async () => {
    const flat = ['Accept', '*/*', 'X', '1'];
    const r = request.fromHost('PUT', 'http://a/b', flat, source([u8(65), u8(66)]), '{"colo":"X"}', undefined);
    assertEq([r.method, r.url, r.headers.get('accept'), r.cf, r.bodyUsed, r instanceof Request], ['PUT', 'http://a/b', '*/*', { colo: 'X' }, false, true]);
    assertThrows(() => r.headers.set('a', 'b'), "TypeError: Can't modify immutable headers.");
    assertEq(await r.text(), 'AB');
    assertEq(request.fromHost('GET', 'http://a/', [], null, undefined, undefined).body, null);
    const copy = new Request(request.fromHost('GET', 'http://a/', flat, null, undefined, undefined));
    copy.headers.set('x', '2');
    assertEq(flat[3], '1');
  });
  test('host: readAll of a source is the short way', async () => {
    const log: any[] = [];
    const r = request.fromHost('POST', 'http://a/', [], source([], log, { readAll() { log.push('all'); return Promise.resolve(u8(67)); } }));
    assertEq([await r.text(), log.join()], ['C', 'all']);
    assertEq(r.bodyUsed, true);
    const touched = request.fromHost('POST', 'http://a/', [], source([], log, { readAll() { return Promise.resolve(u8(68)); } }));
    touched.body;
    assertEq(await touched.text(), 'D');
  });
  test('host: a source is pulled on demand only', async () => {
    const log: any[] = [], r = request.fromHost('POST', 'http://a/', [], source([u8(65), Promise.resolve(u8(66))], log)), reader = r.body.getReader();
    await turn();
    assertEq(log.join(), '');
    assertEq(list((await reader.read()).value), '65');
    assertEq(log.join(), 'pull');
    assertEq(list((await reader.read()).value), '66');
    assertEq((await reader.read()).done, true);
    const c = streams.fromSource(source([u8(1)], log));
    await c.cancel('why');
    assertEq(log.pop(), 'cancel why');
    await assertRejects(streams.fromSource(source([new RangeError('p')])).getReader().read(), 'RangeError: p');
    await assertRejects(new R(streams.fromSource(source([Promise.reject(new RangeError('q'))]))).text(), 'RangeError: q');
  });
  test('host: what a response is sent as', () => {
    let h = response.toHost(new R('hi'));
    assertEq([h.status, h.kind, h.body, h.list, h.webSocket], [200, 'string', 'hi', ['Content-Type', TEXT], null]);
    h = response.toHost(new R('hi', { status: 404, headers: { 'X-A': 'b', 'content-type': 'q' } }));
    assertEq([h.status, h.list], [404, ['X-A', 'b', 'content-type', 'q']]);
    h = response.toHost(new R(null, { status: 204 }));
    assertEq([h.status, h.kind, h.body, h.list], [204, 'none', null, []]);
    h = response.toHost(new R(u8(65)));
    assertEq([h.kind, list(h.body)], ['bytes', '65']);
    h = response.toHost(new R(S1(u8(65))));
    assertEq([h.kind, h.body instanceof ReadableStream], ['stream', true]);
    h = response.toHost(response.fromHost(200, 'OK', ['a', 'b'], source([]), 'http://a/', false, null));
    assertEq([h.kind, h.list], ['source', ['a', 'b']]);
    assertThrows(() => response.toHost({}), /Illegal invocation/);
  });
  test('host: a response is sent once, and its shared list stays as it is', () => {
    const r = new R('hi');
    response.toHost(r);
    assertThrows(() => response.toHost(r), USED);
    r.headers.set('content-type', 'changed');
    assertEq(response.toHost(new R('hi')).list, ['Content-Type', TEXT]);
  });
  test('host: draining a stream', async () => {
    const log: any[] = [];
    streams.drainTo(S1(u8(65), u8(66, 67)), sinkOf(log));
    await turn();
    assertEq(log.join(';'), '65;66,67;close');
    log.length = 0;
    streams.drainTo(S1('text'), sinkOf(log));
    await turn();
    assertEq(log.join(';'), 'abort TypeError: This ReadableStream did not return bytes.');
    log.length = 0;
    streams.drainTo(new ReadableStream({ start(c) { c.error(new RangeError('e')); } }), sinkOf(log));
    await turn();
    assertEq(log.join(';'), 'abort RangeError: e');
  });
  test('host: draining an untouched source goes around the stream', async () => {
    const log: any[] = [], s = streams.fromSource(source([u8(65), Promise.resolve(u8(66)), u8(67)]));
    streams.drainTo(s, sinkOf(log));
    assertEq(log.join(';'), '65');
    await turn();
    assertEq(log.join(';'), '65;66;67;close');
    assertEq(s.locked, true);
  });
  test('host: a full sink holds the source back', async () => {
    const log: any[] = [], full: any[] = [];
    const s = streams.fromSource(source([u8(65), u8(66)], log));
    streams.drainTo(s, sinkOf(log, () => new Promise<void>((r) => full.push(r))));
    await turn();
    assertEq(log.join(';'), 'pull;65');
    full.shift()();
    await turn();
    assertEq(log.join(';'), 'pull;65;pull;66');
    full.shift()();
    await turn();
    assertEq(log.pop(), 'close');
  });
  test('host: a sink that goes away cancels the stream', async () => {
    const log: any[] = [];
    let cancel = streams.drainTo(new ReadableStream({ cancel(r) { log.push('cancel ' + r); } }), sinkOf(log));
    cancel('gone');
    await turn();
    cancel = streams.drainTo(streams.fromSource(source([new Promise(() => {})], log)), sinkOf(log));
    cancel('gone too');
    await turn();
    assertEq(log.join(';'), 'cancel gone;pull;cancel gone too');
    log.length = 0;
    streams.drainTo(new ReadableStream({ start(c) { c.enqueue(u8(1)); }, cancel(r) { log.push('cancel ' + r); } }), sinkOf(log, () => { throw new RangeError('sink'); }));
    await turn();
    assertEq(log.join(';'), '1;abort RangeError: sink;cancel RangeError: sink');
  });
  test('host: many chunks at hand do not nest', async () => {
    const chunks = [], log: any[] = [];
    for (let i = 0; i < 5000; i++) chunks.push(u8(1));
    let n = 0;
    streams.drainTo(S1(...chunks), { write() { n++; }, close() { n += 10000; }, abort(e: any) { log.push(e); } });
    await turn();
    assertEq([n, log.length], [15000, 0]);
  });
}
declare const requireBuiltin: any;
if (typeof requireBuiltin === 'function') {
  test('host: the length that a stream is known to have', () => {
    const streams = requireBuiltin('streams');
    assertEq(streams.lengthOf(new FixedLengthStream(7).readable), 7);
    assertEq(streams.lengthOf(new IdentityTransformStream().readable), undefined);
    assertEq(streams.lengthOf(new ReadableStream()), undefined);
    assertEq(streams.lengthOf(streams.fromSource({ pull() { return null; }, cancel() {}, length: 3 })), 3);
  });
  test('text() of what is no text warns', async () => {
    const console_ = requireBuiltin('console'), keep = console_.warning, seen: string[] = [];
    console_.warning = (t: string) => { seen.push(t); };
    try {
      for (const type of ['text/html', 'application/json', 'a/xml', 'x/y; charset=utf-8', 'image/png'])
        await new Response('x', { headers: { 'content-type': type } }).text();
      const f = new FormData();
      new Response(f, { headers: { 'content-type': 'x/y' } }).headers;
      new Response('', { status: 204 });
    } finally { console_.warning = keep; }
    assertEq(seen.length, 3);
    assert(/does not appear to be text\. The body's Content-Type is "image\/png"/.test(seen[0]));
    assert(/^A FormData body was provided with a custom Content-Type header/.test(seen[1]));
    assert(/^Constructing a Response with a null body status \(204\)/.test(seen[2]));
  });
}
