// Facets: actors of their own below an actor. Each route is an actor of its own, so that none sees another's.
import { DurableObject } from 'cloudflare:workers';
import { serve, show } from 'harness';

const told = (error) => `${show(error)} ${JSON.stringify(Object.fromEntries(['remote', 'retryable', 'overloaded', 'durableObjectReset', 'code'].map((key) => [key, error?.[key]])))}`;
const caught = async (fn) => {
    try {
        return `ok ${show(await fn())}`;
    } catch (error) {
        return told(error);
    }
};
const tick = () => new Promise((done) => setTimeout(done, 30));
const quiet = (promise) => (promise.catch(() => {}), promise);

export class Counter extends DurableObject {
    calls = 0;
    async fetch(request) {
        if (request.url.endsWith('/throw')) throw new TypeError('fetch threw');
        return new Response(`${request.method} ${request.url} ${await request.text()}`, { status: 201 });
    }
    async add() {
        const n = ((await this.ctx.storage.get('n')) ?? 0) + 1;
        await this.ctx.storage.put('n', n);
        return `stored ${n} instance ${++this.calls}`;
    }
    sql() {
        this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS t (x)');
        this.ctx.storage.sql.exec('INSERT INTO t VALUES (1)');
        return this.ctx.storage.sql.exec('SELECT count(*) AS n FROM t').one().n;
    }
    about() { return [String(this.ctx.id), this.ctx.id.name, typeof this.ctx.id, JSON.stringify(this.ctx.props), typeof this.ctx.facets]; }
    get value() { return 'a property'; }
    echo(value) { return value; }
    hang() { return new Promise(() => {}); }
    throws() { throw new TypeError('facet threw'); }
    die() { this.ctx.abort('facet died'); }
    wipe() { return this.ctx.storage.deleteAll(); }
    // A method of the facet at the end of the path below this one.
    at([name, ...rest], method) {
        const stub = this.ctx.facets.get(name, () => ({ class: this.env.COUNTER }));
        return rest.length ? stub.at(rest, method) : stub[method]();
    }
}
export class Reader extends DurableObject {
    async read() { return [await this.ctx.storage.get('n'), JSON.stringify(this.ctx.props)]; }
}
export class Throws extends DurableObject {
    constructor(ctx, env) { super(ctx, env); throw new RangeError('constructor threw'); }
    hi() {}
}
export class Old {
    fetch() { return new Response('old'); }
}

