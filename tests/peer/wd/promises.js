// promises: one handler a behaviour.
import { eq, rejects } from 'expect';

export const order_ = {
    async test(controller, env, ctx) {
        const out = []; Promise.resolve().then(() => out.push(1)).then(() => out.push(3)); Promise.resolve().then(() => out.push(2)); out.push(0); await new Promise((r) => setTimeout(r, 1)); eq(out, [0, 1, 2, 3]);
    },
};

export const await_ticks_ = {
    async test(controller, env, ctx) {
        const out = []; (async () => { out.push('a'); await undefined; out.push('c'); })(); out.push('b'); await null; out.push('d'); eq(out, ['a', 'b', 'c', 'd']);
    },
};

export const thenable_ = {
    async test(controller, env, ctx) {
        eq(await { then(r) { r('t'); } }, 't');
    },
};

export const all_ = {
    async test(controller, env, ctx) {
        eq(await Promise.all([1, Promise.resolve(2)]), [1, 2]); await rejects(Promise.all([Promise.reject(new TypeError('x'))]), 'TypeError', 'x');
    },
};

export const settled_ = {
    async test(controller, env, ctx) {
        eq((await Promise.allSettled([Promise.reject(1), 2])).map((x) => x.status), ['rejected', 'fulfilled']);
    },
};

export const any_ = {
    async test(controller, env, ctx) {
        let e; try { await Promise.any([Promise.reject(1), Promise.reject(2)]); } catch (x) { e = x; } eq([e.name, e.errors], ['AggregateError', [1, 2]]);
    },
};

export const race_ = {
    async test(controller, env, ctx) {
        eq(await Promise.race([new Promise(() => {}), Promise.resolve('w')]), 'w');
    },
};

export const final_ = {
    async test(controller, env, ctx) {
        const out = []; eq(await Promise.resolve(5).finally(() => { out.push('f'); return 6; }), 5); eq(out, ['f']);
    },
};

export const resolvers_ = {
    async test(controller, env, ctx) {
        const { promise, resolve } = Promise.withResolvers(); resolve(7); eq(await promise, 7);
    },
};
