// Figures of actors: durable writes, waking, memory. Every write is synced on both sides; how often is told beside the figures.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { startOurs } = require('../peer/lib/systems');
const lib = require('./lib');

const workers = path.join(__dirname, 'workers');
// They are there when the storage is ready; a request waits for that.
const counters = (state) => lib.inspect(state, 'actor-storage').storage;

// What the storage did during fn, for a note beside a figure.
async function watched(state, fn) {
    const before = counters(state), result = await fn(), after = counters(state);
    const syncs = after.syncs - before.syncs, batches = after.batches - before.batches;
    return { result, note: `${batches} batches in ${syncs} syncs` };
}

module.exports = ({ both, report, note, seconds }) => ({
    async writes(dir) {
        const rate = (list) => lib.median(list.map((each) => each.rate)), wait = (list) => lib.median(list.map((each) => each.medianMs));
        const figure = async (project, connections, actors) => {
            let said = '';
            const got = await both(project, path.join(dir, `${connections}-${actors}`), async (port, state) => {
                const run = () => lib.wrk(port, '/one', connections, seconds, actors);
                await lib.untilAnswer(port);
                if (!state) return run();
                const { result, note: text } = await watched(state, run);
                said = text;
                return result;
            });
            return { got, said };
        };
        const many = await figure('counter', 128, 256);
        report('counter, 256 actors, 128 connections', 'requests/s', rate(many.got.ours), rate(many.got.peer), '>= 6x', (_, ratio) => ratio >= 6);
        note(many.said);
        const one = await figure('counter', 32, 0);
        report('counter, one actor, 32 connections', 'requests/s', rate(one.got.ours), rate(one.got.peer), '>= 3x', (_, ratio) => ratio >= 3);
        note(one.said);
        const alone = await figure('counter', 1, 0);
        report('counter, one actor, 1 connection, median', 'ms', wait(alone.got.ours), wait(alone.got.peer), '<= 0.8x', (_, ratio) => ratio <= 0.8);
        note(alone.said);
        const rows = await figure('rows', 32, 256);
        report('SQL insert, 256 actors, 32 connections', 'requests/s', rate(rows.got.ours), rate(rows.got.peer), '>= 4x', (_, ratio) => ratio >= 4);
        note(rows.said);
    },

    // An actor is evicted ten seconds after its last request; its worker stays.
    async wake(dir) {
        const state = path.join(dir, 'wake-state'), ours = await startOurs(path.join(workers, 'counter'), state), times = [];
        try {
            for (let i = 0; i < 100; i++) await lib.get(ours.port, `/w${i}`);
            await evicted(state);
            for (let i = 0; i < 100; i++) {
                const start = process.hrtime.bigint();
                await lib.get(ours.port, `/w${i}`);
                times.push(Number(process.hrtime.bigint() - start) / 1e6);
            }
        } finally {
            await ours.stop();
        }
        report('wake of an evicted actor to its answer, median', 'ms', lib.median(times), null, '<= 3 ms', (ms) => ms <= 3);
    },

    async resident(dir) {
        const state = path.join(dir, 'resident-state'), ours = await startOurs(path.join(workers, 'counter'), state), count = 3000;
        const all = () => lib.ps(state).services.filter((s) => s.pid > 0 && s.kind !== 'compiler').reduce((sum, s) => sum + lib.memory(s.pid, 'Pss'), 0);
        const heap = () => lib.inspect(state, 'counter').heapBytes / 1024;
        try {
            for (let i = 0; i < 50; i++) await lib.get(ours.port, `/warm${i}`);
            const before = all(), heapBefore = heap();
            await spread(ours.port, count, 'r');
            const grown = all() - before - (heap() - heapBefore);
            report('resident idle actor, beyond its JS objects', 'KB', grown / count, null, '<= 20 KB', (kb) => kb <= 20);
            note(`JS objects: ${((heap() - heapBefore) / count).toFixed(1)} KB each`);
        } finally {
            await ours.stop();
        }
    },

    async hundredThousand(dir) {
        const state = path.join(dir, 'lakh-state'), ours = await startOurs(path.join(workers, 'counter'), state), count = 100_000;
        const names = ['actor-storage', 'counter', 'kernel'];
        const mb = () => names.map((name) => lib.memory(lib.ps(state).services.find((s) => s.name === name).pid, 'Pss') / 1024);
        try {
            await spread(ours.port, 5000, 'x'); // so that buffers and caches are what they will be
            await evicted(state);
            const before = mb();
            await spread(ours.port, count, 'l');
            const peak = mb();
            await evicted(state);
            const [daemon, host, kernel] = mb().map((after, i) => after - before[i]);
            report('storage daemon after 100,000 actors, over before', 'MB', daemon, null, '<= 16 MB', (over) => over <= 16);
            report('isolate host after 100,000 actors, over before', 'MB', host, null, '<= 4 MB', (over) => over <= 4);
            note(`${(peak[1] - before[1]).toFixed(0)} MB before they were evicted`);
            report('kernel after 100,000 actors, over before', 'MB', kernel, null, '<= 4 MB', (over) => over <= 4);
            const { pid } = lib.ps(state).services.find((s) => s.name === 'actor-storage'), start = process.hrtime.bigint();
            const past = () => Number(process.hrtime.bigint() - start) / 1e6;
            process.kill(pid, 'SIGKILL');
            while (fs.existsSync(`/proc/${pid}/exe`)) if (past() > 5000) throw new Error('it lives on');
            while ((await lib.get(ours.port, '/l7').catch(() => 0)) !== 200) if (past() > 10_000) throw new Error('no answer after a restart');
            report('killed storage daemon with 100,000 actors to first answer', 'ms', past(), null, '<= 1000 ms', (ms) => ms <= 1000);
        } finally {
            await ours.stop();
        }
    },
});

// One request to each of count actors, 64 at a time.
async function spread(port, count, prefix) {
    const http = require('node:http'), agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    let next = 0;
    const one = (i) => new Promise((done, fail) => {
        http.get({ host: '127.0.0.1', port, path: `/${prefix}${i}`, agent }, (res) => {
            res.resume();
            res.on('end', () => (res.statusCode === 200 ? done() : fail(new Error(`status ${res.statusCode}`))));
        }).on('error', fail);
    });
    await Promise.all(Array.from({ length: 64 }, async () => {
        while (next < count) await one(next++);
    }));
    agent.destroy();
}

async function evicted(state, limitMs = 60_000) {
    for (let waited = 0; counters(state).residents > 0; waited += 250) {
        if (waited > limitMs) throw new Error('the actors are not evicted');
        await lib.sleep(250);
    }
}
