declare const actor: any, test: any, assert: any, assertEq: any, assertRejects: any, assertThrows: any, idle: any, tick: any, DISK: number, MEMORY: number, logs: any, show: any;

test('storage.kv', async () => {
  const a = actor();
  await a.run((c: any) => {
    const kv = c.storage.kv;
    assert(kv === c.storage.kv);
    assertEq(kv.get('a'), undefined);
    assertEq(kv.put('a', { n: 1 }), undefined);
    assertEq(kv.get('a'), { n: 1 });
    assertEq(kv.delete('a'), true);
    assertEq(kv.delete('a'), false);
    kv.put('u', undefined);
    assertEq(kv.get('u'), undefined);
    assertEq(kv.delete('u'), true);
    assertThrows(() => kv.get(), "TypeError: Failed to execute 'get' on 'SyncKvStorage': parameter 1 is not of type 'string'.");
    assertThrows(() => kv.put('a'), "TypeError: Failed to execute 'put' on 'SyncKvStorage': parameter 2 is not of type 'Value'.");
    assertThrows(() => kv.list({ start: 'a', startAfter: 'b' }), 'TypeError: list() cannot be called with both start and startAfter values.');
    assertEq(Object.prototype.toString.call(kv), '[object SyncKvStorage]');
  });
});

test('it reads what is not known while script waits, in the same turn', async () => {
  const a = actor();
  await a.run((c: any) => { for (let i = 0; i < 300; i++) c.storage.put('k' + String(i).padStart(3, '0'), i); c.storage.put('z', 1); });
  await idle();
  a.crash();
  const seen: string[] = [];
  const one = a.run((c: any) => {
    const kv = c.storage.kv;
    assertEq(kv.get('k001'), 1);
    assertEq(kv.get('none'), undefined);
    assertEq(kv.delete('k002'), true);
    assertEq(kv.delete('none'), false);
    assertEq([...kv.list({ prefix: 'k', reverse: true, limit: 2 })], [['k299', 299], ['k298', 298]]);
    assertEq([...kv.list({ prefix: 'k' })].length, 299);
    seen.push('one');
  });
  const two = a.run(() => { seen.push('two'); });
  await one; await two;
  assertEq(seen, ['one', 'two']);
  assert(a.store.reads < 20, 'it asks for many at a time: ' + a.store.reads);
  await idle();
  assertEq('k002' in a.store.entries, false);
});

test('an iterator sees what is written on its way, and only one lives', async () => {
  const a = actor();
  await a.run((c: any) => {
    const kv = c.storage.kv;
    for (const k of ['pa', 'pb', 'pc', 'q']) kv.put(k, 1);
    const l = kv.list({ prefix: 'p' });
    l.next();
    kv.delete('pb'); kv.put('pbb', 9);
    assertEq([...l], [['pbb', 9], ['pc', 1]]);
    const m = kv.list();
    m.next();
    const n = kv.list();
    n.next();
    assertThrows(() => m.next(), 'Error: kv.list() iterator was invalidated because a new call to kv.list() was started. Only one kv.list() iterator can exist at a time.');
    assertEq([...kv.list({ start: 'pb', end: 'q' })].map((e: any) => e[0]), ['pbb', 'pc']);
    assertEq([...kv.list({ startAfter: 'pa', limit: 1 })].map((e: any) => e[0]), ['pbb']);
    assertEq([...kv.list({ end: 'pbb', reverse: true })].map((e: any) => e[0]), ['pa']);
  });
});

test('not if the class is not declared for it', async () => {
  await actor({ sql: false }).run(async (c: any) => {
    assertThrows(() => c.storage.kv.get('a'), /only available for SQLite-backed Durable Objects.*Alternatively, to enable SQLite/);
    assertThrows(() => c.storage.kv.put('a', 1), /Alternatively, to enable SQLite/);
    assertThrows(() => c.storage.sql.exec('select 1'), /SQL is not enabled for this Durable Object class/);
    assertEq(c.storage.transactionSync(() => 5), 5);
    assertEq(await c.storage.get('a'), undefined);
  });
});

test('not in memory', async () => {
  await actor({ storage: MEMORY }).run((c: any) => {
    assertThrows(() => c.storage.kv.get('a'), /only available for SQLite-backed Durable Objects.*SQLite can be enabled on a new/);
    assertThrows(() => c.storage.sql.exec('select 1'), /This Durable Object is not backed by SQLite storage/);
  });
});
