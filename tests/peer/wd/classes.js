// classes: one handler a behaviour.
import { eq, throws } from 'expect';

export const private_fields_ = {
    async test(controller, env, ctx) {
        class A { #x = 1; get x() { return this.#x; } static is(o) { return #x in o; } } eq([new A().x, A.is(new A()), A.is({})], [1, true, false]);
    },
};

export const statics_ = {
    async test(controller, env, ctx) {
        class A { static n = 1; static #m = 2; static { A.n += A.#m; } } eq(A.n, 3);
    },
};

export const errors_ = {
    async test(controller, env, ctx) {
        class E extends TypeError { constructor(m) { super(m); this.name = 'E'; } } const e = new E('m'); eq([e instanceof E, e instanceof TypeError, String(e)], [true, true, 'E: m']);
    },
};

export const arrays_ = {
    async test(controller, env, ctx) {
        class L extends Array { last() { return this[this.length - 1]; } } const l = new L(); l.push(1, 2); eq([l.last(), l.length, Array.isArray(l)], [2, 2, true]);
    },
};

export const maps_ = {
    async test(controller, env, ctx) {
        class M extends Map { get(k) { return super.get(k) ?? 'd'; } } eq(new M([[1, 2]]).get(5), 'd');
    },
};

export const accessors_ = {
    async test(controller, env, ctx) {
        class A { static get v() { return 's'; } set w(x) { this.y = x; } } const a = new A(); a.w = 3; eq([A.v, a.y], ['s', 3]);
    },
};

export const super_calls_ = {
    async test(controller, env, ctx) {
        class A { m() { return 'a'; } } class B extends A { m() { return super.m() + 'b'; } } eq(new B().m(), 'ab');
    },
};

export const call_ = {
    async test(controller, env, ctx) {
        class A {} throws(() => A(), 'TypeError', "cannot be invoked without 'new'");
    },
};

export const computed_ = {
    async test(controller, env, ctx) {
        const k = 'z'; class A { [k]() { return 1; } static [`${k}2`] = 2; } eq([new A().z(), A.z2], [1, 2]);
    },
};
