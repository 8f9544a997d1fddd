// timers: one handler a behaviour.
import { eq } from 'expect';

export const arguments_ = {
    async test(controller, env, ctx) {
        eq(await new Promise((r) => setTimeout((a, b) => r([a, b]), 1, 'x', 'y')), ['x', 'y']);
    },
};

export const clear_ = {
    async test(controller, env, ctx) {
        let hit = false; clearTimeout(setTimeout(() => (hit = true), 1)); await new Promise((r) => setTimeout(r, 10)); eq(hit, false);
    },
};

export const interval_ = {
    async test(controller, env, ctx) {
        let n = 0; await new Promise((r) => { const i = setInterval(() => { if (++n === 3) { clearInterval(i); r(); } }, 1); }); eq(n, 3);
    },
};

export const order_ = {
    async test(controller, env, ctx) {
        const out = []; setTimeout(() => out.push(2), 20); setTimeout(() => out.push(1), 1); await new Promise((r) => setTimeout(r, 40)); eq(out, [1, 2]);
    },
};

export const wait_ = {
    async test(controller, env, ctx) {
        eq(await scheduler.wait(1), undefined);
    },
};

export const micro_ = {
    async test(controller, env, ctx) {
        const out = []; setTimeout(() => out.push('t'), 0); queueMicrotask(() => out.push('m')); await new Promise((r) => setTimeout(r, 5)); eq(out, ['m', 't']);
    },
};
