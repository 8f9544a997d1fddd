// base64: one handler a behaviour.
import { eq, throws } from 'expect';

export const btoa_ = {
    async test(controller, env, ctx) {
        eq(btoa('hello'), 'aGVsbG8=');
    },
};

export const atob_ = {
    async test(controller, env, ctx) {
        eq(atob(' aGVs bG8= '), 'hello');
    },
};

export const bad_atob_ = {
    async test(controller, env, ctx) {
        throws(() => atob('a'), 'InvalidCharacterError');
    },
};

export const bad_btoa_ = {
    async test(controller, env, ctx) {
        throws(() => btoa('\u2603'), 'InvalidCharacterError');
    },
};

export const latin1_ = {
    async test(controller, env, ctx) {
        eq(atob(btoa('\u00ff\u0000')), '\u00ff\u0000');
    },
};
