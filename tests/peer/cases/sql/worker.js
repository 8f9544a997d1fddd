// storage.sql inside a Durable Object: each route has an object of its own.
import { DurableObject } from 'cloudflare:workers';
import { attempt, attempts, show } from 'harness';

const rows = (sql, query, ...bindings) => sql.exec(query, ...bindings).raw().toArray();
const turn = () => scheduler.wait(1);

const routes = {
    '/cursors': ({ sql }) => {
        sql.exec('create table t(a integer primary key, b text)');
        sql.exec("insert into t values (1, 'x'), (2, 'y'), (3, 'z')");
        const c = sql.exec('select * from t');
        const out = [c.next(), c.rowsRead, c.columnNames, [...c], c.next(), c.rowsRead, c.rowsWritten];
        return attempts(() => out, () => sql.exec('select * from t where a = 2').one(), () => sql.exec('select * from t').one(), () => sql.exec('select * from t where a = 9').one(),
            () => sql.exec('select 1 a, 2 a').one(), () => rows(sql, 'select 1 a, 2 a'), () => [...sql.exec('select a from t').raw()], () => String(c), () => typeof sql.Cursor, () => new sql.Cursor(),
            () => sql.exec('insert into t(b) values (?), (?) returning *', 'p', 'q').toArray(), () => sql.databaseSize);
    },
    '/values': ({ sql }) => attempts(...[true, 1, 1.5, NaN, null, undefined, 'é😀', [1, 2], {}, new Uint8Array([1, 2]), new ArrayBuffer(0), { toString: () => 'text' }]
        .map((v) => () => rows(sql, 'select ?1, typeof(?1)', v)), () => rows(sql, 'select ?', Symbol('s')), () => sql.exec(), () => sql.exec.call({}, 'select 1')),
    '/errors': ({ sql }) => attempts(...['', ';', 'bunk', 'select ?', 'select ?; select 1', 'begin', 'savepoint x', 'create table _cf_x(a)', 'select * from nope', 'select sqlite_version()', 'attach "x" as y',
        'create temp table x(a)', 'vacuum', 'pragma journal_mode', 'pragma page_size = 512', 'select 1; -- comment', 'create virtual table x using fts4(a)'].map((q) => () => rows(sql, q))),
    '/constraints': ({ sql }) => {
        sql.exec('create table t(a integer primary key, b unique, c not null check (c > 0)); create table r(x references t(a))');
        sql.exec('insert into t values (1, 1, 1)');
        return attempts(...['insert into t values (1, 2, 3)', 'insert into t values (2, 1, 3)', 'insert into t values (2, 2, null)', 'insert into t values (2, 2, 0)', 'insert into r values (7)', "insert into t values ('x', 2, 2)"]
            .map((q) => () => rows(sql, q)));
    },
    '/sync': (storage) => {
        const { sql } = storage;
        sql.exec('create table t(a)');
        return attempts(() => storage.transactionSync(() => { sql.exec('insert into t values (1)'); return 'done'; }),
            () => storage.transactionSync(() => { sql.exec('insert into t values (2)'); throw new Error('no'); }),
            () => storage.transactionSync(() => {
                sql.exec('insert into t values (3)');
                try { storage.transactionSync(() => { sql.exec('insert into t values (4)'); throw new Error('inner'); }); } catch {}
                return rows(sql, 'select a from t');
            }), () => rows(sql, 'select a from t'));
    },
    '/async': (storage) => {
        const { sql } = storage;
        sql.exec('create table t(a)');
        return attempts(() => storage.transaction(async () => { sql.exec('insert into t values (1)'); await turn(); sql.exec('insert into t values (2)'); return 'done'; }),
            () => storage.transaction(async () => { sql.exec('delete from t'); await turn(); throw new Error('no'); }),
            () => storage.transaction(async (txn) => { sql.exec('delete from t'); txn.rollback(); return 'rolled back'; }),
            () => rows(sql, 'select a from t'));
    },
    '/turns': async ({ sql }) => {
        sql.exec('create table t(a)');
        for (let i = 0; i < 5; i++) { sql.exec('insert into t values (?)', i); await turn(); }
        const c = sql.exec('select a from t');
        const first = c.next();
        await turn();
        return show([first, c.toArray()]);
    },
    '/delete-all': async (storage) => {
        const { sql } = storage;
        sql.exec('create table t(a)');
        sql.exec('insert into t values (1), (2)');
        await storage.put('key', 1);
        const c = sql.exec('select a from t');
        await storage.deleteAll();
        return attempts(() => c.next(), () => rows(sql, 'select * from t'), () => storage.get('key'), () => rows(sql, "select name from sqlite_master where name not like '\\_cf\\_%' escape '\\'"), () => sql.exec('create table t(b)').rowsWritten);
    },
    '/deferred': async (storage) => {
        const { sql } = storage;
        sql.exec('create table p(a integer primary key); create table c(b references p(a))');
        await turn();
        storage.transactionSync(() => { sql.exec('pragma defer_foreign_keys = on'); sql.exec('insert into c values (5)'); });
        await turn();
        return 'not reached';
    },
    // What differs, and is known to.
    '/engine': ({ sql }) => attempts(() => rows(sql, 'pragma data_version'), () => rows(sql, 'select load_extension(1)'),
        () => rows(sql, 'select ?', '\ud800'), () => sql.databaseSize),
    '/search': ({ sql }) => {
        sql.exec('create virtual table f using fts5(t, tokenize = porter); create virtual table r using rtree(id, lo, hi)');
        sql.exec("insert into f values ('the contents'), ('some content'), ('other')");
        sql.exec('insert into r values (1, 2, 3), (2, 5, 9)');
        return attempts(() => rows(sql, "select rowid, highlight(f, 0, '[', ']') from f where f match 'content'"), () => rows(sql, 'select id from r where lo > 4'),
            () => rows(sql, "select value from json_each('[1,\"a\",null]')"), () => rows(sql, "select json_extract(jsonb('{\"a\":[5]}'), '$.a[0]'), concat(1, 'x'), octet_length('é')"));
    },
};

export class Database extends DurableObject {
    async fetch(request) {
        const answer = await attempt(() => routes[new URL(request.url).pathname](this.ctx.storage));
        return new Response(typeof answer === 'string' ? answer : show(answer));
    }
}

export default {
    async fetch(request, env) {
        const { pathname } = new URL(request.url);
        if (pathname === '/routes') return Response.json(Object.keys(routes));
        return new Response(show(await attempt(async () => (await env.ns.get(env.ns.idFromName(pathname)).fetch(request)).text())));
    },
};
