// encoding: one handler a behaviour.
import { eq, throws } from 'expect';

export const encode_ = {
    async test(controller, env, ctx) {
        eq(new TextEncoder().encode('a\u00e9\u2603'), new Uint8Array([97, 195, 169, 226, 152, 131]));
    },
};

export const into_ = {
    async test(controller, env, ctx) {
        eq(new TextEncoder().encodeInto('\u00e9\u2603', new Uint8Array(4)), { read: 1, written: 2 });
    },
};

export const decode_ = {
    async test(controller, env, ctx) {
        eq(new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97, 255])), 'a\ufffd');
    },
};

export const fatal_ = {
    async test(controller, env, ctx) {
        throws(() => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])), 'TypeError');
    },
};

export const streaming_ = {
    async test(controller, env, ctx) {
        const d = new TextDecoder(); eq(d.decode(new Uint8Array([0xe2]), { stream: true }) + d.decode(new Uint8Array([0x98, 0x83])), '\u2603');
    },
};

export const labels_ = {
    async test(controller, env, ctx) {
        eq([new TextDecoder('latin1').encoding, new TextDecoder('UTF8').encoding, new TextDecoder('utf-16').encoding], ['windows-1252', 'utf-8', 'utf-16le']);
    },
};

export const unknown_ = {
    async test(controller, env, ctx) {
        throws(() => new TextDecoder('nope'), 'RangeError');
    },
};

export const legacy_ = {
    async test(controller, env, ctx) {
        eq(new TextDecoder('shift_jis').decode(new Uint8Array([0x82, 0xa0])), '\u3042');
    },
};
