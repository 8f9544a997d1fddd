// streams readable: one handler a behaviour.
import { eq, rejects, throws } from 'expect';

export const reads_ = {
    async test(controller, env, ctx) {
        const s = new ReadableStream({ start(c) { c.enqueue(1); c.enqueue(2); c.close(); } }); const r = s.getReader(); eq([await r.read(), await r.read(), await r.read()], [{ value: 1, done: false }, { value: 2, done: false }, { value: undefined, done: true }]);
    },
};

export const pulls_ = {
    async test(controller, env, ctx) {
        let n = 0; const s = new ReadableStream({ pull(c) { if (++n > 3) c.close(); else c.enqueue(n); } }); const out = []; for await (const x of s) out.push(x); eq(out, [1, 2, 3]);
    },
};

export const errors_ = {
    async test(controller, env, ctx) {
        const s = new ReadableStream({ start(c) { c.error(new TypeError('broken')); } }); await rejects(s.getReader().read(), 'TypeError', 'broken');
    },
};

export const cancels_ = {
    async test(controller, env, ctx) {
        let why; const s = new ReadableStream({ cancel(r) { why = r; } }); await s.cancel('w'); eq(why, 'w');
    },
};

export const locks_ = {
    async test(controller, env, ctx) {
        const s = new ReadableStream(); const r = s.getReader(); eq(s.locked, true); throws(() => s.getReader(), 'TypeError', 'locked'); r.releaseLock(); eq(s.locked, false);
    },
};

export const tees_ = {
    async test(controller, env, ctx) {
        const s = new ReadableStream({ start(c) { c.enqueue('x'); c.close(); } }); const [a, b] = s.tee(); eq([(await a.getReader().read()).value, (await b.getReader().read()).value], ['x', 'x']);
    },
};

export const from_ = {
    async test(controller, env, ctx) {
        const out = []; for await (const x of ReadableStream.from(['a', 'b'])) out.push(x); eq(out, ['a', 'b']);
    },
};

export const byob_ = {
    async test(controller, env, ctx) {
        const s = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(new Uint8Array([1, 2, 3])); c.close(); } }); const r = s.getReader({ mode: 'byob' }); eq((await r.read(new Uint8Array(2))).value, new Uint8Array([1, 2]));
    },
};

export const break_cancels_ = {
    async test(controller, env, ctx) {
        let cancelled = false; const s = new ReadableStream({ pull(c) { c.enqueue(1); }, cancel() { cancelled = true; } }); for await (const x of s) break; eq(cancelled, true);
    },
};
