// A token bucket per client: RATE tokens a second, at most BURST. GET /?client=NAME answers 200 or 429.
import { DurableObject } from 'cloudflare:workers';

interface Env {
    LIMITS: DurableObjectNamespace<Limiter>;
}

const RATE = 5;
const BURST = 10;

export class Limiter extends DurableObject<Env> {
    private bucket?: { tokens: number; at: number };

    async take(): Promise<{ ok: boolean; left: number; retryAfter: number }> {
        const now = Date.now();
        const was = (this.bucket ??= (await this.ctx.storage.get<{ tokens: number; at: number }>('bucket')) ?? { tokens: BURST, at: now });
        const tokens = Math.min(BURST, was.tokens + ((now - was.at) / 1000) * RATE);
        const ok = tokens >= 1;
        this.bucket = { tokens: ok ? tokens - 1 : tokens, at: now };
        // a bucket that is lost in a crash is a full one: nobody has to wait for the disk
        await this.ctx.storage.put('bucket', this.bucket, { allowUnconfirmed: true });
        return { ok, left: Math.floor(this.bucket.tokens), retryAfter: ok ? 0 : Math.ceil((1 - tokens) / RATE) };
    }
}

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        const client = new URL(request.url).searchParams.get('client') ?? 'anonymous';
        const { ok, left, retryAfter } = await env.LIMITS.getByName(client).take();
        const headers = { 'ratelimit-remaining': String(left) };
        if (ok) return new Response('ok\n', { headers });
        return new Response('slow down\n', { status: 429, headers: { ...headers, 'retry-after': String(retryAfter) } });
    },
};
