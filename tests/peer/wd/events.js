// events: one handler a behaviour.
import { eq, ok } from 'expect';

export const once_ = {
    async test(controller, env, ctx) {
        const t = new EventTarget(); let n = 0; t.addEventListener('x', () => n++, { once: true }); t.dispatchEvent(new Event('x')); t.dispatchEvent(new Event('x')); eq(n, 1);
    },
};

export const handle_ = {
    async test(controller, env, ctx) {
        const t = new EventTarget(); let e; t.addEventListener('x', { handleEvent(x) { e = x; } }); t.dispatchEvent(new Event('x')); eq(e.type, 'x');
    },
};

export const stop_ = {
    async test(controller, env, ctx) {
        const t = new EventTarget(); const s = []; t.addEventListener('x', (e) => { s.push(1); e.stopImmediatePropagation(); }); t.addEventListener('x', () => s.push(2)); t.dispatchEvent(new Event('x')); eq(s, [1]);
    },
};

export const prevent_ = {
    async test(controller, env, ctx) {
        const t = new EventTarget(); t.addEventListener('x', (e) => e.preventDefault()); eq(t.dispatchEvent(new Event('x', { cancelable: true })), false);
    },
};

export const custom_ = {
    async test(controller, env, ctx) {
        eq(new CustomEvent('c', { detail: { a: 1 } }).detail, { a: 1 });
    },
};

export const signal_ = {
    async test(controller, env, ctx) {
        const a = new AbortController(); const t = new EventTarget(); let n = 0; t.addEventListener('x', () => n++, { signal: a.signal }); a.abort(); t.dispatchEvent(new Event('x')); eq(n, 0);
    },
};

export const subclass_ = {
    async test(controller, env, ctx) {
        class T extends EventTarget { go() { return this.dispatchEvent(new Event('g')); } } const t = new T(); let self; t.addEventListener('g', function () { self = this; }); t.go(); ok(self === t);
    },
};

export const same_twice_ = {
    async test(controller, env, ctx) {
        const t = new EventTarget(); let n = 0; const f = () => n++; t.addEventListener('x', f); t.addEventListener('x', f); t.dispatchEvent(new Event('x')); eq(n, 1);
    },
};
