// storage.sql around the end of a turn: transactions, what is emitted, what breaks.
declare var sqlStore: any, test: any, assertEq: any, assertThrows: any, assert: any, gc: any;

const all = (s: any, q: string) => s.sql.exec(q).raw().toArray();

test('opens nothing until it is used', () => {
  const s = sqlStore();
  s.begin();
  s.release();
  assertEq(s.commit(), 'ok');
  assertEq(s.state().open, false);
  assertEq(s.state().pages, 0);
});

test('what was committed is there after a crash, what was not is not', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a)');
  s.sql.exec('insert into t values (1)');
  assertEq(s.state().dirty, true);
  s.commit();
  s.sql.exec('insert into t values (2)');
  s.crash();
  assertEq(all(s, 'select a from t'), [[1]]);
  s.sql.exec('insert into t values (3)');
  s.commitUnsynced();
  s.crash();
  assertEq(all(s, 'select a from t'), [[1]]);
});

test('levels roll back, nested and with open cursors', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a)');
  s.sql.exec('insert into t values (1), (2), (3)');
  s.commit();
  const c = s.sql.exec('select a from t');
  s.begin();
  s.sql.exec('update t set a = 10');
  s.begin();
  s.sql.exec('delete from t');
  s.rollback();
  assertEq(all(s, 'select sum(a) from t'), [[30]]);
  s.rollback();
  assertEq(all(s, 'select sum(a) from t'), [[6]]);
  assertEq(c.toArray().length, 3);
});

test('a transaction ends while RETURNING rows are left', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a)');
  const c = s.sql.exec('insert into t values (1), (2), (3) returning a, a + 1 b');
  assertEq(c.next().value, { a: 1, b: 2 });
  assertEq(s.commit(), 'ok');
  assertEq(c.raw().toArray(), [[2, 3], [3, 4]]);
  assertEq([c.rowsWritten, c.columnNames], [3, ['a', 'b']]);
  s.crash();
  assertEq(all(s, 'select count(*) from t'), [[3]]);
});

test('a cursor reads on after its turn ended and others wrote', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a integer primary key)');
  s.sql.exec('insert into t values (1), (2), (3)');
  s.commit();
  const c = s.sql.exec('select a from t');
  assertEq(c.next().value, { a: 1 });
  s.sql.exec('insert into t values (4)');
  s.commit();
  assertEq(c.toArray(), [{ a: 2 }, { a: 3 }, { a: 4 }]);
});

test('deferred constraints that do not hold break the actor', () => {
  const s = sqlStore();
  s.sql.exec('create table p(a integer primary key); create table c(b references p(a))');
  s.commit();
  assertThrows(() => s.sql.exec('insert into c values (1)'), /^Error: FOREIGN KEY constraint failed/);
  s.begin();
  s.sql.exec('pragma defer_foreign_keys = on');
  s.sql.exec('insert into c values (1)');
  s.sql.exec('insert into p values (1)');
  s.release();
  assertEq(s.commit(), 'ok');
  s.begin();
  s.sql.exec('pragma defer_foreign_keys = on');
  s.sql.exec('insert into c values (2)');
  s.release();
  assertEq(s.commit(), 'broken');
  assert(/^Durable Object was reset .*constraints were violated: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT/.test(s.state().message));
  assertThrows(() => s.sql.exec('select 1'), /constraints were violated/);
});

test('PRAGMA foreign_keys does nothing inside a transaction', () => {
  const s = sqlStore();
  s.begin();
  s.sql.exec('pragma foreign_keys = off');
  s.release();
  assertEq(s.sql.exec('pragma foreign_keys').one(), { foreign_keys: 1 });
  s.commit();
  s.sql.exec('pragma foreign_keys = off');
  assertEq(s.sql.exec('pragma foreign_keys').one(), { foreign_keys: 0 });
});

test('a full database breaks the actor, with the statement\'s error', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a, b)');
  s.sql.setMaxPageCountForTest(10);
  s.sql.exec('insert into t values (1, 1)');
  s.commit();
  s.sql.exec('insert into t values (2, 1)');
  assertThrows(() => s.sql.exec('insert into t values (3, ?)', 'a'.repeat(1000000)), 'Error: database or disk is full: SQLITE_FULL');
  assertThrows(() => s.sql.exec('insert into t values (4, 4)'), 'Error: database or disk is full: SQLITE_FULL');
  assertEq(s.state().broken, 1);
  assertEq(s.commit(), 'broken');
  s.crash();
  assertEq(all(s, 'select a from t'), [[1]]);
});

test('a page that does not come breaks the actor', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a)');
  s.commit();
  s.crash();
  s.failReads();
  assertThrows(() => s.sql.exec('select * from t'), /SQLITE_IOERR/);
  assertEq(s.state().broken, 1);
});

test('deleteAll empties it and ends cursors', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a)');
  s.sql.exec('insert into t values (1), (2), (3)');
  s.commit();
  assertEq(s.sql.databaseSize, 8192);
  const c = s.sql.exec('select * from t');
  s.reset();
  assertThrows(() => c.next(), 'Error: SQLite query was canceled because the database was deleted.');
  assertEq(s.sql.databaseSize, 4096);
  assertThrows(() => s.sql.exec('select * from t'), 'Error: no such table: t: SQLITE_ERROR');
});

test('is closed when idle; what was prepared works on', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a)');
  const insert = s.sql.prepare('insert into t values (?)');
  insert(1);
  assertEq(s.idle(), false);
  s.commit();
  assertEq(s.idle(), true);
  insert(2);
  assertEq(all(s, 'select a from t'), [[1], [2]]);
});

test('the actor may end while a statement waits for a page', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a, b)');
  for (let i = 0; i < 100; i++) s.sql.exec('insert into t values (?, ?)', i, 'x'.repeat(500));
  s.commit();
  s.crash();
  const sql = s.sql;
  let c = sql.exec('select a from t');
  assertEq(c.next().value, { a: 0 });
  s.closeInRead();
  s.sql = null;
  assertThrows(() => c.toArray(), /SQLITE_IOERR|was closed/);
  assertThrows(() => sql.exec('select 1'), 'Error: The database was closed.');
  c = null;
  gc();
});

test('script\'s objects outlive the actor', () => {
  const s = sqlStore();
  const sql = s.sql, p = sql.prepare('select 1'), c = sql.exec('select 1 union all select 2');
  s.close();
  assertThrows(() => sql.exec('select 1'), 'Error: The database was closed.');
  assertThrows(() => p(), 'Error: The database was closed.');
  assertThrows(() => c.next(), 'Error: SQL cursor was closed.');
});
