// What the figures are taken with: both systems, wrk, /proc.
'use strict';
const { spawn, execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const { packages, wkctl, root } = require('../peer/lib/paths');

const DATE = '2026-11-01';

// The peer's configuration of a project: bundled, because it reads no packages.
function peerConfig(project, dir) {
    const out = path.join(dir, 'bundle.js');
    const src = ['src/index.ts', 'src/index.js'].map((name) => path.join(project, name)).find((name) => fs.existsSync(name));
    fs.mkdirSync(dir, { recursive: true });
    require(path.join(packages, 'esbuild')).buildSync({
        entryPoints: [src], outfile: out, bundle: true, format: 'esm', target: 'es2022', nodePaths: [packages], logLevel: 'error',
    });
    const file = path.join(dir, 'config.capnp');
    const { more, disk } = actorsOf(project, dir);
    fs.writeFileSync(file, `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (modules = [(name = "worker", esModule = embed "bundle.js")], compatibilityDate = "${DATE}"${more}))${disk}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
`);
    return file;
}

// Its Durable Objects, stored on disk as ours are.
function actorsOf(project, dir) {
    const file = path.join(project, 'wrangler.jsonc');
    const { bindings = [] } = (fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).durable_objects) || {};
    if (bindings.length === 0) return { more: '', disk: '' };
    fs.mkdirSync(path.join(dir, 'actors'), { recursive: true });
    return {
        more: `, bindings = [${bindings.map((b) => `(name = "${b.name}", durableObjectNamespace = "${b.class_name}")`).join(', ')}],
    durableObjectNamespaces = [${bindings.map((b) => `(className = "${b.class_name}", uniqueKey = "${b.class_name}", enableSql = true)`).join(', ')}],
    durableObjectStorage = (localDisk = "actors")`,
        disk: `,\n    (name = "actors", disk = (path = "${path.join(dir, 'actors')}", writable = true))`,
    };
}

// count workers that answer nothing to anyone but the first.
function manyWorkers(count, dir) {
    const services = [];
    fs.mkdirSync(dir, { recursive: true });
    for (let i = 0; i < count; i++) {
        services.push(`(name = "w${i}", worker = (modules = [(name = "worker", esModule = "export default { async fetch() { return new Response('${i}'); } };")], compatibilityDate = "${DATE}"))`);
    }
    const file = path.join(dir, `many${count}.capnp`);
    fs.writeFileSync(file, `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(',\n')}],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "w0")]);
`);
    return file;
}

const scale = { us: 1e-3, ms: 1, s: 1e3, m: 6e4 };

// actors: spread over that many paths.
function wrk(port, target, connections, seconds, actors = 0) {
    return new Promise((done, fail) => {
        const script = actors > 0 ? ['-s', path.join(__dirname, 'many.lua')] : [];
        const child = spawn('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...script, `http://127.0.0.1:${port}${target}`],
            { env: { ...process.env, ACTORS: String(actors) } });
        let text = '';
        child.stdout.on('data', (data) => (text += data));
        child.on('error', fail);
        child.on('close', () => {
            const rate = /Requests\/sec:\s+([\d.]+)/.exec(text), half = /50%\s+([\d.]+)(us|ms|s|m)/.exec(text);
            if (!rate || /Non-2xx/.test(text)) return fail(new Error(`wrk: ${text}`));
            done({ rate: Number(rate[1]), medianMs: Number(half[1]) * scale[half[2]] });
        });
    });
}

function get(port, target = '/') {
    return new Promise((done, fail) => {
        http.get({ host: '127.0.0.1', port, path: target, agent: false }, (res) => {
            res.resume();
            res.on('end', () => done(res.statusCode));
            res.on('error', fail);
        }).on('error', fail);
    });
}

// Milliseconds until the next 200, asking again at once.
async function untilAnswer(port, limitMs = 5000) {
    const start = process.hrtime.bigint(), past = () => Number(process.hrtime.bigint() - start) / 1e6;
    for (;;) {
        if ((await get(port).catch(() => 0)) === 200) return past();
        if (past() > limitMs) throw new Error(`no answer in ${limitMs} ms`);
    }
}

function freePort() {
    return new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });
}

function ps(state) {
    return JSON.parse(execFileSync(wkctl, ['ps', '--json', '--state', state], { encoding: 'utf8' }));
}

function inspect(state, service) {
    return JSON.parse(execFileSync(wkctl, ['inspect', service, '--json', '--state', state], { encoding: 'utf8' })).services[0];
}

function pids(state) {
    return ps(state).services.map((service) => service.pid).filter((pid) => pid > 0);
}

// kB of the named lines of /proc/PID/smaps_rollup.
function memory(pid, ...names) {
    const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return names.reduce((sum, name) => sum + Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)[1]), 0);
}

// The processes below the kernel that ps does not name (the zygote, the compiler's helpers) count as well.
function family(pid) {
    const out = [pid];
    for (const at of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
            const stat = fs.readFileSync(`/proc/${at}/stat`, 'utf8');
            if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid) out.push(...family(Number(at)));
        } catch {} // it ended meanwhile
    }
    return out;
}

function median(list) {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted[sorted.length >> 1];
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const detach = (args) => spawnSync(wkctl, ['start', ...args, '--detach'], { encoding: 'utf8' });
const stop = (state) => spawnSync(wkctl, ['stop', '--state', state], { encoding: 'utf8', timeout: 20_000 });

module.exports = { peerConfig, manyWorkers, wrk, get, untilAnswer, freePort, ps, inspect, pids, memory, family, median, sleep, detach, stop, root };
