// zod and valibot: schemas, errors, transformations.
import { z } from 'zod';
import * as v from 'valibot';
import { serve, attempts } from '../../../harness.js';

const User = z.object({ id: z.number().int().positive(), name: z.string().min(2).max(10), email: z.string().email().optional(), tags: z.array(z.string()).default([]), role: z.enum(['a', 'b']).nullable(), born: z.coerce.date() }).strict();
const check = (schema: z.ZodTypeAny, value: unknown) => { const r = schema.safeParse(value); return r.success ? r.data : r.error.issues; };
const Login = v.object({ email: v.pipe(v.string(), v.email()), password: v.pipe(v.string(), v.minLength(8)) });
const vcheck = (schema: any, value: unknown) => { const r = v.safeParse(schema, value); return r.success ? r.output : r.issues.map((i: any) => [i.kind, i.type, i.message, v.getDotPath(i)]); };

export default serve({
    '/object': () => attempts(() => check(User, { id: 1, name: 'Ada', role: null, born: '2024-01-01' }), () => check(User, { id: -1, name: 'A', role: 'c', born: 'x', extra: 1 }), () => check(User, null)),
    '/union': () => attempts(() => check(z.union([z.string(), z.number()]), true), () => check(z.discriminatedUnion('t', [z.object({ t: z.literal('x'), n: z.number() }), z.object({ t: z.literal('y') })]), { t: 'x', n: 1 }), () => check(z.discriminatedUnion('t', [z.object({ t: z.literal('x') })]), { t: 'q' })),
    '/formats': () => attempts(() => check(z.string().url(), 'nope'), () => check(z.string().uuid(), '6ba7b810-9dad-41d1-80b4-00c04fd430c8'), () => check(z.string().datetime(), '2024-01-01T00:00:00Z'), () => check(z.string().ip(), '::1'), () => check(z.string().email(), 'a@b.co'), () => check(z.string().regex(/^\d+$/), 'x'), () => check(z.string().trim().toUpperCase(), ' a ')),
    '/more': () => attempts(() => check(z.map(z.string(), z.number()), new Map([['a', 1]])), () => check(z.tuple([z.string(), z.number()]).rest(z.boolean()), ['a', 1, true]), () => check(z.record(z.number()), { a: 'x' }), () => check(z.lazy(() => z.array(z.number())), [1, 'x']), () => check(z.string().transform((s) => s.length), 'abc'), () => check(z.number().refine((n) => n % 2 === 0, 'must be even'), 3), () => check(z.preprocess((x) => Number(x), z.number()), '5'), () => check(User.pick({ id: true }).partial(), {}), () => User.parse(5), () => z.string().parseAsync(1), () => check(z.string().brand('B'), 'x'), () => check(z.set(z.number()).min(2), new Set([1])), () => check(z.nativeEnum({ A: 'x' }), 'x'), () => check(z.promise(z.number()), Promise.resolve(1)), () => z.string().optional().isOptional()),
    '/valibot': () => attempts(() => vcheck(Login, { email: 'a@b.co', password: '12345678' }), () => vcheck(Login, { email: 'x', password: '1' }), () => vcheck(v.union([v.string(), v.number()]), true), () => v.parse(v.string(), 1), () => vcheck(v.pipe(v.string(), v.transform((s: string) => s.length)), 'four')),
} as any);
