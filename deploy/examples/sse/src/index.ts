// Server-sent events: a response whose body is written while the client reads it.
//   wkctl start deploy/examples/sse, then curl -N 'http://localhost:8787/events?count=5'
const page = `<!doctype html><title>sse</title><ul id="list"></ul><script>
const source = new EventSource('/events?count=10');
source.addEventListener('tick', (event) => {
    const item = document.createElement('li');
    item.textContent = event.data;
    document.getElementById('list').append(item);
});
source.addEventListener('end', () => source.close());
</script>`;

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function* ticks(count: number, everyMs: number) {
    for (let id = 1; id <= count; id++) {
        yield `id: ${id}\nevent: tick\ndata: ${JSON.stringify({ id })}\n\n`;
        if (id < count) await pause(everyMs);
    }
    yield 'event: end\ndata: \n\n';
}

export default {
    async fetch(request: Request, _env: unknown, ctx: ExecutionContext): Promise<Response> {
        const url = new URL(request.url);
        if (url.pathname !== '/events') {
            return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } });
        }
        const count = Math.min(Number(url.searchParams.get('count') ?? 5), 100);
        const everyMs = Math.min(Number(url.searchParams.get('every') ?? 1000), 10_000);
        const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
        const encoder = new TextEncoder();

        const write = async () => {
            const writer = writable.getWriter();
            for await (const event of ticks(count, everyMs)) await writer.write(encoder.encode(event));
            await writer.close();
        };
        ctx.waitUntil(write().catch(() => {})); // the client may leave early
        return new Response(readable, {
            headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' },
        });
    },
};
