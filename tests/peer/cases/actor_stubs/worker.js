// Ids, namespaces, stubs, calls, and what callers hear of errors.
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import { serve, attempts, show } from 'harness';

const own = (e) => Object.fromEntries(Object.getOwnPropertyNames(e).filter((k) => k !== 'stack' && k !== 'message' && k !== 'name').sort().map((k) => [k, e[k]]));
const told = async (fn) => {
    try {
        return await fn();
    } catch (e) {
        return e instanceof DOMException ? `${e.name}: ${e.message}` : e instanceof Error ? [e.constructor.name, e.name, e.message, own(e)] : ['no error', e];
    }
};
const all = (...fns) => attempts(...fns.map((fn) => () => told(fn)));
const names = (object) => Object.getOwnPropertyNames(Object.getPrototypeOf(object)).sort();

export class Counter extends DurableObject {
    constructor(ctx, env) { super(ctx, env); this.ownField = 5; this.ownFn = () => 1; }
    async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === '/throw') throw Object.assign(new TypeError('from actor'), { extra: 1 });
        if (pathname === '/abort') this.ctx.abort('going away');
        if (pathname === '/critical') await this.ctx.blockConcurrencyWhile(async () => { throw new RangeError('in bcw'); });
        if (pathname === '/none') return 5;
        if (pathname === '/echo') return new Response(`${request.method} ${request.headers.get('x-h')} ${await request.text()}`, { status: 201, headers: { 'x-from': 'actor' } });
        if (pathname === '/stream') {
            const { readable, writable } = new TransformStream();
            const writer = writable.getWriter();
            this.ctx.waitUntil((async () => { for (const part of ['one ', 'two ', 'three']) await writer.write(new TextEncoder().encode(part)); await writer.close(); })());
            return new Response(readable);
        }
        let n = (await this.ctx.storage.get('n')) || 0;
        await this.ctx.storage.put('n', ++n);
        return new Response(String(n));
    }
    add(a, b) { return a + b; }
    get getter() { return 'g'; }
    thrower() { throw Object.assign(new RangeError('rpc err'), { extra: { a: 1 }, retryable: true }); }
    throwStr() { throw 'str'; }
    throwObj() { throw { a: 1 }; }
    who() { return [String(this.ctx.id), this.ctx.id.name, this.ctx.props, Object.keys(this.ctx), Object.prototype.toString.call(this.ctx), this.ctx.constructor.name, Object.prototype.toString.call(this.ctx.storage)]; }
    abort() { this.ctx.abort(); }
    abortErr() { this.ctx.abort(new TypeError('custom')); }
    critical() { return this.ctx.blockConcurrencyWhile(async () => { throw new RangeError('in bcw'); }); }
    ret(v) { return v; }
    instance() { return new (class X { constructor() { this.a = 1; } })(); }
    nested() { return { a: { b: { c: 7, f: 1 } } }; }
    static st() {}
    count() { return arguments.length; }
    webSocketMessage() { return 1; }
    alarm() { return 1; }
    dup() { return 1; }
    hang() { return new Promise(() => {}); }
    async wait(ms) { await scheduler.wait(ms); return ms; }
    note(text) { (this.notes ||= []).push(text); return [...this.notes]; }
    async noteLater(text) { await scheduler.wait(20); return this.note(text); }
    other(name) { return this.env.C.getByName(name).add(20, 2); }
}
export class Plain {
    constructor(state, env) { this.state = state; }
    fetch() { return new Response(`plain ${Object.prototype.toString.call(this.state)} ${this.state.id.name}`); }
    m() { return 1; }
}
export class Bad extends DurableObject {
    constructor(ctx, env) { super(ctx, env); throw new TypeError('ctor fails'); }
    m() {}
}
export class Eph extends DurableObject {
    fetch() { return new Response(`eph ${this.ctx.id} ${typeof this.ctx.id} ${this.ctx.id.name} ${typeof this.ctx.storage}`); }
    up() { return (this.n = (this.n || 0) + 1); }
}
export class Named extends WorkerEntrypoint {
    add(a, b) { return a + b; }
    get g() { return 4; }
    fetch() { return new Response('named'); }
}
export const plainObj = {
    fetch() { return new Response('x'); },
    m(a, env, ctx) { return [a, Object.keys(env).length, typeof ctx.waitUntil, arguments.length]; },
    none() { return arguments.length; },
};

