// Decides, from what the processes told of themselves (kernel/base/events.h), whether an invariant was broken.
//
//   node tests/fault/durability/log/check.js DIRECTORY
//
// Each group of invariants is a file beside this one: it listens to kinds of lines, and keeps what it needs to know in
// the world, which all share. README.md has the table of all invariants.
'use strict';
const { read } = require('./reader');

const GROUPS = ['sessions', 'incarnations', 'batches', 'outputs', 'turns', 'alarms'].map((name) => require(`./${name}`));
const TOLD_MAX = 50; // of one invariant; all are counted
const SWEEP_NS = 1e9;

class Log {
    constructor() {
        this.listeners = new Map();
        this.sweepers = [];
        this.checked = {};
        this.violations = [];
        this.violated = {};
        this.lines = 0;
        this.ns = this.swept = 0;
        this.world = { processes: new Map(), incarnations: new Map(), actors: new Map() };
        for (const group of GROUPS) group(this);
    }

    on(kind, fn) {
        if (!this.listeners.has(kind)) this.listeners.set(kind, []);
        this.listeners.get(kind).push(fn);
    }

    // fn(ns) about once a second of the run.
    sweep(fn) {
        this.sweepers.push(fn);
    }

    // One look at an invariant: what is not so is told.
    check(invariant, holds, text) {
        this.checked[invariant] = (this.checked[invariant] || 0) + 1;
        if (holds) return;
        this.violated[invariant] = (this.violated[invariant] || 0) + 1;
        if (this.violated[invariant] <= TOLD_MAX) this.violations.push({ kind: invariant, text: `${text()} (at ${this.ns})` });
    }

    line(process, ns, kind, values) {
        const listeners = this.listeners.get(kind);
        this.ns = ns;
        if (listeners === undefined) throw new Error(`${process.name}: nobody knows ${kind}`);
        if (kind !== 'eof') this.lines++;
        for (const fn of listeners) fn(process, values, ns);
        if (ns - this.swept < SWEEP_NS) return;
        this.swept = ns;
        for (const fn of this.sweepers) fn(ns);
    }
}

function checkLog(dir) {
    const log = new Log(), began = Date.now();
    read(dir, (...line) => log.line(...line));
    for (const fn of log.sweepers) fn(log.ns);
    return { lines: log.lines, ms: Date.now() - began, checked: log.checked, violated: log.violated, violations: log.violations };
}

function tellChecked({ lines, ms, checked, violated }) {
    const numbers = Object.keys(checked).sort((a, b) => a.slice(1) - b.slice(1));
    console.log(`# log: ${lines} lines in ${ms} ms; looks at ${numbers.map((i) => `${i} ${checked[i]}${violated[i] ? ` (broken ${violated[i]})` : ''}`).join(', ')}`);
}

module.exports = { Log, checkLog, tellChecked };

if (require.main === module) {
    const result = checkLog(process.argv[2]);
    tellChecked(result);
    for (const { kind, text } of result.violations) console.log(`${kind}: ${text}`);
    process.exit(result.violations.length > 0 ? 1 : 0);
}
