// formdata: one handler a behaviour.
import { eq, ok } from 'expect';

export const entries_ = {
    async test(controller, env, ctx) {
        const f = new FormData(); f.append('a', '1'); f.append('a', '2'); f.set('b', '3'); eq([f.get('a'), f.getAll('a'), [...f.keys()]], ['1', ['1', '2'], ['a', 'a', 'b']]);
    },
};

export const files_ = {
    async test(controller, env, ctx) {
        const f = new FormData(); f.append('f', new Blob(['x'], { type: 't/x' }), 'n.txt'); const v = f.get('f'); eq([v instanceof File, v.name, v.type, await v.text()], [true, 'n.txt', 't/x', 'x']);
    },
};

export const multipart_ = {
    async test(controller, env, ctx) {
        const f = new FormData(); f.set('a', 'b'); f.set('f', new File(['data'], 'x.bin')); const r = new Response(f); const g = await r.formData(); eq([g.get('a'), g.get('f').name, await g.get('f').text()], ['b', 'x.bin', 'data']);
    },
};

export const urlencoded_ = {
    async test(controller, env, ctx) {
        const f = await new Response(new URLSearchParams('a=b+c&d=%26')).formData(); eq([...f], [['a', 'b c'], ['d', '&']]);
    },
};

export const boundary_ = {
    async test(controller, env, ctx) {
        ok(/^multipart\/form-data; ?boundary=/.test(new Response(new FormData()).headers.get('content-type')));
    },
};

export const remove_ = {
    async test(controller, env, ctx) {
        const f = new FormData(); f.set('a', '1'); f.delete('a'); eq(f.has('a'), false);
    },
};
