// streams writable: one handler a behaviour.
import { eq, rejects } from 'expect';

export const writes_ = {
    async test(controller, env, ctx) {
        const got = []; const w = new WritableStream({ write(x) { got.push(x); }, close() { got.push('end'); } }).getWriter(); await w.write(1); await w.close(); eq(got, [1, 'end']);
    },
};

export const aborts_ = {
    async test(controller, env, ctx) {
        let why; const s = new WritableStream({ abort(r) { why = r; } }); await s.abort('r'); eq(why, 'r');
    },
};

export const fails_ = {
    async test(controller, env, ctx) {
        const w = new WritableStream({ write() { throw new RangeError('w'); } }).getWriter(); w.closed.catch(() => {}); await rejects(w.write(1), 'RangeError', 'w');
    },
};

export const backpressure_ = {
    async test(controller, env, ctx) {
        const w = new WritableStream({ write() { return new Promise(() => {}); } }, new CountQueuingStrategy({ highWaterMark: 1 })).getWriter(); eq(w.desiredSize, 1); w.write(1); eq(w.desiredSize, 0);
    },
};

export const pipes_ = {
    async test(controller, env, ctx) {
        const got = []; await new ReadableStream({ start(c) { c.enqueue(1); c.close(); } }).pipeTo(new WritableStream({ write(x) { got.push(x); } })); eq(got, [1]);
    },
};

export const pipe_error_ = {
    async test(controller, env, ctx) {
        await rejects(new ReadableStream({ start(c) { c.error(new TypeError('src')); } }).pipeTo(new WritableStream()), 'TypeError', 'src');
    },
};
