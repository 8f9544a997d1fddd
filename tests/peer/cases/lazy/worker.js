// A module that is only imported dynamically is evaluated when that import runs, and once.
import { serve, attempts } from 'harness';

const start = await Promise.resolve(String(globalThis.evaluated));

export default serve({
    '/before': () => start,
    '/counts': () => attempts(async () => (await import('./counts.js')).v, async () => (await import('./counts.js')).v, () => globalThis.evaluated),
    '/throws': () => attempts(async () => import('./throws.js'), async () => import('./throws.js')),
});
