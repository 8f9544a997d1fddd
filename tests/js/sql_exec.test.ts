// storage.sql: statements, bindings, values, cursors.
declare var sqlStore: any, test: any, assertEq: any, assertThrows: any, assert: any, gc: any;

function rows(sql: any, query: string, ...bindings: any[]) { return sql.exec(query, ...bindings).raw().toArray(); }

test('gives rows as objects, one ahead', () => {
  const { sql } = sqlStore();
  sql.exec('create table t(a integer primary key, b)');
  for (let i = 1; i <= 3; i++) sql.exec('insert into t values (?, ?)', i, 'v' + i);
  const c = sql.exec('select * from t');
  assertEq(c.rowsRead, 1);
  assertEq(c.next(), { done: false, value: { a: 1, b: 'v1' } });
  assertEq(c.rowsRead, 2);
  assertEq([...c], [{ a: 2, b: 'v2' }, { a: 3, b: 'v3' }]);
  assertEq(c.next().done, true);
  assertEq('value' in c.next(), true);
  assertEq(c.rowsRead, 3);
  assertEq(c.columnNames, ['a', 'b']);
  assertEq(c.columnNames === c.columnNames, true);
});

test('has one(), toArray(), raw() and iterators with helpers', () => {
  const { sql } = sqlStore();
  assertEq(sql.exec("select 123 as foo, 'abc' as bar").one(), { foo: 123, bar: 'abc' });
  assertThrows(() => sql.exec('select 1 union all select 2').one(),
    'Error: Expected exactly one result from SQL query, but got multiple results.');
  assertThrows(() => sql.exec('select 1 where 0').one(),
    'Error: Expected exactly one result from SQL query, but got no results.');
  assertEq(sql.exec('select 1 a, 2 a').one(), { a: 2 });
  assertEq(rows(sql, 'select 1 a, 2 a'), [[1, 2]]);
  assertEq(Array.from(sql.exec('select 1 union all select 2').raw()), [[1], [2]]);
  const it = sql.exec('select 1 a')[Symbol.iterator]();
  assertEq(Object.prototype.toString.call(it), '[object RowIterator]');
  assertEq(it.toArray(), [{ a: 1 }]);
  assertEq(sql.exec('create table x(a)').columnNames, []);
});

test('binds and gives back values as the peer does', () => {
  const { sql } = sqlStore();
  const type = (v: any) => rows(sql, 'select ?1, typeof(?1)', v)[0];
  assertEq(type(true), ['true', 'text']);
  assertEq(type(3), [3, 'real']);
  assertEq(type(NaN), [null, 'null']);
  assertEq(type(null), [null, 'null']);
  assertEq(type(undefined), [null, 'null']);
  assertEq(type('é😀\0x'), ['é😀\0x', 'text']);
  assertEq(type([1, 2]), ['1,2', 'text']);
  assertEq(type({ toString: () => 'ts' }), ['ts', 'text']);
  assertThrows(() => type(Symbol('x')), 'TypeError: Cannot convert a Symbol value to a string');
  const blob = type(new Uint8Array([9, 8, 7]).subarray(1));
  assert(blob[0] instanceof ArrayBuffer);
  assertEq([...new Uint8Array(blob[0])], [8, 7]);
  assertEq(type(new ArrayBuffer(0))[1], 'blob');
  assertEq(rows(sql, 'select 9007199254740993, -5, 2147483648, 1e308, x\'\''), [[9007199254740992, -5, 2147483648, 1e308, {}]]);
  sql.exec('create table n(a integer)');
  sql.exec('insert into n values (?)', 7);
  assertEq(rows(sql, 'select typeof(a) from n'), [['integer']]);
});

