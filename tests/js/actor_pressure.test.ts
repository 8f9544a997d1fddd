// Back-pressure: while more than 8 MiB are not durable no turn of the actor begins, whatever it is that would begin it.
const MIB = 1 << 20, text = 'x'.repeat(MIB - 64), LIMIT = 8 * MIB + MIB;

// Runs fn as an event while nothing is committed; what it makes dirty may not exceed the limit by more than one turn's
// writes. Then one batch after the other is committed until the event is over.
async function pressed(a: any, fn: (c: any) => Promise<unknown>, limit = LIMIT) {
  let over = false, value: unknown, most = 0, rounds = 0;
  await a.run((c: any) => { if (c.storage.sql) c.storage.sql.exec('create table if not exists t (k, v)'); });
  await idle();
  a.slow();
  const done = a.run(fn).then((v: unknown) => { over = true; value = v; }, (e: Error) => { over = true; throw e; });
  while (!over) {
    for (let i = 0; i < 6 && !over; i++) await idle();
    most = Math.max(most, a.dirty());
    if (over) break;
    assert(rounds++ < 1000, 'it goes on');
    assert(a.instance.sealed.length > 0, 'it waits for what is not there');
    a.release(a.instance.log.filter((m: any) => m[2] && m[0] >= a.instance.sealed[0].n)[0][0]); // a whole batch
    a.slow();
  }
  await done;
  a.release();
  await idle();
  assert(most <= limit, 'dirty: ' + most);
  assert(rounds > 0 && most > 7 * MIB, 'it was never held back: ' + most);
  return value;
}

test('a continuation that kept its lock waits like an event', async () => {
  const a = actor();
  await pressed(a, async (c) => {
    for (let i = 0; i < 24; i++) { c.storage.put('k' + i, text); await c.storage.get('none' + i); }
  });
  assertEq(Object.keys(a.store.entries).length, 24);
});

test('so does one that gave it up', async () => {
  await pressed(actor(), async (c) => {
    for (let i = 0; i < 24; i++) { c.storage.put('k' + i, text); await c.storage.get('none' + i, { allowConcurrency: true }); }
  });
  await pressed(actor(), async (c) => {
    for (let i = 0; i < 24; i++) { c.storage.put('k' + i, text); await c.io(); }
  });
});

test('several reads at once come one by one', async () => {
  const seen: number[] = [];
  await pressed(actor(), async (c) => {
    const write = async (i: number) => { await c.storage.get('none' + i); seen.push(i); c.storage.put('k' + i, text); };
    await Promise.all(Array.from({ length: 24 }, (_, i) => write(i)));
  });
  assertEq(seen, Array.from({ length: 24 }, (_, i) => i));
});

test('in a critical section, and after one', async () => {
  const a = actor();
  await pressed(a, async (c) => {
    await c.blockConcurrencyWhile(async () => {
      for (let i = 0; i < 12; i++) { c.storage.put('k' + i, text); await c.storage.get('none' + i); }
      await c.blockConcurrencyWhile(async () => { c.storage.put('inner', text); await c.io(); });
    });
    for (let i = 12; i < 24; i++) { c.storage.put('k' + i, text); await c.storage.list({ prefix: 'none' + i }); }
  });
  assertEq(Object.keys(a.store.entries).length, 25);
});

test('not in a transaction, which must not leave in part, but after it', async () => {
  const a = actor();
  await pressed(a, async (c) => {
    for (let i = 0; i < 2; i++)
      await c.storage.transaction(async (txn: any) => {
        for (let k = 0; k < 12; k++) { txn.put(`t${i}.${k}`, text); await txn.get(`none${i}.${k}`); }
      });
    c.storage.put('after', text);
  }, 13 * MIB);
  assertEq(Object.keys(a.store.entries).length, 25);
});

test('a transaction that is rolled back leaves nobody waiting', async () => {
  const a = actor();
  await pressed(a, async (c) => {
    for (let i = 0; i < 10; i++) { c.storage.put('k' + i, text); await c.storage.get('none' + i); }
    await Promise.all([0, 1, 2].map(async (i) => {
      await c.storage.get('other' + i);
      try {
        c.storage.transactionSync(() => { for (let k = 0; k < 12; k++) c.storage.put('t' + k, text); throw new Error('no'); });
      } catch {}
    }));
  });
  assertEq(Object.keys(a.store.entries).length, 10);
});

test('pages of SQL count', async () => {
  const a = actor();
  assertEq(await pressed(a, async (c) => {
    for (let i = 0; i < 24; i++) { c.storage.sql.exec('insert into t values (?, ?)', i, text); await c.storage.get('none' + i); }
    return c.storage.sql.exec('select count(*) as n from t').one().n;
  }, LIMIT + MIB), 24);
});

test('nothing is held back of an actor in memory', async () => {
  const a = actor({ storage: MEMORY });
  await a.run(async (c: any) => { for (let i = 0; i < 24; i++) { c.storage.put('k' + i, 'x'.repeat(100000)); await c.io(); } });
  await a.run(async (c: any) => { for (let i = 0; i < 100; i++) { await c.storage.put('l' + i, 'x'.repeat(100000)); await c.io(); } });
});

test('an actor that ends while it is held back takes that along', async () => {
  const a = actor();
  a.slow();
  const seen: string[] = [];
  a.run(async (c: any) => { for (let i = 0; i < 24; i++) { c.storage.put('k' + i, text); await c.storage.get('none' + i); } });
  a.run(() => { seen.push('entered'); });
  for (let i = 0; i < 12; i++) await idle();
  a.crash();
  await idle();
  assertEq(seen, []);
  a.release();
  assertEq(await a.run((c: any) => c.storage.get('k0')), undefined);
});
