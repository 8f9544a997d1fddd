const Q: any = Request;
const U = 'http://a/';
const post = (body: any, more: any = {}) => new Q(U, { method: 'POST', body, ...more });
const pairs = (r: any) => JSON.stringify([...r.headers]);

test('defaults', () => {
  const r = new Q(U);
  assertEq([r.method, r.url, r.redirect, r.cf, r.fetcher, r.integrity, r.keepalive, r.cache, r.body, r.bodyUsed],
    ['GET', U, 'follow', undefined, null, '', false, undefined, null, false]);
  assertEq(pairs(r), '[]');
});
test('the URL is normalized', () => {
  assertEq(new Q('http://A.com:80/x y#frag').url, 'http://a.com/x%20y#frag');
  assertEq(new Q('http://a').url, U);
  assertEq(new Q(new URL('http://a/b?c')).url, 'http://a/b?c');
  assertEq(new Q('http://u:p@a/').url, 'http://u:p@a/');
  assertEq(new Q({ toString() { return U; } }).url, U);
  assertThrows(() => new Q(''), 'TypeError: Invalid URL: ');
  assertThrows(() => new Q('/x'), 'TypeError: Invalid URL: /x');
  assertThrows(() => new Q(), "TypeError: Failed to construct 'Request': constructor parameter 1 is not of type 'Request or string'.");
});
test('methods', () => {
  for (const m of ['get', 'patch', 'propfind', 'TRACE', 'Query', 'purge'])
    assertEq(new Q(U, { method: m }).method, m.toUpperCase());
  for (const m of ['foo', '', 'CONNECT', 'a b', 1, null, 'toString'])
    assertThrows(() => new Q(U, { method: m }), 'TypeError: Invalid HTTP method string: ' + m);
  assertEq(new Q(U, { method: undefined }).method, 'GET');
});
test('GET and HEAD have no body', () => {
  const text = 'TypeError: Request with a GET or HEAD method cannot have a body.';
  assertThrows(() => new Q(U, { method: 'GET', body: 'x' }), text);
  assertThrows(() => new Q(U, { method: 'HEAD', body: '' }), text);
  assertThrows(() => new Q(U, { body: 'x' }), text);
  assertThrows(() => new Q(post('x'), { method: 'GET' }), text);
  assertEq(new Q(U, { body: null }).body, null);
  assertEq(new Q(U, { method: 'POST' }).body, null);
});
test('redirect, cache, integrity, fetcher', () => {
  const text = 'TypeError: Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented since it does not make sense at the edge; use "manual" and check the response status code).';
  for (const redirect of ['error', 'foo', null]) assertThrows(() => new Q(U, { redirect }), text);
  assertEq(new Q(U, { redirect: 'manual' }).redirect, 'manual');
  for (const cache of ['reload', 'default', 'xxx']) assertThrows(() => new Q(U, { cache }), 'TypeError: Unsupported cache mode: ' + cache);
  for (const cache of ['no-store', 'no-cache', undefined]) assertEq(new Q(U, { cache }).cache, cache);
  assertThrows(() => new Q(U, { integrity: 'x' }), 'TypeError: Subrequest integrity checking is not implemented. The integrity option must be either undefined or an empty string.');
  assertEq(new Q(U, { integrity: '', keepalive: true, mode: 'cors', fetcher: null }).keepalive, false);
  assertThrows(() => new Q(U, { fetcher: 1 }), "TypeError: Incorrect type for the 'fetcher' field on 'RequestInitializerDict': the provided value is not of type 'Fetcher'.");
});
test('cf is copied', () => {
  const cf: any = { a: { b: 1 } };
  const r = new Q(U, { cf });
  assert(r.cf !== cf && r.cf.a !== cf.a && r.cf === r.cf);
  assert(new Q(r).cf !== r.cf && r.clone().cf !== r.cf);
  assertEq(r.clone().cf, { a: { b: 1 } });
  for (const bad of [1, null]) assertThrows(() => new Q(U, { cf: bad }), "TypeError: Incorrect type for the 'cf' field on 'RequestInitializerDict': the provided value is not of type 'Object'.");
});
test('wrong init', () => {
  for (const init of [1, 'x']) assertThrows(() => new Q(U, init), "TypeError: Failed to construct 'Request': constructor parameter 2 is not of type 'RequestInitializerDict or Request'.");
  assertThrows(() => new Q(U, { headers: null }), "TypeError: Incorrect type for the 'headers' field on 'RequestInitializerDict': the provided value is not of type 'Headers or Sequence or object'.");
  assertThrows(() => new Q(U, { signal: 1 }), "TypeError: Incorrect type for the 'signal' field on 'RequestInitializerDict': the provided value is not of type 'AbortSignal'.");
  assertEq(new Q(U, null).url, U);
});
test('a body brings its content-type', async () => {
  const r = post('x');
  assertEq([r.bodyUsed, r.headers.get('content-type')], [false, 'text/plain;charset=UTF-8']);
  assertEq([await r.text(), r.bodyUsed], ['x', true]);
  assertEq(post(new URLSearchParams('a=b')).headers.get('content-type'), 'application/x-www-form-urlencoded;charset=UTF-8');
});
test('a request made of another takes its body', async () => {
  const a = post('x', { headers: { q: '1' } }), b = new Q(a, { headers: { z: '2' } });
  assertEq([a.bodyUsed, b.bodyUsed], [true, false]);
  assertEq(pairs(b), '[["z","2"]]');
  assertEq([await b.text(), b.method], ['x', 'POST']);
  assertThrows(() => new Q(a), 'TypeError: Cannot reconstruct a Request with a used body.');
  await assertRejects(a.text(), 'TypeError: Body has already been used. It can only be used once. Use tee() first if you need to read it twice.');
});
test('a request made of another with a body of its own leaves it', async () => {
  const a = post('x', { headers: { 'content-type': 'q' } }), b = new Q(a, { body: 'y' });
  assertEq([a.bodyUsed, await b.text(), await a.text(), b.headers.get('content-type')], [false, 'y', 'x', 'q']);
  const c = post('x'), d = new Q(c, { method: 'GET', body: null });
  assertEq([d.body, c.bodyUsed, d.method], [null, false, 'GET']);
});
test('a Request serves as init', async () => {
  const a = post('x', { headers: { q: '1' }, redirect: 'manual', cf: { z: 1 }, cache: 'no-store' }), b = new Q('http://b/', a);
  assertEq([b.url, b.method, b.redirect, b.cf, b.cache], ['http://b/', 'POST', 'manual', { z: 1 }, 'no-store']);
  assertEq(pairs(b), '[["content-type","text/plain;charset=UTF-8"],["q","1"]]');
  assertEq([a.bodyUsed, await b.text(), a.bodyUsed], [false, 'x', true]);
});
test('clone', async () => {
  const a = post('x', { headers: { q: '1' } }), c = a.clone();
  c.headers.set('q', '2');
  assertEq(a.headers.get('q'), '1');
  assertEq([await a.text(), await c.text(), c.method, c.url], ['x', 'x', 'POST', U]);
  assertThrows(() => a.clone(), 'TypeError: This ReadableStream is currently locked to a reader,');
});
test('the class looks like the platform', () => {
  assertEq(Object.getOwnPropertyNames(post('x')).length, 0);
  assertEq(Object.prototype.toString.call(new Q(U)), '[object Request]');
  assertEq([Q.name, Q.length], ['Request', 0]);
  assertThrows(() => Q(U), "TypeError: Failed to construct 'Request': Please use the 'new' operator, this object constructor cannot be called as a function.");
  assertThrows(() => Object.getOwnPropertyDescriptor(Request.prototype, 'url')!.get!.call(new Response('x')), /^TypeError: Illegal invocation/);
  class Mine extends Request { get short() { return this.method + this.url; } }
  assertEq(new Mine(U).short, 'GET' + U);
});
