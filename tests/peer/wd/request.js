// request: one handler a behaviour.
import { eq, rejects, throws } from 'expect';

export const defaults_ = {
    async test(controller, env, ctx) {
        const r = new Request('http://a/'); eq([r.method, r.url, r.body, r.bodyUsed, r.redirect], ['GET', 'http://a/', null, false, 'follow']);
    },
};

export const body_ = {
    async test(controller, env, ctx) {
        const r = new Request('http://a/', { method: 'POST', body: 'x' }); eq([await r.text(), r.bodyUsed, r.headers.get('content-type')], ['x', true, 'text/plain;charset=UTF-8']);
    },
};

export const twice_ = {
    async test(controller, env, ctx) {
        const r = new Request('http://a/', { method: 'POST', body: 'x' }); await r.text(); await rejects(r.text(), 'TypeError', 'Body has already been used');
    },
};

export const copy_ = {
    async test(controller, env, ctx) {
        const r = new Request('http://a/', { method: 'PUT', body: 'x', headers: { a: 'b' } }); const c = new Request(r, { headers: { c: 'd' } }); eq([c.method, c.headers.get('a'), await c.text(), r.bodyUsed], ['PUT', null, 'x', true]);
    },
};

export const clone_ = {
    async test(controller, env, ctx) {
        const r = new Request('http://a/', { method: 'POST', body: 'x' }); const c = r.clone(); eq([await r.text(), await c.text()], ['x', 'x']);
    },
};

export const get_body_ = {
    async test(controller, env, ctx) {
        throws(() => new Request('http://a/', { body: 'x' }), 'TypeError', 'cannot have a body');
    },
};

export const methods_ = {
    async test(controller, env, ctx) {
        eq(['get', 'pOst', 'delete'].map((method) => new Request('http://a/', { method }).method), ['GET', 'POST', 'DELETE']);
    },
};

export const json_ = {
    async test(controller, env, ctx) {
        eq(await new Request('http://a/', { method: 'POST', body: '{"a":1}' }).json(), { a: 1 });
    },
};
