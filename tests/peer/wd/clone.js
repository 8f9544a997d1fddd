// clone: one handler a behaviour.
import { eq, ok, throws } from 'expect';

export const values_ = {
    async test(controller, env, ctx) {
        const c = structuredClone({ a: [1, undefined, null], d: new Date(5), m: new Map([[1, 2]]), s: new Set([3]) }); eq([c.a, +c.d, c.m.get(1), c.s.has(3)], [[1, undefined, null], 5, 2, true]);
    },
};

export const cycles_ = {
    async test(controller, env, ctx) {
        const o = { a: {} }; o.a.o = o; const c = structuredClone(o); ok(c !== o && c.a.o === c);
    },
};

export const errors_ = {
    async test(controller, env, ctx) {
        const e = structuredClone(new RangeError('r')); eq([e instanceof RangeError, e.message], [true, 'r']);
    },
};

export const functions_ = {
    async test(controller, env, ctx) {
        throws(() => structuredClone(() => 1), 'DataCloneError', 'could not be cloned');
    },
};

export const symbols_ = {
    async test(controller, env, ctx) {
        throws(() => structuredClone(Symbol('x')), 'DataCloneError');
    },
};

export const transfer_ = {
    async test(controller, env, ctx) {
        const b = new ArrayBuffer(3); const c = structuredClone(b, { transfer: [b] }); eq([b.byteLength, c.byteLength], [0, 3]);
    },
};

export const typed_ = {
    async test(controller, env, ctx) {
        eq(structuredClone(new Uint16Array([1, 500])), new Uint16Array([1, 500]));
    },
};

export const shared_ = {
    async test(controller, env, ctx) {
        const b = new ArrayBuffer(2); const c = structuredClone([new Uint8Array(b), new Uint8Array(b)]); ok(c[0].buffer === c[1].buffer);
    },
};