test('says the peer\'s words', () => {
  const { sql } = sqlStore();
  const say = (want: string, query: any, ...b: any[]) => assertThrows(() => sql.exec(query, ...b), want);
  say('Error: Wrong number of parameter bindings for SQL query.', 'select ?');
  say('Error: Wrong number of parameter bindings for SQL query.', 'select 1', 1);
  say('Error: SQL code did not contain a statement.', '');
  say('Error: SQL code did not contain a statement.', 'select 1; -- c');
  say('Error: When executing multiple SQL statements in a single call, only the last statement can have parameters.',
    'select ?; select 1', 1);
  say('Error: near "bunk": syntax error at offset 0: SQLITE_ERROR', 'bunk');
  say('Error: no such table: x: SQLITE_ERROR', 'select * from x');
  say('Error: not authorized: SQLITE_AUTH', 'create table _cf_a(b)');
  say('Error: not authorized: SQLITE_AUTH', 'pragma page_size = 8192');
  say('Error: not authorized to use function: sqlite_version at offset 7: SQLITE_ERROR', 'select sqlite_version()');
  say('Error: cannot VACUUM from within a transaction: SQLITE_ERROR', 'vacuum');
  sql.exec('create table t(a integer primary key, b check (b > 0))');
  sql.exec('insert into t values (1, 1)');
  say('Error: UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)', 'insert into t values (1, 1)');
  say('Error: datatype mismatch: SQLITE_MISMATCH', "insert into t values ('x', 1)");
  say('Error: LIKE or GLOB pattern too complex: SQLITE_ERROR', "select 'a' like ?", 'a'.repeat(51));
  say('Error: string or blob too big: SQLITE_TOOBIG', 'select length(zeroblob(9000000))');
  for (const q of ['begin', 'commit', 'rollback', 'savepoint a', 'release a', 'end'])
    assertThrows(() => sql.exec(q), /^Error: To execute a transaction, please use the state\.storage\.transaction\(\)/);
  assertThrows(() => sql.exec(), "TypeError: Failed to execute 'exec' on 'SqlStorage': parameter 1 is not of type 'String'.");
  assertThrows(() => sql.exec.call({}, 'x'), /^TypeError: Illegal invocation/);
  assertThrows(() => new sql.Cursor(), 'TypeError: Illegal constructor');
});

test('counts rows as the peer does', () => {
  const { sql } = sqlStore();
  const count = (query: string, ...b: any[]) => { const c = sql.exec(query, ...b); c.toArray(); return [c.rowsRead, c.rowsWritten]; };
  assertEq(count('create table t(a integer primary key, b)'), [1, 2]);
  assertEq(count('insert into t(b) values (1), (2), (3)'), [0, 3]);
  assertEq(count('insert into t values (9, 9)'), [1, 1]);
  assertEq(count('select * from t'), [4, 0]);
  assertEq(count('select count(*) from t'), [4, 0]);
  assertEq(count('create index i on t(b)'), [10, 5]);
  assertEq(count('insert into t(b) values (4)'), [0, 2]);
  assertEq(count('select * from t where b = 2'), [2, 0]);
  assertEq(count('update t set b = b + 1'), [5, 10]);
  assertEq(count('delete from t where a = 1'), [1, 1]);
  assertEq(count('delete from t'), [0, 4]);
  assertEq(count('insert into t(b) values (1) returning *'), [1, 2]);
});

test('caches by text, and runs the same query twice at once', () => {
  const { sql } = sqlStore();
  const reused = (q: string) => { const c = sql.exec(q); c.toArray(); return c.reusedCachedQueryForTest; };
  assertEq([reused('select 17'), reused('select ' + 17), reused('select 17')], [false, true, true]);
  const a = sql.exec('select 1 v union all select 2'), b = sql.exec('select 1 v union all select 2');
  assertEq([a.next().value, b.next().value, b.next().value, a.next().value], [{ v: 1 }, { v: 1 }, { v: 2 }, { v: 2 }]);
  sql.exec('create table t(a)');
  sql.exec('insert into t values (1)');
  assertEq(sql.exec('select * from t').toArray(), [{ a: 1 }]);
  sql.exec('alter table t add column b');
  assertEq(sql.exec('select * from t').toArray(), [{ a: 1, b: null }]);
});

test('runs all statements of a text, again when it is cached', () => {
  const { sql } = sqlStore();
  const q = 'create table if not exists m(a); insert into m values (1); select count(*) n from m';
  assertEq(sql.exec(q).one(), { n: 1 });
  assertEq(sql.exec(q).one(), { n: 2 });
  assertThrows(() => sql.exec('insert into m values (5); bunk'), /syntax error/);
  assertEq(sql.exec('select count(*) n from m').one(), { n: 3 });
});

