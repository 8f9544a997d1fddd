declare const actor: any, test: any, assert: any, assertEq: any, assertRejects: any, assertThrows: any, idle: any, tick: any, DISK: number, MEMORY: number, logs: any, show: any;

test('statements and keys of one turn are one batch', async () => {
  const a = actor();
  await a.run((c: any) => {
    c.storage.sql.exec('CREATE TABLE t (n INTEGER)');
    c.storage.sql.exec('INSERT INTO t VALUES (1), (2)');
    c.storage.put('k', 1);
  });
  await idle();
  assertEq(a.instance.log.length, 1);
  assertEq(a.instance.log[0][1], true);
  a.crash();
  assertEq(await a.run(async (c: any) => [c.storage.sql.exec('SELECT sum(n) s FROM t').one().s, await c.storage.get('k')]), [3, 1]);
});

test('a crash takes both back', async () => {
  const a = actor();
  await a.run((c: any) => { c.storage.sql.exec('CREATE TABLE t (n)'); c.storage.sql.exec('INSERT INTO t VALUES (1)'); });
  await idle();
  a.hold();
  await a.run((c: any) => { c.storage.sql.exec('INSERT INTO t VALUES (2)'); c.storage.put('k', 1); });
  a.crash();
  a.held = false;
  assertEq(await a.run(async (c: any) => [c.storage.sql.exec('SELECT count(*) n FROM t').one().n, await c.storage.get('k')]), [1, undefined]);
});

test('transactions hold statements and keys', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => {
    const s = c.storage, sql = s.sql;
    sql.exec('CREATE TABLE t (n)');
    assertThrows(() => s.transactionSync(() => { sql.exec('INSERT INTO t VALUES (1)'); s.put('a', 1); throw new Error('back'); }), 'Error: back');
    s.transactionSync(() => { sql.exec('INSERT INTO t VALUES (2)'); s.put('b', 1); });
    await s.transaction(async (t: any) => { sql.exec('INSERT INTO t VALUES (3)'); await t.put('c', 1); await c.io(); t.rollback(); });
    await s.transaction(async (t: any) => { sql.exec('INSERT INTO t VALUES (4)'); await t.put('d', 1); await c.io(); });
    return [sql.exec('SELECT group_concat(n) g FROM t').one().g, show(await s.list())];
  }), ['2,4', 'Map[["b",1],["d",1]]']);
  await idle();
  a.crash();
  assertEq(await a.run((c: any) => c.storage.sql.exec('SELECT group_concat(n) g FROM t').one().g), '2,4');
});

test('the first statement may be inside a transaction', async () => {
  const a = actor();
  assertEq(await a.run(async (c: any) => {
    await c.storage.transaction(async (t: any) => { c.storage.sql.exec('CREATE TABLE t (n)'); t.rollback(); });
    return c.storage.sql.exec("SELECT count(*) n FROM sqlite_master WHERE name = 't'").one().n;
  }), 0);
});

test('deleteAll empties the database', async () => {
  const a = actor();
  await a.run((c: any) => { c.storage.sql.exec('CREATE TABLE t (n)'); c.storage.put('k', 1); });
  await idle();
  assertEq(await a.run(async (c: any) => {
    await c.storage.deleteAll();
    c.storage.sql.exec('CREATE TABLE u (n)');
    c.storage.put('j', 1);
    return c.storage.sql.exec("SELECT group_concat(name) g FROM sqlite_master WHERE type = 'table'").one().g;
  }), 'u');
  await idle();
  a.crash();
  assertEq(await a.run(async (c: any) => [c.storage.sql.exec("SELECT group_concat(name) g FROM sqlite_master WHERE type = 'table'").one().g, show(await c.storage.list())]), ['u', 'Map[["j",1]]']);
});

test('constraints that are violated at commit break the actor, and its event with it', async () => {
  const a = actor();
  await a.run((c: any) => {
    c.storage.sql.exec('CREATE TABLE p (id INTEGER PRIMARY KEY)');
    c.storage.sql.exec('CREATE TABLE c (p REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED)');
  });
  await idle();
  await assertRejects(a.run((c: any) => { c.storage.sql.exec('INSERT INTO c VALUES (7)'); c.storage.put('k', 1); return c.io(); }),
    /Durable Object was reset and rolled back to its last known good state because the application left the database in a state where constraints were violated/);
  await idle();
  assertEq(await a.run(async (c: any) => [c.storage.sql.exec('SELECT count(*) n FROM c').one().n, await c.storage.get('k')]), [0, undefined]);
});

test('sync waits for statements', async () => {
  const a = actor(), seen: string[] = [];
  a.hold();
  const one = a.run(async (c: any) => { c.storage.sql.exec('CREATE TABLE t (n)'); await c.storage.sync(); seen.push('synced'); });
  for (let i = 0; i < 4; i++) await tick();
  assertEq(seen, []);
  a.release();
  await one;
  assertEq(seen, ['synced']);
});