const steps = {
    shapes: ({ ctx, get, env }) => {
        const stub = get('a');
        return [[Object.prototype.toString.call(ctx.facets), Object.keys(ctx.facets).join(), ['get', 'abort', 'delete', 'clone'].map((name) => typeof ctx.facets[name]).join()], [Object.prototype.toString.call(stub), Object.keys(stub).join(), typeof stub.anything], [Object.prototype.toString.call(env.COUNTER), typeof env.COUNTER, Object.keys(env.COUNTER).join()], [typeof ctx.exports.Counter, Object.prototype.toString.call(ctx.exports.Counter)]].map((each) => () => each);
    },
    calls: ({ get, log }) => {
        const stub = get('a');
        return [() => log.join(), tick, () => log.join(), () => stub.add(), () => stub.add(), () => get('a').add(), () => log.join(), async () => { const res = await stub.fetch('http://facet/path', { method: 'POST', body: 'text' }); return [res.status, await res.text()]; }, () => stub.fetch('http://facet/throw'), () => stub.value, () => stub.throws(), () => stub.nothing(), () => stub.sql(), () => log.join()];
    },
    order: ({ get }) => [() => { const stub = get('a'); return Promise.all([stub.add(), stub.add(), stub.add()]); }, () => { const one = get('b'), two = get('b'); return Promise.all([one.add(), two.add(), one.add()]); }],
    identity: ({ get, env, ctx }) => [() => get('a').about(), () => get('b', env.WITH_PROPS).about(), () => get('c', env.COUNTER, { id: 'text' }).about(), () => get('d', env.COUNTER, { id: env.NS.idFromName('other') }).about(), () => get('e', env.COUNTER, { id: 5 }).about(), () => get('f', env.COUNTER, { id: null }).about(), () => get('g', env.COUNTER, { id: undefined }).about(), () => get('h', ctx.exports.Counter).about(), () => get('i', ctx.exports.Counter({ props: { from: 'exports' } })).about(), () => [String(ctx.id), ctx.id.name]],
    startups: ({ ctx: { facets, exports, storage }, env, get, log }) => [() => facets.get('none', () => undefined).add(), () => facets.get('null', () => null).add(), () => facets.get('number', () => 5).add(), () => facets.get('empty', () => ({})).add(), () => facets.get('raw', () => ({ class: Counter })).add(), () => facets.get('ns', () => ({ class: env.NS })).add(), () => facets.get('getter', () => ({ get class() { throw new Error('getter threw'); } })).add(),
        () => facets.get('throws', () => { throw new RangeError('startup threw'); }).add(), () => get('throws').add(), () => (facets.abort('throws', 'again'), get('throws').add()), () => facets.get('rejects', async () => { throw new RangeError('startup rejected'); }).add(), () => (facets.delete('rejects'), get('rejects').add()), () => facets.get('async', async () => { await tick(); await storage.get('x'); return { class: exports.Reader }; }).read(), () => log.join()],
    classes: ({ ctx: { exports }, get, log }) => [() => get('a', exports.Throws).hi(), () => get('a', exports.Throws).hi(), () => get('a').add(), async () => (await get('old', exports.Old).fetch('http://x/')).text(), () => get('old').hi(), () => get('b').add(), () => get('b', exports.Reader).add(), () => log.join()],
    names: ({ ctx: { facets }, get, env }) => [() => facets.get('x'.repeat(257), () => ({})), () => facets.abort('x'.repeat(257), 1), () => facets.delete('x'.repeat(257)), () => facets.clone('x'.repeat(257), 'a'), () => facets.clone('a', 'x'.repeat(257)), () => get('x'.repeat(256)).add(), () => facets.get('é'.repeat(129), () => ({})), () => facets.get(), () => facets.get('a'), () => facets.get('a', 5), () => facets.get('a', {}), () => facets.abort(), () => facets.abort('a'), () => facets.delete(), () => facets.clone('a'), () => facets.get(5, () => ({ class: env.COUNTER })).add(), () => get('5').add(), () => get('a\0b').add(), () => get('a%00b').add(), () => get('ünï 💥').add()],
    nesting: ({ get, ctx: { facets } }) => {
        const stub = get('a');
        return [() => stub.at(['b'], 'add'), () => stub.at(['b', 'c'], 'add'), () => stub.at(['b', 'c', 'd'], 'add'), () => stub.at(['b'], 'add'), () => get('b').add(), () => stub.at(['b', 'c'], 'about'), async () => { const hung = quiet(stub.at(['b'], 'hang')); await tick(); facets.abort('a', new Error('all of it')); return hung; }, () => get('a').at(['b'], 'add')];
    },
    abort: ({ ctx: { facets }, get, log }) => {
        const stub = get('a'), unused = get('a'), hung = quiet(stub.hang());
        return [tick, () => facets.abort('a', new TypeError('aborted')), () => hung, () => stub.add(), () => stub.fetch('http://x/'), () => unused.add(), () => facets.abort('unknown', 'x'), ...['text', { x: 1 }, undefined, Object.assign(new RangeError('own'), { code: 5 })].map((reason) => async () => { const other = get('a'); await other.add(); facets.abort('a', reason); return other.add(); }), () => log.join(), async () => { const other = get('a'); await other.add(); await caught(() => get('a').die()); return other.add(); }, () => get('a').add()];
    },
    delete: ({ ctx: { facets }, get }) => {
        const stub = get('a');
        return [() => stub.add(), () => stub.at(['b'], 'add'), () => facets.delete('a'), () => stub.add(), () => get('a').add(), () => get('a').at(['b'], 'add'), () => facets.delete('unknown')];
    },
    clone: ({ ctx: { facets }, get }) => {
        const from = get('from'), to = get('to');
        return [() => from.add(), () => from.add(), () => from.sql(), () => from.at(['below'], 'add'), () => to.add(), () => to.at(['gone'], 'add'), () => facets.clone('from', 'to'), () => to.add(), () => get('to').add(), () => get('to').sql(), () => get('to').at(['below'], 'add'), () => get('to').at(['gone'], 'add'), () => from.add(), () => facets.clone('from', 'from'), () => from.add(), () => get('from').add(), () => facets.clone('none', 'to'), () => get('to').add(), () => (facets.clone('from', 'copy'), facets.delete('from'), get('copy').add()), () => get('from').add()];
    },
    deleteAll: ({ ctx: { storage }, get, log }) => {
        const stub = get('a');
        return [() => stub.add(), () => stub.at(['b'], 'add'), () => storage.deleteAll(), () => stub.add(), () => get('a').add(), () => get('a').at(['b'], 'add'), async () => { const hung = quiet(get('a').hang()); await tick(); storage.deleteAll(); return hung; }, () => get('a').add(), () => get('a').at(['b'], 'add'), () => get('a').wipe(), () => get('a').at(['b'], 'add'), () => log.join()];
    },
    data: ({ ctx: { storage, facets, exports }, get }) => [() => storage.put('n', 'of the root'), () => get('a').add(), () => storage.get('n'), () => (facets.abort('a', 'x'), get('a', exports.Reader({ props: { other: true } })).read())],
    stubs: ({ ctx: { storage }, get, env }) => [() => storage.put('stub', get('a')), () => get('a').echo(get('b')), () => structuredClone(get('a')), () => structuredClone(env.COUNTER)],
};

export class Root extends DurableObject {
    async run(name) {
        const { ctx, env } = this, log = [];
        const get = (facet, type = env.COUNTER, more = {}) => ctx.facets.get(facet, () => (log.push(facet), { class: type, ...more }));
        const lines = [];
        for (const step of steps[name]({ ctx, env, get, log })) lines.push(await caught(step));
        return lines.join('\n');
    }
}

export default serve(Object.fromEntries(Object.keys(steps).map((name) => [`/${name}`, (request, { NS }) => NS.getByName(name).run(name)])));
