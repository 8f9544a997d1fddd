// modules: one handler a behaviour.
import { eq, ok, rejects } from 'expect';

export const text_ = {
    async test(controller, env, ctx) {
        eq((await import('text.txt')).default, 'some text');
    },
};

export const json_ = {
    async test(controller, env, ctx) {
        eq((await import('obj.json')).default, { a: [1] });
    },
};

export const data_ = {
    async test(controller, env, ctx) {
        eq(new Uint8Array((await import('bytes.bin')).default), new Uint8Array([1, 2]));
    },
};

export const commonjs_ = {
    async test(controller, env, ctx) {
        eq((await import('old.cjs')).default.v, 'cjs');
    },
};

export const awaited_ = {
    async test(controller, env, ctx) {
        eq((await import('later.js')).value, 'later');
    },
};

export const live_ = {
    async test(controller, env, ctx) {
        const m = await import('live.js'); const before = m.n; m.up(); eq(m.n, before + 1);
    },
};

export const missing_ = {
    async test(controller, env, ctx) {
        await rejects(import('missing.js'), 'Error', 'No such module');
    },
};

export const same_ = {
    async test(controller, env, ctx) {
        ok((await import('live.js')) === (await import('live.js')));
    },
};
