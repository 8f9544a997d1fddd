const R: any = Response;
const pairs = (r: any) => JSON.stringify([...r.headers]);

test('a string body brings its content-type', async () => {
  const r = new Response('x');
  assertEq(pairs(r), '[["content-type","text/plain;charset=UTF-8"]]');
  assertEq([r.status, r.statusText, r.ok, r.redirected, r.url, r.type, (r as any).webSocket, (r as any).cf],
    [200, '', true, false, '', 'default', null, undefined]);
  assertEq(await r.text(), 'x');
});
test('what init may say', () => {
  assertEq(new Response('x', { status: 404 }).ok, false);
  assertEq(new R('x', { status: '404' }).status, 404);
  assertEq(new R('x', { status: 201.5 }).status, 201);
  assertEq(new R('x', { status: { valueOf() { return 201; } } }).status, 201);
  assertEq(new R('x', { status: undefined, headers: undefined, cf: undefined }).status, 200);
  assertEq(new R('x', null).status, 200);
  assertEq(new R('x', []).status, 200);
  assertEq(new Response(null, { statusText: 'h\u00e9' }).statusText, 'h\u00e9');
  assertEq(new R(null, { statusText: null }).statusText, 'null');
  assertEq(pairs(new Response('x', { headers: { 'content-type': 'x/y' } })), '[["content-type","x/y"]]');
  assertEq(pairs(new Response('x', { headers: [['a', 'b']] })), '[["a","b"],["content-type","text/plain;charset=UTF-8"]]');
  assertEq(pairs(new Response(null)), '[]');
  assertEq(new R('x', { encodeBody: 'manual' }).status, 200);
});
test('a Response serves as init', () => {
  const r = new Response('x', new Response('y', { status: 404, headers: { a: 'b' } }));
  assertEq(r.status, 404);
  assertEq(pairs(r), '[["a","b"],["content-type","text/plain;charset=UTF-8"]]');
});
test('status codes out of range', () => {
  for (const status of [99, 600, 'abc', -1, 101, null, 70200])
    assertThrows(() => new R(null, { status }), 'RangeError: Responses may only be constructed with status codes in the range 200 to 599, inclusive.');
  assertThrows(() => new R('x', { status: 1e10 }), 'TypeError: Value out of range. Must be between -2147483648 and 2147483647 (inclusive).');
});
test('a null body status has no body', () => {
  for (const status of [204, 205, 304])
    assertThrows(() => new Response('x', { status }), 'TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body.');
  assertThrows(() => R.json({}, { status: 204 }), 'TypeError: Response with null body status (101, 204, 205, or 304) cannot have a body.');
  assertEq(new Response(null, { status: 204 }).body, null);
});
test('wrong init', () => {
  for (const init of [1, 'y', true])
    assertThrows(() => new R('x', init), "TypeError: Failed to construct 'Response': constructor parameter 2 is not of type 'InitializerDict or Response'.");
  for (const headers of [1, null])
    assertThrows(() => new R('x', { headers }), "TypeError: Incorrect type for the 'headers' field on 'InitializerDict': the provided value is not of type 'Headers or Sequence or object'.");
  for (const cf of [1, null])
    assertThrows(() => new R('x', { cf }), "TypeError: Incorrect type for the 'cf' field on 'InitializerDict': the provided value is not of type 'Object'.");
  assertThrows(() => new R('x', { encodeBody: 'foo' }), 'TypeError: encodeBody: unexpected value: foo');
  assertThrows(() => new R('x', { webSocket: 1 }), "TypeError: Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.");
  assertThrows(() => new Response(null, { statusText: 'a\nb' }), 'TypeError: Invalid statusText');
  assertThrows(() => new Response(null, { statusText: 'a b\t' }), 'TypeError: Invalid statusText');
});
test('cf is copied', () => {
  const cf: any = { a: { b: 1 }, f() {} };
  const r: any = new R('x', { cf });
  assertEq(JSON.stringify(r.cf), '{"a":{"b":1}}');
  assert(r.cf !== cf && r.cf.a !== cf.a && r.cf === r.cf);
});
test('Response.error', () => {
  const r: any = Response.error();
  assertEq([r.ok, r.url, r.type, r.status, r.body, r.statusText, r.webSocket], [false, '', 'error', 0, null, '', null]);
});
test('Response.redirect', () => {
  const r: any = Response.redirect('http://a/b c', 301);
  assertEq([r.status, r.body, r.type], [301, null, 'default']);
  assertEq(pairs(r), '[["location","http://a/b%20c"]]');
  assertEq(Response.redirect('http://a/').status, 302);
  assertEq(R.redirect('http://a/', '307').status, 307);
  assertEq(Response.redirect('http://a/\u00e9').headers.get('location'), 'http://a/%C3%A9');
  assertThrows(() => r.headers.set('a', 'b'), "TypeError: Can't modify immutable headers.");
  assertThrows(() => Response.redirect('http://a/', 200), 'RangeError: 200 is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.');
  assertThrows(() => R.redirect('http://a/', null), 'RangeError: 0 is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.');
  assertThrows(() => Response.redirect('/x'), 'TypeError: Unable to parse URL: /x');
  assertThrows(() => R.redirect(), "TypeError: Failed to execute 'redirect' on 'Response': parameter 1 is not of type 'string'.");
});
test('Response.json', async () => {
  const r: any = R.json({ a: 1 });
  assertEq(pairs(r), '[["content-type","application/json"]]');
  assertEq(await r.text(), '{"a":1}');
  assertEq(R.json({}, { headers: { 'content-type': 'x' } }).headers.get('content-type'), 'x');
  assertEq(R.json({}, { headers: new Headers({ x: 'x' }) }).headers.get('content-type'), 'application/json');
  assertEq(R.json({}, { status: 404 }).status, 404);
  assertEq(await R.json(undefined).text(), 'undefined');
  assertThrows(() => R.json(), "TypeError: Failed to execute 'json' on 'Response': parameter 1 is not of type 'Value'.");
  assertThrows(() => R.json({ toJSON() { throw new RangeError('z'); } }), 'RangeError: z');
});
test('clone', async () => {
  const r: any = new R('x', { status: 404, headers: { a: 'b' }, statusText: 'zip', cf: { q: 1 } });
  const c = r.clone();
  c.headers.set('z', 'y');
  assertEq([c.status, c.statusText, c.cf], [404, 'zip', { q: 1 }]);
  assertEq(pairs(c), '[["a","b"],["content-type","text/plain;charset=UTF-8"],["z","y"]]');
  assertEq(pairs(r), '[["a","b"],["content-type","text/plain;charset=UTF-8"]]');
  assertEq([r.bodyUsed, c.bodyUsed], [false, false]);
  assertEq([await r.text(), await c.text()], ['x', 'x']);
  assertThrows(() => r.clone(), 'TypeError: This ReadableStream is currently locked to a reader,');
  assertEq(new Response(null).clone().body, null);
  const d = new Response('x');
  d.headers.delete('content-type');
  assertEq(pairs(d.clone()), '[]');
});
test('the class looks like the platform', async () => {
  assertEq(Object.getOwnPropertyNames(new Response('x', { status: 201 })).length, 0);
  assertEq(Object.prototype.toString.call(new Response('x')), '[object Response]');
  assertEq([R.name, R.length, R.json.name], ['Response', 0, 'json']);
  const d: any = Object.getOwnPropertyDescriptor(Response.prototype, 'status');
  assert(d.enumerable && d.configurable && typeof d.get === 'function' && d.set === undefined);
  const illegal = /^TypeError: Illegal invocation: function called with incorrect `this` reference/;
  assertThrows(() => (Response.prototype as any).status, illegal);
  assertThrows(() => d.get.call(new Request('http://a/')), illegal);
  assertThrows(() => Response.prototype.text.call({} as any), illegal);
  assertThrows(() => Response.prototype.clone.call({} as any), illegal);
  assertThrows(() => R('x'), "TypeError: Failed to construct 'Response': Please use the 'new' operator, this object constructor cannot be called as a function.");
  assertEq(await Response.prototype.text.call(new Request('http://a/', { method: 'POST', body: 'q' })), 'q');
  const B: any = Object.getPrototypeOf(Response.prototype).constructor;
  assertEq(B.name, 'Body');
  assertThrows(() => new B(), 'TypeError: Illegal constructor');
});
test('a subclass is a Response', async () => {
  class Mine extends Response { constructor() { super('hi', { status: 201 }); } get twice() { return this.status * 2; } }
  const r = new Mine();
  assertEq([r.twice, r instanceof Response, r.clone() instanceof Mine, Object.prototype.toString.call(r)], [402, true, false, '[object Response]']);
  assertEq(await r.text(), 'hi');
});
