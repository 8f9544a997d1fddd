// typed arrays: one handler a behaviour.
import { eq } from 'expect';

export const conversion_ = {
    async test(controller, env, ctx) {
        eq([Uint8Array.from([256, -1]), new Uint8ClampedArray([300, -5]), new Int8Array([200])], [new Uint8Array([0, 255]), new Uint8ClampedArray([255, 0]), new Int8Array([-56])]);
    },
};

export const views_ = {
    async test(controller, env, ctx) {
        const b = new ArrayBuffer(4); new DataView(b).setUint32(0, 0x01020304); eq([new Uint8Array(b), new Uint8Array(b, 1, 2)], [new Uint8Array([1, 2, 3, 4]), new Uint8Array([2, 3])]);
    },
};

export const methods_ = {
    async test(controller, env, ctx) {
        const a = new Uint8Array([3, 1, 2]); eq([a.map((x) => x * 2), a.slice(1), a.subarray(1).length, [...a].sort(), a.indexOf(2)], [new Uint8Array([6, 2, 4]), new Uint8Array([1, 2]), 2, [1, 2, 3], 2]);
    },
};

export const set_ = {
    async test(controller, env, ctx) {
        const a = new Uint8Array(4); a.set([1, 2], 1); a.fill(9, 3); eq(a, new Uint8Array([0, 1, 2, 9]));
    },
};

export const floats_ = {
    async test(controller, env, ctx) {
        eq([new Float32Array([0.1])[0] !== 0.1, new Float64Array([0.1])[0]], [true, 0.1]);
    },
};
