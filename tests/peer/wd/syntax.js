// syntax: one handler a behaviour.
import { eq } from 'expect';

export const destructuring_ = {
    async test(controller, env, ctx) {
        const { a, b: { c = 3 } = {}, ...rest } = { a: 1, x: 2 }; const [d, , e = 5, ...f] = [1, 2, undefined, 4]; eq([a, c, rest, d, e, f], [1, 3, { x: 2 }, 1, 5, [4]]);
    },
};

export const optional_ = {
    async test(controller, env, ctx) {
        const o = null; eq([o?.a, o?.[0], o?.(), o ?? 'd'], [undefined, undefined, undefined, 'd']);
    },
};

export const assign_ = {
    async test(controller, env, ctx) {
        let a = null, b = 0, c = 1; a ??= 1; b ||= 2; c &&= 3; eq([a, b, c], [1, 2, 3]);
    },
};

export const closures_ = {
    async test(controller, env, ctx) {
        const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); eq(fs.map((f) => f()), [0, 1, 2]);
    },
};

export const templates_ = {
    async test(controller, env, ctx) {
        const tag = (s, ...v) => [s.raw[0], v]; eq(tag`a\n${1}`, ['a\\n', [1]]);
    },
};

export const labels_ = {
    async test(controller, env, ctx) {
        let n = 0; outer: for (const a of [1, 2, 3]) for (const b of [1, 2]) { if (b === 2) continue outer; n += a; } eq(n, 6);
    },
};

export const spread_ = {
    async test(controller, env, ctx) {
        eq([Math.max(...[1, 5, 3]), { ...{ a: 1 }, b: 2 }], [5, { a: 1, b: 2 }]);
    },
};

export const getters_ = {
    async test(controller, env, ctx) {
        const o = { get x() { return 1; }, ['y' + 1]: 2, z() { return this.x; } }; eq([o.x, o.y1, o.z()], [1, 2, 1]);
    },
};

export const exponent_ = {
    async test(controller, env, ctx) {
        eq([2 ** 3 ** 2, 0b11, 0o17, 1_000], [512, 3, 15, 1000]);
    },
};

export const catching_ = {
    async test(controller, env, ctx) {
        let r; try { throw new Error('x'); } catch { r = 'caught'; } finally { r += '!'; } eq(r, 'caught!');
    },
};
