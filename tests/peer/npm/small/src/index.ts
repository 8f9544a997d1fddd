// Small libraries that workers use: nanoid, uuid, ulid, superjson.
import { customAlphabet, nanoid, urlAlphabet } from 'nanoid';
import { NIL, parse, stringify, v1, v3, v4, v5, v7, validate, version } from 'uuid';
import { decodeTime, monotonicFactory, ulid } from 'ulid';
import superjson from 'superjson';
import { serve, attempts } from '../../../harness.js';

export default serve({
    '/nanoid': () => attempts(() => /^[\w-]{21}$/.test(nanoid()), () => nanoid(5).length, () => /^[ab]{10}$/.test(customAlphabet('ab', 10)()), () => urlAlphabet.length, () => new Set(Array.from({ length: 200 }, () => nanoid())).size),
    '/uuid': () => attempts(() => validate(v4()), () => version(v4()), () => v5('hello', v5.DNS), () => v3('hello', v3.URL), () => validate(v1()), () => version(v7()), () => NIL, () => parse('6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b'), () => stringify(new Uint8Array(16).fill(17)), () => validate('nope'), () => v4({ random: new Uint8Array(16).fill(1) })),
    '/ulid': () => attempts(() => ulid().length, () => ulid(1469918176385).slice(0, 10), () => decodeTime('01ARYZ6S41TSV4RRFFQ69G5FAV'), () => { const m = monotonicFactory(); const [a, b] = [m(5), m(5)]; return a < b; }),
    '/superjson': () => attempts(() => superjson.stringify({ d: new Date(0), m: new Map([['a', new Set([1])]]), u: undefined, r: /x/g, n: NaN, url: new URL('http://a/b') }), () => superjson.parse(superjson.stringify({ d: new Date(5), s: new Set([1, 2]) })), () => { const o: any = { a: 1 }; o.self = o; return superjson.serialize(o).meta; }, () => superjson.parse(superjson.stringify(new Error('e')))),
} as any);
