// Objects that the peer stored, taken over by `wkctl import`: every one must tell the same here.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { wkctl } = require('./paths');
const { startPeer, startOurs } = require('./systems');
const { exchange } = require('./exchange');

const OBJECTS = [['MANY', 'one', 'all'], ['MANY', 'only sql', 'sql'], ['MANY', 'only keys', 'keys'], ['MANY', 'numbers', 'many'], ['MANY', 'emptied', 'gone'], ['MANY', 'large', 'large'],
    ['PLAIN', 'one', 'keys'], ['PLAIN', 'numbers', 'many']];
const DUE_MS_MAX = 20_000;

async function ask(system, ...words) {
    const { status, body } = await exchange(system.port, `/${words.map(encodeURIComponent).join('/')}`);
    if (!status.startsWith('200')) throw new Error(`${words.join(' ')}: ${status}: ${body}`);
    return body;
}

function copy(at, dir) {
    fs.cpSync(at, dir, { recursive: true });
    return path.join(dir, 'config.capnp');
}

const run = (state, ...args) => spawnSync(wkctl, [...args, '--state', state], { encoding: 'utf8', timeout: 60_000 });

async function untilFired(system) {
    for (const began = Date.now(); Date.now() - began < DUE_MS_MAX;) {
        const name = JSON.parse(await ask(system, 'MANY', 'due', 'fired'));
        if (name) return name;
    }
    return '';
}

// What the peer says of each object, and of its files two that cannot be imported.
async function fillPeer(at, dir) {
    const peer = await startPeer(copy(at, dir)), told = new Map(), file = {};
    try {
        for (const [binding, name, kind] of OBJECTS) {
            await ask(peer, binding, name, 'fill', kind);
            told.set(`${binding} ${name}`, await ask(peer, binding, name, 'tell'));
        }
        await ask(peer, 'MANY', 'damaged', 'fill', 'sql');
        await ask(peer, 'MANY', 'faceted', 'fill', 'facets');
        told.set('MANY faceted', await ask(peer, 'MANY', 'faceted', 'tellFacets'));
        await ask(peer, 'MANY', 'facets', 'fill', 'facets');
        await ask(peer, 'MANY', 'due', 'fill', 'due');
        for (const name of ['damaged', 'facets']) file[name] = path.join(dir, 'store/import-Many', `${await ask(peer, 'MANY', name, 'id')}.sqlite`);
    } finally {
        await peer.stop(); // killed: what is only in its logs counts too
    }
    for (const end of ['', '-wal']) if (fs.existsSync(file.damaged + end)) fs.writeFileSync(file.damaged + end, Buffer.alloc(20_000, 'x'));
    fs.writeFileSync((file.facets = file.facets.replace('.sqlite', '.facets')), '');
    return { told, file };
}

async function checkImport(ours, state, store, { told, file }, expect) {
    const first = run(state, 'import', store, '--json'), facts = first.stdout ? JSON.parse(first.stdout) : [];
    const many = facts.find(({ namespace }) => namespace === 'import-Many') || {}, plain = facts.find(({ namespace }) => namespace === 'import-Plain') || {};

    expect('exit status of an import with failures', first.status, 1);
    expect('objects', [many.objects, plain.objects].join(), '8,2');
    expect('facets', many.facets, 6);
    expect('entries and alarms', [many.alarms, plain.entries > 2000].join(), '2,true');
    expect('failures', many.failures.map((text) => text.split(': ')[0]).sort().join(), Object.values(file).sort().join());
    for (const [binding, name] of OBJECTS) expect(`${binding} ${name}`, await ask(ours, binding, name, 'tell'), told.get(`${binding} ${name}`));
    expect('MANY faceted', await ask(ours, 'MANY', 'faceted', 'tellFacets'), told.get('MANY faceted'));
    expect('the alarm that is due comes, and knows the name', await untilFired(ours), 'due');

    await ask(ours, 'PLAIN', 'new', 'fill', 'keys');
    const again = run(state, 'import', store, 'Plain', '--json');
    expect('a second import leaves what is here', again.stdout && JSON.parse(again.stdout).map(({ objects, kept }) => `${objects} ${kept}`).join(), '0 2');
    const replaced = run(state, 'import', path.join(store, 'import-Plain'), '--replace');
    expect('--replace', replaced.stdout.split('\n')[0].split(',')[0], 'import-Plain: 2 objects');
    expect('PLAIN one again', await ask(ours, 'PLAIN', 'one', 'tell'), told.get('PLAIN one'));
    const other = run(state, 'import', store, 'Plain', '--as', 'import-Many');
    expect('ids of another namespace', `${other.status} ${other.stderr.includes('was not made for the namespace "import-Many"')}`, '100 true');
    fs.cpSync(path.join(store, 'import-Plain'), path.join(store, 'renamed'), { recursive: true });
    expect('a namespace that is not here', run(state, 'import', store, 'renamed').status, 100);
    expect('--as', run(state, 'import', store, 'renamed', '--as', 'import-Plain', '--replace').status, 0);
}

// A text from where it differs from another.
function differing(text, other) {
    let at = 0;
    while (at < text.length && text[at] === other[at]) at++;
    return text.slice(Math.max(0, at - 60), at + 200);
}

async function compareImport(at, dir) {
    const failures = [], theirs = path.join(dir, 'theirs'), state = path.join(dir, 'state');
    let asked = 0;
    const expect = (what, got, wanted) => {
        asked++;
        if (got !== wanted) failures.push(`${what}: ours: ${differing(String(got), String(wanted))}\n  peer: ${differing(String(wanted), String(got))}`);
    };
    const peer = await fillPeer(at, theirs), ours = await startOurs(copy(at, path.join(dir, 'ours')), state);

    try {
        await checkImport(ours, state, path.join(theirs, 'store'), peer, expect);
    } finally {
        await ours.stop();
    }
    return { asked, failures };
}

module.exports = { compareImport };
