// Kinds of modules and how they import each other; bindings that are values.
import { serve, attempts, show } from 'harness';
import Named, { n, up, self as ns } from './lib/counter.js';
import { more } from './lib/again.js';
import * as again from './lib/again.js';
import text from './text.txt';
import bytes from './bytes.bin';
import obj from './obj.json';
import old from './old.cjs';
import { value } from './later.js';
import { viaB } from './cycle-a.js';
import { env as importedEnv } from 'cloudflare:workers';

const top = await Promise.resolve('top');


export default serve({
    '/live': () => { const before = n; up(); more(); return show([n - before, n === again.n, ns.up === up, Named.who, Named.name]); },
    '/namespace': () => attempts(() => Object.keys(again), () => Object.prototype.toString.call(again), () => { again.n = 5; }, () => Object.isFrozen(again), () => 'default' in again, () => again.nope, () => Reflect.ownKeys(ns), () => Object.getPrototypeOf(again)),
    '/text': () => show([text, new Uint8Array(bytes), bytes instanceof ArrayBuffer, obj]),
    '/cjs': () => show([old.a, old.name, old.t, old.f()]),
    '/await': () => show([value, top]),
    '/dynamic': () => attempts(async () => (await import('./lib/counter.js')).up === up, async () => Object.keys(await import('./later.js')), async () => import('./missing.js'), async () => (await import('./old.cjs')).default.a, async () => { const x = 'text.txt'; return (await import(`./${x}`)).default; }),
    '/cycle': () => show(viaB()),
    '/env': (r, env) => show([Object.keys(env), env.TEXT, env.JSON_, new Uint8Array(env.BYTES), importedEnv.TEXT]),
    '/meta': () => show([typeof import.meta, typeof import.meta.url]),
});
