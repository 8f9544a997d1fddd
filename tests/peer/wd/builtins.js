// builtins: one handler a behaviour.
import { eq, ok } from 'expect';

export const arrays_ = {
    async test(controller, env, ctx) {
        eq([[1, [2, [3]]].flat(Infinity), [3, 1, 2].toSorted(), [1, 2].at(-1), [1, 2, 3].findLast((x) => x < 3), [1, 2].with(0, 9)], [[1, 2, 3], [1, 2, 3], 2, 2, [9, 2]]);
    },
};

export const stable_sort_ = {
    async test(controller, env, ctx) {
        const a = []; for (let i = 0; i < 600; i++) a.push({ k: i % 3, i }); a.sort((x, y) => x.k - y.k); ok(a.every((x, i) => i === 0 || a[i - 1].k < x.k || a[i - 1].i < x.i));
    },
};

export const default_sort_ = {
    async test(controller, env, ctx) {
        eq([10, 9, 1, undefined, 'b', 'a'].sort(), [1, 10, 9, 'a', 'b', undefined]);
    },
};

export const objects_ = {
    async test(controller, env, ctx) {
        eq([Object.fromEntries(Object.entries({ a: 1 })), Object.hasOwn({ a: 1 }, 'a'), Object.groupBy([1, 2], (x) => x % 2 ? 'o' : 'e').o], [{ a: 1 }, true, [1]]);
    },
};

export const strings_ = {
    async test(controller, env, ctx) {
        eq(['a-b'.replaceAll('-', '+'), 'x'.padStart(3, '0'), 'abc'.at(-1), ' a '.trimEnd()], ['a+b', '00x', 'c', ' a']);
    },
};

export const numbers_ = {
    async test(controller, env, ctx) {
        eq([(1.005).toFixed(2), (255).toString(16), Number.parseInt('12px'), Math.trunc(-1.5), (1e21).toString()], ['1.00', 'ff', 12, -1, '1e+21']);
    },
};

export const json_ = {
    async test(controller, env, ctx) {
        eq([JSON.stringify({ a: [undefined, () => 1], b: undefined, d: new Date(0) }), JSON.parse('[1,{"a":null}]')[1].a], ['{"a":[null,null],"d":"1970-01-01T00:00:00.000Z"}', null]);
    },
};

export const dates_ = {
    async test(controller, env, ctx) {
        eq([String(new Date(0)), new Date(0).toUTCString(), Date.parse('Thu, 01 Jan 1970 00:00:01 GMT'), +new Date(new Date(1234))], ['Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)', 'Thu, 01 Jan 1970 00:00:00 GMT', 1000, 1234]);
    },
};

export const proxies_ = {
    async test(controller, env, ctx) {
        const p = new Proxy({}, { get: (t, k) => `g:${String(k)}`, has: () => true }); eq([p.x, 'y' in p], ['g:x', true]);
    },
};

export const collections_ = {
    async test(controller, env, ctx) {
        const m = new Map([['a', 1]]); const w = new WeakMap(); const k = {}; w.set(k, 2); eq([[...m], w.get(k), new Set([NaN]).has(NaN)], [[['a', 1]], 2, true]);
    },
};

export const symbols_ = {
    async test(controller, env, ctx) {
        const o = { [Symbol.toPrimitive]: (hint) => (hint === 'number' ? 42 : hint) }; eq([+o, `${o}`, Symbol('d').description], [42, 'string', 'd']);
    },
};

export const reflect_ = {
    async test(controller, env, ctx) {
        eq([Reflect.ownKeys({ b: 1, a: 2, 1: 3 }), Reflect.has({ a: 1 }, 'a')], [['1', 'b', 'a'], true]);
    },
};
