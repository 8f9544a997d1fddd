// A .wd-test file under both test runners: the same handlers, the same verdicts, all of them good.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');
const { peer, wkctl } = require('./paths');

const RUN_MS = 60_000;

function output(command, args, cwd) {
    return new Promise((done) => {
        const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
        const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS);
        let out = '', err = '';
        child.stdout.on('data', (data) => (out += data));
        child.stderr.on('data', (data) => (err += data));
        child.on('close', () => (clearTimeout(timer), done({ out, err })));
    });
}

async function theirVerdicts(file) {
    const { out, err } = await output(peer, ['test', file, '--experimental'], path.dirname(file));
    const verdicts = new Map();
    for (const [, verdict, name] of (out + err).matchAll(/\[ (PASS|FAIL) \] (\S+)/g)) verdicts.set(name, verdict === 'PASS');
    return { verdicts, text: out + err };
}

async function ourVerdicts(file) {
    const { out, err } = await output(wkctl, ['test', file, '--json', '--experimental'], path.dirname(file));
    const verdicts = new Map(), errors = new Map();
    for (const line of out.split('\n').filter((each) => each.startsWith('{'))) {
        const told = JSON.parse(line);
        const name = told.name ?? told.test;
        if (typeof name !== 'string') continue;
        const passed = told.passed ?? told.ok ?? told.result === 'pass';
        verdicts.set(name, passed === true);
        if (!passed) errors.set(name, told.error ?? line);
    }
    return { verdicts, errors, text: out + err };
}

async function compareVerdicts(file) {
    const theirs = await theirVerdicts(file);
    const ours = await ourVerdicts(file);
    const names = new Set([...theirs.verdicts.keys(), ...ours.verdicts.keys()]);
    const failures = [];

    for (const name of names) {
        const us = ours.verdicts.get(name), them = theirs.verdicts.get(name);
        if (us === true && them === true) continue;
        failures.push(`${name}: ours ${us}, peer ${them}\n  ${them === false ? theirs.text.slice(-1500) : ours.errors.get(name) ?? ''}`);
    }
    if (names.size === 0) failures.push(`no test ran\n${ours.text}\n${theirs.text}`);
    else if (failures.length && ours.verdicts.size === 0) failures.push(ours.text.slice(-2000));
    return { asked: names.size, failures };
}

module.exports = { compareVerdicts };
