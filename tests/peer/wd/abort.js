// abort: one handler a behaviour.
import { eq, throws } from 'expect';

export const abort_ = {
    async test(controller, env, ctx) {
        const a = new AbortController(); let n = 0; a.signal.addEventListener('abort', () => n++); a.abort(); a.abort(); eq([n, a.signal.aborted, a.signal.reason.name], [1, true, 'AbortError']);
    },
};

export const reason_ = {
    async test(controller, env, ctx) {
        eq(AbortSignal.abort('why').reason, 'why');
    },
};

export const throw_if_ = {
    async test(controller, env, ctx) {
        AbortSignal.any([]).throwIfAborted(); let got; try { AbortSignal.abort('x').throwIfAborted(); } catch (e) { got = e; } eq(got, 'x');
    },
};

export const any_ = {
    async test(controller, env, ctx) {
        const a = new AbortController(); const s = AbortSignal.any([a.signal, new AbortController().signal]); a.abort(5); eq([s.aborted, s.reason], [true, 5]);
    },
};

export const timeout_ = {
    async test(controller, env, ctx) {
        const s = AbortSignal.timeout(2); await new Promise((r) => (s.onabort = r)); eq(s.reason.name, 'TimeoutError');
    },
};

export const no_new_ = {
    async test(controller, env, ctx) {
        throws(() => new AbortSignal(), 'TypeError', 'Illegal constructor');
    },
};
