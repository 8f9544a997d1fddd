'use strict';
module.exports = ['/fetch', '/fail', '/redirect', '/entrypoints', '/pass', { method: 'POST', path: '/pass?x', body: 'passed on', headers: { 'x-h': '1' } }, { method: 'HEAD', path: '/pass' }, '/shape', '/rpc', '/stubs', '/subrequests'];
