// The system under test, and ways to hurt it. Every process is ended by its id.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { wkctl } = require('../../peer/lib/paths');

class System {
    constructor(dir, env = {}, { stored = path.join(dir, 'stored'), project = path.join(__dirname, 'worker'), style = 'subject', variant = '' } = {}) {
        Object.assign(this, { stored, project, style, variant }); // variant: an env.NAME of the project
        this.state = path.join(dir, 'state');
        this.env = { ...process.env, ...env };
        this.port = 0;
        this.kills = {};
        this.errors = new Map();
    }

    error(text) {
        this.errors.set(text, (this.errors.get(text) || 0) + 1);
    }

    ctl(...args) {
        return spawnSync(wkctl, [...args, '--state', this.state], { encoding: 'utf8', timeout: 30_000, env: this.env });
    }

    start() {
        const run = this.ctl('start', this.project, '--detach', '--port', String(this.port),
            '--persist-to', this.stored, ...(this.variant ? ['--env', this.variant] : []));
        const told = /Ready on http:\/\/[^\n]*:(\d+)/.exec(run.stdout);
        if (!told) throw new Error(`did not start: ${run.stdout}${run.stderr}`);
        this.port = Number(told[1]);
    }

    stop() {
        this.ctl('stop');
    }

    services() {
        const run = this.ctl('ps', '--json');
        return run.status === 0 ? JSON.parse(run.stdout).services : [];
    }

    // Its pid, or 0.
    pid(name) {
        const found = this.services().find((service) => service.name === name || service.name === `${name}-${this.variant}` || (name === 'kernel' && service.kind === 'kernel'));
        return found && found.pid > 1 ? found.pid : 0;
    }

    kill(name) {
        const pid = this.pid(name);
        if (pid === 0) return false;
        try {
            process.kill(pid, 'SIGKILL');
        } catch {
            return false; // it was gone already
        }
        this.kills[name] = (this.kills[name] || 0) + 1;
        if (name === 'kernel') this.startAgain(pid);
        return true;
    }

    kernelDied() {
        this.kills.kernel = (this.kills.kernel || 0) + 1;
        this.startAgain(0);
    }

    // Processes that ended by themselves, as the log tells.
    countDeaths() {
        const log = fs.readFileSync(path.join(this.state, 'wk.log'), 'utf8');
        for (const [, name] of log.matchAll(/process\.died service=(\S+)/g)) this.kills[name] = (this.kills[name] || 0) + 1;
    }

    // Starts it again without what was to fail.
    heal() {
        this.stop();
        delete this.env.WK_FAULT;
        this.startAgain(0);
    }

    startAgain(former) {
        while (former > 0 && fs.existsSync(`/proc/${former}/exe`)); // a moment: SIGKILL is on its way
        for (let i = 0; ; i++) {
            try {
                return this.start();
            } catch (error) {
                if (i === 5) throw error;
            }
        }
    }
}

module.exports = { System };
