// URL and URLSearchParams.
import { serve, attempts, show } from 'harness';

const parts = (...args) => { const u = new URL(...args); return [u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash]; };
const parse = (...inputs) => attempts(...inputs.map((input) => () => parts(...[].concat(input))));
const set = (href, ...changes) => { const u = new URL(href); for (const [key, value] of changes) u[key] = value; return u.href; };

export default serve({
    '/parse': () => parse('http://example.com', 'HTTP://EXAMPLE.com:80/../a/./b/../c?q#f', 'https://user:pa%20ss@host:8080/p;x?y=1&z#h', 'http://[::1]:3000/', 'http://0x7f.1/', 'http://a b/', 'http://ex%61mple.com/', 'file:///c:/x/../y', 'mailto:a@b', 'data:text/plain,hi', 'http://münchen.de/ß', 'http://a/%zz?%zz#%zz', 'javascript:alert(1)', 'http:\\\\a\\b', 'ws://a:80', 'wss://a:443/', 'http://1.2.3', 'http://256.1.1.1', '', 'nope', '//a', 'http://', 'http://a:99999', 'blob:https://a.b/c', 'http://a/ü?ü#ü', "http://a/'\"<>`{}?'\"<>`{}#'\"<>`{}"),
    '/base': () => parse(['/x', 'http://a/b/c'], ['x', 'http://a/b/c'], ['../x', 'http://a/b/c/d'], ['?q', 'http://a/b?c#d'], ['#h', 'http://a/b?c#d'], ['//h/p', 'https://a/'], ['', 'http://a/b?c#d'], ['x', 'mailto:a'], ['#x', 'mailto:a'], ['x', 'bad']),
    '/set': () => [set('http://a/b', ['host', 'c:81']), set('http://a/b', ['protocol', 'https']), set('http://a/b', ['protocol', 'mailto']), set('http://a/b', ['port', '99999']), set('http://a:1/b', ['port', '']), set('http://a/b', ['pathname', 'x y']), set('http://a/b', ['search', 'q=ü']), set('http://a/b?x', ['search', '']), set('http://a/b', ['hash', '#h h']), set('http://a/b#x', ['hash', '']), set('http://a', ['username', 'u@'], ['password', 'p:']), set('http://a/b', ['href', 'https://z/']), set('http://a/b', ['hostname', 'x:1']), set('http://a/b', ['host', ''])].join('\n'),
    '/static': () => attempts(() => URL.canParse('http://a'), () => URL.canParse('x'), () => URL.canParse('x', 'http://a'), () => URL.parse('x'), () => URL.parse('http://q').href, () => URL('x'), () => new URL(), () => JSON.stringify({ u: new URL('http://a') }), () => `${new URL('http://a/b')}`, () => Object.keys(new URL('http://a')), () => Object.prototype.toString.call(new URL('http://a'))),
    '/href-bad': () => attempts(() => set('http://a', ['href', 'bad'])),
    '/params': () => attempts(() => new URLSearchParams('?a=1&b=2&a=3&c'), () => new URLSearchParams([['x', '1'], ['y', '2']]), () => new URLSearchParams({ k: 'v', n: 1 }), () => new URLSearchParams(new Map([['m', 'n']])), () => new URLSearchParams([['a']]), () => new URLSearchParams('a=b+c%20d&%C3%A9=%zz&&=&=x'), () => new URLSearchParams(new URLSearchParams('q=1')), () => new URLSearchParams(undefined), () => new URLSearchParams(null), () => new URLSearchParams(5)),
    '/params-methods': () => {
        const p = new URLSearchParams('b=2&a=1&b=3&a=0'); const out = [];
        out.push(p.get('b'), p.get('z'), p.getAll('b'), p.has('a'), p.has('a', '9'), p.size); p.append('c', 'd e'); p.set('b', 'B'); out.push(String(p)); p.delete('a', '1'); out.push(String(p)); p.delete('a'); p.append('ü', '💩&='); p.append('a', '~*-._!\'()'); p.sort(); out.push(String(p), [...p.keys()], [...p.values()], [...p.entries()]);
        p.forEach(function (v, k, self) { out.push([v, k, self === p, this.t]); }, { t: 1 }); return show(out);
    },
    '/linked': () => { const u = new URL('http://a/?x=1'); const p = u.searchParams; p.append('y', '2 3'); const one = u.href; u.search = '?z=9'; const two = [...p]; p.delete('z'); return show([one, two, u.href, u.searchParams === p]); },
    '/mutate': () => { const p = new URLSearchParams('a=1&b=2&c=3&d=4'); const seen = []; for (const [k] of p) { seen.push(k); if (k === 'a') p.delete('b'); } return show(seen); },
    '/pattern': () => attempts(() => typeof URLPattern, () => new URLPattern({ pathname: '/a/:id' }).exec('http://x/a/5').pathname.groups, () => new URLPattern('/b/*', 'http://x').test('http://x/b/c'), () => new URLPattern({ pathname: '/:a(\\d+)' }).test({ pathname: '/12' })),
});
