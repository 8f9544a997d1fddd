// Figures of this system beside the peer's, taken in the same run, turn about, as medians of rounds.
//
//   node tests/bench/run.js        BENCH_SECONDS=N is about what the load takes (160), BENCH_ROUNDS=N (3)
//
// Prints a table and writes build/bench/results.json: [{ name, ours, peer, ratio, target, pass, note }].
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { missing, scratch } = require('../peer/lib/paths');
const { startPeer, startOurs } = require('../peer/lib/systems');
const lib = require('./lib');
const actorFigures = require('./actors');

const workers = path.join(__dirname, 'workers');
const total = Number(process.env.BENCH_SECONDS || 160);
const rounds = Number(process.env.BENCH_ROUNDS || 3);
const seconds = Math.max(1, Math.round((total * 0.6) / (rounds * 14))); // of one wrk run: 7 figures, 2 systems
const results = [];

function report(name, unit, ours, peer, target, pass) {
    const ratio = peer ? ours / peer : null;
    results.push({ name, unit, ours, peer, ratio, target, pass: pass(ours, ratio) });
}

const number = (value) => (value === null || value === undefined ? '-' : value >= 100 ? value.toFixed(0) : value.toFixed(2));

// Something to know beside the last figure.
function note(text) {
    results[results.length - 1].note = text;
}

