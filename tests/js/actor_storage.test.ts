declare const actor: any, test: any, assert: any, assertEq: any, assertRejects: any, assertThrows: any, idle: any, tick: any, DISK: number, MEMORY: number, logs: any, show: any;

const both = (name: string, fn: (storage: number) => any) => {
  test(name + ' (disk)', () => fn(DISK));
  test(name + ' (memory)', () => fn(MEMORY));
};
// What a call does: "resolves v", "rejects E", "throws E", "returns v".
async function did(fn: () => any) {
  let r: any;
  try { r = fn(); } catch (e) { return 'throws ' + e; }
  if (r && typeof r.then === 'function') return r.then((v: any) => 'resolves ' + show(v), (e: any) => 'rejects ' + e);
  return 'returns ' + show(r);
}

both('many keys', async (storage) => {
  const a = actor({ storage });
  assertEq(await a.run(async (c: any) => {
    await c.storage.put({ b: 2, a: 1, c: 3, skipped: undefined });
    return [show(await c.storage.get(['c', 'a', 'x', 'a'])), await c.storage.delete(['a', 'x', 'b', 'a']), show(await c.storage.list())];
  }), ['Map[["a",1],["c",3]]', 2, 'Map[["c",3]]']);
});

both('list and its options', async (storage) => {
  const a = actor({ storage });
  await a.run((c: any) => c.storage.put({ a: 1, b: 2, ba: 3, bb: 4, c: 5, '\u00e9': 6, '\ud83d\ude00': 7, '\uffee': 8 }));
  await idle();
  const keys = (options: any) => a.run(async (c: any) => Array.from((await c.storage.list(options)).keys()).join());
  assertEq(await keys({}), 'a,b,ba,bb,c,\u00e9,\uffee,\ud83d\ude00'); // by bytes, not by code units
  assertEq(await keys({ prefix: 'b' }), 'b,ba,bb');
  assertEq(await keys({ prefix: 'b', start: 'ba' }), 'ba,bb');
  assertEq(await keys({ prefix: 'b', startAfter: 'ba' }), 'bb');
  assertEq(await keys({ prefix: 'b', end: 'bb' }), 'b,ba');
  assertEq(await keys({ prefix: 'b', start: 'c' }), '');
  assertEq(await keys({ prefix: 'b', end: 'b' }), '');
  assertEq(await keys({ prefix: 'b', end: 'z' }), 'b,ba,bb');
  assertEq(await keys({ start: 'b', end: 'c' }), 'b,ba,bb');
  assertEq(await keys({ start: 'c', end: 'b' }), '');
  assertEq(await keys({ end: '' }), '');
  assertEq(await keys({ reverse: true, limit: 2, prefix: 'b' }), 'bb,ba');
  assertEq(await keys({ limit: 2 }), 'a,b');
  assertEq(await keys({ startAfter: 'b', limit: 2, reverse: false }), 'ba,bb');
});

test('a list of what is not known, in pieces, with what was written over it', async () => {
  const a = actor({ piece: 3 });
  await a.run((c: any) => { for (let i = 10; i < 30; i++) c.storage.put('k' + i, i); });
  await idle();
  a.crash();
  a.hold();
  const one = a.run(async (c: any) => {
    c.storage.put('k115', 'new');
    c.storage.delete('k12');
    const listed = c.storage.list({ start: 'k11', end: 'k15' });
    c.storage.put('k13', 'later');
    return show(await listed);
  });
  await tick(); await tick();
  a.release();
  assertEq(await one, 'Map[["k11",11],["k115","new"],["k13",13],["k14",14]]');
});

