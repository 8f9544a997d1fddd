// A directory: /read/... is passed on as it is; /write?... puts, gets and deletes in one go, so that both
// systems find the same.
async function told(response) {
    return `${response.status} ${response.statusText} ${JSON.stringify(await response.text())}`;
}

export default {
    async fetch(request, env) {
        const url = new URL(request.url);
        if (url.pathname.startsWith('/read/'))
            return env.READ.fetch(new Request('http://disk' + request.url.slice(request.url.indexOf('/read') + 5), request));
        const at = 'http://disk' + url.searchParams.get('at');
        const put = () => env.WRITE.fetch(at, { method: 'PUT', body: url.searchParams.get('body') || '' });
        const out = [];
        out.push(await told(await put()), await told(await put()));
        out.push(await told(await env.WRITE.fetch(at)));
        out.push(await told(await env.WRITE.fetch(at, { method: 'DELETE' })));
        out.push(await told(await env.WRITE.fetch(at, { method: 'DELETE' })));
        out.push(await told(await env.WRITE.fetch(at, { method: 'POST', body: 'x' })));
        return new Response(out.join('\n'));
    },
};
