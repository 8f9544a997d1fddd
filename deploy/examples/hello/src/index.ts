// The smallest worker: one handler, one variable from wrangler.jsonc.
//   wkctl start deploy/examples/hello, then curl 'http://localhost:8787/?name=you'
interface Env {
    GREETING: string;
}

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        const name = new URL(request.url).searchParams.get('name') ?? 'World';
        return new Response(`${env.GREETING} ${name}!\n`);
    },
};
