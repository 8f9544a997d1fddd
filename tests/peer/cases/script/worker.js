// Service-worker syntax: listeners instead of exports, bindings as globals.
var count = 0;

addEventListener('fetch', (event) => {
    const path = new URL(event.request.url).pathname;
    count++;
    if (path === '/sync') event.respondWith(new Response('sync ' + BOUND));
    else if (path === '/async') event.respondWith((async () => new Response('async ' + (await event.request.text())))());
    else if (path === '/reject') event.respondWith(Promise.reject(new Error('rejected')));
    else if (path === '/throw') throw new Error('thrown');
    else if (path === '/not-response') event.respondWith('text');
    else if (path === '/twice') { event.respondWith(new Response('1')); try { event.respondWith(new Response('2')); } catch (e) { count = e.message; } }
    else if (path === '/count') event.respondWith(new Response(String(count)));
    else if (path === '/event') event.respondWith(new Response([event.type, event instanceof FetchEvent, event instanceof Event, typeof event.waitUntil, typeof event.passThroughOnException, this === globalThis, typeof self.BOUND].join(' ')));
    else if (path === '/wait') { event.waitUntil(Promise.resolve()); event.respondWith(new Response('waited')); }
});
