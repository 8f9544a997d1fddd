// One worker on both systems, asked the same requests.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { root, packages } = require('./paths');
const { startPeer, startOurs } = require('./systems');
const { exchange, difference, normal } = require('./exchange');

const HARNESS = path.join(__dirname, '../harness.js');
const DATE = '2026-11-01';

function config(dir, main, harness) {
    const text = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed ${JSON.stringify(main)})${harness ? `, (name = "harness", esModule = embed "harness.js")` : ''}],
    compatibilityDate = "${DATE}"))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);
`;
    fs.writeFileSync(path.join(dir, 'config.capnp'), text);
    return path.join(dir, 'config.capnp');
}

// The files of the case, and the harness beside them: a configuration may only embed what is below it.
function copied(at, dir) {
    fs.cpSync(at, dir, { recursive: true });
    fs.copyFileSync(HARNESS, path.join(dir, 'harness.js'));
    const own = path.join(dir, 'config.capnp');
    return fs.existsSync(own) ? own : config(dir, 'worker.js', true);
}

function bundled(at, dir) {
    const { buildSync } = require(path.join(packages, 'esbuild'));
    const out = path.join(dir, 'bundle.js');
    buildSync({
        entryPoints: [path.join(at, 'src/index.ts')], outfile: out, bundle: true, format: 'esm', target: 'es2022',
        conditions: ['workerd', 'worker', 'browser'], nodePaths: [packages], logLevel: 'error', absWorkingDir: root,
        alias: { harness: HARNESS },
    });
    return config(dir, 'bundle.js', false);
}

async function requestsOf(at, theirs) {
    const file = path.join(at, 'requests.js');
    if (fs.existsSync(file)) return require(file);
    return JSON.parse((await exchange(theirs.port, '/routes')).body);
}

async function compareCase(at, dir) {
    const npm = fs.existsSync(path.join(at, 'src'));
    const failures = [];
    let ours, theirs;

    fs.mkdirSync(dir, { recursive: true });
    try {
        const shared = npm ? bundled(at, dir) : copied(at, dir);
        theirs = await startPeer(shared);
        ours = await startOurs(npm ? at : shared, path.join(dir, 'state'));
        const requests = await requestsOf(at, theirs);
        for (const request of requests) {
            const lines = difference(await exchange(ours.port, request), await exchange(theirs.port, request));
            if (lines.length) failures.push(`${normal(request).method} ${normal(request).path}\n  ${lines.join('\n  ')}`);
        }
        return { asked: requests.length, failures };
    } finally {
        if (ours) await ours.stop();
        if (theirs) await theirs.stop();
    }
}

module.exports = { compareCase };
