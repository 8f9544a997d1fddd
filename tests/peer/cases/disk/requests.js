'use strict';
// How a listing is framed is no difference.
const listing = (path) => ({ path, ignore: ['content-length', 'transfer-encoding'] });
const range = (value, path = '/read/a.txt') => ({ path, headers: { range: value } });
module.exports = [
    '/read/a.txt', { method: 'HEAD', path: '/read/a.txt' }, '/read/empty', { method: 'HEAD', path: '/read/empty' }, '/read/a.txt/', '/read/a.txt/b', '/read/none', { method: 'HEAD', path: '/read/none', ignore: ['content-length'] },
    '/read/sp%20ace%25', '/read/a.txt?x=1', '/read/.dot', '/read/sub/b.html', '/read/sub%2fb.html', '/read/sub//b.html', '/read//a.txt', '/read/a%00.txt', '/read/%zz', '/read/sub/%2e%2e/a.txt',
    ...['bytes=0-4', 'bytes=2-', 'bytes=-3', 'bytes=-0', 'bytes=-100', 'bytes=0-100', 'bytes=11-', 'bytes=5-2', 'bytes=0-1,3-4', 'chars=0-1', 'bytes=abc', 'Bytes = 0-3', 'bytes=0-10', 'bytes=0-'].map((value) => range(value)),
    range('bytes=0-0', '/read/empty'), { method: 'HEAD', path: '/read/a.txt', headers: { range: 'bytes=0-4' } },
    listing('/read/'), listing('/read/sub'), listing('/read/sub/'),
    ...['PUT', 'DELETE', 'POST', 'PATCH', 'OPTIONS'].map((method) => ({ method, path: '/read/a.txt' })),
    ...['/new', '/deep/er/new', '/.hidden', '/sub/.hidden', '/'].map((at) => `/write?body=text&at=${at}`), '/write?at=/empty-new',
];
