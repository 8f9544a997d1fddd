// Starts a configuration on the peer and on ours. Each answers { port, stop() }; nothing is waited for
// by sleeping: both tell when they listen. Processes are ended by their ids.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');
const { peer, wkctl } = require('./paths');

const START_MS = 60_000;
const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

function ended(child) {
    return new Promise((done) => (child.exitCode !== null || child.signalCode !== null ? done() : child.once('exit', done)));
}

// What fd `from` of the child says, until pick(text) answers something.
function told(child, from, pick) {
    return new Promise((done, fail) => {
        let text = '', errors = '';
        const timer = setTimeout(() => fail(new Error(`not ready in ${START_MS} ms: ${text}${errors}`)), START_MS);
        child.stderr.on('data', (data) => (errors = (errors + data).slice(-8000)));
        from.on('data', (data) => {
            text += data;
            const picked = pick(text);
            if (picked !== undefined) clearTimeout(timer), done(picked);
        });
        child.once('exit', (code) => (clearTimeout(timer), fail(new Error(`ended with ${code} before it was ready: ${text}${errors}`))));
    });
}

function run(command, args, options) {
    const child = spawn(command, args, options);
    child.log = '';
    child.stderr.on('data', (data) => (child.log = (child.log + data).slice(-20000)));
    if (child.stdout) child.stdout.on('data', (data) => (child.log = (child.log + data).slice(-20000)));
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    return child;
}

async function startPeer(config) {
    const child = run(peer, ['serve', config, '--experimental', '--socket-addr', 'http=127.0.0.1:0', '--control-fd=3'], {
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'], cwd: path.dirname(config),
    });
    const port = await told(child, child.stdio[3], (text) => text.split('\n').filter((line) => line.includes('"port"'))
        .map((line) => JSON.parse(line).port)[0]);
    return { port, pid: child.pid, log: () => child.log, stop: () => (child.kill('SIGKILL'), ended(child)) };
}

// `what` is a configuration, or the directories of projects.
async function startOurs(what, stateDir, more = []) {
    const args = [].concat(what);
    const listen = args[0].endsWith('.capnp') ? ['--experimental', '--socket-addr', 'http=127.0.0.1:0']
        : ['--port', '0', '--persist-to', path.join(stateDir, 'stored')];
    const child = run(wkctl, ['start', ...args, ...listen, '--state', stateDir, ...more], {
        stdio: ['ignore', 'pipe', 'pipe'], cwd: args[0].endsWith('.capnp') ? path.dirname(args[0]) : undefined,
    });
    const port = await told(child, child.stdout, (text) => (/Ready on http:\/\/[^\n]*:(\d+)/.exec(text) || [])[1]);
    return { port: Number(port), pid: child.pid, log: () => child.log, stop: () => (child.kill('SIGTERM'), ended(child)) };
}

module.exports = { startPeer, startOurs };
