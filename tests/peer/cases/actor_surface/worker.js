// What there is to call: the names of everything that a Durable Object or its caller is given, without flags.
import { DurableObject } from 'cloudflare:workers';
import { serve, attempts, show } from 'harness';

// Own names, then those of each prototype: getters with (), functions with their length.
function kind(object, name) {
    const d = Object.getOwnPropertyDescriptor(object, name);
    const flags = (d.enumerable ? 'e' : '') + (d.configurable ? 'c' : '') + (d.writable ? 'w' : '');
    if (d.get || d.set) return `${String(name)}() ${flags}`;
    return `${String(name)}${typeof d.value === 'function' ? '/' + d.value.length : ' ' + typeof d.value} ${flags}`;
}
const INTERNAL = ['Symbol(cloudflare:internal-class)', 'Symbol(kResourceTypeInspect)'];
const keys = (object) => [...Object.getOwnPropertyNames(object).sort(), ...Object.getOwnPropertySymbols(object).filter((s) => !INTERNAL.includes(String(s))).sort((a, b) => (String(a) < String(b) ? -1 : 1))];
function surface(object) {
    const out = [];
    for (let at = object; at && at !== Object.prototype && out.length < 8; at = Object.getPrototypeOf(at)) {
        if (Object.prototype.hasOwnProperty.call(at, 'constructor') && at.constructor === Object) break; // ours has one of its own there
        let names;
        try {
            names = keys(at).map((name) => kind(at, name));
        } catch (e) {
            names = [String(e)];
        }
        out.push([Object.prototype.hasOwnProperty.call(at, 'constructor') ? at.constructor.name : '', ...names]);
    }
    return out;
}
// The same without what a lowered function cannot have: its length.
const names = (object) => surface(object).map((level) => level.map((text) => text.replace(/\/\d+/, '/')));

export class Counter extends DurableObject {
    async look(what) {
        const { ctx } = this, { storage } = ctx;
        if (what === 'ctx') return names(ctx);
        if (what === 'storage') return names(storage);
        if (what === 'id') return names(ctx.id);
        if (what === 'facets') return names(ctx.facets);
        if (what === 'transaction') return storage.transaction(async (txn) => names(txn));
        if (what === 'sql') return names(storage.sql);
        if (what === 'cursor') return names(storage.sql.exec('select 1'));
        if (what === 'cursorIterator') return names(storage.sql.exec('select 1')[Symbol.iterator]()).slice(0, 2);
        if (what === 'raw') return names(storage.sql.exec('select 1').raw()).slice(0, 2);
        if (what === 'kv') return names(storage.kv);
        if (what === 'kvIterator') return names(storage.kv.list()).slice(0, 2);
        if (what === 'instance') return names(this);
        if (what === 'facet') return names(ctx.facets.get('f', () => ({ class: ctx.exports.Counter })));
        if (what === 'exports') return [Object.keys(ctx.exports).sort(), names(ctx.exports.Counter)];
        if (what === 'errors') return attempts(
            () => storage.transactionSync(), () => ctx.blockConcurrencyWhile(), () => ctx.waitUntil(), () => storage.kv.get(), () => storage.sql.exec(),
            () => storage.getBookmarkForTime(0), () => storage.onNextSessionRestoreBookmark('x'));
        return 'none';
    }
    add(a, b) { return a + b; }
}
export class Eph extends DurableObject {
    look() { return [names(this.ctx), typeof this.ctx.storage, typeof this.ctx.id]; }
}

