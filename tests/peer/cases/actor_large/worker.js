// What is larger than a message: arguments, results, stored values.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import { serve, attempts, show } from 'harness';

const MIB = 1 << 20;
const told = async (fn) => {
    try {
        return await fn();
    } catch (e) {
        return [e.constructor.name, e.message, Object.fromEntries(Object.getOwnPropertyNames(e).filter((k) => k !== 'stack' && k !== 'message').sort().map((k) => [k, e[k]]))];
    }
};
const all = (...fns) => attempts(...fns.map((fn) => () => told(fn)));
const pattern = (bytes) => {
    const out = new Uint8Array(bytes);
    for (let i = 0; i < bytes; i += 4093) out[i] = i;
    return out;
};
const same = (bytes, length) => bytes.length === length && ![...Array(Math.ceil(length / 4093)).keys()].some((i) => bytes[i * 4093] !== ((i * 4093) & 255));

class Base extends DurableObject {
    seen = [];
    length(value) { return value.length; }
    make(length) { return 'x'.repeat(length); }
    bytes(length) { return pattern(length); }
    check(bytes, length) { return same(bytes, length); }
    echo(bytes) { return bytes; }
    both(a, b) { return [a.length, b]; }
    note(value) { this.seen.push(typeof value === 'string' ? value.length : value); return this.seen.length; }
    notes() { return this.seen.splice(0); }
    async fetch() { return new Response('x'.repeat(3 * MIB)); }
    async putAndMake(length) { this.ctx.storage.put('n', length); return 'x'.repeat(length); }
    relay(namespace, length) {
        const stub = this.env[namespace].getByName('relayed');
        return Promise.all([stub.note('x'.repeat(length)), stub.note(1), stub.note(2), stub.note('y'.repeat(length)), stub.note(3)]).then(() => stub.notes());
    }
    bounds(key) {
        // what one entry may be, to the byte: a key of so many bytes, and the largest value
        const { storage } = this.ctx, most = 8388620 - key + 1 - (key > 57 ? 1 : 0);
        return all(async () => { await storage.put('k'.repeat(key), new Uint8Array(most)); return (await storage.get('k'.repeat(key))).length; },
            () => storage.put('k'.repeat(key), new Uint8Array(most + 1)), async () => (await storage.get('k'.repeat(key))).length,
            () => storage.delete('k'.repeat(key)));
    }
    keys() {
        const { storage } = this.ctx;
        return all(() => storage.put('k'.repeat(8388626), new Uint8Array(1)), () => storage.put('k'.repeat(8388627), new Uint8Array(1)),
            async () => (await storage.get('k'.repeat(8388626))).length, () => storage.get('k'.repeat(8388642)), () => storage.get('k'.repeat(8388643)),
            () => storage.delete('k'.repeat(8388626)), () => storage.delete('k'.repeat(8388643)));
    }
    several() {
        const { storage } = this.ctx;
        const value = (i, length) => { const out = new Uint8Array(length); out[0] = out[length - 1] = i; return out; };
        const sum = (map) => [...map].map(([key, bytes]) => `${key} ${bytes.length} ${bytes[0]} ${bytes[bytes.length - 1]}`);
        return all(async () => { for (let i = 0; i < 12; i++) storage.put(`v${i}`, value(i, 5 * MIB)); await storage.sync(); },
            async () => sum(await storage.list({ prefix: 'v' })), async () => sum(await storage.list({ prefix: 'v', reverse: true, limit: 3 })),
            async () => sum(await storage.get(['v3', 'v11', 'none', 'v0'])), async () => sum(await storage.list({ prefix: 'v' })),
            () => storage.put(Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`m${i}`, value(i, 4 * MIB)]))), async () => sum(await storage.list({ prefix: 'm' })),
            () => storage.transaction(async (txn) => { for (let i = 0; i < 20; i++) await txn.put(`t${i}`, value(i, MIB)); return sum(await txn.list({ prefix: 't' })); }),
            () => storage.delete(Array.from({ length: 12 }, (_, i) => `v${i}`)), async () => sum(await storage.list({ prefix: 't' })),
            () => storage.deleteAll());
    }
    sql() {
        const { sql } = this.ctx.storage, count = () => sql.exec('SELECT count(*) AS n, sum(length(b)) AS l FROM t').one();
        return all(() => { sql.exec('CREATE TABLE t (b BLOB)'); for (let i = 0; i < 20; i++) sql.exec('INSERT INTO t VALUES (randomblob(1000000))'); return count(); },
            () => this.ctx.storage.sync(), count, () => sql.exec('INSERT INTO t VALUES (?)', new Uint8Array(8388000)).rowsWritten, count,
            () => sql.exec('INSERT INTO t VALUES (?)', new Uint8Array(8388640)), () => sql.exec('INSERT INTO t VALUES (zeroblob(?))', 8388640).rowsWritten,
            () => { sql.exec('DELETE FROM t'); return count(); });
    }
    fail(bytes) { throw new RangeError(`got ${bytes.length}`); }
}
export class Subject extends Base {}
export class Other extends Base {}
export class Named extends WorkerEntrypoint {
    length(value) { return value.length; }
    make(length) { return 'x'.repeat(length); }
    echo(bytes) { return bytes; }
}

