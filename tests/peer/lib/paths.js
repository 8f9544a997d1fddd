// Where the two systems and the test packages are.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '../../..');
const packages = path.join(root, 'tests/node_modules');
// The package's own launcher is a Node program whose child outlives it: the binary itself is started.
const peer = path.join(packages, '@cloudflare', `workerd-linux-${process.arch === 'arm64' ? 'arm64' : '64'}`, 'bin/workerd');
const wkctl = path.join(root, process.env.WK_BUILD || 'build', 'bin/wkctl');

function missing() {
    if (!fs.existsSync(wkctl)) return `${path.relative(root, wkctl)} is not built`;
    if (!fs.existsSync(peer)) return "the peer's binary is not installed: run make setup";
    return '';
}

const made = [];
process.on('exit', () => made.forEach((dir) => fs.rmSync(dir, { recursive: true, force: true })));

function scratch(name) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), `wk-${name}-`));
    made.push(dir);
    return dir;
}

module.exports = { root, packages, peer, wkctl, missing, scratch };
