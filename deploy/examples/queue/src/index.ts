// A work queue that an alarm empties: POST /QUEUE adds the body as a job, GET /QUEUE tells what is waiting and done.
// An alarm is delivered at least once: what a job does must bear being done twice.
import { DurableObject } from 'cloudflare:workers';

interface Env {
    QUEUES: DurableObjectNamespace<Queue>;
}

const BATCH = 10;
const DELAY_MS = 500;

export class Queue extends DurableObject<Env> {
    async push(job: string): Promise<string> {
        const { storage } = this.ctx;
        const id = `job:${Date.now().toString(36).padStart(9, '0')}:${crypto.randomUUID()}`;
        await storage.put(id, job);
        if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + DELAY_MS); // in one with the job
        return id;
    }

    async state(): Promise<{ waiting: number; done: number }> {
        const waiting = await this.ctx.storage.list({ prefix: 'job:' });
        return { waiting: waiting.size, done: (await this.ctx.storage.get<number>('done')) ?? 0 };
    }

    async alarm(): Promise<void> {
        const { storage } = this.ctx;
        const jobs = await storage.list<string>({ prefix: 'job:', limit: BATCH });
        for (const [id, job] of jobs) {
            console.log(`doing ${id}: ${job}`);
            await storage.delete(id);
        }
        await storage.put('done', ((await storage.get<number>('done')) ?? 0) + jobs.size);
        if (jobs.size === BATCH) await storage.setAlarm(Date.now()); // there may be more
    }
}

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        const queue = env.QUEUES.getByName(new URL(request.url).pathname.slice(1) || 'main');
        if (request.method === 'POST') return Response.json({ id: await queue.push(await request.text()) }, { status: 202 });
        return Response.json(await queue.state());
    },
};
