// The worker of these tests: every path answers what it found, as JSON.
import { DurableObject } from 'cloudflare:workers';

let made = 0;
const log = [];
const shown = (e) => (e instanceof Error ? { name: e.name, message: e.message, ...e } : { value: e });
const tried = async (fn) => {
    try {
        const value = await fn();
        return value === undefined ? 'undefined' : value;
    } catch (e) {
        return shown(e);
    }
};
const all = async (...fns) => {
    const out = [];
    for (const fn of fns) out.push(await tried(fn));
    return out;
};

export class Counter extends DurableObject {
    #n = 0;
    constructor(ctx, env) {
        super(ctx, env);
        made++;
        this.own = 1;
        const name = ctx.id.name || '';
        if (name.startsWith('bad')) throw new RangeError('no ' + name);
        if (name.startsWith('slow')) ctx.blockConcurrencyWhile(async () => {
            log.push('begin');
            await new Promise((done) => setTimeout(done, 100));
            log.push('end');
        });
        if (name === 'fails') ctx.blockConcurrencyWhile(async () => { throw new Error('critical'); });
    }
    async fetch(request) {
        const { pathname } = new URL(request.url);
        log.push(pathname);
        if (pathname === '/throw') throw Object.assign(new TypeError('thrown'), { code: 7 });
        if (pathname === '/echo') return new Response(request.body);
        if (pathname === '/abort') {
            Promise.resolve().then(() => log.push('ran after abort'));
            this.ctx.abort('enough');
        }
        return new Response(String(++this.#n));
    }
    up(by = 1) { return (this.#n += by); }
    get value() { return this.#n; }
    who() { return [String(this.ctx.id), this.ctx.id.name, this.ctx.props]; }
    throws() { throw Object.assign(new RangeError('from a method'), { code: 1 }); }
    size(bytes) { return bytes.length; }
    makes(length) { return 'x'.repeat(length); }
    says(what) { log.push(what); return what; }
    async later(ms, what) { await new Promise((done) => setTimeout(done, ms)); log.push(what); return what; }
    abort() { Promise.resolve().then(() => log.push('ran after abort')); this.ctx.abort(); }
    critical() { return this.ctx.blockConcurrencyWhile(async () => { throw new TypeError('inside'); }); }
    async nested() {
        const run = (depth) => this.ctx.blockConcurrencyWhile(() => (depth > 1 ? run(depth - 1) : tried(() => run(1))));
        return run(64); // and the 65th throws
    }
    every(ms) { this.timer = setInterval(() => {}, ms); }
    stopTimer() { clearInterval(this.timer); }
    keep(ms) { this.ctx.waitUntil(new Promise((done) => setTimeout(done, ms))); }
    spin() { for (;;); }
    hold() { return new Promise(() => {}); }
    instance(value) { return value; }
    make() { return new Counted(); }
    async stored(value) { await this.ctx.storage.put('k', value); return this.ctx.storage.get('k'); }
    async writesAndCalls(name) {
        this.ctx.storage.put('k', 1);
        const answer = this.env.C.getByName(name).up();
        this.ctx.storage.put('l', 2);
        return answer;
    }
    callsInSync(name, how) {
        let answer;
        try {
            this.ctx.storage.transactionSync(() => {
                this.ctx.storage.put('k', how || 1);
                answer = this.env.C.getByName(name).up();
                this.ctx.storage.put('l', 2);
                if (how === 'sync') this.ctx.storage.sync();
                if (how === 'throw') throw new Error('undone');
                if (how === 'abort') this.ctx.abort();
            });
        } catch {}
        return answer;
    }
    callsAndBreaks(name) {
        this.ctx.storage.put('k', 1);
        this.env.C.getByName(name).up();
        this.ctx.abort();
    }
    async alarmAt(ms, how) { this.how = how; await this.ctx.storage.setAlarm(ms); return this.ctx.storage.getAlarm(); }
    async alarmSet() { return this.ctx.storage.getAlarm(); }
    async alarm(info) {
        log.push(['alarm', info.retryCount, info.isRetry, await this.ctx.storage.getAlarm()]);
        if (this.how === 'throw') throw new Error('alarm');
        if (this.how === 'abort') this.ctx.abort('gone', { retryAlarm: false });
        if (this.how === 'long') await new Promise((done) => setTimeout(done, 16 * 60 * 1000));
    }
    async callsOther(name) { return (await this.env.C.getByName(name).up()) + 1; }
    async fetchesOther(name) { return (await this.env.C.getByName(name).fetch('http://x/')).text(); }
}
class Counted { constructor() { this.a = 1; } }

export class Kept extends DurableObject {
    fill() {
        this.ctx.storage.sql.exec('create table if not exists t (v)');
        this.ctx.storage.sql.exec('insert into t values (?)', 'x'.repeat(1000000));
    }
    touch() {}
    every(ms) { setInterval(() => {}, ms); }
}

export class Ephemeral extends DurableObject {
    who() { return [typeof this.ctx.id, this.ctx.id, typeof this.ctx.storage]; }
}

const paths = {
    '/ids': ({ C }) => all(
        () => String(C.idFromName('foo')), () => String(C.idFromName('')), () => C.idFromName('foo').name,
        () => C.idFromString(String(C.idFromName('foo'))).name, () => C.idFromString(String(C.idFromName('foo')).toUpperCase()).equals(C.idFromName('foo')),
        () => C.idFromString('zz'), () => C.idFromString('0'.repeat(64)), () => C.idFromName(), () => C.newUniqueId({ jurisdiction: 'eu' }),
        () => C.newUniqueId().name, () => C.newUniqueId().equals(C.newUniqueId()), () => C.get('foo'), () => C.get(C.idFromName('foo'), { routingMode: 'x' }),
        () => C.jurisdiction('eu'), () => Object.keys(C.get(C.newUniqueId())), () => Object.prototype.toString.call(C.idFromName('x'))),
    '/ephemeral': ({ E }) => all(() => E.get('abc').who(), () => E.get(''), () => E.get('x'.repeat(2049)), () => Object.keys(E.get('abc')), () => E.idFromName),
    '/count': async ({ C }) => [await (await C.getByName('n').fetch('http://x/')).text(), await (await C.getByName('n').fetch('http://x/')).text(), made],
    '/bodies': ({ C }, get = () => C.getByName('bodies').fetch('http://x/')) => all(
        async () => (await get()).text(), async () => (await get()).json(), async () => [...new Uint8Array(await (await get()).arrayBuffer())],
        async () => [...await (await get()).bytes()], async () => (await (await get()).blob()).text(),
        async () => { const r = await get(), c = r.clone(); return [await r.text(), await c.text()]; },
        async () => { const r = await get(), { value } = await r.body.getReader().read(); return [value instanceof Uint8Array, ...value, r.bodyUsed]; },
        async () => { const r = await get(); await r.text(); return r.text(); },
        async () => new Response((await get()).body).text(), async () => { const r = await get(); return new Response(r.body, r).text(); },
        async () => (await C.getByName('bodies').fetch('http://x/echo', { method: 'POST', body: await get().then((r) => r.bytes()) })).text()),
    '/rpc': ({ C }, s = C.getByName('foo')) => all(
        () => s.up(2), () => s.value, () => s.who(), () => s.missing(), () => s.own, () => s.ctx, () => s.value(), () => s.alarm(), () => s.constructor === Object,
        () => s.then, () => JSON.stringify(s), () => typeof s.up, () => Object.prototype.toString.call(s.up), () => s.up(1) instanceof Promise,
        () => s.throws(), () => s.instance(() => {}).catch((e) => e.name), () => s.instance(new Counted()), () => s.make(), () => s.who()[1], () => s.up.apply(s, [1])),
    '/plain': ({ SELF }) => all(() => SELF.twice(4), () => SELF.twice(), () => SELF.twice(1, 2), () => SELF.none(1)),
    '/order': async ({ C }, s = C.getByName('order')) => {
        log.length = 0;
        await Promise.all([s.later(50, 'slow'), s.says('a'), s.says('b'), s.says('c')]);
        return log;
    },
    '/large': async ({ C }, s = C.getByName('large')) => {
        log.length = 0;
        const texts = [['a', 700000], ['b', 1], ['c', 70000], ['d', 3000000], ['e', 5]].map(([c, n]) => c.repeat(n));
        const said = await Promise.all(texts.map((text) => s.says(text)));
        return [said.map((text, i) => text === texts[i]), log.map((text) => text[0] + text.length)];
    },
    '/large-lost': ({ C }, s = C.getByName('lost')) => all(
        () => s.up(), () => Promise.all([s.says('x'.repeat(700000)), s.up(), C.getByName('lost').abort()].map((p) => p.catch(shown))), () => s.up()),
    '/large-queue': async ({ C }) => {
        const bytes = new Uint8Array(33000000), calls = Array.from({ length: 9 }, (_, i) => C.getByName('queue' + i).size(bytes));
        const settled = await Promise.allSettled(calls);
        return [settled.map((each) => each.value || each.reason.message), await C.getByName('queue8').size(bytes)];
    },
    '/large-much': ({ C, SELF }, s = C.getByName('much')) => all(
        () => SELF.twice('x'.repeat(33554432)), async () => (await s.makes(33554425)).length, () => s.makes(33554426), () => s.up()),
    '/blocked': async ({ C }, s = C.getByName('slow' + ++made)) => {
        log.length = 0;
        await Promise.all([s.says('first'), s.says('second')]);
        return log;
    },
    '/errors': ({ C }) => all(
        () => C.getByName('e').fetch('http://x/throw'), () => C.getByName('e').fetch('http://x/abort'), () => C.getByName('e').up(),
        () => C.getByName('bad').up(), () => C.getByName('bad').fetch('http://x/'), () => C.getByName('fails').up(), () => C.getByName('e').critical(), () => C.getByName('e').abort(),
        () => log.includes('ran after abort')),
    '/sticky': async ({ C }, s = C.getByName('sticky')) => all(() => s.up(), () => s.abort(), () => s.up(), () => s.fetch('http://x/'), () => C.getByName('sticky').up()),
    '/pending': async ({ C }, s = C.getByName('pending')) => {
        const held = s.hold();
        await s.up();
        s.abort().catch(() => {});
        return shown(await held.catch((e) => e));
    },
    '/nested': ({ C }) => C.getByName('nested').nested(),
    '/storage': ({ C }) => C.getByName('st').stored({ a: [1, new Date(0)] }),
    '/writes': ({ C }) => C.getByName('w').writesAndCalls('x'),
    '/sync': ({ C }) => all(() => C.getByName('w').callsInSync('x')),
    '/sync/sync': ({ C }) => all(() => C.getByName('w').callsInSync('x', 'sync')),
    '/sync/throw': ({ C }) => all(() => C.getByName('w').callsInSync('x', 'throw')),
    '/sync/abort': ({ C }) => all(() => C.getByName('w').callsInSync('x', 'abort')),
    '/fill': ({ K }) => all(() => K.getByName('k').fill()),
    '/fill/timed': ({ K }) => all(() => K.getByName('k').fill(), () => K.getByName('k').every(1000)),
    '/breaks': ({ C }) => all(() => C.getByName('b').callsAndBreaks('y')),
    '/chain': ({ C }) => all(() => C.getByName('one').callsOther('two'), () => C.getByName('one').fetchesOther('three')),
    '/every': ({ C }) => C.getByName('idle').every(5000),
    '/stop': ({ C }) => C.getByName('idle').stopTimer(),
    '/keep': ({ C }) => C.getByName('idle').keep(30000),
    '/many': ({ C }) => Promise.all(Array.from({ length: 200 }, (_, i) => C.getByName('many' + i).up())).then((all) => all.length),
    '/touch': ({ C }) => C.getByName('idle').up(),
    '/spin': ({ C }, s = C.getByName('spin')) => all(() => s.spin(), () => s.up(), () => C.getByName('spin').up()),
    '/alarm': ({ C }) => C.getByName('al').alarmAt(4102444800000, 'ok'),
    '/alarm/throw': ({ C }) => C.getByName('al').alarmAt(4102444800000, 'throw'),
    '/alarm/abort': ({ C }) => C.getByName('al').alarmAt(4102444800000, 'abort'),
    '/alarm/long': ({ C }) => C.getByName('al').alarmAt(4102444800000, 'long'),
    '/alarm/set': ({ C }) => C.getByName('al').alarmSet(),
    '/log': () => log.splice(0),
};

export default {
    async fetch(request, env) {
        const { pathname } = new URL(request.url);
        const answer = await paths[pathname](env);
        return Response.json(answer === undefined ? null : answer);
    },
    twice(value, env, ctx) { return [value * 2, typeof env.C, typeof ctx.waitUntil]; },
};
