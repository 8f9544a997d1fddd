// What every case's worker shares: a table of paths, and values shown so that a difference is seen.
export function show(value, seen = []) {
    if (value === null || value === undefined || typeof value === 'boolean') return String(value);
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'symbol' || typeof value === 'bigint') return String(value);
    if (typeof value === 'function') return `function ${value.name}/${value.length}`;
    if (seen.includes(value)) return '<seen>';
    seen = [...seen, value];
    if (value instanceof Error || value instanceof DOMException) return `${value.name}: ${value.message}`;
    if (Array.isArray(value)) return `[${value.map((each) => show(each, seen)).join(', ')}]`;
    if (value instanceof Date || value instanceof RegExp) return String(value);
    if (value instanceof ArrayBuffer) return `ArrayBuffer [${new Uint8Array(value).join(' ')}]`;
    if (ArrayBuffer.isView(value)) return `${value.constructor.name} [${value.join ? value.join(' ') : value.byteLength}]`;
    if (value instanceof Map) return `Map ${show([...value], seen)}`;
    if (value instanceof Set) return `Set ${show([...value], seen)}`;
    if (value instanceof Headers || value instanceof URLSearchParams || value instanceof FormData) return `${value.constructor.name} ${show([...value], seen)}`;
    const tag = value.constructor && value.constructor !== Object ? `${value.constructor.name} ` : '';
    return `${tag}{${Object.keys(value).map((key) => `${key}: ${show(value[key], seen)}`).join(', ')}}`;
}

// What fn answers or throws, as a value.
export async function attempt(fn) {
    try {
        return await fn();
    } catch (error) {
        return `throws ${show(error)}`;
    }
}

export async function attempts(...fns) {
    const out = [];
    for (const fn of fns) out.push(show(await attempt(fn)));
    return out.join('\n');
}

export function serve(routes) {
    return {
        async fetch(request, env, ctx) {
            const url = new URL(request.url);
            if (url.pathname === '/routes') return Response.json(Object.keys(routes));
            const route = routes[url.pathname];
            if (!route) return new Response('no such route', { status: 404 });
            const answer = await route(request, env, ctx, url);
            return answer instanceof Response ? answer : new Response(typeof answer === 'string' ? answer : show(answer));
        },
    };
}
