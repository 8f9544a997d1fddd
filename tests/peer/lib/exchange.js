// One HTTP request, and the answer in a form that can be compared.
'use strict';
const http = require('node:http');

const TIMEOUT_MS = 10_000;
const UNCOMPARED = new Set(['date', 'connection', 'keep-alive']);

// A request is a path, or { method, path, headers, body, ignore: [header names], match: RegExp }.
function normal(request) {
    return { method: 'GET', headers: {}, ignore: [], ...(typeof request === 'string' ? { path: request } : request) };
}

function exchange(port, request) {
    const { method, path, headers, body, ignore, match } = normal(request);
    return new Promise((done) => {
        const req = http.request({ host: '127.0.0.1', port, method, path, headers: { host: 'example.com', ...headers }, agent: false }, (res) => {
            const chunks = [];
            const answer = (end) => {
                const text = Buffer.concat(chunks).toString('latin1');
                const names = Object.keys(res.headersDistinct).filter((name) => !UNCOMPARED.has(name) && !ignore.includes(name)).sort();
                done({
                    status: `${res.statusCode} ${res.statusMessage}`,
                    headers: names.map((name) => `${name}: ${res.headersDistinct[name].join(' | ')}`),
                    body: match ? `${match.test(text) ? 'matches' : `${JSON.stringify(text)} does not match`} ${match}` : text, end,
                });
            };
            res.on('data', (data) => chunks.push(data));
            res.on('end', () => answer('complete'));
            res.on('error', () => answer('cut off'));
        });
        req.setTimeout(TIMEOUT_MS, () => req.destroy(new Error('timed out')));
        req.on('error', (error) => done({ status: `no answer: ${error.message}`, headers: [], body: '', end: '' }));
        req.end(body);
    });
}

function difference(ours, theirs) {
    const lines = [];
    for (const key of ['status', 'end']) if (ours[key] !== theirs[key]) lines.push(`${key}: ${ours[key]}   peer: ${theirs[key]}`);
    for (const line of ours.headers) if (!theirs.headers.includes(line)) lines.push(`ours alone: ${line}`);
    for (const line of theirs.headers) if (!ours.headers.includes(line)) lines.push(`peer alone: ${line}`);
    if (ours.body !== theirs.body) lines.push(`body: ${JSON.stringify(ours.body)}`, `peer: ${JSON.stringify(theirs.body)}`);
    return lines;
}

module.exports = { exchange, difference, normal };
