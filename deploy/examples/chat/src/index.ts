// The state of chat rooms: POST /ROOM {"from": "...", "text": "..."} adds a message, GET /ROOM?after=N lists what is
// newer. The last HISTORY messages are kept.
import { DurableObject } from 'cloudflare:workers';

interface Env {
    ROOMS: DurableObjectNamespace<Room>;
}

interface Message {
    id: number;
    from: string;
    text: string;
    at: number;
}

const HISTORY = 100;
const key = (id: number) => `message:${String(id).padStart(12, '0')}`;

export class Room extends DurableObject<Env> {
    private last = 0;

    constructor(ctx: DurableObjectState, env: Env) {
        super(ctx, env);
        ctx.blockConcurrencyWhile(async () => {
            this.last = (await ctx.storage.get<number>('last')) ?? 0;
        });
    }

    async say(from: string, text: string): Promise<Message> {
        const message = { id: ++this.last, from, text, at: Date.now() };
        await this.ctx.storage.put({ last: message.id, [key(message.id)]: message }); // both, or neither
        await this.ctx.storage.delete(key(message.id - HISTORY));
        return message;
    }

    async since(id: number): Promise<Message[]> {
        const found = await this.ctx.storage.list<Message>({ prefix: 'message:', startAfter: key(id) });
        return [...found.values()];
    }
}

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        const url = new URL(request.url);
        const room = env.ROOMS.getByName(url.pathname.slice(1) || 'lobby');
        if (request.method === 'POST') {
            const { from, text } = await request.json<{ from?: string; text?: string }>();
            if (!from || !text) return new Response('from and text are needed\n', { status: 400 });
            return Response.json(await room.say(from, text), { status: 201 });
        }
        return Response.json(await room.since(Number(url.searchParams.get('after') ?? 0)));
    },
};
