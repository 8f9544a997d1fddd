declare const actor: any, test: any, assert: any, assertEq: any, assertRejects: any, assertThrows: any, idle: any, tick: any, DISK: number, MEMORY: number, logs: any, show: any;

test('all that a turn wrote leaves in one message', async () => {
  const a = actor();
  await a.run(async (c: any) => {
    await c.storage.put('a', 1); await c.storage.put('b', 2);
    await c.storage.get('a');
    await c.storage.setAlarm(1900000000000);
    await c.storage.put('a', 3);
  });
  await idle();
  const log = a.instance.log;
  assertEq(log.length, 1);
  assertEq([log[0][0], log[0][1], log[0][2]], [1, true, true]);
  assertEq(log[0][3].length, 3);
  assertEq(a.store.alarm, 1900000000001);
});

test('a turn that wrote nothing sends nothing', async () => {
  const a = actor();
  await a.run((c: any) => c.storage.get('x'));
  await a.run(() => 1);
  await idle();
  assertEq(a.store.messages, 0);
});

test('writes around a suspension are batches of their own', async () => {
  const a = actor();
  await a.run(async (c: any) => { c.storage.put('a', 1); await c.io(); c.storage.put('b', 2); });
  await idle();
  assertEq(a.instance.log.map((m: any) => m[3].map((w: any) => w[1]).join()), ['a', 'b']);
});

test('allowUnconfirmed is said', async () => {
  const a = actor();
  await a.run((c: any) => c.storage.put('a', 1, { allowUnconfirmed: true }));
  await a.run((c: any) => { c.storage.put('a', 2, { allowUnconfirmed: true }); c.storage.put('b', 2); });
  await idle();
  assertEq(a.instance.log.map((m: any) => m[1]), [false, true]);
});

test('sync waits for what was written before it, and for no more', async () => {
  const a = actor(), seen: string[] = [];
  a.hold();
  const one = a.run(async (c: any) => { c.storage.put('a', 1); await c.storage.sync(); seen.push('synced'); });
  await tick();
  const two = a.run(async (c: any) => { c.storage.put('b', 1); seen.push('other'); });
  await two; await tick();
  assertEq(seen, ['other']);
  a.release(a.instance.sealed.length > 0 ? a.instance.sealed[0].n + (a.instance.log[0][2] ? 0 : 1) : 1);
  await one;
  assertEq(seen, ['other', 'synced']);
  a.release();
});

test('sync with nothing to wait for is at once', async () => {
  const a = actor();
  a.hold();
  assertEq(await a.run((c: any) => c.storage.sync()), undefined);
  assertEq(await actor({ storage: MEMORY }).run(async (c: any) => { c.storage.put('k', 1); return c.storage.sync(); }), undefined);
});

test('a delete of what is not known is counted by the daemon', async () => {
  const a = actor();
  await a.run((c: any) => { c.storage.put({ a: 1, b: 2, c: 3 }); });
  await idle();
  a.crash();
  assertEq(await a.run((c: any) => c.storage.delete(['a', 'b', 'x', 'a'])), 2);
  assertEq(await a.run((c: any) => c.storage.delete('c')), true);
  assertEq(await a.run((c: any) => c.storage.delete('c')), false);
  await idle();
  assertEq(Object.keys(a.store.entries), []);
});

test('too much that is dirty holds back: the writer, and whoever enters', async () => {
  const a = actor(), seen: string[] = [], text = 'x'.repeat(1 << 20);
  a.hold();
  const one = a.run(async (c: any) => {
    for (let i = 0; i < 12; i++) { await c.storage.put('k' + i, text); if (i === 6) seen.push('six'); }
    seen.push('wrote');
  });
  const two = a.run(() => { seen.push('entered'); });
  for (let i = 0; i < 20; i++) await tick();
  assertEq(seen, ['six']);
  a.release();
  await one; await two;
  assertEq(seen, ['six', 'wrote', 'entered']);
  await idle();
  assertEq(Object.keys(a.store.entries).length, 12);
});

test('a crash loses what is not durable, and nothing else', async () => {
  const a = actor();
  await a.run((c: any) => { c.storage.put('kept', 1); });
  await idle();
  a.hold();
  await a.run((c: any) => { c.storage.put('lost', 1); c.storage.delete('kept'); });
  a.crash();
  a.held = false;
  assertEq(await a.run(async (c: any) => [await c.storage.get('kept'), await c.storage.get('lost')]), [1, undefined]);
});

test('large writes go in several messages of one batch', async () => {
  const a = actor(), text = 'x'.repeat(400000);
  await a.run((c: any) => { for (let i = 0; i < 5; i++) c.storage.put('k' + i, text); });
  await idle();
  const ends = a.instance.log.map((m: any) => m[2]);
  assert(ends.length > 1);
  assertEq(ends.filter((e: any) => e).length, 1);
  assertEq(ends[ends.length - 1], true);
});

test('a read of the daemon that fails rejects, and the actor lives', async () => {
  const a = actor();
  a.failReads = true;
  await assertRejects(a.run((c: any) => c.storage.get('k')), /storage operation failed/);
  a.failReads = false;
  assertEq(await a.run((c: any) => c.storage.get('k')), undefined);
});

test('a value is as it was when put was called', async () => {
  for (const storage of [DISK, MEMORY]) {
    const a = actor({ storage });
    assertEq(await a.run(async (c: any) => {
      const o = { n: 1 };
      c.storage.put('k', o);
      o.n = 2;
      const first = await c.storage.get('k');
      first.n = 9;
      return [first.n, (await c.storage.get('k')).n];
    }), [9, 1]);
  }
});

test('a getter of a value that writes the same key', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => {
    c.storage.put('k', { get x() { c.storage.put('k', 'inner'); c.storage.put('j', 'x'); return 1; }, y: 2 });
    return [await c.storage.get('k'), await c.storage.get('j')];
  }), [{ x: 1, y: 2 }, 'x']);
});

test('a getter of a value that aborts the actor', async () => {
  const a = actor();
  await assertRejects(a.run((c: any) => c.storage.put('k', { get x() { c.abort('from a getter'); return 1; } })), 'Error: from a getter');
  await assertRejects(a.run((c: any) => c.storage.put({ j: 1, k: { get x() { c.abort('again'); return 1; } } })), 'Error: again');
  assertEq(await a.run((c: any) => c.storage.get('k')), undefined);
});

for (const storage of [DISK, MEMORY]) test('more than the cache may hold breaks the actor (' + storage + ')', async () => {
  const a = actor({ storage }), text = 'x'.repeat(131000);
  await assertRejects(a.run((c: any) => { for (let i = 0; i < 1200; i++) c.storage.put('k' + i, text); }),
    /exceeded its memory limit due to overflowing the storage cache/);
  assertEq(await a.run((c: any) => c.storage.get('k1')), undefined);
});
