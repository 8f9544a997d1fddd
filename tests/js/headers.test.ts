const pairs = (h: Headers) => JSON.stringify([...h]);

test('iteration is sorted, lower-cased and joins values of one name', () => {
  assertEq(pairs(new Headers([['B', '1'], ['a', '2'], ['b', '3']])), '[["a","2"],["b","1, 3"]]');
});
test('Set-Cookie entries stay apart', () => {
  const h = new Headers();
  h.set('Set-Cookie', 'a=1');
  h.append('set-cookie', 'b=2');
  h.append('X', '1');
  assertEq(pairs(h), '[["set-cookie","a=1"],["set-cookie","b=2"],["x","1"]]');
  assertEq(h.get('set-cookie'), 'a=1, b=2');
  assertEq(h.getSetCookie(), ['a=1', 'b=2']);
  assertEq(h.getAll('Set-Cookie'), ['a=1', 'b=2']);
  assertThrows(() => h.getAll('x'), 'TypeError: getAll() can only be used with the header name "Set-Cookie".');
});
test('get, has, set, append, delete', () => {
  const h = new Headers({ 'X-Foo': '1' });
  assertEq(h.get('x-foo'), '1');
  assertEq(h.get('none'), null);
  assertEq(h.has('X-FOO'), true);
  assertEq(h.append('x-foo', '2'), undefined);
  h.append('y', '3');
  h.append('X-foo', '4');
  assertEq(h.get('x-foo'), '1, 2, 4');
  assertEq(h.set('x-foo', '5'), undefined);
  assertEq(pairs(h), '[["x-foo","5"],["y","3"]]');
  h.append('x-foo', '6');
  assertEq(h.delete('X-FOO'), undefined);
  h.delete('none');
  assertEq(pairs(h), '[["y","3"]]');
});
test('values are trimmed and stringified', () => {
  assertEq(pairs(new Headers({ a: 1 as any, B: ' x y\t', c: '\nz\r\n', d: '\n' })), '[["a","1"],["b","x y"],["c","z"],["d",""]]');
  assertEq(new Headers({ a: undefined as any }).get('a'), 'undefined');
  assertEq(new Headers().get(undefined as any), null);
});
test('bad names and values are refused', () => {
  const h = new Headers({ b: '1' });
  assertThrows(() => h.get('a b'), 'TypeError: Invalid header name.');
  assertThrows(() => h.has('a:'), 'TypeError: Invalid header name.');
  assertThrows(() => h.delete('b\n'), 'TypeError: Invalid header name.');
  assertThrows(() => new Headers({ a: 'x\ny' }), 'TypeError: Invalid header value.');
  assertThrows(() => h.append('a', 'x\0y'), 'TypeError: Invalid header value.');
  assertThrows(() => h.set('a', 'x\ry'), 'TypeError: Invalid header value.');
  assertEq(pairs(h), '[["b","1"]]');
});
test('wrong arguments', () => {
  const h: any = new Headers();
  assertThrows(() => h.append('a'), "TypeError: Failed to execute 'append' on 'Headers': parameter 2 is not of type 'string'.");
  assertThrows(() => h.get(), "TypeError: Failed to execute 'get' on 'Headers': parameter 1 is not of type 'string'.");
  assertThrows(() => h.set(), "TypeError: Failed to execute 'set' on 'Headers': parameter 1 is not of type 'string'.");
  assertThrows(() => h.forEach(1), "TypeError: Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'function'.");
  for (const init of ['abc', 1, null, true] as any[])
    assertThrows(() => new Headers(init), "TypeError: Failed to construct 'Headers': constructor parameter 1 is not of type 'Headers or Sequence or object'.");
  assertThrows(() => new Headers([['a']] as any), 'TypeError: To initialize a Headers object from a sequence, each inner sequence must have exactly two elements.');
  assertThrows(() => new Headers([1] as any), "TypeError: Incorrect type: the provided value is not of type 'Sequence'.");
  assertThrows(() => new Headers(['ab'] as any), "TypeError: Incorrect type: the provided value is not of type 'Sequence'.");
});
test('every kind of init', () => {
  assertEq(pairs(new Headers(new Headers({ a: '1', B: '2' }))), '[["a","1"],["b","2"]]');
  assertEq(pairs(new Headers(new Map([['a', '1']]) as any)), '[["a","1"]]');
  assertEq(pairs(new Headers([new Set(['a', 'b'])] as any)), '[["a","b"]]');
  assertEq(pairs(new Headers(Object.create({ a: 1 }))), '[]');
  assertEq(pairs(new Headers(undefined)), '[]');
  assertEq(pairs(new Headers((() => 1) as any)), '[]');
});
test('a copy has a list of its own', () => {
  const a = new Headers({ x: '1' }), b = new Headers(a);
  b.set('x', '2');
  assertEq(a.get('x'), '1');
});
test('iterators walk the list as it was', () => {
  const h = new Headers({ a: '1', c: '3' }), seen: string[] = [];
  for (const [k] of h) { seen.push(k); h.delete('a'); h.set('b', '2'); }
  assertEq(seen.join(), 'a,c');
  assertEq([...new Headers({ b: '1', a: '2' }).keys()].join(), 'a,b');
  assertEq([...new Headers({ b: '1', a: '2' }).values()].join(), '2,1');
  assertEq(JSON.stringify([...new Headers({ b: '1' }).entries()]), '[["b","1"]]');
});
test('forEach gives value, name and the headers', () => {
  const h = new Headers({ b: '1', a: '2' }), seen: any[] = [];
  h.forEach(function (this: any, v, k, o) { seen.push([v, k, o === h, this == 7]); }, 7);
  assertEq(JSON.stringify(seen), '[["2","a",true,true],["1","b",true,true]]');
});
test('the class looks like the platform', () => {
  assertEq(Object.prototype.toString.call(new Headers()), '[object Headers]');
  assertEq(Object.prototype.toString.call(new Headers().entries()), '[object EntryIterator]');
  assertEq(Object.keys(new Headers({ a: '1' })).length, 0);
  assertEq(Object.getOwnPropertyNames(new Headers({ a: '1' })).length, 0);
  assertEq(JSON.stringify(new Headers({ a: '1' })), '{}');
  assertEq(Headers.length, 0);
  assertEq(Headers.name, 'Headers');
  assertEq(Headers.prototype.get.name, 'get');
  const d: any = Object.getOwnPropertyDescriptor(Headers.prototype, 'get');
  assert(d.writable && d.enumerable && d.configurable);
  assertThrows(() => (Headers as any)(), "TypeError: Failed to construct 'Headers': Please use the 'new' operator, this object constructor cannot be called as a function.");
  assertThrows(() => Headers.prototype.get.call({} as any, 'x'), /TypeError: Illegal invocation: function called with incorrect `this` reference\./);
  assertThrows(() => Headers.prototype.keys.call({} as any), /TypeError: Illegal invocation: /);
});
test('a subclass is a Headers', () => {
  class Mine extends Headers { shout(n: string) { return this.get(n) + '!'; } }
  const h = new Mine({ a: '1' });
  assertEq(h.shout('a'), '1!');
  assert(h instanceof Mine && h instanceof Headers);
});
test('many headers of one name', () => {
  const h = new Headers();
  for (let i = 0; i < 100; i++) h.append(i % 2 ? 'Odd-Numbers' : 'x-' + i, String(i));
  assertEq(h.get('odd-numbers')!.split(', ').length, 50);
  h.delete('odd-numbers');
  assertEq([...h].length, 50);
});
