// Ids, stubs, and what a caller is told of failures.
import { DurableObject } from 'cloudflare:workers';
import { serve, show, attempt, attempts } from 'harness';

const told = (error) => `${show(error)} ${JSON.stringify(Object.fromEntries(Object.keys(error).filter((key) => key !== 'stack' && key !== 'durableObjectId').sort().map((key) => [key, error[key]])))}`;
const caught = async (fn) => {
    try {
        return `ok ${show(await fn())}`;
    } catch (error) {
        return told(error);
    }
};

export class Subject extends DurableObject {
    constructor(ctx, env) {
        super(ctx, env);
        this.made = 0;
        if (ctx.id.name === 'bad-constructor') throw new Error('constructor says no');
        if (ctx.id.name === 'bad-block') ctx.blockConcurrencyWhile(async () => { throw new TypeError('block says no'); });
    }
    async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === '/throw') throw new RangeError('fetch threw');
        if (pathname === '/echo') return new Response(`${request.method} ${request.url} ${await request.text()}`, { status: 201, headers: { 'x-a': 'b' } });
        if (pathname === '/nothing') return undefined;
        return new Response('ok');
    }
    add(a, b) { return a + b; }
    async later(value) { await new Promise((done) => setTimeout(done, 5)); return value; }
    throws(kind) { throw kind === 'type' ? new TypeError('typed') : kind === 'own' ? Object.assign(new Error('own'), { code: 7, why: { deep: true } }) : kind === 'text' ? 'a text' : new Error('plain'); }
    abort(reason) { this.ctx.abort(reason); }
    async putAbort() { await this.ctx.storage.put('lost', 1); this.ctx.abort('test broken'); }
    async lost() { return this.ctx.storage.get('lost'); }
    async block() { return this.ctx.blockConcurrencyWhile(async () => 'blocked'); }
    async blockThrows() { return this.ctx.blockConcurrencyWhile(async () => { throw new Error('in block'); }); }
    async deep(n) { return n === 0 ? 'bottom' : this.ctx.blockConcurrencyWhile(() => this.deep(n - 1)); }
    count() { return ++this.made; }
    echo(...args) { return args; }
    get property() { return 'a property'; }
    get id() { return [this.ctx.id.toString().length, this.ctx.id.name]; }
    _private() { return 'underscore'; }
}
Subject.prototype.value = 'on the prototype';
export class Other extends DurableObject {
    async fetch() { return new Response('other'); }
}

export default serve({
    '/ids': (request, { NS, OTHER }) => attempts(() => NS.idFromName('a').toString(), () => NS.idFromName('').toString(), () => NS.idFromName('ünï').toString(), () => OTHER.idFromName('a').toString(),
        () => NS.idFromString(NS.idFromName('a').toString()).equals(NS.idFromName('a')), () => NS.idFromString('xx'), () => NS.idFromString('0'.repeat(64)), () => NS.idFromString(OTHER.idFromName('a').toString()), () => NS.idFromName('n').name,
        () => NS.idFromString(NS.idFromName('n').toString()).name, () => NS.newUniqueId().toString().length, () => NS.newUniqueId().equals(NS.newUniqueId()), () => NS.newUniqueId({ jurisdiction: 'eu' }), () => NS.idFromName(), () => NS.idFromString(),
        () => NS.get(), () => NS.get('text'), () => NS.get(OTHER.idFromName('a')), () => NS.getByName(), () => typeof NS.getByName('x').fetch, () => NS.jurisdiction('eu'), () => NS.idFromName('A'.repeat(1025)).name.length),
    '/shapes': (request, { NS }) => {
        const stub = NS.getByName('shape'), id = stub.id;
        return [Object.keys(stub).join(), typeof stub, Object.prototype.toString.call(stub), stub.constructor.name, stub.name, Object.prototype.toString.call(NS), NS.constructor.name, Object.prototype.toString.call(id), id.constructor.name, Object.keys(id).join(), typeof stub.anything, String(id).length].join('\n');
    },
    '/fetch': async (request, { NS }) => {
        const res = await NS.getByName('fetch').fetch('http://do/echo', { method: 'POST', body: 'text' });
        return `${res.status} ${res.headers.get('x-a')} ${await res.text()}`;
    },
    '/fetch/path': async (request, { NS }) => (await NS.getByName('fetch').fetch(new Request('https://elsewhere.example/echo?q=1'))).text(),
    '/fetch/throw': (request, { NS }) => caught(() => NS.getByName('fetch').fetch('http://do/throw')),
    '/fetch/nothing': (request, { NS }) => caught(() => NS.getByName('fetch').fetch('http://do/nothing')),
    '/fetch/relative': (request, { NS }) => caught(() => NS.getByName('fetch').fetch('/relative')),
    '/rpc': async (request, { NS }) => {
        const stub = NS.getByName('rpc');
        const out = [];
        for (const fn of [() => stub.add(1, 2), () => stub.later('x'), () => stub.echo(1, 'a', new Date(0), new Map([[1, 2]]), [1, , 3], undefined), () => stub.property, () => stub.id, () => stub.value, () => stub.value(), () => stub.missing(),
            () => stub.missing, () => stub._private(), () => stub.constructor(), () => stub.toString(), () => stub.throws(), () => stub.throws('type'), () => stub.throws('own'), () => stub.throws('text'), () => stub.block(), () => stub.count(), () => stub.count()]) out.push(await caught(fn));
        return out.join('\n');
    },
    '/nofetch': (request, { OTHER }) => caught(() => OTHER.getByName('x').missing()),
    '/abort': async (request, { NS }) => {
        const stub = NS.getByName('abort');
        return [await caught(() => stub.abort('my reason')), await caught(() => stub.count()), await caught(() => NS.getByName('abort').count())].join('\n');
    },
    '/abort/default': (request, { NS }) => caught(() => NS.getByName('abort2').abort()),
    '/abort/lost': async (request, { NS }) => [await caught(() => NS.getByName('abort3').putAbort()), await caught(() => NS.getByName('abort3').lost())].join('\n'),
    '/constructor': async (request, { NS }) => [await caught(() => NS.getByName('bad-constructor').count()), await caught(() => NS.getByName('bad-constructor').fetch('http://do/'))].join('\n'),
    '/constructor/block': (request, { NS }) => caught(() => NS.getByName('bad-block').count()),
    '/block/throws': async (request, { NS }) => {
        const stub = NS.getByName('blocks');
        await stub.count();
        return [await caught(() => stub.blockThrows()), await caught(() => stub.count()), await caught(() => NS.getByName('blocks').count())].join('\n');
    },
    '/block/deep': async (request, { NS }) => [await caught(() => NS.getByName('deep').deep(64)), await caught(() => NS.getByName('deep').deep(65)), await caught(() => NS.getByName('deep').count())].join('\n'),
    '/order': async (request, { NS }) => {
        const stub = NS.getByName('order');
        return (await Promise.all(Array.from({ length: 20 }, () => stub.count()))).join();
    },
});
