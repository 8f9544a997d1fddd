// One of two workers: takes the requests and asks the other over a service binding.
//   wkctl start deploy/examples/multi/gateway deploy/examples/multi/users
//   curl http://localhost:8787/hello/ada
interface Env {
    USERS: Fetcher;
}

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        const { pathname } = new URL(request.url);
        if (pathname.startsWith('/users')) return env.USERS.fetch(request);

        const [, id] = /^\/hello\/(\w+)$/.exec(pathname) ?? [];
        if (id === undefined) return new Response('try /users or /hello/ada\n', { status: 404 });
        const answer = await env.USERS.fetch(`http://users/users/${id}`);
        if (!answer.ok) return new Response(`I do not know ${id}\n`, { status: answer.status });
        const { name } = await answer.json<{ name: string }>();
        return new Response(`Hello ${name}!\n`);
    },
};
