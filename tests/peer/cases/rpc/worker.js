// Service bindings: fetch and RPC, named entrypoints, props.
import { serve, attempts, show } from 'harness';

const got = async (r) => [r.status, r.url, r.redirected, r.headers.get('x-other'), r.headers.get('content-type'), await r.text()];

export default serve({
    '/fetch': (r, { other }) => attempts(async () => got(await other.fetch('http://other/a?b')), async () => got(await other.fetch('http://other/p', { method: 'POST', body: 'sent', headers: { 'x-h': 'v' } })), async () => got(await other.fetch(new Request('http://other/q', { method: 'PUT', body: new Uint8Array([65]) }))), async () => got(await other.fetch('http://other/stream')), async () => got(await other.fetch('http://other/s', { method: 'POST', body: new Response('via stream').body }))),
    '/fail': (r, { other, thrower }) => attempts(async () => got(await other.fetch('http://other/fail')), async () => got(await thrower.fetch('http://x/')), () => other.fetch('relative'), () => other.fetch()),
    '/redirect': (r, { other }) => attempts(async () => got(await other.fetch('http://other/redirect')), async () => got(await other.fetch('http://other/redirect', { redirect: 'manual' }))),
    '/entrypoints': (r, { named, propped, plain }) => attempts(async () => (await named.fetch('http://x/n')).text(), async () => (await propped.fetch('http://x/p')).text(), async () => (await plain.fetch('http://x/')).text()),
    '/pass': (r, { other }) => other.fetch(r),
    '/shape': (r, { other }) => attempts(() => Object.prototype.toString.call(other), () => other.constructor.name, () => typeof other.fetch, () => other.connect === undefined, () => Object.keys(other)),
    '/rpc': (r, { named, propped }) => attempts(() => named.add(2, 3), () => named.later({ a: [1] }), () => named.throws(), () => named.missing(), () => propped.props(), () => named.bytes(), () => named.field, () => named.add('a', 'b')),
    '/stubs': (r, { named }) => attempts(async () => { const c = await named.counter(); return [await c.up(), await c.up(5), await c.value]; }, () => named.counter().up(7), () => named.call((x) => x * 2, 21), async () => new Response(await named.stream()).text()),
    '/subrequests': async (r, { other }) => { const all = await Promise.all([1, 2, 3, 4, 5].map((i) => other.fetch(`http://other/${i}`).then((x) => x.json()))); return show(all.map((x) => x.url)); },
});
