// regexp: one handler a behaviour.
import { eq } from 'expect';

export const named_ = {
    async test(controller, env, ctx) {
        eq('2024-05'.match(/(?<y>\d+)-(?<m>\d+)/).groups.m, '05');
    },
};

export const lookbehind_ = {
    async test(controller, env, ctx) {
        eq('a$42'.replace(/(?<=\$)\d+/, 'n'), 'a$n');
    },
};

export const sticky_ = {
    async test(controller, env, ctx) {
        const r = /a/y; r.lastIndex = 1; eq([r.test('ba'), r.lastIndex, r.test('ba')], [true, 2, false]);
    },
};

export const unicode_ = {
    async test(controller, env, ctx) {
        eq([/^.$/u.test('\u{1F4A9}'), /\p{Lu}/u.test('\u00c9')], [true, true]);
    },
};

export const dotall_ = {
    async test(controller, env, ctx) {
        eq([/a.b/.test('a\nb'), /a.b/s.test('a\nb')], [false, true]);
    },
};

export const match_all_ = {
    async test(controller, env, ctx) {
        eq([...'a1b2'.matchAll(/([a-z])(\d)/g)].map((m) => m[2] + m.index), ['10', '22']);
    },
};

export const replace_fn_ = {
    async test(controller, env, ctx) {
        eq('x1y2'.replace(/[a-z](\d)/g, (m, d, at) => `${d}@${at}`), '1@02@2');
    },
};

export const split_ = {
    async test(controller, env, ctx) {
        eq('a1b2c'.split(/(\d)/), ['a', '1', 'b', '2', 'c']);
    },
};

export const indices_ = {
    async test(controller, env, ctx) {
        eq(/b(c)/d.exec('abc').indices[1], [2, 3]);
    },
};
