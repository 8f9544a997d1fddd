// errors: one handler a behaviour.
import { eq, ok, throws } from 'expect';

export const undefined_property_ = {
    async test(controller, env, ctx) {
        throws(() => { const o = {}; o.a.b; }, 'TypeError', 'Cannot read properties of undefined (reading');
    },
};

export const undefined_call_ = {
    async test(controller, env, ctx) {
        throws(() => { const o = {}; o.f(); }, 'TypeError', 'is not a function');
    },
};

export const undefined_name_ = {
    async test(controller, env, ctx) {
        throws(() => nothing, 'ReferenceError', 'nothing is not defined');
    },
};

export const cause_ = {
    async test(controller, env, ctx) {
        const e = new Error('m', { cause: 'c' }); eq([e.cause, Object.keys(e)], ['c', []]);
    },
};

export const aggregate_ = {
    async test(controller, env, ctx) {
        eq(new AggregateError([1, 2], 'm').errors, [1, 2]);
    },
};

export const domexception_ = {
    async test(controller, env, ctx) {
        const e = new DOMException('m', 'AbortError'); eq([e.name, e.code, e instanceof Error, String(e)], ['AbortError', 20, true, 'AbortError: m']);
    },
};

export const stack_ = {
    async test(controller, env, ctx) {
        ok(new Error('where').stack.startsWith('Error: where\n'));
    },
};

export const symbol_text_ = {
    async test(controller, env, ctx) {
        throws(() => `${Symbol('x')}`, 'TypeError', 'Cannot convert a Symbol value to a string');
    },
};
