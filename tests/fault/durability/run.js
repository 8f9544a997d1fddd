// Nothing that was acknowledged is ever lost: clients use actors while processes are killed, then the history is checked.
//
//   node tests/fault/durability/run.js [SECONDS] [FILTER]     KILL_MS=N: a kill every N ms or so (900)
//
// Parts: random (all processes, all run long), full disk, disk (slow and failing syncs), points (kills at named points; needs a build with FAULTS=1), mutants (builds that
// break a promise on purpose must be caught; the same).
//
// In a build with FAULTS=1 the processes tell what they do, and that is checked too (log/check.js). WK_EVENTS=no: they do not.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { scratch, root } = require('../../peer/lib/paths');
const { History } = require('./history');
const { check } = require('./checker');
const { client, insist, now } = require('./clients');
const { checkLog, tellChecked } = require('./log/check');
const { System } = require('./system');

const seconds = Number(process.argv[2] || 20), only = process.argv[3] || '';
const killMs = Number(process.env.KILL_MS || 900);
const ACTORS = 12, CLIENTS = 12;
const VICTIMS = ['actor-storage', 'durability', 'actor-storage', 'durability', 'front', 'kernel'];
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const faulty = process.env.WK_BUILD === 'build/faults', telling = faulty && process.env.WK_EVENTS !== 'no';
delete process.env.WK_EVENTS; // each run has a directory of its own
const total = { lines: 0, ms: 0, checked: {}, violated: {} }; // of all logs

// What the processes told: judged, and kept if there is something to find in it.
function judgeLog(dir, kept) {
    if (!telling) return { lines: 0, ms: 0, checked: {}, violated: {}, violations: [] };
    const log = checkLog(dir);
    total.lines += log.lines;
    total.ms += log.ms;
    for (const [invariant, count] of Object.entries(log.checked)) total.checked[invariant] = (total.checked[invariant] || 0) + count;
    for (const [invariant, count] of Object.entries(kept ? log.violated : {})) total.violated[invariant] = (total.violated[invariant] || 0) + count;
    if (log.violations.length > 0 && kept) fs.cpSync(dir, kept, { recursive: true });
    fs.rmSync(dir, { recursive: true });
    return log;
}

// Runs clients for a while beside `hurt`, has a last look at everything unless that is not wanted, and gives the violations.
async function run(name, ms, env, hurt, { look = true, ...more } = {}) {
    const dir = scratch(`durability-${name.replace(/\W/g, '-')}`), told = path.join(dir, 'events'), history = new History();
    const system = new System(dir, telling ? { ...env, WK_EVENTS: told } : env, more);
    const began = now(), running = () => now() - began < ms;
    fs.mkdirSync(told);
    system.start();
    try {
        const clients = Array.from({ length: CLIENTS }, () => client(system, history, ACTORS, running));
        await hurt(system, running);
        if (look) await Promise.all(clients);
        if (look && env.WK_FAULT) system.heal();
        for (const actor of look ? history.actors() : []) {
            const last = system.style === 'counter' ? ['read'] : actor[0] === 'a' ? ['read', 'sum', 'log', 'rows'] : actor[0] === 'w' ? ['kept'] : [];
            for (const op of last) await insist(system, history, actor, op);
            if (last.includes('log')) await lastAlarms(system, history, actor);
        }
    } finally {
        system.stop();
    }
    const violations = check(history), acked = history.entries.filter((entry) => entry.result).length;
    const kept = path.join(root, process.env.WK_BUILD || 'build', `durability-${name.replace(/\W/g, '-')}.jsonl`);
    if (violations.length > 0) history.save(kept);
    const log = judgeLog(told, look ? kept.replace(/jsonl$/, 'events') : '');
    violations.push(...log.violations);
    return { name, log, violations, perSecond: Math.round((acked * 1000) / ms), asked: history.entries.length, acked, kills: system.kills, errors: system.errors, kept };
}

// Retries of alarms may wait for some seconds; all fire in the end.
async function lastAlarms(system, history, actor) {
    const began = now();
    for (;;) {
        const { waiting } = await insist(system, history, actor, 'reminders');
        if (waiting.length === 0) return;
        if (now() - began > 20_000) return void (await insist(system, history, actor, 'reminders', { final: true }));
        await sleep(200);
    }
}

const killAtRandom = (victims = VICTIMS) => async (system, running) => {
    while (running()) {
        await sleep(killMs * (0.5 + Math.random()));
        if (running()) system.kill(victims[Math.floor(Math.random() * victims.length)]);
    }
};

function tell({ name, log, violations, asked, acked, perSecond, kills, errors, kept }) {
    const deaths = Object.values(kills).reduce((a, b) => a + b, 0);
    console.log(`# ${name}: ${asked} asked, ${acked} acknowledged (${perSecond}/s), ${deaths} kills ${JSON.stringify(kills)}`);
    if (log.lines > 0) tellChecked(log);
    if (process.env.VERBOSE) for (const [text, count] of errors) console.log(`#   ${count} x ${text}`);
    for (const { kind, text } of violations.slice(0, 10)) console.log(`#   ${kind}: ${text}`);
    if (violations.length > 0) console.log(`#   history: ${kept}`);
}

const POINTS = ['D.deliver.queued', 'D.place.sent', 'D.write.applied', 'D.seal', 'D.commit.before_write', 'D.commit.after_write_before_sync',
    'D.commit.after_sync', 'D.advance.partial', 'D.alarm.fired', 'D.alarm.before_delete_commit', 'D.alarm.after_delete_commit',
    'D.deleteall.between', 'H.turn.mid', 'H.turn.end', 'H.cs.inside', 'K.redirect.sent', 'K.release.partial', 'F.response.partial'];
