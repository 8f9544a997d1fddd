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

export default serve(routes);