const MAX = 32 * MIB;
const routes = {};
const calls = (stub) => all(
    () => stub.length('x'.repeat(60_000)), () => stub.length('x'.repeat(65_536)), () => stub.length('x'.repeat(300_000)),
    () => stub.length('x'.repeat(5_000_000)), () => stub.length('x'.repeat(MAX - 12)), () => stub.length('x'.repeat(MAX - 11)),
    async () => (await stub.make(65_529)).length, async () => (await stub.make(65_530)).length, async () => (await stub.make(5_000_000)).length,
    async () => (await stub.make(MAX - 7)).length, async () => (await stub.make(MAX - 6)).length,
    async () => same(await stub.echo(pattern(3_000_001)), 3_000_001), () => stub.length('still here'));
routes['/actor'] = (request, env) => calls(env.NS.getByName('a'));
routes['/entrypoint'] = (request, env) => calls(env.named);
routes['/content'] = (request, env) => all(() => env.NS.getByName('b').check(pattern(9 * MIB), 9 * MIB), async () => same(await env.NS.getByName('b').bytes(9 * MIB), 9 * MIB),
    () => env.NS.getByName('b').both(pattern(MIB), 'second'), () => env.NS.getByName('b').fail(pattern(MIB)));
routes['/order'] = (request, env) => all(async () => {
    const stub = env.NS.getByName('order');
    await Promise.all([stub.note('x'.repeat(8 * MIB)), stub.note(1), stub.note(2), stub.note('y'.repeat(MIB)), stub.note(3), stub.note('z'.repeat(60_000)), stub.note(4)]);
    return stub.notes();
}, () => env.NS.getByName('relay').relay('NS', 6 * MIB), () => env.NS.getByName('relay').relay('OTHER', 300_000));
routes['/many'] = (request, env) => all(async () => {
    const stub = env.NS.getByName('many');
    return (await Promise.all(Array.from({ length: 24 }, (_, i) => stub.make(MIB + i)))).map((text) => text.length - MIB);
}, async () => {
    const stub = env.NS.getByName('written');
    return (await Promise.all(Array.from({ length: 24 }, (_, i) => stub.putAndMake(MIB + i)))).map((text) => text.length - MIB);
}, async () => {
    const stub = env.NS.getByName('many');
    return (await Promise.all(Array.from({ length: 24 }, (_, i) => stub.length('x'.repeat(MIB + i))))).map((length) => length - MIB);
});
routes['/throw'] = (request, env) => all(() => {
    let result = 'no throw', promise;
    try {
        promise = env.NS.getByName('a').length('x'.repeat(MAX));
        promise.catch(() => {});
    } catch (e) {
        result = 'throws';
    }
    return result;
});
routes['/fetch'] = (request, env) => all(async () => (await (await env.NS.getByName('a').fetch('http://x/', { method: 'POST', body: 'b' })).text()).length);

for (const length of [1, 57, 58, 1000, 2048]) routes[`/bounds/${length}`] = (request, env) => env.NS.getByName('bounds').bounds(length);
routes['/keys'] = (request, env) => env.NS.getByName('keys').keys();
routes['/keys/other'] = (request, env) => env.OTHER.getByName('keys').keys();
routes['/several'] = (request, env) => env.NS.getByName('several').several();
routes['/several/other'] = (request, env) => env.OTHER.getByName('several').several();
routes['/sql'] = (request, env) => env.NS.getByName('sql').sql();

export default serve(routes);
