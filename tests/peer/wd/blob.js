// blob: one handler a behaviour.
import { eq, throws } from 'expect';

export const parts_ = {
    async test(controller, env, ctx) {
        const b = new Blob(['a', new Uint8Array([66]), new Blob(['c'])], { type: 'X/Y' }); eq([await b.text(), b.size, b.type], ['aBc', 3, 'x/y']);
    },
};

export const slice_ = {
    async test(controller, env, ctx) {
        const b = new Blob(['abcdef']); eq([await b.slice(1, 3).text(), await b.slice(-2).text(), b.slice(0, 1, 't').type], ['bc', 'ef', 't']);
    },
};

export const buffer_ = {
    async test(controller, env, ctx) {
        eq(new Uint8Array(await new Blob(['ab']).arrayBuffer()), new Uint8Array([97, 98]));
    },
};

export const stream_ = {
    async test(controller, env, ctx) {
        let s = ''; for await (const x of new Blob(['hello']).stream()) s += new TextDecoder().decode(x); eq(s, 'hello');
    },
};

export const file_ = {
    async test(controller, env, ctx) {
        const f = new File(['x'], 'n.txt', { type: 't/p', lastModified: 5 }); eq([f.name, f.type, f.lastModified, f.size, f instanceof Blob], ['n.txt', 't/p', 5, 1, true]);
    },
};

export const bad_ = {
    async test(controller, env, ctx) {
        throws(() => new Blob('x'), 'TypeError');
    },
};