const routes = {
    '/namespace': (request, { C }) => names(C),
    '/ephemeral': (request, { E }) => names(E),
    '/ephemeral/ctx': (request, { E }) => E.get('x').look(),
    '/id': (request, { C }) => [names(C.idFromName('a')), names(C.newUniqueId())],
    '/stub': (request, { C }) => names(C.getByName('a')),
    '/stub/other': (request, { C, E }) => [names(C.get(C.newUniqueId())), names(E.get('x'))],
    '/fetcher': (request, { self }) => names(self),
    '/property': (request, { C }) => names(C.getByName('a').add).slice(0, 3),
    '/promise': async (request, { C }) => { const p = C.getByName('a').add(1, 2), out = names(p).slice(0, 2); await p; return out; },
    ...Object.fromEntries(['ctx', 'storage', 'id', 'facets', 'transaction', 'sql', 'cursor', 'cursorIterator', 'raw', 'kv', 'kvIterator', 'instance', 'facet', 'exports', 'errors']
        .map((what) => ['/actor/' + what, (request, { C }) => C.getByName('a').look(what)])),
    '/memory/storage': (request, { M }) => M.getByName('a').look('storage'),
    '/memory/transaction': (request, { M }) => M.getByName('a').look('transaction'),
    '/options': (request, { C, E }) => attempts(
        () => Object.keys(C.get(C.idFromName('a'), { locationHint: 'weur' })), () => Object.keys(C.getByName('a', { locationHint: 'nonsense' })),
        () => Object.keys(C.get(C.idFromName('a'), { locationHint: null })), () => Object.keys(C.get(C.idFromName('a'), null)), () => C.get(C.idFromName('a'), 5),
        () => C.get(C.idFromName('a'), 'x'), () => Object.keys(C.getByName('a', { routingMode: 'primary-only' })), () => C.getByName('a', { routingMode: 'x' }),
        () => C.getByName('a', { routingMode: null }), () => C.getByName('a', { routingMode: undefined }).name, () => C.getByName(), () => C.getByName('a', 7),
        () => C.getByName('a', { version: {} }).name, () => C.getByName('a', { version: 5 }).name, () => C.getByName('a', { version: { cohort: 5 } }).name, () => C.getByName('a', { version: null }).name, () => C.get(C.idFromName('a'), { version: 'x' }),
        () => C.get(String(C.idFromName('a'))), () => C.get(), () => C.get(null), () => C.get({}), () => E.get('a', {}).name, () => E.get(5).id),
    '/jurisdiction': (request, { C }) => attempts(
        () => C.jurisdiction().constructor.name, () => C.jurisdiction(null).idFromName('a').equals(C.idFromName('a')), () => C.jurisdiction(undefined) === C,
        () => C.jurisdiction('eu'), () => C.jurisdiction('fedramp'), () => C.jurisdiction(''), () => C.jurisdiction(5), () => names(C.jurisdiction()),
        () => C.newUniqueId({ jurisdiction: null }).jurisdiction, () => C.newUniqueId({ jurisdiction: 'eu' }), () => C.newUniqueId(5), () => C.newUniqueId('eu'), () => C.newUniqueId(null).name,
        () => C.newUniqueId({}).name, () => C.idFromName('a').jurisdiction, () => C.idFromString(String(C.idFromName('a'))).jurisdiction),
    '/existing': (request, { C }) => attempts(() => typeof C.getExisting),
    '/globals': () => ['DurableObject', 'DurableObjectNamespace', 'DurableObjectState', 'DurableObjectStorage', 'DurableObjectTransaction', 'DurableObjectId', 'DurableObjectStub',
        'DurableObjectFacets', 'SqlStorage', 'SyncKvStorage', 'ColoLocalActorNamespace', 'DurableObjectClass', 'RpcStub', 'RpcTarget', 'Fetcher', 'WebSocketRequestResponsePair',
        'JsRpcPromise', 'JsRpcProperty', 'RpcPromise', 'RpcProperty'].filter((name) => typeof globalThis[name] !== 'undefined'),
};
// One line a property, so that a difference is read easily.
const lines = (value) => (Array.isArray(value) ? value.map(lines).join('\n') : typeof value === 'string' ? value : show(value));
export default serve(Object.fromEntries(Object.entries(routes).map(([path, answer]) => [path, async (...args) => lines(await answer(...args))])));
