// url: one handler a behaviour.
import { eq, throws } from 'expect';

export const parse_ = {
    async test(controller, env, ctx) {
        const u = new URL('https://u:p@example.com:8080/a/../b?c=d#e'); eq([u.href, u.username, u.port, u.pathname, u.search, u.hash], ['https://u:p@example.com:8080/b?c=d#e', 'u', '8080', '/b', '?c=d', '#e']);
    },
};

export const relative_ = {
    async test(controller, env, ctx) {
        eq(new URL('../x?y', 'http://a/b/c/d').href, 'http://a/b/x?y');
    },
};

export const setters_ = {
    async test(controller, env, ctx) {
        const u = new URL('http://a/'); u.port = '81'; u.pathname = 'x y'; u.hash = 'z'; u.search = 'q'; eq(u.href, 'http://a:81/x%20y?q#z');
    },
};

export const bad_ = {
    async test(controller, env, ctx) {
        throws(() => new URL('nope'), 'TypeError', 'Invalid URL'); eq(URL.canParse('nope'), false); eq(URL.canParse('x:y'), true);
    },
};

export const idna_ = {
    async test(controller, env, ctx) {
        eq(new URL('http://m\u00fcnchen.de/').host, 'xn--mnchen-3ya.de');
    },
};

export const ipv4_ = {
    async test(controller, env, ctx) {
        eq(new URL('http://0x7f.1/').host, '127.0.0.1');
    },
};

export const default_port_ = {
    async test(controller, env, ctx) {
        eq(new URL('https://a:443/').port, '');
    },
};

export const searchParams_ = {
    async test(controller, env, ctx) {
        const u = new URL('http://a/?x=1'); u.searchParams.append('y', 'a b'); eq(u.search, '?x=1&y=a+b');
    },
};