both('errors of arguments', async (storage) => {
  const a = actor({ storage });
  await a.run(async (c: any) => {
    const s = c.storage, at = async (f: () => any, want: string) => assertEq(await did(f), want);
    await at(() => s.get(), "rejects TypeError: Failed to execute 'get' on 'DurableObjectStorage': parameter 1 is not of type 'string or Array'.");
    await at(() => s.get(Symbol('x')), 'rejects TypeError: Cannot convert a Symbol value to a string');
    await at(() => s.get('a', 5), "rejects TypeError: Failed to execute 'get' on 'DurableObjectStorage': parameter 2 is not of type 'GetOptions'.");
    await at(() => s.put(), "rejects TypeError: Failed to execute 'put' on 'DurableObjectStorage': parameter 1 is not of type 'string or object'.");
    await at(() => s.put('a'), 'rejects TypeError: put() called with undefined value.');
    await at(() => s.put('a', undefined), 'rejects TypeError: put() called with undefined value.');
    await at(() => s.put('a', 1, 5), "rejects TypeError: Failed to execute 'put' on 'DurableObjectStorage': parameter 3 is not of type 'PutOptions'.");
    await at(() => s.put({ a: 1 }, 5), 'rejects TypeError: put() may only be called with a single key-value pair and optional options as put(key, value, options) or with multiple key-value pairs and optional options as put(entries, options)');
    await at(() => s.put({}), 'resolves undefined');
    assert(/^rejects DataCloneError: .* could not be cloned\.$/.test((await did(() => s.put('a', () => 1))).replace(/\n/g, ' ')));
    await at(() => s.put({ ok: 1, bad: Symbol('no') }), 'rejects DataCloneError: Symbol(no) could not be cloned.');
    await at(() => s.get('ok'), 'resolves undefined'); // nothing of it is written
    await at(() => s.delete(), "throws TypeError: Failed to execute 'delete' on 'DurableObjectStorage': parameter 1 is not of type 'string or Array'.");
    await at(() => s.list({ start: 'a', startAfter: 'b' }), 'rejects TypeError: list() cannot be called with both start and startAfter values.');
    await at(() => s.list({ limit: 0 }), 'rejects TypeError: List limit must be positive.');
    await at(() => s.list(5), "rejects TypeError: Failed to execute 'list' on 'DurableObjectStorage': parameter 1 is not of type 'ListOptions'.");
    await at(() => s.setAlarm(0), 'rejects TypeError: setAlarm() cannot be called with an alarm time <= 0');
    await at(() => s.setAlarm(NaN), 'rejects TypeError: The value cannot be converted because it is not a valid Date.');
    await at(() => s.setAlarm(Infinity), 'rejects TypeError: The value cannot be converted because it is not a valid Date.');
    await at(() => s.setAlarm(9223372036855), "rejects TypeError: This API doesn't support dates after 2189.");
    await at(() => s.setAlarm(9223372036854), 'resolves undefined');
    await at(() => s.setAlarm(new Date(8.64e15)), "rejects TypeError: This API doesn't support dates after 2189.");
    await at(() => s.setAlarm('x'), "rejects TypeError: Failed to execute 'setAlarm' on 'DurableObjectStorage': parameter 1 is not of type 'date'.");
    await at(() => s.transaction(5), "rejects TypeError: Failed to execute 'transaction' on 'DurableObjectStorage': parameter 1 is not of type 'function'.");
    await at(() => s.getBookmarkForTime(5), "rejects Error: This Durable Object's storage back-end does not implement point-in-time recovery.");
    await at(() => Object.getPrototypeOf(s).get.call({}, 'a'), 'rejects TypeError: Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.');
  });
});

test('limits in memory', async () => {
  const a = actor({ storage: MEMORY }), long = 'k'.repeat(2049);
  await a.run(async (c: any) => {
    const s = c.storage;
    assertEq(await did(() => s.put(long, 1)), 'rejects RangeError: Keys cannot be larger than 2048 bytes. A key of size 2049 was provided.');
    assertEq(await did(() => s.get(long)), 'rejects RangeError: Keys cannot be larger than 2048 bytes. A key of size 2049 was provided.');
    assertEq(await did(() => s.put('k', 'x'.repeat(131072))), 'resolves undefined');
    assertEq(await did(() => s.put('k', 'x'.repeat(200000))), 'rejects RangeError: Values cannot be larger than 131072 bytes. A value of size 200006 was provided.');
    assertEq(await did(() => s.get(new Array(129).fill('k'))), 'rejects RangeError: Maximum number of key value pairs is 128. 129 pairs were provided.');
    assertEq(await did(() => s.transaction(async (t: any) => { await t.put(long, 1); return (await t.get(long)); })), 'resolves 1');
  });
});