function print() {
    const rows = [['figure', 'ours', 'peer', 'ratio', 'target', '', ''],
        ...results.map((r) => [`${r.name} (${r.unit})`, number(r.ours), number(r.peer), number(r.ratio), r.target, r.pass ? 'pass' : 'MISS', r.note || ''])];
    const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
    for (const row of rows) console.log(row.map((cell, i) => (i === 0 || i === row.length - 1 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
}

async function both(name, dir, measure) {
    const project = path.join(workers, name);
    const theirs = await startPeer(lib.peerConfig(project, path.join(dir, name)));
    const ours = await startOurs(project, path.join(dir, `${name}-state`));
    const got = { ours: [], peer: [] };
    try {
        for (let i = 0; i < rounds; i++) {
            got.ours.push(await measure(ours.port, path.join(dir, `${name}-state`)));
            got.peer.push(await measure(theirs.port));
        }
    } finally {
        await ours.stop();
        await theirs.stop();
    }
    return got;
}

async function throughput(dir) {
    const hello = await both('hello', dir, (port) => lib.wrk(port, '/', 32, seconds));
    const rate = (list) => lib.median(list.map((each) => each.rate));
    report('hello world, 32 connections', 'requests/s', rate(hello.ours), rate(hello.peer), '>= 1.2x', (_, ratio) => ratio >= 1.2);

    const alone = await both('hello', dir, (port) => lib.wrk(port, '/', 1, seconds));
    const wait = (list) => lib.median(list.map((each) => each.medianMs));
    report('hello world, 1 connection, median', 'ms', wait(alone.ours), wait(alone.peer), '<= 1.3x', (_, ratio) => ratio <= 1.3);

    const hono = await both('hono', dir, (port) => lib.wrk(port, '/users/42', 32, seconds));
    report('Hono route, 32 connections', 'requests/s', rate(hono.ours), rate(hono.peer), '>= 0.6x', (_, ratio) => ratio >= 0.6);
}

// From nothing to the first 200, with the compiled code already in the cache.
async function starting(dir) {
    const state = path.join(dir, 'start-state'), project = path.join(workers, 'hello');
    const config = lib.peerConfig(project, path.join(dir, 'start'));
    const ours = [], theirs = [];
    for (let i = 0; i < 8; i++) {
        const port = await lib.freePort(), start = process.hrtime.bigint();
        lib.detach([project, '--port', String(port), '--state', state]);
        await lib.untilAnswer(port);
        if (i > 0) ours.push(Number(process.hrtime.bigint() - start) / 1e6); // the first fills the cache
        lib.stop(state);
        const before = process.hrtime.bigint(), peer = await startPeer(config);
        await lib.untilAnswer(peer.port);
        theirs.push(Number(process.hrtime.bigint() - before) / 1e6);
        await peer.stop();
    }
    report('start to first response, cached', 'ms', lib.median(ours), lib.median(theirs), '<= 100 ms', (ms) => ms <= 100);
}

// The compiler is there on demand; memory is looked at when it has gone, or after a while.
async function quiet(state) {
    for (let i = 0; i < 60; i++) {
        if (!lib.ps(state).services.some((service) => service.kind === 'compiler' && service.pid > 0)) return;
        await lib.sleep(250);
    }
}

async function idle(dir) {
    const pss = {}, hosts = {};
    for (const count of [1, 11]) {
        const state = path.join(dir, `many${count}`);
        const ours = await startOurs(lib.manyWorkers(count, dir), state);
        await lib.get(ours.port);
        await quiet(state);
        const kernel = lib.ps(state).services.find((service) => service.kind === 'kernel' || service.name === 'kernel').pid;
        const all = lib.family(kernel);
        pss[count] = all.reduce((sum, pid) => sum + lib.memory(pid, 'Pss'), 0) / 1024;
        hosts[count] = lib.ps(state).services.filter((s) => /^w\d+$/.test(s.name) && s.pid > 0)
            .reduce((sum, s) => sum + lib.memory(s.pid, 'Private_Clean', 'Private_Dirty'), 0) / 1024;
        await ours.stop();
    }
    const peer = await startPeer(lib.manyWorkers(1, dir));
    await lib.get(peer.port);
    const theirs = lib.memory(peer.pid, 'Pss') / 1024;
    await peer.stop();
    report('whole idle system, proportional memory', 'MB', pss[1], theirs, '<= 40 MB', (mb) => mb <= 40);
    report('each further idle worker, private memory', 'MB', (hosts[11] - hosts[1]) / 10, null, '<= 1.0 MB', (mb) => mb <= 1.0);
}

// A killed host is back at once only a few times in a row, so every system is killed KILLS times only.
const KILLS = 4;

async function killed(port, state) {
    const { pid } = lib.ps(state).services.find((service) => service.name === 'hello');
    const start = process.hrtime.bigint(), past = () => Number(process.hrtime.bigint() - start) / 1e6;
    process.kill(pid, 'SIGKILL');
    // an answer of the killed host may still be on its way: only one of its successor counts
    while (fs.existsSync(`/proc/${pid}/exe`)) if (past() > 5000) throw new Error('it lives on');
    while ((await lib.get(port).catch(() => 0)) !== 200) if (past() > 5000) throw new Error('no answer after a restart');
    return past();
}

async function restart(dir) {
    const times = [];
    for (let round = 0; round < 20 / KILLS; round++) {
        const state = path.join(dir, `restart-${round}`), ours = await startOurs(path.join(workers, 'hello'), state);
        try {
            await lib.untilAnswer(ours.port);
            for (let i = 0; i < KILLS; i++) times.push(await killed(ours.port, state));
        } finally {
            await ours.stop();
        }
    }
    report('killed isolate host to first answer', 'ms', lib.median(times), null, '<= 20 ms', (ms) => ms <= 20);
}

async function main() {
    const why = missing();
    if (why) return console.log(`bench: skipped, ${why}`), 0;
    const dir = scratch('bench');
    const only = process.env.BENCH_ONLY || '';
    const actors = actorFigures({ both, report, note, seconds });
    for (const part of [throughput, starting, idle, restart, ...Object.values(actors)]) {
        if (part.name.includes(only)) await part(dir).catch((error) => { console.log(`bench: ${part.name}: ${error.message}`); process.exitCode = 1; });
    }
    print();
    const out = path.join(lib.root, process.env.WK_BUILD || 'build', 'bench');
    fs.mkdirSync(out, { recursive: true });
    fs.writeFileSync(path.join(out, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
    return process.exitCode || 0;
}

main().then((code) => process.exit(code));
