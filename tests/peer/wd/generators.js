// generators: one handler a behaviour.
import { eq, ok } from 'expect';

export const protocol_ = {
    async test(controller, env, ctx) {
        function* g() { const x = yield 1; yield x * 2; return 3; } const i = g(); eq([i.next(), i.next(5), i.next(), i.next()], [{ value: 1, done: false }, { value: 10, done: false }, { value: 3, done: true }, { value: undefined, done: true }]);
    },
};

export const closing_ = {
    async test(controller, env, ctx) {
        let closed = false; function* g() { try { yield 1; yield 2; } finally { closed = true; } } for (const x of g()) break; ok(closed);
    },
};

export const delegating_ = {
    async test(controller, env, ctx) {
        function* a() { yield 1; return 'r'; } function* b() { const r = yield* a(); yield r; } eq([...b()], [1, 'r']);
    },
};

export const async_gen_ = {
    async test(controller, env, ctx) {
        async function* g() { yield 1; await null; yield 2; } const out = []; for await (const x of g()) out.push(x); eq(out, [1, 2]);
    },
};

export const for_await_ = {
    async test(controller, env, ctx) {
        const out = []; for await (const x of [Promise.resolve('a'), 'b']) out.push(x); eq(out, ['a', 'b']);
    },
};

export const spread_ = {
    async test(controller, env, ctx) {
        eq([...new Set([1, 1, 2]), ...'h\u{1F4A9}'], [1, 2, 'h', '\u{1F4A9}']);
    },
};

export const throwing_ = {
    async test(controller, env, ctx) {
        function* g() { try { yield 1; } catch (e) { yield e; } } const i = g(); i.next(); eq(i.throw('t').value, 't');
    },
};
