// Objects that store many kinds of things, and tell everything that they have stored.
import { DurableObject } from 'cloudflare:workers';

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

// A value as text that tells what JSON does not.
function show(value, seen = []) {
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (typeof value === 'string') return JSON.stringify(value.replace(/[\ud800-\udfff]/g, (unit) => `<${unit.charCodeAt(0).toString(16)}>`));
    if (typeof value !== 'object' || value === null) return String(value);
    if (seen.includes(value)) return `<${seen.indexOf(value)}>`;
    const inside = [...seen, value], type = Object.prototype.toString.call(value).slice(8, -1);
    const each = (list) => list.map((item) => show(item, inside)).join(', ');
    if (type === 'Date') return `Date(${value.getTime()})`;
    if (type === 'RegExp') return `RegExp(${value.source}, ${value.flags})`;
    if (type === 'Map') return `Map(${[...value].map((pair) => each(pair)).join('; ')})`;
    if (type === 'Set') return `Set(${each([...value])})`;
    if (type === 'ArrayBuffer') return `ArrayBuffer(${hex(new Uint8Array(value))})`;
    if (ArrayBuffer.isView(value)) return `${type}(${hex(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))})`;
    if (type === 'Error') return `${value.name}(${value.message})`;
    if (type === 'Number' || type === 'String' || type === 'Boolean') return `boxed ${show(value.valueOf())}`;
    const members = Object.keys(value).map((key) => `${JSON.stringify(key)}: ${show(value[key], inside)}`).join(', ');
    return type === 'Array' ? `Array ${value.length} [${members}]` : `{${members}}`;
}

function values() {
    const cyclic = { name: 'cyclic', list: [1, 2] }, shared = { s: 1 };
    cyclic.self = cyclic;
    cyclic.list.push(cyclic.list);
    const sparse = [1, , 3];
    sparse.length = 10;
    sparse.extra = 'x';
    return {
        nothing: null, yes: true, no: false, zero: 0, minus: -1, 'minus zero': -0, half: 0.5, big: 2 ** 53, int32: -(2 ** 31), huge: 1e300,
        nan: NaN, infinite: -Infinity, empty: '', latin: 'naïve café \x00\x7f\xff', wide: 'snow ☃ 漢字', astral: '𝄞😀', lone: '\ud800x',
        long: 'abc☃'.repeat(20_000), bytes: new Uint8Array(100_000).map((_, i) => i * 7), date: new Date(1234567890123), never: new Date(NaN),
        regexp: /a(b|c)+\/\w/giu, map: new Map([['k', 1], [{ o: 1 }, new Set([1, 'two', null])]]), set: new Set(['x', [1]]), cyclic, sparse,
        twice: [shared, shared], nested: { a: { b: { c: [{ d: undefined }] } } }, 'key with ☃': 1, ['k'.repeat(1000)]: 'long key',
        buffer: new Uint8Array([1, 2, 3]).buffer, view: new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
        part: new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2), i8: new Int8Array([-1, 1]), clamped: new Uint8ClampedArray([300]),
        i16: new Int16Array([-300]), u16: new Uint16Array([300]), i32: new Int32Array([-70000]), u32: new Uint32Array([7e9 % 2 ** 32]),
        f32: new Float32Array([1.5]), f64: new Float64Array([Math.PI]), error: new TypeError('wrong'), boxed: [new Number(1), new String('s'), new Boolean(false)],
    };
}

// A name with what paths and files might not take, one below it, and one that is deleted again.
const FACETS = [['a'], ['a', 'b'], ['a', 'b', 'c'], ['gone'], ['gone', 'too'], ['a/b%00% ünï 💥']];

