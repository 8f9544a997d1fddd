// What the service bindings of worker.js lead to.
import { WorkerEntrypoint, RpcTarget } from 'cloudflare:workers';

class Counter extends RpcTarget {
    #n = 0;
    up(by = 1) { return (this.#n += by); }
    get value() { return this.#n; }
}

export default {
    async fetch(request, env, ctx) {
        const url = new URL(request.url);
        if (url.pathname === '/fail') throw new Error('from other');
        if (url.pathname === '/redirect') return Response.redirect('http://other/seen', 302);
        if (url.pathname === '/stream') return new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode('streamed')); c.close(); } }));
        return Response.json({ method: request.method, url: request.url, header: request.headers.get('x-h'), body: await request.text(), props: ctx.props }, { headers: { 'x-other': 'yes' } });
    },
};

export class Named extends WorkerEntrypoint {
    #secret = 5;
    fetch(request) { return new Response(`named ${new URL(request.url).pathname} ${JSON.stringify(this.ctx.props)}`); }
    add(a, b) { return a + b; }
    async later(x) { return { x, secret: this.#secret, date: new Date(0), map: new Map([[1, 2]]) }; }
    throws() { throw new RangeError('in rpc'); }
    counter() { return new Counter(); }
    call(fn, arg) { return fn(arg); }
    props() { return this.ctx.props; }
    bytes() { return new Uint8Array([1, 2, 3]); }
    get field() { return 'a getter'; }
    stream() { return new Response('rpc body').body; }
}

export const plain = { async fetch() { return new Response('plain'); } };
export const thrower = { fetch() { throw new TypeError('always'); } };
