// A counter per path: POST /NAME adds one, GET /NAME reads. What was answered is on disk.
import { DurableObject } from 'cloudflare:workers';

interface Env {
    COUNTERS: DurableObjectNamespace<Counter>;
}

export class Counter extends DurableObject<Env> {
    async add(by: number): Promise<number> {
        const value = ((await this.ctx.storage.get<number>('value')) ?? 0) + by;
        await this.ctx.storage.put('value', value); // the answer waits until this is durable, the code need not
        return value;
    }

    async value(): Promise<number> {
        return (await this.ctx.storage.get<number>('value')) ?? 0;
    }
}

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        const name = new URL(request.url).pathname.slice(1) || 'main';
        const counter = env.COUNTERS.getByName(name);
        const value = request.method === 'POST' ? await counter.add(1) : await counter.value();
        return Response.json({ name, value });
    },
};
