import { DurableObject } from 'cloudflare:workers';
import { serve, show, attempts } from 'harness';

const tests = {
    types: (sql) => attempts(() => sql.exec('SELECT 1, 1.5, \'text\', x\'0102\', NULL, 9007199254740993').raw().toArray(), () => sql.exec('SELECT ? AS a, ? AS b, ? AS c, ? AS d', 1, 'x', null, new Uint8Array([1, 2])).one(),
        () => sql.exec('SELECT typeof(?), typeof(?), typeof(?)', 1, 1.5, undefined).raw().toArray(), () => sql.exec('SELECT ?', true).one(), () => sql.exec('SELECT ?', {}).one(), () => sql.exec('SELECT ?', new Date(0)).one()),
    cursor: (sql) => attempts(() => { sql.exec('CREATE TABLE t (a, b)'); sql.exec('INSERT INTO t VALUES (1, 2), (3, 4), (5, 6)'); return 'made'; }, () => [...sql.exec('SELECT * FROM t')], () => sql.exec('SELECT * FROM t').toArray(), () => sql.exec('SELECT * FROM t').one(),
        () => sql.exec('SELECT * FROM t WHERE a = 1').one(), () => sql.exec('SELECT * FROM t WHERE a = 9').one(), () => sql.exec('SELECT * FROM t').next(), () => [...sql.exec('SELECT * FROM t').raw()], () => sql.exec('SELECT a AS x, b AS x FROM t').toArray(), () => sql.exec('SELECT a AS x, b AS x FROM t').raw().toArray(),
        () => sql.exec('SELECT a AS x, b FROM t').columnNames, () => { const c = sql.exec('SELECT * FROM t'); c.next(); return [c.rowsRead, c.rowsWritten]; }, () => { const c = sql.exec('SELECT * FROM t'); c.toArray(); return [c.rowsRead, c.rowsWritten, show(c.next())]; }, () => sql.exec('INSERT INTO t VALUES (7, 8)').rowsWritten, () => sql.exec('DELETE FROM t WHERE a > 4 RETURNING a').toArray()),
    errors: (sql) => attempts(() => sql.exec('bunk'), () => sql.exec(''), () => sql.exec(';'), () => sql.exec('SELECT 1; -- more'), () => sql.exec('SELECT * FROM none'), () => sql.exec('SELECT ?'), () => sql.exec('SELECT 1', 2), () => sql.exec('SELECT ?; SELECT ?', 1, 2), () => sql.exec('BEGIN'), () => sql.exec('COMMIT'),
        () => sql.exec('SAVEPOINT x'), () => sql.exec("ATTACH 'x' AS y"), () => sql.exec('CREATE TEMP TABLE x (a)'), () => sql.exec('PRAGMA journal_mode = WAL'), () => sql.exec('PRAGMA table_list').toArray().length > 0, () => sql.exec('SELECT * FROM _cf_KV'), () => sql.exec('CREATE TABLE _cf_x (a)'), () => sql.exec('SELECT sqlite_version()'), () => sql.exec('VACUUM'),
        () => { sql.exec('CREATE TABLE c (a INTEGER CHECK (a > 0), b UNIQUE, k INTEGER PRIMARY KEY)'); sql.exec('INSERT INTO c VALUES (0, 1, 1)'); }, () => { sql.exec('INSERT INTO c VALUES (1, 1, 1)'); sql.exec('INSERT INTO c VALUES (1, 1, 2)'); }, () => sql.exec("INSERT INTO c VALUES (1, 2, 'x')"), () => sql.exec(), () => sql.exec(5), () => sql.prepare, () => sql.ingest),
    functions: (sql) => attempts(() => sql.exec("SELECT json_extract('{\"a\":[1,2]}', '$.a[1]')").raw().one, () => sql.exec('SELECT abs(-1), max(1,2), round(1.5), upper(\'a\'), length(\'abc\'), hex(x\'ff\'), coalesce(NULL, 1), sqrt(4), pi() > 3, date(0, \'unixepoch\')').raw().toArray(),
        () => sql.exec('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i), group_concat(i) FROM n').raw().toArray(), () => sql.exec('SELECT row_number() OVER (ORDER BY x) FROM (SELECT 1 AS x UNION SELECT 2)').raw().toArray(), () => { sql.exec('CREATE VIRTUAL TABLE f USING fts5(text)'); sql.exec("INSERT INTO f VALUES ('hello world')"); return sql.exec("SELECT * FROM f WHERE f MATCH 'hello'").toArray(); }),
    limits: (sql) => attempts(() => sql.exec(`SELECT ${Array(101).fill(1).join()}`).raw().toArray().length, () => sql.exec(`SELECT ${Array(102).fill('?').join()}`, ...Array(102).fill(1)), () => sql.exec(`SELECT '${'x'.repeat(100_001)}'`), () => { sql.exec('CREATE TABLE l (a)'); sql.exec('INSERT INTO l VALUES (?)', 'x'.repeat(5_000_000)); }, () => sql.exec("SELECT 'a' LIKE ?", 'x'.repeat(51)), () => sql.exec(`SELECT ${'('.repeat(101)}1${')'.repeat(101)}`).raw().toArray()),
    size: (sql, storage) => attempts(() => storage.sql.databaseSize, () => { sql.exec('CREATE TABLE s (a)'); return storage.sql.databaseSize; }),
    transactions: (sql, storage) => attempts(() => { sql.exec('CREATE TABLE t (a)'); return 1; }, () => storage.transactionSync(() => { sql.exec('INSERT INTO t VALUES (1)'); return 'in'; }), () => storage.transactionSync(() => { sql.exec('INSERT INTO t VALUES (2)'); throw new Error('back'); }), () => sql.exec('SELECT * FROM t').raw().toArray(),
        () => storage.transaction(async () => { sql.exec('INSERT INTO t VALUES (3)'); await storage.put('k', 1); }), () => storage.transaction(async () => { sql.exec('INSERT INTO t VALUES (4)'); await storage.put('k', 2); throw new Error('async back'); }), () => sql.exec('SELECT * FROM t').raw().toArray(), () => storage.get('k'), async () => { await storage.deleteAll(); return [storage.sql.databaseSize, sql.exec('SELECT name FROM sqlite_schema').toArray()]; }),
    multi: (sql) => attempts(() => sql.exec('CREATE TABLE a (x); INSERT INTO a VALUES (1); SELECT * FROM a').toArray(), () => sql.exec('CREATE TABLE b (x); INSERT INTO b VALUES (?)', 5).rowsWritten, () => sql.exec('SELECT * FROM b').toArray(), () => sql.exec('CREATE TRIGGER tr AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.x); END'), () => { sql.exec('INSERT INTO a VALUES (9)'); return sql.exec('SELECT * FROM b').toArray(); },
        () => sql.exec('ALTER TABLE a RENAME COLUMN x TO y'), () => sql.exec('SELECT y FROM a').raw().toArray(), () => sql.exec('CREATE VIEW v AS SELECT y FROM a'), () => sql.exec('SELECT * FROM v').toArray(), () => sql.exec('EXPLAIN QUERY PLAN SELECT * FROM a').toArray().length),
    shape: (sql) => [sql.constructor.name, Object.prototype.toString.call(sql), sql.exec('SELECT 1').constructor.name, typeof sql.Cursor, typeof sql.Statement].join(),
};

export class Subject extends DurableObject {
    async run(name) {
        return tests[name](this.ctx.storage.sql, this.ctx.storage);
    }
    // A row a call, over evictions and restarts.
    add(text) {
        this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text)');
        return this.ctx.storage.sql.exec('INSERT INTO rows (text) VALUES (?) RETURNING *', text).one();
    }
}
export class Other extends DurableObject {
    async run() {
        return attempts(() => this.ctx.storage.sql.exec('SELECT 1').toArray());
    }
}

const routes = { '/notsql': (request, env) => env.OTHER.getByName('x').run(), '/add': async (request, env) => show([await env.NS.getByName('rows').add('a'), await env.NS.getByName('rows').add('b')]) };
for (const name of Object.keys(tests)) routes[`/${name}`] = (request, env) => env.NS.getByName(name).run(name);
export default serve(routes);