const text = (response) => response.text();
export default serve({
    '/ids': (r, { C, P }) => all(
        () => C.idFromName('foo').toString(), () => P.idFromName('foo').toString(), () => C.idFromName('').toString(), () => C.idFromName('é😀').toString(),
        () => C.newUniqueId().toString().length, () => C.newUniqueId({ jurisdiction: 'eu' }), () => C.newUniqueId({ jurisdiction: null }).name,
        () => C.idFromString('zz'), () => C.idFromString('0'.repeat(64)), () => C.idFromString(P.idFromName('foo').toString()),
        () => C.idFromString(C.idFromName('foo').toString().toUpperCase()).toString(), () => C.idFromString(String(C.idFromName('foo'))).name,
        () => C.idFromName('foo').equals(C.idFromName('foo')), () => C.idFromName('foo').equals(C.idFromName('fo')),
        () => C.idFromName('foo').equals(C.idFromString(String(C.idFromName('foo')))), () => C.idFromName('foo').equals('x'), () => C.idFromName('foo').equals(),
        () => Object.keys(C.idFromName('foo')), () => JSON.stringify(C.idFromName('foo')), () => names(C.idFromName('foo')), () => Object.prototype.toString.call(C.idFromName('f')),
        () => 'jurisdiction' in C.idFromName('foo'), () => C.idFromName('x'.repeat(2000)).name.length, () => new (C.idFromName('x').constructor)(), () => C.idFromName(7).name, () => C.idFromName(null).name),
    '/namespace': (r, { C, P }) => all(
        () => String(C.get(P.idFromName('foo')).id), () => C.get('x'), () => C.get(), () => C.idFromName(), () => C.idFromString(), () => C.getByName(), () => C.jurisdiction('eu'),
        () => C.jurisdiction(null) === C, () => String(C.jurisdiction()), () => names(C), () => C.constructor.name, () => Object.getOwnPropertyNames(C),
        () => C.get(C.idFromName('foo'), { locationHint: 'weur', routingMode: 'bogus' }), () => typeof C.get(C.idFromName('foo'), { locationHint: 'bogus', routingMode: 'primary-only' }),
        () => typeof C.getByName('foo', { locationHint: 'weur' }), () => new C.constructor(), () => C.constructor(), () => C.idFromName.call({}, 'x')),
    '/stub': (r, { C }, ctx, url, s = C.getByName('foo')) => all(
        () => Object.keys(s), () => s.name, () => String(s.id), () => s.id.name, () => Object.prototype.toString.call(s), () => s.constructor.name,
        () => typeof s.fetch, () => typeof s.connect, () => s.toString === Object.prototype.toString, () => typeof s.anything, () => Object.prototype.toString.call(s.anything),
        () => typeof s.then, () => s.anything === s.anything, () => s.anything.constructor.name, () => 'fetch' in s, () => 'foo' in s, () => s.hasOwnProperty('id'),
        () => names(s), () => names(Object.getPrototypeOf(s)), () => { s.zork = 4; return s.zork; }, () => s[Symbol.iterator] === undefined,
        () => JSON.stringify(s), () => Object.prototype.toString.call(s.add(1, 2)), () => s.add(1, 2) instanceof Promise, () => s.add(1, 2).constructor.name,
        () => names(s.anything).filter((n) => !['apply', 'bind', 'call'].includes(n)), () => names(s.add(1, 2)), () => Object.keys(C.get(C.newUniqueId())), () => structuredClone(s), () => typeof s.anything.foo),
    '/rpc': (r, { C }, ctx, url, s = C.getByName('foo')) => all(
        () => s.add(1, 2), () => s.getter, async () => await s.getter, () => s.getter(), () => s.ownField, () => s.ownFn(), () => s.missing(), () => s.missing,
        () => s.thrower(), () => s.throwStr(), () => s.throwObj(), () => s.who(), () => s.ret(Symbol('x')), () => s.ret(new (class Y { constructor() { this.q = 1; } })()),
        () => s.ret(C), () => s.ret(new WeakMap()), () => s.ret(new Map([[1, { a: 1 }]])), () => s.ret(Promise.resolve(3)), () => s.instance(),
        () => s.ret(new Headers({ a: 'b' })), () => s.nested().a.b.c, () => s.nested().a, () => s.nested().then((x) => x.a.b.c), () => s.st(), () => s.count(1, 2, 3), () => s.count(...[1, 2]),
        () => s.webSocketMessage('x'), () => s.webSocketClose('x'), () => s.webSocketError('x'), () => s.alarm(), () => s.dup(), () => s['#x'](), () => s[''](),
        () => s.ret(), () => s.ret(undefined), () => s.ctx, () => s.env, () => s.ctx.abort(), () => s.other('bar')),
    '/fetch': (r, { C }, ctx, url, s = C.getByName('fetched')) => all(
        () => s.fetch(), () => s.fetch('/rel'), () => s.fetch('http://x/none'), () => s.fetch('http://x/').then(text), () => s.fetch(new Request('http://x/')).then(text),
        async () => { const a = await s.fetch('http://x/echo', { method: 'POST', body: 'sent', headers: { 'x-h': 'v' } }); return [a.status, a.headers.get('x-from'), await a.text()]; },
        () => s.fetch('http://x/echo', { method: 'POST', body: new Response('streamed').body }).then(text), () => s.fetch('http://x/stream').then(text)),
    '/old-class': (r, { P }) => all(() => P.getByName('a').m(), () => P.getByName('a').fetch('http://x').then(text), () => P.getByName('a').nosuch()),
    '/services': (r, { named, plain, self }) => all(
        () => named.add(1, 2), () => named.g, () => named.nosuch(), () => plain.m(4), () => plain.m(4, 5), () => plain.m(), () => plain.none(), () => plain.none(1), () => plain.nosuch(1),
        () => self.foo(), () => Object.keys(named), () => typeof named.id),
    '/errors': (r, { C, B }) => all(
        () => C.getByName('e').fetch('http://x/throw'), () => C.getByName('e').fetch('http://x/abort'), () => C.getByName('e').fetch('http://x/critical'), () => C.getByName('e').abort(),
        () => C.getByName('e').abortErr(), () => C.getByName('e').critical(), () => C.getByName('e').add(1, 1), () => B.getByName('e').m(), () => B.getByName('e').fetch('http://x')),
    '/sticky': (r, { C, B }, ctx, url, s = C.getByName('sticky'), b = B.getByName('sticky')) => all(
        () => s.add(1, 1), () => s.abort(), () => s.add(1, 2), () => s.fetch('http://x/'), () => C.getByName('sticky').add(1, 3), () => b.m(), () => b.m(), () => b.fetch('http://x/')),
    '/sticky-fetch': (r, { C }, ctx, url, s = C.getByName('sticky-fetch')) => all(
        () => s.fetch('http://x/abort'), () => s.fetch('http://x/'), () => s.add(1, 2), () => s.fetch('http://x/')),
    '/pending': async (r, { C }) => {
        const s = C.getByName('pending');
        const calls = [s.hang(), s.abort(), s.add(1, 2)];
        return show(await Promise.all(calls.map((call) => told(() => call))));
    },
    '/order': async (r, { C }) => {
        const s = C.getByName('order');
        return show((await Promise.all([s.noteLater('slow'), s.note('a'), s.note('b'), s.note('c')]))[0]);
    },
    '/together': async (r, { C }) => show(await Promise.all([C.getByName('t').wait(60), C.getByName('t').wait(20), C.getByName('t').add(1, 1)])),
    '/ephemeral': (r, { E }) => all(
        () => names(E), () => E.get('abc').fetch('http://x').then(text), () => E.get(''), () => E.get('x'.repeat(2049)), () => Object.keys(E.get('abc')),
        () => E.constructor.name, () => E.get('é').fetch('http://x').then(text), () => E.get('up').up(), () => E.get('up').up(), () => E.get('down').up()),
});
