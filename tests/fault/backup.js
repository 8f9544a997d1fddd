// Backups of a system under load, and damaged databases: what was acknowledged is in the copy; what is lost is said.
//
//   node tests/fault/backup.js [FILTER]      every process is ended by its id
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { wkctl, scratch } = require('../peer/lib/paths');
const { History } = require('./durability/history');
const { client, insist } = require('./durability/clients');
const { System } = require('./durability/system');

const ACTORS = 6, CLIENTS = 8, LOAD = 400;

function check(value, what) {
    if (!value) throw new Error(what);
}

// wkctl beside everything that goes on here.
function ctl(system, ...args) {
    return new Promise((done) => {
        const child = spawn(wkctl, [...args, '--state', system.state], { stdio: ['ignore', 'pipe', 'pipe'] });
        let out = '', err = '';
        child.stdout.on('data', (data) => (out += data));
        child.stderr.on('data', (data) => (err += data));
        child.once('exit', (status) => done({ status, out, err }));
    });
}

const lengths = (history, op) => {
    const seen = Array(ACTORS).fill(0);
    for (const entry of history.entries.filter((each) => each.op === op && each.result)) {
        const i = Number(entry.actor.slice(1));
        seen[i] = Math.max(seen[i], op === 'increment' ? entry.result.value : entry.result.length);
    }
    return seen;
};

const reached = (history, count) => new Promise((done) => {
    const look = () => (history.entries.length >= count ? done() : setImmediate(look));
    look();
});

// Load until `during` is through.
async function underLoad(system, history, during) {
    let going = true;
    const clients = Array.from({ length: CLIENTS }, () => client(system, history, ACTORS, () => going));
    try {
        await during();
    } finally {
        going = false;
        await Promise.all(clients);
    }
}

// Every actor has at least what was acknowledged before, and hangs together.
async function checkCopy(system, before) {
    for (let i = 0; i < ACTORS; i++) {
        const look = new History(), actor = `a${i}`;
        const count = await insist(system, look, actor, 'read'), log = await insist(system, look, actor, 'log');
        const rows = await insist(system, look, actor, 'rows'), sum = await insist(system, look, actor, 'sum');
        check(count.value >= before.increment[i], `${actor}: count ${count.value}, acknowledged ${before.increment[i]}`);
        check(log.length >= before.append[i] && log.ids.length === log.length, `${actor}: log of ${log.ids.length}, ${log.length}, acknowledged ${before.append[i]}`);
        check(rows.length >= before.insert[i] && rows.ids.length === rows.length, `${actor}: ${rows.ids.length} rows, ${rows.length}, acknowledged ${before.insert[i]}`);
        check(sum.sum === 8000, `${actor}: the accounts have ${sum.sum}`);
    }
}

const acknowledged = (history) => Object.fromEntries(['increment', 'append', 'insert'].map((op) => [op, lengths(history, op)]));

async function untilLogged(system, words) {
    let text = '';
    for (const end = Date.now() + 20_000; Date.now() < end && !text.includes(words);) text = (await ctl(system, 'logs', '-n', '500')).out;
    return text;
}

// Turns over some bytes in the middle of what the journal has.
function damage(database) {
    const file = path.join(database, 'journal.0'), bytes = fs.readFileSync(file);
    let end = bytes.length;
    while (end > 0 && bytes[end - 1] === 0) end--;
    check(end > 20_000, `${file} has only ${end} bytes`);
    for (let i = 0; i < 8192; i++) bytes[(end >> 1) + i] ^= 0x55; // groups are padded: one byte may be nobody's
    fs.writeFileSync(file, bytes);
}

const tests = {
    async 'a backup under load has all that was acknowledged before it'(dir) {
        const system = new System(path.join(dir, 'first')), history = new History(), copies = [];
        system.start();
        await underLoad(system, history, async () => {
            for (let i = 1; i <= 3; i++) {
                await reached(history, LOAD * i);
                const before = acknowledged(history), run = await ctl(system, 'backup', path.join(dir, `copy${i}`), '--json');
                check(run.status === 0, `backup: ${run.err}`);
                copies.push({ dir: path.join(dir, `copy${i}`), before });
            }
        });
        system.stop();
        for (const [i, { dir: copy, before }] of copies.entries()) {
            const other = new System(path.join(dir, `restored${i}`));
            const run = await ctl(other, 'restore', copy, '--persist-to', other.stored);
            check(run.status === 0, `restore: ${run.err}`);
            other.start();
            try {
                await checkCopy(other, before);
            } finally {
                other.stop();
            }
        }
    },
    async 'a damaged journal is refused, and repaired up to the damage'(dir) {
        const system = new System(path.join(dir, 'damaged')), history = new History(), { stored } = system;
        system.start();
        await underLoad(system, history, () => reached(history, LOAD));
        const daemon = system.pid('actor-storage'), kernel = system.pid('kernel');
        process.kill(daemon, 'SIGKILL');
        process.kill(kernel, 'SIGKILL');
        while (fs.existsSync(`/proc/${kernel}/exe`) || fs.existsSync(`/proc/${daemon}/exe`)); // a moment: SIGKILL is on its way
        damage(path.join(stored, 'actors'));
        const began = await ctl(system, 'start', path.join(__dirname, 'durability/worker'), '--detach', '--port', '0', '--persist-to', stored);
        check(began.status === 1 && began.err.includes('wkctl repair'), `start: ${began.status} ${began.err}`);
        const told = await untilLogged(system, 'wkctl repair');
        await ctl(system, 'stop');
        check(told.includes('wkctl repair'), `nothing tells of the repair: ${told.slice(-1000)}`);
        const repair = await ctl(system, 'repair', path.join(stored, 'actors'));
        check(repair.status === 0, `repair: ${repair.status} ${repair.err}`);
        check(repair.out.includes('repaired; it can be opened'), repair.out);
        system.start();
        try {
            await checkCopy(system, { increment: Array(ACTORS).fill(0), append: Array(ACTORS).fill(0), insert: Array(ACTORS).fill(0) });
        } finally {
            system.stop();
        }
    },
};

async function main() {
    const filter = process.argv[2] || '', base = scratch('backup');
    let asked = 0, failures = 0;
    if (!fs.existsSync(wkctl)) return console.log('backup: skipped, wkctl is not built'), 0;
    for (const [name, test] of Object.entries(tests).filter(([each]) => each.includes(filter))) {
        asked++;
        try {
            await test(fs.mkdtempSync(path.join(base, 'test-')));
            console.log(`ok   ${name}`);
        } catch (error) {
            failures++;
            console.log(`FAIL ${name}: ${error.message}`);
        }
    }
    console.log(`${asked - failures} passed, ${failures} failed`);
    return failures ? 1 : 0;
}

main().then((code) => process.exit(code));
