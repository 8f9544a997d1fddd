// What fetch() does with redirects.
import { serve, attempts } from 'harness';

const headers = { authorization: 'secret', cookie: 'a=b', 'content-type': 'x/y', 'x-kept': '1' };
const told = async (response) => [response.status, response.url, response.redirected, await response.text()];
const at = (path, init) => async () => told(await fetch(`http://a.test${path}`, init));
const stream = () => new ReadableStream({ start(to) { to.enqueue(new TextEncoder().encode('x')); to.close(); } });
const statuses = [300, 301, 302, 303, 304, 305, 307, 308, 309];

export default serve({
    '/get': () => attempts(...statuses.map((status) => at(`/${status}?to=/there`))),
    '/post': () => attempts(...[301, 302, 303, 307, 308].map((status) => at(`/${status}?to=/there`, { method: 'POST', body: 'x', headers }))),
    '/put': () => attempts(...[301, 302, 303, 307, 308].map((status) => at(`/${status}?to=/there`, { method: 'PUT', body: 'x' }))),
    '/delete': () => attempts(...[301, 302, 303, 307].map((status) => at(`/${status}?to=/there`, { method: 'DELETE' }))),
    '/head': () => attempts(...[301, 303, 307].map((status) => at(`/${status}?to=/there`, { method: 'HEAD' }))),
    '/stream': () => attempts(...[302, 303, 307].map((status) => at(`/${status}?to=/there`, { method: 'POST', body: stream() }))),
    '/manual': () => attempts(...[301, 302, 307].map((status) => at(`/${status}?to=/there`, { redirect: 'manual' }))),
    '/cross': () => attempts(at('/302?to=http://b.test/there', { headers }), at('/302?to=http://a.test:81/there', { headers }), at('/302?to=//a.test/there', { headers }), at('/302?to=https://a.test/', { headers })),
    '/where': () => attempts(at('/302'), at('/302?to='), at('/302?to=http://[bad'), at('/302?to=there'), at('/302?to=?q'), at('/302?to=/there%23frag'), at('/x#frag'), at('/302?to=/302%3Fto=/there')),
    '/loop': () => attempts(at('/loop')),
    '/binding': (r, env) => attempts(async () => told(await env.ORIGIN.fetch('http://a.test/302?to=/there')), async () => told(await env.ORIGIN.fetch('http://a.test/302?to=/there', { redirect: 'manual' }))),
    '/passed': (r) => attempts(async () => told(await fetch(new Request('http://a.test/302?to=/there', r)))),
    '/data': () => attempts(...['data:,x', 'data:text/html,<p>%20%C3%A9', 'data:;base64,aGk=', 'data:text/plain;charset=utf-8;base64,w6k', 'data:;charset=x,a#f', 'data:a/b;base64 , a G k = ', 'data:nonsense', 'data:text/html', 'data:;base64,%', 'DATA:x,%zz', 'data:,', 'data:,a?b=c'].map((url) => async () => {
        const response = await fetch(url);
        return [response.status, response.statusText, response.url, [...response.headers], [...new Uint8Array(await response.arrayBuffer())]];
    })),
    '/scheme': () => attempts(() => fetch('ftp://a.test/'), () => fetch('file:///etc/passwd'), () => fetch('/relative')),
});
