// searchparams: one handler a behaviour.
import { eq } from 'expect';

export const init_ = {
    async test(controller, env, ctx) {
        eq([...new URLSearchParams({ a: '1', b: '2' })], [['a', '1'], ['b', '2']]); eq(String(new URLSearchParams('?a=b&a=c')), 'a=b&a=c');
    },
};

export const get_ = {
    async test(controller, env, ctx) {
        const p = new URLSearchParams('a=1&a=2'); eq([p.get('a'), p.getAll('a'), p.get('z'), p.has('a', '2')], ['1', ['1', '2'], null, true]);
    },
};

export const set_ = {
    async test(controller, env, ctx) {
        const p = new URLSearchParams('a=1&b=2&a=3'); p.set('a', '9'); eq(String(p), 'a=9&b=2');
    },
};

export const remove_ = {
    async test(controller, env, ctx) {
        const p = new URLSearchParams('a=1&b=2&a=3'); p.delete('a'); eq(String(p), 'b=2');
    },
};

export const sort_ = {
    async test(controller, env, ctx) {
        const p = new URLSearchParams('c=1&a=2&b=3&a=1'); p.sort(); eq(String(p), 'a=2&a=1&b=3&c=1');
    },
};

export const encode_ = {
    async test(controller, env, ctx) {
        const p = new URLSearchParams(); p.set('k', '\u00e9 &=+~*'); eq(String(p), 'k=%C3%A9+%26%3D%2B%7E*');
    },
};

export const size_ = {
    async test(controller, env, ctx) {
        eq(new URLSearchParams('a&b&c').size, 3);
    },
};
