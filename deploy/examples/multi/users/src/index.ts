// The other of two workers: has no address of its own, and answers the gateway.
const users = new Map([
    ['ada', { id: 'ada', name: 'Ada Lovelace' }],
    ['alan', { id: 'alan', name: 'Alan Turing' }],
]);

export default {
    async fetch(request: Request): Promise<Response> {
        const id = new URL(request.url).pathname.split('/')[2];
        if (!id) return Response.json([...users.values()]);
        const user = users.get(id);
        return user ? Response.json(user) : Response.json({ error: 'no such user' }, { status: 404 });
    },
};
