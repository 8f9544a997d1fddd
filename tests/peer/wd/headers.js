// headers: one handler a behaviour.
import { eq, throws } from 'expect';

export const names_ = {
    async test(controller, env, ctx) {
        const h = new Headers({ 'X-A': '1' }); eq([h.get('x-a'), h.has('X-a'), [...h]], ['1', true, [['x-a', '1']]]);
    },
};

export const combine_ = {
    async test(controller, env, ctx) {
        const h = new Headers(); h.append('a', '1'); h.append('a', '2'); eq(h.get('a'), '1, 2');
    },
};

export const cookies_ = {
    async test(controller, env, ctx) {
        const h = new Headers(); h.append('set-cookie', 'a'); h.append('Set-Cookie', 'b'); eq(h.getSetCookie(), ['a', 'b']); eq([...h].length, 2);
    },
};

export const sorted_ = {
    async test(controller, env, ctx) {
        eq([...new Headers([['b', '1'], ['a', '2']]).keys()], ['a', 'b']);
    },
};

export const bad_name_ = {
    async test(controller, env, ctx) {
        throws(() => new Headers({ 'a b': '1' }), 'TypeError', 'Invalid header name');
    },
};

export const bad_value_ = {
    async test(controller, env, ctx) {
        throws(() => new Headers({ a: 'b\nc' }), 'TypeError', 'Invalid header value');
    },
};

export const trimmed_ = {
    async test(controller, env, ctx) {
        eq(new Headers({ a: '  x ' }).get('a'), 'x');
    },
};

export const remove_ = {
    async test(controller, env, ctx) {
        const h = new Headers({ a: '1', b: '2' }); h.delete('A'); eq([...h.keys()], ['b']);
    },
};
