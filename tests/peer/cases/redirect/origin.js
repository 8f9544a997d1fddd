// Redirects with the status and to the place that the path and the query name; else it says what it got.
export default {
    async fetch(request) {
        const url = new URL(request.url), status = Number(url.pathname.slice(1));
        const location = url.searchParams.get('to');
        if (url.pathname === '/loop') return new Response(null, { status: 302, headers: { location: '/loop' } });
        if (status >= 300) return new Response('moved', { status, headers: location === null ? {} : { location } });
        return new Response(JSON.stringify([request.method, request.url, [...request.headers].filter(([name]) => name !== 'content-length'), await request.text(), request.redirect]));
    },
};
