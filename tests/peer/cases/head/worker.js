// What a HEAD says of the length that a GET would have.
const answers = {
    '/text': () => new Response('hello'),
    '/empty': () => new Response(''),
    '/null': () => new Response(null),
    '/none': () => new Response(),
    '/declared': () => new Response(null, { headers: { 'content-length': '42' } }),
    '/declared-zero': () => new Response(null, { headers: { 'content-length': '0' } }),
    '/declared-text': () => new Response('hello', { headers: { 'content-length': '5' } }),
    '/bytes': () => new Response(new Uint8Array(9)),
    '/stream': () => new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(3)); c.close(); } })),
    '/204': () => new Response(null, { status: 204 }),
    '/304': () => new Response(null, { status: 304 }),
    '/304-declared': () => new Response(null, { status: 304, headers: { 'content-length': '42' } }),
    '/404': () => new Response(null, { status: 404 }),
    '/json': () => Response.json({ a: 1 }),
    '/blob': () => new Response(new Blob(['abc'])),
    '/redirect': () => Response.redirect('http://x.example/'),
    '/chunked': () => new Response('hello', { headers: { 'transfer-encoding': 'chunked' } }),
};
export default {
    fetch(request) {
        const path = new URL(request.url).pathname;
        return path === '/routes' ? Response.json(Object.keys(answers)) : answers[path]();
    },
};
