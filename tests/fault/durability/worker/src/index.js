// What the clients do to actors. Every answer carries the actor's epoch: one more each time it was constructed, so that two
// live instances, or one that comes back from the past, show.
import { DurableObject } from 'cloudflare:workers';

const ACCOUNTS = 8, EACH = 1000;
const PADS = 160; // so many entries that not all of them come along when the actor is placed

export class Subject extends DurableObject {
    constructor(ctx, env) {
        super(ctx, env);
        ctx.blockConcurrencyWhile(async () => {
            this.epoch = ((await ctx.storage.get('epoch')) ?? 0) + 1;
            await ctx.storage.put('epoch', this.epoch);
            if (this.epoch > 1 || (await ctx.storage.get('account0')) !== undefined) return;
            const start = {};
            for (let i = 0; i < ACCOUNTS; i++) start[`account${i}`] = EACH;
            await ctx.storage.put(start);
            for (let i = 0; i < PADS; i++) ctx.storage.put(`pad:${i}`, i);
        });
    }

    // slow: reads from the disk in between; only the input gate keeps the count.
    async increment(slow) {
        const value = ((await this.ctx.storage.get('count')) ?? 0) + 1;
        if (slow) await this.ctx.storage.get(`pad:${value % PADS}`, { noCache: true });
        await this.ctx.storage.put('count', value);
        return { value };
    }

    async read() {
        return { value: (await this.ctx.storage.get('count')) ?? 0 };
    }

    // Reads, suspends, then moves: only the input gate keeps the sum.
    async transfer(from, to, amount) {
        const { storage } = this.ctx;
        return storage.transaction(async (txn) => {
            const a = await txn.get(`account${from}`), b = await txn.get(`account${to}`);
            await txn.put(`account${from}`, a - amount);
            await txn.put(`account${to}`, b + amount);
            return {};
        });
    }

    async sum() {
        const all = await this.ctx.storage.list({ prefix: 'account' });
        return { accounts: all.size, sum: [...all.values()].reduce((a, b) => a + b, 0) };
    }

    // Two places that are written together, and a log that only grows.
    async append(id, sync) {
        const length = (await this.ctx.storage.get('length')) ?? 0;
        await this.ctx.storage.put({ [`log:${String(length).padStart(8, '0')}`]: id, length: length + 1 });
        if (sync) await this.ctx.storage.sync();
        return { length: length + 1 };
    }

    async log() {
        const all = await this.ctx.storage.list({ prefix: 'log:' });
        return { ids: [...all.values()], length: (await this.ctx.storage.get('length')) ?? 0 };
    }

    // SQL and a key in one batch.
    insert(id) {
        const { sql } = this.ctx.storage;
        sql.exec('CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, id TEXT)');
        sql.exec('INSERT INTO entry (id) VALUES (?)', id);
        const n = sql.exec('SELECT count(*) AS n FROM entry').one().n;
        this.ctx.storage.put('rows', n);
        return { length: n };
    }

    async rows() {
        const { sql } = this.ctx.storage;
        sql.exec('CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, id TEXT)');
        return { ids: sql.exec('SELECT id FROM entry ORDER BY n').toArray().map((row) => row.id), length: (await this.ctx.storage.get('rows')) ?? 0 };
    }

    // More than the cache lets be dirty.
    async flood() {
        const value = 'x'.repeat(100_000);
        for (let i = 0; i < 100; i++) await this.ctx.storage.put(`flood:${i}`, value);
        return {};
    }

    fall() {
        this.ctx.abort(new Error('it falls'));
    }

    async remind(id, inMs) {
        const due = Date.now() + inMs, { storage } = this.ctx, at = await storage.getAlarm();
        await storage.put(`due:${id}`, due);
        if (at === null || at > due) await storage.setAlarm(due);
        return { due };
    }

    async alarm() {
        const { storage } = this.ctx, now = Date.now();
        let next = Infinity;
        for (const [key, due] of await storage.list({ prefix: 'due:' })) {
            if (due > now) {
                next = Math.min(next, due);
                continue;
            }
            await storage.put(`fired:${key.slice(4)}`, { due, at: now });
            await storage.delete(key);
        }
        if (next !== Infinity) await storage.setAlarm(next);
    }

    async reminders() {
        const { storage } = this.ctx;
        return { waiting: [...(await storage.list({ prefix: 'due:' })).keys()].map((key) => key.slice(4)),
            fired: [...(await storage.list({ prefix: 'fired:' }))].map(([key, value]) => ({ id: key.slice(6), ...value })), now: Date.now() };
    }
}

// What deleteAll() leaves: keys and rows that go together, an alarm that is far off.
export class Wiped extends DurableObject {
    keep(id) {
        const { storage } = this.ctx;
        storage.put(`k:${id}`, 'x'.repeat(200));
        storage.sql.exec('CREATE TABLE IF NOT EXISTS kept (id TEXT)');
        storage.sql.exec('INSERT INTO kept (id) VALUES (?)', id);
        return {};
    }

    async wipe(id) {
        await this.ctx.storage.deleteAll();
        return this.keep(id);
    }

    async warn() {
        await this.ctx.storage.setAlarm(Date.now() + 3_600_000);
        return {};
    }

    async kept() {
        const { storage } = this.ctx;
        storage.sql.exec('CREATE TABLE IF NOT EXISTS kept (id TEXT)');
        return { ids: [...(await storage.list({ prefix: 'k:' })).keys()].map((key) => key.slice(2)), rows: storage.sql.exec('SELECT id FROM kept').toArray().map((row) => row.id),
            alarm: (await storage.getAlarm()) !== null, wipesAlarm: this.env.WIPES_ALARM };
    }

    alarm() {}

    async call(op, args) {
        return this[op](...args);
    }
}

// Whose alarm is always given up.
export class Vain extends DurableObject {
    async vain() {
        await this.ctx.storage.setAlarm(Date.now() + 30);
        return {};
    }

    alarm() {
        this.ctx.abort('in vain', { retryAlarm: false });
    }

    async call(op, args) {
        return this[op](...args);
    }
}

// One stub, before and after another has made the actor break. The log tells if its last call reached a successor, which it may
// only if the storage process ended meanwhile.
async function fallen(namespace, name) {
    const stub = namespace.get(namespace.idFromName(name)), other = namespace.get(namespace.idFromName(name));
    await stub.call('read', []);
    await stub.call('read', []);
    await other.call('fall', []).catch(() => {});
    return stub.call('read', []).then(() => ({}), () => ({}));
}

export default {
    async fetch(request, env) {
        const url = new URL(request.url), [, name, op] = url.pathname.split('/');
        const args = JSON.parse(url.searchParams.get('args') ?? '[]');
        const namespace = { w: env.WIPED, v: env.VAIN }[name[0]] ?? env.SUBJECTS;
        try {
            return Response.json(op === 'fallen' ? await fallen(namespace, name) : await namespace.get(namespace.idFromName(name)).call(op, args));
        } catch (error) {
            return new Response(`${error.message}\n`, { status: 503 });
        }
    },
};

// One way in, so that every answer has the epoch.
Subject.prototype.call = async function call(op, args) {
    return { ...(await this[op](...args)), epoch: this.epoch };
};
