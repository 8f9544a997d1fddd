// response: one handler a behaviour.
import { eq, rejects, throws } from 'expect';

export const defaults_ = {
    async test(controller, env, ctx) {
        const r = new Response(); eq([r.status, r.statusText, r.ok, r.body, r.type], [200, '', true, null, 'default']);
    },
};

export const json_ = {
    async test(controller, env, ctx) {
        const r = Response.json({ a: 1 }, { status: 201 }); eq([r.status, r.headers.get('content-type'), await r.json()], [201, 'application/json', { a: 1 }]);
    },
};

export const redirect_ = {
    async test(controller, env, ctx) {
        const r = Response.redirect('http://a/b'); eq([r.status, r.headers.get('location')], [302, 'http://a/b']);
    },
};

export const null_status_ = {
    async test(controller, env, ctx) {
        throws(() => new Response('x', { status: 204 }), 'TypeError', 'null body status');
    },
};

export const range_ = {
    async test(controller, env, ctx) {
        throws(() => new Response('x', { status: 700 }), 'RangeError');
    },
};

export const clone_ = {
    async test(controller, env, ctx) {
        const r = new Response('x'); const c = r.clone(); eq([await r.text(), await c.text()], ['x', 'x']);
    },
};

export const bytes_ = {
    async test(controller, env, ctx) {
        eq(await new Response(new Uint8Array([1, 2])).bytes(), new Uint8Array([1, 2]));
    },
};

export const blob_ = {
    async test(controller, env, ctx) {
        const b = await new Response('x', { headers: { 'content-type': 'a/b' } }).blob(); eq([b.type, b.size], ['a/b', 1]);
    },
};

export const locked_ = {
    async test(controller, env, ctx) {
        const r = new Response('x'); r.body.getReader(); await rejects(r.text(), 'TypeError', 'locked');
    },
};
