declare const actor: any, test: any, assert: any, assertEq: any, assertRejects: any, assertThrows: any, idle: any, tick: any, DISK: number, MEMORY: number, logs: any, show: any;

const both = (name: string, fn: (storage: number) => any) => {
  test(name + ' (disk)', () => fn(DISK));
  test(name + ' (memory)', () => fn(MEMORY));
};

both('a transaction commits all of it, and gives its value', async (storage) => {
  const a = actor({ storage });
  assertEq(await a.run(async (c: any) => {
    const v = await c.storage.transaction(async (t: any) => {
      await t.put({ a: 1, b: 2 });
      await t.delete('b');
      await c.io();
      await t.setAlarm(1900000000000);
      return [await t.get('a'), await t.get('b'), show(await t.list()), await t.getAlarm()];
    });
    return [v, await c.storage.get('a'), await c.storage.getAlarm()];
  }), [[1, undefined, 'Map[["a",1]]', 1900000000000], 1, 1900000000000]);
  await idle();
  if (storage === DISK) {
    assertEq(Object.keys(a.store.entries), ['a']);
    assertEq(a.instance.log.length, 1); // one batch, though it took several turns
  }
});

both('one that throws leaves nothing, and the actor lives', async (storage) => {
  const a = actor({ storage });
  await a.run((c: any) => { c.storage.put('a', 0); c.storage.setAlarm(1900000000000); });
  await idle();
  await assertRejects(a.run((c: any) => c.storage.transaction(async (t: any) => {
    await t.put('a', 1); await t.put('b', 1); await t.deleteAlarm();
    throw new RangeError('no');
  })), 'RangeError: no');
  assertEq(await a.run(async (c: any) => [await c.storage.get('a'), await c.storage.get('b'), await c.storage.getAlarm()]), [0, undefined, 1900000000000]);
  await idle();
  if (storage === DISK) assertEq(a.instance.log.length, 1);
});

both('rollback', async (storage) => {
  const a = actor({ storage });
  await a.run(async (c: any) => {
    let kept: any;
    assertEq(await c.storage.transaction(async (t: any) => {
      kept = t;
      await t.put('a', 1);
      t.rollback(); t.rollback();
      await assertRejects(t.get('a'), 'Error: Cannot get() on rolled back transaction');
      assertThrows(() => t.delete('a'), 'Error: Cannot delete() on rolled back transaction');
      return 'still';
    }), 'still');
    assertEq(await c.storage.get('a'), undefined);
    await assertRejects(kept.put('a', 1), 'Error: Cannot put() on rolled back transaction');
    kept.rollback();
    await c.storage.transaction(async (t: any) => { kept = t; });
    await assertRejects(kept.get('a'), 'Error: Cannot call get() on transaction that has already committed: did you move `txn` outside of the closure?');
    assertThrows(() => kept.rollback(), 'Error: Cannot call rollback() on transaction that has already committed: did you move `txn` outside of the closure?');
    assertThrows(() => kept.deleteAll(), 'Error: Cannot call deleteAll() within a transaction');
  });
});

both('plain storage inside a transaction', async (storage) => {
  const a = actor({ storage });
  assertEq(await a.run(async (c: any) => {
    await c.storage.transaction(async (t: any) => {
      await c.storage.put('plain', 1);
      await t.put('own', 1);
      t.rollback();
    });
    return [await c.storage.get('plain'), await c.storage.get('own')];
  }), storage === DISK ? [undefined, undefined] : [1, undefined]);
});

test('in memory a transaction is seen outside only once it is committed', async () => {
  const a = actor({ storage: MEMORY });
  assertEq(await a.run(async (c: any) => {
    let during: any;
    await c.storage.transaction(async (t: any) => { await t.put('a', 1); during = await c.storage.get('a'); });
    return [during, await c.storage.get('a')];
  }), [undefined, 1]);
});

test('deleteAll inside a transaction on disk', async () => {
  const a = actor();
  await a.run((c: any) => c.storage.transaction(async () => {
    await assertRejects(c.storage.deleteAll(), 'Error: Cannot call deleteAll() within a transaction');
  }));
});

test('nested transactions on disk', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => {
    await c.storage.transaction(async (t: any) => {
      await t.put('outer', 1);
      await c.storage.transaction(async (u: any) => { await u.put('inner', 1); });
      await c.storage.transaction(async (u: any) => { await u.put('gone', 1); u.rollback(); });
      try { await c.storage.transaction(async (u: any) => { await u.put('thrown', 1); throw new Error('x'); }); } catch (e) { }
    });
    return show(await c.storage.list());
  }), 'Map[["inner",1],["outer",1]]');
  await idle();
  assertEq(a.instance.log.length, 1);
});

both('a transaction keeps other events out', async (storage) => {
  const a = actor({ storage }), seen: string[] = [];
  const one = a.run((c: any) => c.storage.transaction(async (t: any) => { seen.push('in'); await c.io(); await c.io(); seen.push('out'); }));
  const two = a.run(() => { seen.push('other'); });
  await one; await two;
  assertEq(seen, ['in', 'out', 'other']);
});

test('reads of a transaction that must be asked for', async () => {
  const a = actor();
  await a.run((c: any) => { c.storage.put({ a: 1, b: 2, c: 3 }); });
  await idle();
  a.crash();
  assertEq(await a.run((c: any) => c.storage.transaction(async (t: any) => {
    const n = await t.delete(['a', 'x']);
    return [n, await t.get('b'), show(await t.list())];
  })), [1, 2, 'Map[["b",2],["c",3]]']);
  await idle();
  assertEq(Object.keys(a.store.entries), ['b', 'c']);
});

test('what is written in a transaction stays here until it is over', async () => {
  const a = actor();
  let go: any;
  const one = a.run((c: any) => c.storage.transaction(async (t: any) => { await t.put('a', 1); await c.io(() => new Promise(r => { go = r; })); }));
  for (let i = 0; i < 6; i++) await tick();
  assertEq(a.store.messages, 0);
  a.crash();
  await idle();
  assertEq(await a.run((c: any) => c.storage.get('a')), undefined);
});

test('transactionSync', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => {
    const s = c.storage;
    assertEq(s.transactionSync(() => { s.put('a', 1); return 5; }), 5);
    assertThrows(() => s.transactionSync(() => { s.put('b', 1); throw new Error('q'); }), 'Error: q');
    s.transactionSync(() => {
      s.put('c', 1);
      try { s.transactionSync(() => { s.put('d', 1); s.put('c', 2); throw new Error('in'); }); } catch (e) { }
    });
    assertThrows(() => s.transactionSync(5), "TypeError: Failed to execute 'transactionSync' on 'DurableObjectStorage': parameter 1 is not of type 'function'.");
    return show(await s.list());
  }), 'Map[["a",1],["c",1]]');
  await idle();
  assertEq(a.instance.log.length, 1);
  const m = actor({ storage: MEMORY });
  await m.run((c: any) => { assertThrows(() => c.storage.transactionSync(() => 1), 'Error: Durable Object is not backed by SQL.'); });
});

test('a failed delete count is what it was before the rollback', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => {
    await c.storage.put('k', 1);
    await c.storage.transaction(async (t: any) => { assertEq(await t.delete('k'), true); assertEq(await t.delete('k'), false); t.rollback(); });
    return c.storage.delete('k');
  }), true);
});
