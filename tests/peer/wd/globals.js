// globals: one handler a behaviour.
import { eq, ok, throws } from 'expect';

export const self_ = {
    async test(controller, env, ctx) {
        ok(self === globalThis);
    },
};

export const navigator_ = {
    async test(controller, env, ctx) {
        eq(navigator.userAgent, 'Cloudflare-Workers');
    },
};

export const uuid_ = {
    async test(controller, env, ctx) {
        ok(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()));
    },
};

export const random_ = {
    async test(controller, env, ctx) {
        const a = crypto.getRandomValues(new Uint8Array(32)); ok(a.some((x) => x !== 0)); throws(() => crypto.getRandomValues(new Float32Array(1)), 'TypeMismatchError');
    },
};

export const no_eval_ = {
    async test(controller, env, ctx) {
        throws(() => eval('1'), 'EvalError'); throws(() => new Function('return 1'), 'EvalError');
    },
};

export const performance_ = {
    async test(controller, env, ctx) {
        ok(typeof performance.now() === 'number' && performance.timeOrigin === 0);
    },
};

export const bindings_ = {
    async test(controller, env, ctx) {
        eq([env.WORD, env.OBJ, ctx.waitUntil(Promise.resolve())], ['bound', { a: 1 }, undefined]);
    },
};

export const reported_ = {
    async test(controller, env, ctx) {
        reportError(new Error('reported')); ok(true);
    },
};