// What is done to each, and which invariant must be seen broken: by the log, in one run.
const hit = (victim, everyMs) => async (system, running) => {
    while (running()) {
        await sleep(everyMs);
        if (running()) system.kill(victim);
    }
};
const leave = async (system, running) => {
    while (running()) await sleep(100);
};
const MUTANTS = {
    gate_early: { breaks: 'I27' },
    release_early: { breaks: 'I27' },
    batch_torn: { breaks: 'I18' },
    fence_ignored: { breaks: 'I4', slow: 'D.commit.after_write_before_sync:delay_ms:40', hurt: hit('durability', 700) },
    turn_during_read: { breaks: 'I7', hurt: hit('durability', 700) },
    alarm_early: { breaks: 'I35' },
    alarm_forgotten: { breaks: 'I34', hurt: hit('actor-storage', 900) },
    end_twice: { breaks: 'I43' },
    end_never: { breaks: 'I43' },
};
const faultsBuild = fs.existsSync(path.join(root, 'build/faults/bin/wk-kernel'));

// Each process once, under load; the counter example as it is.
const inTurn = async (system, running) => {
    for (const name of ['counter', 'actor-storage', 'front', 'kernel']) {
        await sleep(700);
        if (!system.kill(name)) throw new Error(`${name} has no process`);
    }
};

const parts = {
    'counter example': async () => [await run('counter example', 4500, {}, inTurn, { project: path.join(root, 'deploy/examples/counter'), style: 'counter' })],
    'full disk': async () => {
        const full = await fullDisk(scratch('disk'));
        if (!full) return console.log('skip   durability/full disk: no right to mount a file system'), [];
        try {
            return [await run('full disk', Math.min(seconds, 15) * 1000, {}, full.hurt, { stored: full.disk })];
        } finally {
            spawnSync('umount', ['-l', full.disk]);
        }
    },
    random: async () => [await run('random', seconds * 1000, {}, killAtRandom(), faulty ? { variant: 'sparing' } : {})],
};

// What the disk does to the storage daemon, in a build with FAULTS=1.
const DISK = {
    'slow sync': 'D.commit.after_write_before_sync:delay_ms:150',
    'failed sync': 'D.commit.result:error:40',
    'failed write': 'D.commit.before_write:error:40',
};

// A file system of its own that is filled to the last byte, and emptied again.
async function fullDisk(dir) {
    const disk = path.join(dir, 'disk'), filler = path.join(disk, 'filler');
    fs.mkdirSync(disk);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=320m', 'none', disk]).status !== 0) return null;
    const hurt = async (system, running) => {
        for (let i = 0; running(); i++) {
            await sleep(1500);
            if (i % 2 === 0) spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M']);
            else fs.rmSync(filler, { force: true });
        }
        fs.rmSync(filler, { force: true });
    };
    return { disk, hurt };
}

function verdict(passed, name) {
    console.log(`${passed ? 'ok' : 'FAIL'}   durability/${name}`);
    return passed;
}

// A process that kills itself at a point: again and again, at the nth time it comes there.
async function point(name, ms) {
    const rare = /alarm|deleteall|place|queued/.test(name);
    const env = { WK_FAULT: `${name}:kill:${1 + Math.floor(Math.random() * (rare ? 4 : 60))}` };
    return run(name, ms, env, async (system, running) => {
        while (running()) {
            await sleep(100);
            if (system.pid('kernel') === 0) system.kernelDied();
        }
        system.countDeaths();
    }, { variant: name.length % 2 ? 'sparing' : '' });
}

async function main() {
    let passed = 0, failed = 0;
    const count = (ok) => (ok ? passed++ : failed++);
    for (const [name, part] of Object.entries(parts)) {
        if (!name.includes(only)) continue;
        for (const result of await part()) {
            tell(result);
            count(verdict(result.violations.length === 0, result.name));
        }
    }
    if (faulty && faultsBuild) {
        for (const name of POINTS.filter((each) => `point ${each}`.includes(only))) {
            const result = await point(name, Math.max(2500, (seconds * 1000) / POINTS.length));
            tell(result);
            const reached = Object.values(result.kills).some((n) => n > 0);
            if (!reached) console.log(`#   nobody came to ${name}`);
            count(verdict(result.violations.length === 0 && reached, `point ${name}`));
        }
        for (const [name, fault] of Object.entries(DISK).filter(([each]) => `disk ${each}`.includes(only))) {
            const result = await run(name, 8000, { WK_FAULT: fault }, async () => {});
            tell(result);
            count(verdict(result.violations.length === 0, `disk ${name}`));
        }
        for (const [name, { breaks, slow, hurt = leave }] of Object.entries(MUTANTS).filter(([each]) => `mutant ${each}`.includes(only))) {
            const { log } = await run(`mutant-${name}`, 4000, { WK_MUTANT: name, ...(slow ? { WK_FAULT: slow } : {}) }, hurt, { look: false });
            console.log(`# mutant ${name}: ${log.lines} lines, broken ${JSON.stringify(log.violated)}`);
            for (const { kind, text } of log.violations.filter(({ kind: each }) => each === breaks).slice(0, 1)) console.log(`#   ${kind}: ${text}`);
            count(verdict(log.violated[breaks] > 0, `mutant ${name} is caught`));
        }
        if (total.lines > 0) {
            console.log('# all logs:');
            tellChecked(total);
        }
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 ? 1 : 0;
}

main().then((code) => process.exit(code), (error) => {
    console.log(error.stack);
    console.log('0 passed, 1 failed');
    process.exit(1);
});
