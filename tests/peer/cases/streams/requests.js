'use strict';
const post = (path, body, headers = {}) => ({ method: 'POST', path, body, headers });
module.exports = ['/readable', '/pull', '/later', '/fixed', '/fixed-short', post('/identity', 'through'), post('/identity', 'y'.repeat(200000)), post('/upper', 'lower é'), post('/upper', 'z'.repeat(100000)), post('/tee', 'both'), post('/count', 'c'.repeat(500000)), post('/reader', 'read'), post('/byob', 'abcdefghij'), '/string-chunk', '/error', '/basics', '/writable', '/transform', '/gzip', '/bytes', '/wait-until', post('/reader', 'chunked', { 'transfer-encoding': 'chunked' })];
