// Kills and exhausts real processes under load, and looks at who notices.
//
//   node tests/fault/run.js [FILTER]      needs no peer; every process is ended by its id
'use strict';
const { spawnSync, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { wkctl, scratch } = require('../peer/lib/paths');

const worker = `
export default {
    async fetch(request, env) {
        const { pathname } = new URL(request.url);
        if (pathname.startsWith('/other')) return env.OTHER.fetch(request);
        if (pathname === '/loop') for (;;);
        if (pathname === '/turns') for (let turn = 0; turn < 40; turn++) { for (let i = 0; i < 1e6; i++); await scheduler.wait(1); }
        if (pathname === '/patient') for (let turn = 0; turn < 40; turn++) await scheduler.wait(1);
        if (pathname === '/native') { const a = []; a.length = 2 ** 32 - 1; a.join(); }
        if (pathname === '/heap') { const a = []; for (;;) a.push(new Array(1000).fill(String(a.length))); }
        if (pathname === '/slow') await new Promise((done) => setTimeout(done, 3000));
        return new Response('ok');
    },
};`;
const quiet = "export default { async fetch() { return new Response('other'); } };";
const wrangler = (name, more) => JSON.stringify({ name, main: 'index.js', compatibility_date: '2026-11-01', ...more });

let base, state, port;
const now = () => Number(process.hrtime.bigint()) / 1e6;

function check(value, what) {
    if (!value) throw new Error(what);
}

function ctl(...args) {
    return spawnSync(wkctl, [...args, '--state', state], { encoding: 'utf8', timeout: 30_000 });
}

function start() {
    const run = ctl('start', path.join(base, 'victim'), path.join(base, 'other'), '--detach', '--port', '0');
    const told = /Ready on http:\/\/[^\n]*:(\d+)/.exec(run.stdout);
    check(told, `did not start: ${run.stdout}${run.stderr}`);
    port = Number(told[1]);
}

function services() {
    return JSON.parse(execFileSync(wkctl, ['ps', '--json', '--state', state], { encoding: 'utf8' })).services;
}

function pidOf(name) {
    const found = services().find((service) => service.name === name);
    check(found && found.pid > 1, `${name} has no process`); // kill(0) would be ourselves
    return found.pid;
}

function get(target, agent = false) {
    const began = now();
    return new Promise((done) => {
        const req = http.get({ host: '127.0.0.1', port, path: target, agent }, (res) => {
            let body = '';
            res.on('data', (data) => (body += data));
            res.on('end', () => done({ status: res.statusCode, body, ms: now() - began }));
            res.on('error', () => done({ status: 0, body, ms: now() - began }));
        });
        req.setTimeout(20_000, () => req.destroy());
        req.on('error', () => done({ status: 0, body: '', ms: now() - began }));
    });
}

async function untilOk(target, limitMs) {
    const began = now();
    for (;;) {
        if ((await get(target)).status === 200) return now() - began;
        check(now() - began < limitMs, `${target} does not answer within ${limitMs} ms`);
    }
}

// Asks target again and again until ended() is true; what came.
async function load(target, ended) {
    const answers = [];
    while (!ended()) answers.push(await get(target));
    return answers;
}

function gone(pids, limitMs) {
    const began = now();
    const lives = (pid) => fs.existsSync(`/proc/${pid}/exe`);
    return new Promise((done) => (function look() {
        const left = pids.filter(lives);
        if (left.length === 0 || now() - began > limitMs) done(left);
        else setImmediate(look);
    })());
}

const tests = {
    async 'a killed isolate host is missed by its own requests only'() {
        let over = false;
        const other = load('/other', () => over), mine = load('/', () => over), slow = get('/slow');
        await untilOk('/', 1000);
        await new Promise((done) => setTimeout(done, 50)); // under load
        process.kill(pidOf('victim'), 'SIGKILL');
        const lost = await slow;
        check(lost.status === 503 && lost.ms < 2000, `a request under way got ${lost.status} after ${lost.ms} ms`);
        const back = await untilOk('/', 100);
        over = true;
        check(back <= 100, `answered again after ${back} ms`);
        const wrong = (await mine).filter((each) => ![200, 503].includes(each.status));
        check(wrong.length === 0, `answers ${wrong.map((each) => each.status)}`);
        await other;
    },
    async 'neighbours do not notice a killed host'() {
        let over = false;
        const before = pidOf('other');
        const lines = load('/', () => over);
        const victim = pidOf('other');
        process.kill(victim, 'SIGKILL');
        check((await gone([victim], 2000)).length === 0, 'it lives on');
        await untilOk('/other', 200);
        over = true;
        const failed = (await lines).filter((each) => each.status !== 200);
        check(failed.length === 0, `${failed.length} requests of the other worker failed`);
        check(pidOf('other') !== before, 'no new process');
    },
    async 'an endless loop ends at the CPU limit and fails alone'() {
        const before = pidOf('victim');
        const looped = await get('/loop');
        check([500, 503].includes(looped.status), `the loop got ${looped.status}`);
        check(looped.ms < 3000, `only after ${looped.ms} ms`);
        check((await get('/')).status === 200, 'the next request failed');
        check(pidOf('victim') === before, 'the host was lost for it');
    },
    async 'the turns of a request count together, and not those of others'() {
        const before = pidOf('victim');
        const [slow, ...patient] = await Promise.all([get('/turns'), ...Array.from({ length: 5 }, () => get('/patient'))]);
        check([500, 503].includes(slow.status), `it got ${slow.status}`);
        check(patient.every(({ status }) => status === 200), `the others got ${patient.map(({ status }) => status)}`);
        check(pidOf('victim') === before, 'the host was lost for it');
    },
    async 'a long native loop is ended with its host'() {
        const looped = await get('/native');
        check([500, 503].includes(looped.status), `got ${looped.status}`);
        check(looped.ms < 15000, `only after ${looped.ms} ms`);
        await untilOk('/', 1000);
    },
    async 'a heap over its cap fails its request'() {
        const full = await get('/heap');
        check([500, 503].includes(full.status), `got ${full.status}`);
        await untilOk('/', 1000);
    },
    async 'a killed front is replaced without a refused connection'() {
        const victim = pidOf('front');
        process.kill(victim, 'SIGKILL');
        check((await gone([victim], 2000)).length === 0, 'it lives on');
        await untilOk('/', 1000);
        check(pidOf('front') !== victim, 'no new process');
    },
    async 'a killed kernel leaves nothing behind and start works at once'() {
        const all = services().map((service) => service.pid).filter((pid) => pid > 1);
        process.kill(pidOf('kernel'), 'SIGKILL');
        const left = await gone(all, 3000);
        check(left.length === 0, `${left.length} processes are left`);
        start();
        check((await get('/')).status === 200, 'no answer');
    },
};

async function main() {
    const filter = process.argv[2] || '';
    let asked = 0, failures = 0;
    if (!fs.existsSync(wkctl)) return console.log('fault: skipped, wkctl is not built'), 0;
    base = scratch('fault');
    for (const [name, code, more] of [['victim', worker, { limits: { cpu_ms: 200 }, services: [{ binding: 'OTHER', service: 'other' }] }], ['other', quiet, {}]]) {
        fs.mkdirSync(path.join(base, name));
        fs.writeFileSync(path.join(base, name, 'index.js'), code);
        fs.writeFileSync(path.join(base, name, 'wrangler.jsonc'), wrangler(name, more));
    }
    for (const [name, test] of Object.entries(tests).filter(([each]) => each.includes(filter))) {
        state = fs.mkdtempSync(path.join(base, 'state-'));
        const began = now();
        asked++;
        try {
            start();
            await untilOk('/', 5000);
            await test();
            console.log(`ok   ${name} (${Math.round(now() - began)} ms)`);
        } catch (error) {
            failures++;
            console.log(`FAIL ${name}: ${error.message}\n${ctl('logs', '-n', '8').stdout.replace(/^/gm, '       ')}`);
        }
        ctl('stop');
    }
    console.log(`${asked - failures} passed, ${failures} failed`);
    return failures ? 1 : 0;
}

main().then((code) => process.exit(code));
