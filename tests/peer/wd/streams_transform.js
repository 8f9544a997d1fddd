// streams transform: one handler a behaviour.
import { eq } from 'expect';

export const maps_ = {
    async test(controller, env, ctx) {
        const out = []; for await (const x of new ReadableStream({ start(c) { c.enqueue(1); c.close(); } }).pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x + 1); }, flush(c) { c.enqueue('f'); } }))) out.push(x); eq(out, [2, 'f']);
    },
};

export const identity_ = {
    async test(controller, env, ctx) {
        const { readable, writable } = new IdentityTransformStream(); const w = writable.getWriter(); w.write(new Uint8Array([1])); w.close(); eq(await new Response(readable).bytes(), new Uint8Array([1]));
    },
};

export const fixed_ = {
    async test(controller, env, ctx) {
        const { readable, writable } = new FixedLengthStream(2); const w = writable.getWriter(); w.write(new Uint8Array([1, 2])); w.close(); eq((await new Response(readable).arrayBuffer()).byteLength, 2);
    },
};

export const text_ = {
    async test(controller, env, ctx) {
        const s = new ReadableStream({ start(c) { c.enqueue(new Uint8Array([0xe2, 0x98])); c.enqueue(new Uint8Array([0x83])); c.close(); } }).pipeThrough(new TextDecoderStream()); let out = ''; for await (const x of s) out += x; eq(out, '\u2603');
    },
};

export const encoder_ = {
    async test(controller, env, ctx) {
        const s = new ReadableStream({ start(c) { c.enqueue('\u00e9'); c.close(); } }).pipeThrough(new TextEncoderStream()); eq(await new Response(s).bytes(), new Uint8Array([195, 169]));
    },
};

export const terminate_ = {
    async test(controller, env, ctx) {
        const out = []; for await (const x of new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close(); } }).pipeThrough(new TransformStream({ transform(x, c) { c.enqueue(x); c.terminate(); } }))) out.push(x); eq(out, [1]);
    },
};
