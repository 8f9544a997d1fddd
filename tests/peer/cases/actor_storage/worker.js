// The storage API, asked inside an actor of its own for every route.
import { DurableObject } from 'cloudflare:workers';
import { serve, show, attempts } from 'harness';

const tests = {
    async basics({ storage }) {
        const out = [await storage.get('none'), await storage.put('a', 1), await storage.get('a'), await storage.delete('a'), await storage.delete('a'), await storage.get('a')];
        return out.map((each) => show(each)).join('\n');
    },
    async values({ storage }) {
        const buffer = new ArrayBuffer(8), cyclic = { name: 'me' };
        cyclic.self = cyclic;
        class Point { constructor() { this.x = 1; } }
        const values = [undefined, null, true, 0, -0, 1, -1, 2 ** 31, 2 ** 53, 1.5, NaN, Infinity, -Infinity, '', 'text', 'ünï', '\u0000', '😀',
            new Date(0), new Date(NaN), /a+/gi, [1, 2, 3], [1, , 3], [], {}, { a: { b: [1, { c: 2 }] } }, new Map([[1, 'a'], ['b', new Set([1])]]), new Set(['x']),
            new Uint8Array([1, 2, 3]), new Float64Array(buffer), buffer, new DataView(buffer, 2, 4), new Error('msg'), new RangeError('range'), Object(1), Object('s'), Object(true), new Point(), cyclic];
        const out = [];
        for (const [i, value] of values.entries()) {
            try {
                await storage.put(`v${i}`, { value });
                const back = (await storage.get(`v${i}`)).value;
                out.push(`${i} ${show(back)} ${Object.prototype.toString.call(back)} ${back === null || typeof back !== 'object' ? '' : back.constructor.name}`);
            } catch (error) {
                out.push(`${i} ${show(error)}`);
            }
        }
        return out.join('\n');
    },
    async uncloneable({ storage }) {
        return attempts(...[Symbol('s'), new WeakMap(), Promise.resolve(1), new Proxy({}, {})].map((value) => () => storage.put('k', value)));
    },
    async functions({ storage }) {
        return attempts(...[() => {}, { f() {} }].map((value) => () => storage.put('k', value)));
    },
    async surrogate({ storage }) {
        await storage.put('k', '\ud800x');
        return (await storage.get('k')).charCodeAt(0);
    },
    async arguments({ storage }) {
        return attempts(() => storage.put('a'), () => storage.put('a', undefined), () => storage.put({ a: 1 }, 2), () => storage.put(), () => storage.get(), () => storage.delete(),
            () => storage.put({ a: undefined, b: 1 }), () => storage.get('a'), () => storage.get('b'), () => storage.put({}), () => storage.put(5, 'five'), () => storage.get('5'), () => storage.get(['b', 'a', 'b']),
            () => storage.get([]), () => storage.delete(['b', 'b', 'x']), () => storage.delete([]), () => storage.get(null), () => storage.list(null), () => storage.put('a', 1, null), () => storage.get('a', 5),
            () => storage.list({ start: 'a', startAfter: 'b' }), () => storage.list({ limit: 0 }), () => storage.list({ limit: -1 }), () => storage.list({ limit: 'x' }), () => storage.list({ limit: 1.7 }), () => storage.list('x'));
    },
    async lists({ storage }) {
        for (const key of ['a', 'b', 'ba', 'bb', 'c', 'ü', '\ud83d\ude00', '', 'B', '1', '10', '2']) await storage.put(key, `<${key}>`);
        const lists = [{}, { reverse: true }, { limit: 3 }, { limit: 3, reverse: true }, { prefix: 'b' }, { prefix: 'b', reverse: true, limit: 1 }, { start: 'b' }, { startAfter: 'b' }, { end: 'b' }, { start: 'b', end: 'c' }, { start: 'c', end: 'b' },
            { prefix: 'b', start: 'a' }, { prefix: 'b', start: 'ba' }, { prefix: 'b', end: 'bb' }, { prefix: 'b', startAfter: 'ba' }, { prefix: 'b', start: 'z' }, { prefix: '' }, { prefix: 'x' }, { start: 'bb', reverse: true }];
        const out = [];
        for (const options of lists) out.push(`${JSON.stringify(options)} ${[...(await storage.list(options)).keys()].join(',')}`);
        return out.join('\n');
    },
    async many({ storage }) {
        const all = {};
        for (let i = 0; i < 300; i++) all[`k${String(i).padStart(4, '0')}`] = i;
        await storage.put(all);
        const got = await storage.get(Object.keys(all).slice(0, 128)), count = await storage.delete(Object.keys(all).slice(0, 100));
        return `${got.size} ${count} ${(await storage.list()).size} ${[...(await storage.list({ limit: 2 })).keys()]}`;
    },
    async order({ storage }) {
        const out = [];
        const a = storage.put('k', 1), b = storage.get('k'), c = storage.put('k', 2), d = storage.get('k'), e = storage.delete('k'), f = storage.get('k');
        for (const each of [a, b, c, d, e, f]) out.push(show(await each));
        return out.join(' ');
    },
    async deleteall({ storage }) {
        await storage.put({ a: 1, b: 2 });
        const out = [show(await storage.deleteAll()), (await storage.list()).size];
        await storage.put('c', 3);
        out.push([...(await storage.list()).keys()], show(await storage.deleteAll()), (await storage.list()).size);
        return out.join(' ');
    },
    async transactions({ storage }) {
        return attempts(
            () => storage.transaction(async (txn) => { await txn.put('a', 1); return 'value'; }), () => storage.get('a'),
            () => storage.transaction(async (txn) => { await txn.put('a', 2); throw new Error('mine'); }), () => storage.get('a'),
            () => storage.transaction(async (txn) => { await txn.put('a', 3); txn.rollback(); txn.rollback(); return 'rolled'; }), () => storage.get('a'),
            () => storage.transaction(async (txn) => { txn.rollback(); await txn.get('a'); }),
            async () => { let kept; await storage.transaction(async (txn) => { kept = txn; }); return kept.get('a'); },
            () => storage.transaction(async (txn) => { await txn.deleteAll(); }),
            () => storage.transaction(async (txn) => { await txn.put('b', 1); await storage.put('plain', 1); throw new Error('both'); }), () => storage.get('plain'),
            () => storage.transaction(async (txn) => { await txn.put({ x: 1, y: 2 }); return [await txn.get('x'), (await txn.list()).size, await txn.delete('x'), await txn.delete(['x', 'y'])]; }),
            () => storage.transaction(() => 5), () => storage.transaction(), () => storage.transaction(5),
            () => storage.transaction(async () => storage.transaction(async (inner) => { await inner.put('nested', 1); return 'in'; })), () => storage.get('nested'),
        );
    },
    async sync({ storage }) {
        return attempts(
            () => storage.transactionSync(() => { storage.kv.put('s', 1); return 'done'; }), () => storage.kv.get('s'),
            () => storage.transactionSync(() => { storage.kv.put('s', 2); throw new Error('no'); }), () => storage.kv.get('s'),
            () => storage.transactionSync(() => { storage.kv.put('o', 1); try { storage.transactionSync(() => { storage.kv.put('i', 1); throw new Error('inner'); }); } catch {} return 1; }),
            () => [storage.kv.get('o'), storage.kv.get('i')], () => storage.sync(), () => storage.kv.delete('o'), () => storage.kv.delete('o'),
            () => [...storage.kv.list()], () => { storage.kv.put('p1', 1); storage.kv.put('p2', 2); return [...storage.kv.list({ prefix: 'p', reverse: true })]; },
            () => storage.kv.put('u', undefined), () => storage.transactionSync(async () => 1),
        );
    },
    async options({ storage }) {
        await storage.put('a', 1, { allowUnconfirmed: true, allowConcurrency: true, noCache: true });
        return attempts(() => storage.get('a', { noCache: true, allowConcurrency: true }), () => storage.delete('a', { allowUnconfirmed: true }), () => storage.list({ noCache: true }), () => storage.sync());
    },
    async large({ storage }) {
        return attempts(() => storage.put('x'.repeat(2048), 1), () => storage.put('x'.repeat(3000), 1), () => storage.put('big', 'y'.repeat(200_000)), async () => (await storage.get('big')).length);
    },
    async huge({ storage }) {
        return attempts(() => storage.put('huge', 'z'.repeat(4_300_000)), async () => typeof (await storage.get('huge')), () => storage.put('huge', 'z'.repeat(9_000_000)), async () => (await storage.get('huge')).length);
    },
    async shape(state) {
        const { storage } = state, names = [];
        for (let o = storage; o && o !== Object.prototype; o = Object.getPrototypeOf(o)) names.push(o.constructor.name);
        return [names.join(), Object.keys(state).join(), typeof state.id.toString(), show(state.id.name), typeof storage.sql, typeof storage.kv, Object.prototype.toString.call(storage), state.constructor.name, show(state.props)].join('\n');
    },
    async bookmark({ storage }) {
        return attempts(async () => { const a = await storage.getCurrentBookmark(), b = await storage.getCurrentBookmark(); return [a.length, a < b]; }, () => storage.getBookmarkForTime(0), () => storage.onNextSessionRestoreBookmark('x'));
    },
};

export class Subject extends DurableObject {
    async run(name) {
        return tests[name](this.ctx);
    }
}
export class Other extends DurableObject {
    async run(name) {
        return tests[name](this.ctx);
    }
}

const routes = {};
for (const name of Object.keys(tests)) {
    routes[`/${name}`] = (request, env) => env.NS.getByName(name).run(name);
    routes[`/other/${name}`] = (request, env) => env.OTHER.getByName(name).run(name);
}
export default serve(routes);