test('prepares statements', () => {
  const { sql } = sqlStore();
  const p = sql.prepare('select ? v');
  assertEq(Object.prototype.toString.call(p), '[object Statement]');
  assert(p instanceof sql.Statement);
  assertEq([...p(1)], [{ v: 1 }]);
  assertThrows(() => p(), 'Error: Wrong number of parameter bindings for SQL query.');
  for (const space of [' ', '\t', '\n', '\r', '\v', '\f', '\r\n'])
    assertEq(sql.prepare('select 1 a;' + space)().one(), { a: 1 });
});

test('ingests what is whole', () => {
  const { sql } = sqlStore();
  assertEq(sql.ingest('select 123; select 45').remainder, ' select 45');
  assertEq(sql.ingest('create table s(v); insert into s values (1),(2); insert into'),
    { remainder: ' insert into', rowsRead: 1, rowsWritten: 4, statementCount: 2 });
  assertThrows(() => sql.ingest('select * bunk;'), /^Error: near "bunk": syntax error at offset/);
  const values = ['😳', '🔥😎🔥', 'é'];
  const bytes = new TextEncoder().encode(values.map((v) => `INSERT INTO s VALUES ('${v}');`).join(' '));
  for (let size = 1; size < bytes.length; size *= 3) {
    sql.exec('delete from s');
    const decoder = new TextDecoder();
    let rest = '';
    for (let at = 0; at < bytes.length; at += size)
      rest = sql.ingest(rest + decoder.decode(bytes.slice(at, at + size), { stream: true })).remainder;
    assertEq(rest, '');
    assertEq(rows(sql, 'select v from s').map((r: any) => r[0]), values);
  }
});

test('has full text search, r-trees, JSON, triggers, windows and views', () => {
  const { sql } = sqlStore();
  sql.exec(`create table d(id integer primary key, t);
    create virtual table f using FtS5(id, t, tokenize = porter);
    create virtual table fv using fts5vocab(f, row);
    create trigger di after insert on d begin insert into f values (new.id, new.t); end`);
  sql.exec("insert into d(t) values ('contents of one'), ('content of two')");
  assertEq(sql.exec("select id from f where f match 'content' order by id").toArray(), [{ id: 1 }, { id: 2 }]);
  assertEq(rows(sql, "select highlight(f, 1, '<', '>') from f where f match 'two'"), [['content of <two>']]);
  sql.exec('create virtual table r using rtree(id, a, b)');
  sql.exec('insert into r values (1, 2, 3)');
  assertEq(rows(sql, 'select id from r where a < 3'), [[1]]);
  assertEq(rows(sql, `select '{"a":[1,2]}' -> '$.a', json_extract(jsonb('[5]'), '$[0]')`), [['[1,2]', 5]]);
  assertEq(rows(sql, 'select value from json_each(?)', '[1,"x"]'), [[1], ['x']]);
  sql.exec('create view v as select id, sum(id) over (order by id) s from d');
  assertEq(rows(sql, 'select s from v'), [[1], [3]]);
  assertEq(rows(sql, "select concat(1,2), unhex('41') is not null, octet_length('é'), string_agg(t, '|') from d")[0].slice(0, 3), ['12', 1, 2]);
  assertEq(rows(sql, 'with recursive c(x) as (select 1 union all select x+1 from c where x < 4) select sum(x) from c'), [[10]]);
});

test('a cursor outlives its storage object', () => {
  const s = sqlStore();
  const c = s.sql.exec('select 1 v union all select 2 union all select 3');
  s.sql = null;
  gc();
  assertEq(c.toArray(), [{ v: 1 }, { v: 2 }, { v: 3 }]);
});

test('many cursors that nobody finishes', () => {
  const s = sqlStore();
  s.sql.exec('create table t(a)');
  s.sql.exec('insert into t values (1), (2), (3)');
  for (let i = 0; i < 200; i++) s.sql.exec('select * from t').next();
  assertEq(s.commit(), 'ok');
  gc();
  assertEq(s.idle(), true);
});