test('limits on disk', async () => {
  const a = actor(), long = 'k'.repeat(5000);
  await a.run(async (c: any) => {
    const s = c.storage;
    assertEq(await did(() => s.put(long, 1)), 'resolves undefined');
    assertEq(await did(() => s.get(long)), 'resolves 1');
    assertEq(await did(() => s.put('k', 'x'.repeat(1000000))), 'resolves undefined');
    assertEq(await did(() => s.put('k', 'x'.repeat(9000000))), 'rejects Error: string or blob too big: SQLITE_TOOBIG');
    assertEq(await did(() => s.put('', 'empty')), 'resolves undefined');
    assertEq(await did(() => s.get('')), 'resolves "empty"');
  });
  await idle();
  a.crash();
  assertEq(await a.run((c: any) => c.storage.get('')), 'empty');
});

both('alarms', async (storage) => {
  const a = actor({ storage });
  await a.run(async (c: any) => {
    assertEq(await c.storage.getAlarm(), null);
    await c.storage.setAlarm(1900000000000.7);
    assertEq(await c.storage.getAlarm(), 1900000000000);
    await c.storage.setAlarm(new Date(1900000000500));
    assertEq(await c.storage.getAlarm(), 1900000000500);
    await c.storage.setAlarm(5);
    assertEq(await c.storage.getAlarm(), Date.now());
    await c.storage.deleteAlarm();
    assertEq(await c.storage.getAlarm(), null);
    c.ctx.actor.instance = {};
    await assertRejects(c.storage.setAlarm(1900000000000), 'TypeError: Your Durable Object class must have an alarm() handler in order to call setAlarm()');
  });
});

test('an alarm of before is known', async () => {
  const a = actor();
  await a.run((c: any) => c.storage.setAlarm(1900000000000));
  await idle();
  a.crash();
  assertEq(await a.run((c: any) => c.storage.getAlarm()), 1900000000000);
});

both('deleteAll', async (storage) => {
  const a = actor({ storage });
  await a.run(async (c: any) => { await c.storage.put({ a: 1, b: 2 }); await c.storage.setAlarm(1900000000000); });
  await idle();
  assertEq(await a.run(async (c: any) => {
    c.storage.put('c', 3);
    await c.storage.deleteAll();
    const empty = (await c.storage.list()).size;
    await c.storage.put('d', 4);
    return [empty, show(await c.storage.list()), await c.storage.getAlarm()];
  }), [0, 'Map[["d",4]]', 1900000000000]);
  await idle();
  if (storage === DISK) {
    assertEq(Object.keys(a.store.entries), ['d']);
    assertEq(a.store.alarm, 1900000000001);
  }
});

test('bookmarks rise', async () => {
  const a = actor(), list: string[] = [];
  for (let i = 0; i < 2; i++) {
    await a.run(async (c: any) => { list.push(await c.storage.getCurrentBookmark(), await c.storage.getCurrentBookmark()); });
    a.crash();
  }
  assert(/^[0-9a-f]{8}-[0-9a-f]{8}-00000000-0{32}$/.test(list[0]), list[0]);
  assertEq(list.slice().sort(), list);
  assertEq(new Set(list).size, 4);
  await assertRejects(actor({ storage: MEMORY }).run((c: any) => c.storage.getCurrentBookmark()), /point-in-time/);
});

test('values of every kind come back', async () => {
  const a = actor();
  await a.run(async (c: any) => {
    await c.storage.put({ d: new Date(5), m: new Map([[1, new Set(['x'])]]), u: new Uint8Array([1, 2, 3]), n: -0, s: 'a\u0000\ud800', l: [1, , 3] });
  });
  await idle();
  a.crash();
  await a.run(async (c: any) => {
    const m = await c.storage.list();
    assertEq(m.get('d').getTime(), 5);
    assert(m.get('m').get(1).has('x'));
    assertEq(m.get('u')[2], 3);
    assert(Object.is(m.get('n'), -0));
    assertEq(m.get('s'), 'a\u0000\ud800');
    assert(!(1 in m.get('l')) && m.get('l').length === 3);
  });
});

test('what ActorStart brought is known', async () => {
  const a = actor({ preload: true });
  await a.run((c: any) => { c.storage.put({ a: 1, b: 2 }); });
  await idle();
  a.crash();
  const reads = a.store.reads;
  assertEq(await a.run(async (c: any) => [await c.storage.get('a'), await c.storage.get('z'), (await c.storage.list()).size, await c.storage.delete('q')]), [1, undefined, 2, false]);
  assertEq(a.store.reads, reads);
});
