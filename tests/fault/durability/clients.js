// Clients that use the actors, each over a connection of its own, and write down what happened.
'use strict';
const http = require('node:http');

const now = () => Number(process.hrtime.bigint()) / 1e6;
const OTHER_ACTORS = 3; // of each sort
let serial = 0;

// How the workers want to be asked: the one beside this file, and the counter example.
const styles = {
    subject: (actor, op, args) => ({ method: 'GET', path: `/${actor}/${op}?args=${encodeURIComponent(JSON.stringify(args))}` }),
    counter: (actor, op) => ({ method: op === 'increment' ? 'POST' : 'GET', path: `/${actor}` }),
};

// One question: its result, or undefined. Never throws.
function ask(system, agent, actor, op, args, timeoutMs = 15_000) {
    return new Promise((done) => {
        const req = http.request({ host: '127.0.0.1', port: system.port, agent, ...styles[system.style](actor, op, args) }, (res) => {
            let body = '';
            res.on('data', (data) => (body += data));
            res.on('end', () => {
                if (res.statusCode !== 200) return system.error(`${res.statusCode} ${body.slice(0, 120).trim()}`), done(undefined);
                try {
                    done(JSON.parse(body));
                } catch {
                    done(undefined);
                }
            });
            res.on('error', () => done(undefined));
            res.on('aborted', () => done(undefined));
        });
        req.setTimeout(timeoutMs, () => req.destroy());
        req.on('error', (error) => (system.error(error.code || error.message), done(undefined)));
        req.end();
    });
}

const random = (n) => Math.floor(Math.random() * n);

function otherAccounts() {
    const from = random(8);
    return [from, (from + 1 + random(7)) % 8, random(50)];
}

const operations = [
    [8, () => ['increment', []]],
    [2, () => ['read', []]],
    [3, () => ['transfer', otherAccounts()]],
    [2, () => ['sum', []]],
    [5, (id) => ['append', [id]]],
    [1, () => ['log', []]],
    [4, (id) => ['insert', [id]]],
    [1, () => ['rows', []]],
    [1, (id) => ['remind', [id, 200 + random(1500)]]],
    [1, () => ['reminders', []]],
    [2, () => ['increment', [true]]],
    [1, (id) => ['append', [id, true]]],
    [3, (id) => ['keep', [id]]],
    [1, (id) => ['wipe', [id]]],
    [1, () => ['warn', []]],
    [2, () => ['kept', []]],
    [1, () => ['vain', []]],
    [1, () => rarely()],
];
const OTHERS = { keep: 'w', wipe: 'w', warn: 'w', kept: 'w', vain: 'v' }; // of actors of their own

// What costs much, or breaks an actor.
function rarely() {
    const n = random(100);
    return n === 0 ? ['flood', []] : n < 10 ? ['fallen', []] : ['read', []];
}

const cards = (list) => list.flatMap(([weight, make]) => Array(weight).fill(make));
const decks = { subject: cards(operations), counter: cards(operations.slice(0, 2)) };

// What an actor holds, and what is to be read and compared, grows with its age: after so long there are others.
const GENERATION_MS = 40_000;

async function client(system, history, actors, running) {
    const began = now(), name = (sort, n) => `${sort}${n}-${Math.floor((now() - began) / GENERATION_MS)}`;
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }), deck = decks[system.style];
    while (running()) {
        const id = `i${++serial}`, [op, args] = deck[random(deck.length)](id), actor = OTHERS[op] ? name(OTHERS[op], random(OTHER_ACTORS)) : name('a', random(actors));
        const asked = now(), result = await ask(system, agent, actor, op, args);
        history.add({ actor, op, args, id, asked, answered: now(), result });
        if (!result) await new Promise((done) => setTimeout(done, 5)); // not a busy loop while something restarts
    }
    agent.destroy();
}

// Asks until it is answered: for the last look at every actor.
async function insist(system, history, actor, op, more = {}, limitMs = 30_000) {
    const agent = new http.Agent({ keepAlive: false }), began = now();
    for (;;) {
        const asked = now(), result = await ask(system, agent, actor, op, []);
        if (result) return history.add({ actor, op, args: [], id: '', asked, answered: now(), result, ...more }), result;
        if (now() - began > limitMs) throw new Error(`${actor} does not answer ${op} within ${limitMs} ms`);
        await new Promise((done) => setTimeout(done, 50));
    }
}

module.exports = { client, insist, now };