class Base extends DurableObject {
    async fill(kind) {
        const { storage } = this.ctx;
        if (kind === 'all' || kind === 'keys') for (const [key, value] of Object.entries(values())) await storage.put(key, value);
        if (kind === 'many') for (let i = 0; i < 2000; i += 100) {
            await storage.put(Object.fromEntries(Array.from({ length: 100 }, (_, j) => [`n${i + j}`, { i: i + j }])));
        }
        if (kind === 'large') {
            await storage.put({ most: 'x'.repeat(8_388_000), more: `${'y'.repeat(5_000_000)}.` });
            storage.sql.exec('CREATE TABLE l (t TEXT)');
            storage.sql.exec('INSERT INTO l VALUES (?)', 'z'.repeat(6_000_000));
        }
        if (kind === 'gone') {
            await storage.put('a', 1);
            await storage.deleteAll();
        }
        if (kind === 'all' || kind === 'sql') this.fillSql();
        if (kind === 'all' && !(this instanceof Facet)) await storage.setAlarm(4000000000123);
        if (kind === 'facets') await this.fillFacets();
        if (kind === 'due') await storage.setAlarm(Date.now() + 1500);
        await storage.sync();
    }

    fillSql() {
        const { sql } = this.ctx.storage;
        sql.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, r REAL, s TEXT, b BLOB, n); CREATE INDEX by_s ON t (s);
            CREATE TABLE log (what TEXT); CREATE TRIGGER noted AFTER DELETE ON t BEGIN INSERT INTO log VALUES ('deleted ' || old.id); END;
            CREATE VIEW odd AS SELECT id FROM t WHERE id % 2 = 1; CREATE VIRTUAL TABLE words USING fts5(text)`);
        for (let i = 0; i < 500; i++) sql.exec('INSERT INTO t VALUES (?, ?, ?, ?, ?)', i, i / 3, `row ${i} ☃`.repeat(10), new Uint8Array([i, 0, 255]), null);
        sql.exec('DELETE FROM t WHERE id BETWEEN 100 AND 120');
        sql.exec("INSERT INTO words VALUES ('the quick brown fox')");
    }

    async tell() {
        const { storage } = this.ctx, out = {};
        for (const [key, value] of await storage.list()) out[key] = show(value);
        return { entries: out, alarm: this instanceof Facet ? null : await storage.getAlarm(), sql: !(this instanceof Plain) ? this.tellSql() : null };
    }

    tellSql() {
        const { sql } = this.ctx.storage;
        const all = (text) => sql.exec(text).toArray();
        const tables = all("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name");
        if (!tables.some(({ name }) => name === 't')) return { tables };
        return { tables, rows: sql.exec('SELECT * FROM t ORDER BY id').raw().toArray().map((row) => row.map((cell) => show(cell)).join()),
            log: all('SELECT * FROM log'), odd: all('SELECT count(*) AS n FROM odd'), found: all("SELECT * FROM words WHERE words MATCH 'quick'") };
    }

    async alarm() {
        await this.ctx.storage.put('fired', this.ctx.id.name ?? 'without a name');
    }

    async fillFacets() {
        for (const path of FACETS) await this.at(path, 'fill', path.length > 2 ? 'all' : path.length > 1 ? 'sql' : 'keys');
        this.ctx.facets.delete('gone');
    }

    // A method of the facet at the end of the path below this one.
    at([name, ...rest], method, ...args) {
        const stub = this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Facet }));
        return rest.length ? stub.at(rest, method, ...args) : stub[method](...args);
    }

    async tellFacets() {
        const out = { own: await this.tell() };
        for (const path of FACETS) out[path.join(' > ')] = await this.at(path, 'tell');
        return out;
    }

    async fired() {
        return (await this.ctx.storage.get('fired')) ?? '';
    }
}

export class Many extends Base {}
export class Facet extends Base {}
export class Plain extends Base {}

export default {
    async fetch(request, env) {
        const [, binding, name, op, kind] = new URL(request.url).pathname.split('/');
        const id = env[binding].idFromName(name);
        if (op === 'id') return new Response(id.toString());
        return Response.json((await env[binding].get(id)[op](kind)) ?? null);
    },
};
