// Request: what arrives, constructors, cloning, bad inits.
import { serve, attempts, show } from 'harness';

const list = (r) => ({ method: r.method, url: r.url, headers: [...r.headers], redirect: r.redirect, bodyUsed: r.bodyUsed, body: r.body === null, cf: typeof r.cf, signal: r.signal instanceof AbortSignal, keepalive: r.keepalive, integrity: r.integrity, cache: r.cache });
const make = (...args) => show(list(new Request(...args)));

export default serve({
    '/seen': (r) => show(list(r)),
    '/echo': (r) => new Response(r.body, { headers: { 'x-had-body': String(r.body !== null) } }),
    '/text': async (r) => show(await r.text()),
    '/json': async (r) => show(await r.json()),
    '/form': async (r) => { const f = await r.formData(); const out = []; for (const [k, v] of f) out.push([k, typeof v === 'string' ? v : [v.name, v.type, v.size, await v.text()]]); return show(out); },
    '/bytes': async (r) => show(await r.arrayBuffer()),
    '/blob': async (r) => { const b = await r.blob(); return show([b.size, b.type]); },
    '/clone': async (r) => { const c = r.clone(); return show([await r.text(), await c.text(), c.url === r.url]); },
    '/rewrap': async (r) => { const c = new Request('http://other/x', r); return show([c.method, c.url, [...c.headers], await c.text(), r.bodyUsed]); },
    '/cookie': (r) => show(r.headers.get('cookie')),
    '/parts': (r, e, c, url) => show([url.protocol, url.host, url.pathname, url.search, [...url.searchParams]]),
    '/immutable': (r) => attempts(() => r.headers.set('a', 'b'), () => { r.method = 'X'; return r.method; }, () => { const c = new Request(r); c.headers.set('a', 'b'); return c.headers.get('a'); }),
    '/make': () => [make('http://a/b'), make('http://a/b?c#d', { method: 'post', body: 'x' }), make('http://a', { method: 'PUT', headers: { A: 'b' }, body: new URLSearchParams('q=1') }),
        make(new Request('http://a', { headers: { x: 'y' } }), { headers: { z: '1' } }), make('http://a', { redirect: 'manual' }), make('http://a', { method: 'DELETE' }), make('http://a', { body: null }), make(new URL('https://u:p@h/')),
        make('http://a', { method: 'patch', body: 'b' }), make('http://a', { method: 'PATCH' }), make('http://a', { method: 'CUSTOM', cf: { a: 1 } })].join('\n'),
    '/bad': () => attempts(() => make('/relative'), () => make('http://a', { method: 'a b' }), () => make('http://a', { body: 'x' }), () => make('http://a', { method: 'HEAD', body: 'x' }), () => make('http://a', { redirect: 'x' }),
        () => make('http://a', { redirect: 'error' }), () => make('http://a', { cache: 'force-cache' }), () => make('http://a', { signal: 1 }), () => make(), () => Request('http://a'), () => make('http://a', { headers: 1 }), () => make('http://a', { method: '' }), () => make('http://a', { method: 'CONNECT' }), () => make('http://a', { method: 'trace' })),
    '/used': (r) => attempts(async () => { const q = new Request('http://a', { method: 'POST', body: 'x' }); await q.text(); return q.text(); }, async () => { const q = new Request('http://a', { method: 'POST', body: 'x' }); await q.text(); return q.clone(); }, async () => { const q = new Request('http://a', { method: 'POST', body: 'x' }); await q.text(); return make(q); },
        async () => { const q = new Request('http://a', { method: 'POST', body: 'x' }); const p = new Request(q); return [q.bodyUsed, await p.text()]; }),
    '/types': async () => { const out = []; for (const body of ['s', new URLSearchParams('a=b'), new Blob(['x'], { type: 'a/b' }), new Uint8Array(2), new ArrayBuffer(1)]) { const q = new Request('http://a', { method: 'POST', body }); out.push([q.headers.get('content-type'), await q.text()]); } const f = new FormData(); f.set('a', 'b'); f.set('c', new File(['q'], 'n.txt', { type: 't/x' })); const q = new Request('http://a', { method: 'POST', body: f }); const type = q.headers.get('content-type'); const text = await q.text(); const b = type.split('boundary=')[1]; return show([out, type.replace(b, 'B').replace(/"/g, ''), text.replaceAll(b.replace(/"/g, ''), 'B')]); },
    '/prototype': () => show(Object.getOwnPropertyNames(Request.prototype).sort()),
    '/signal': async (r) => { const a = new AbortController(); const q = new Request('http://a', { signal: a.signal }); a.abort('why'); return show([q.signal.aborted, q.signal.reason]); },
    '/head': () => new Response('body not sent', { headers: { a: 'b' } }),
});
