'use strict';
const form = '--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--X\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\nContent-Type: text/x\r\n\r\nhello\r\nthere\r\n--X--\r\n';
const post = (path, body, type) => ({ method: 'POST', path, body, headers: type ? { 'content-type': type } : {} });
module.exports = [
    '/seen', '/seen?a=b&c', { path: '/seen', headers: { 'X-Custom': 'v', accept: '*/*', 'a-list': ['1', '2'] } }, post('/seen', 'x', 'text/plain'), { method: 'DELETE', path: '/seen' }, { method: 'OPTIONS', path: '/seen' }, { method: 'PUT', path: '/seen', body: '' },
    post('/echo', 'echoed', 'text/plain'), post('/echo', 'x'.repeat(300000)), { method: 'POST', path: '/echo', body: 'chunked', headers: { 'transfer-encoding': 'chunked' } }, '/echo', { method: 'POST', path: '/echo' },
    post('/text', 'héé', 'text/plain'), post('/json', '{"a":[1,2]}', 'application/json'), post('/json', '{bad', 'application/json'), post('/form', form, 'multipart/form-data; boundary=X'), post('/form', 'a=b+c&d=%C3%A9&a=2', 'application/x-www-form-urlencoded'), post('/form', 'x', 'text/plain'), post('/form', form.slice(0, -6), 'multipart/form-data; boundary=X'), post('/form', form, 'multipart/form-data'),
    post('/bytes', Buffer.from([0, 1, 255])), post('/blob', 'abc', 'image/png'), post('/clone', 'cloned'), post('/rewrap', 're', 'text/plain'), { path: '/cookie', headers: { cookie: 'a=b; c=d' } }, '/parts?x=1&y=%20&x=2#f', '/parts?%zz=ü'.replace('ü', '%C3%BC'), '/parts;x', '//parts',
    '/immutable', '/make', '/bad', '/used', '/types', '/prototype', '/signal', { method: 'HEAD', path: '/head' }, { method: 'HEAD', path: '/make' }, { path: '/seen', headers: { host: 'other.test:81' } }, '/a%2Fb', '/nothing',
];
