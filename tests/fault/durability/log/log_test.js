// The checker of logs on logs made by hand: it must say nothing of the good one, and find the right invariant broken in each
// bad one. Then on files: cut lines, many processes, and a time that goes back.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Log, checkLog } = require('./check');

let passed = 0, failed = 0;
const tell = (ok, name, found) => (ok ? passed++ : (failed++, console.log(`FAIL  ${name}: ${found}`)));

// One kernel (ends: 100 the daemon's, 200 the host's, 300 a caller's), one daemon, one host; actor 7. An event that makes the
// instance, whose constructor reads in a section, then writes, sets an alarm and answers; one that uses sync(); the alarm;
// an eviction and a new placement.
const START = `K P.start 1 0 / D P.start 2 1 / D P.link 20 / H P.start 3 1 / H P.link 30 / K K.process 100 20 / K K.process 200 30 / D D.boot 1 0 / D D.ready 1 0`;
const EVENT = `K K.open 1 300 11 / K K.accept 1 100 21 / D D.place 10 7 1 0 / D D.open 5 1 / D D.admit 10 21 77 / K K.open 2 100 5 / K K.gate 2 / K K.accept 2 200 31
    / K K.redirect 1 2 / K K.member 2 1 1 / K K.accept 1 200 32 / H H.actor 10 31 / H H.event 10 32
    / H H.turn 10 0 0 0 / H H.section 10 1 0 / H H.turned 10 / H H.waits 10 / H H.turn 10 1 1 0 / H H.op 10 1 / H H.turned 10 / H H.result 10 1 / H H.turn 10 2 1 0
    / H H.succeeds 10 1 / H H.turned 10 / H H.turn 10 3 0 0 / H H.turned 10
    / H H.turn 10 1 0 0 / H H.output 10 1 / H H.sent 32 2 / H H.write 10 1 1 1 / H H.sent 31 2 / H H.turned 10 / K K.seen 2 1 / K K.out 2 1 1 2 1 1
    / D D.write 10 1 1 / D D.alarm 7 10 5001 0 / D D.seal 7 10 1 / D D.join 7 10 1 / D D.commit 1 0 / D D.synced 0 / D D.done 0 / D D.armed 7 5000 0 / D D.advance 5 1
    / K K.advance 2 1 / K K.release 2 1 1 1 / K K.ends 1 2 3 0 / K K.told 1 0 / K K.ended 1 / H H.durable 10 1`;
const SYNC = `H H.turn 10 0 0 0 / H H.write 10 2 1 0 / H H.sync 10 2 / H H.write 10 3 0 1 / H H.turned 10 / D D.write 10 2 0 / D D.write 10 3 1 / D D.seal 7 10 3 / D D.join 7 10 3
    / D D.commit 1 0 / D D.synced 0 / D D.done 0 / D D.advance 5 3 / K K.advance 2 3 / H H.durable 10 3 / H H.synced 10 2 / H H.turn 10 0 0 0 / H H.turned 10`;
const ALARM = `D D.fired 7 5000 5001 10 0 / H H.turn 10 0 0 0 / H H.write 10 4 1 1 / H H.turned 10 / D D.write 10 4 1 / D D.alarm 7 10 0 1 / D D.seal 7 10 4 / D D.join 7 10 4
    / D D.commit 1 0 / D D.synced 0 / D D.done 0 / D D.advance 5 4 / K K.advance 2 4 / H H.durable 10 4 / D D.ran 7 1 0 0 0 / D D.forgot 7`;
const AGAIN = `D D.end 10 0 / K K.ends 2 1 3 0 / K K.told 2 1 / K K.ended 2 / H H.gone 10 / D D.place 11 7 1 0 / D D.open 6 1 / K K.open 3 100 6 / K K.gate 3 / K K.accept 3 200 33 / H H.actor 11 33`;
const lines = (text) => text.split('/').map((line) => line.trim());
const good = [START, EVENT, SYNC, ALARM, AGAIN].flatMap(lines);

// +S in a line's place lets S seconds pass; "eof" ends a process, K2 and so on are further ones.
function play(list) {
    const log = new Log(), processes = new Map();
    let ns = 1e9;
    for (const line of list) {
        if (line[0] === '+') {
            ns += Number(line) * 1e9;
            continue;
        }
        const [who, kind, ...values] = line.split(' ');
        if (!processes.has(who)) processes.set(who, { name: who, sort: who[0], dead: false });
        if (kind === 'eof') processes.get(who).dead = true;
        log.line(processes.get(who), (ns += 1e5), kind, values.map(Number));
    }
    for (const fn of log.sweepers) fn(ns);
    return log;
}

// expected: the invariant that must be seen broken; null: none may be.
function judge(name, list, expected) {
    let found;
    try {
        found = Object.keys(play(list).violated);
    } catch (error) {
        found = [error.stack];
    }
    tell(expected === null ? found.length === 0 : found.includes(expected), name, `found ${found.join() || 'nothing'}, expected ${expected || 'nothing'}`);
}

const place = (line, nth = 1) => {
    let at = -1;
    for (; nth > 0; nth--) at = good.indexOf(line, at + 1);
    if (at < 0) throw new Error(`no line ${line}`);
    return at;
};
const replaced = (at, count, ...by) => [...good.slice(0, at), ...by.flatMap(lines), ...good.slice(at + count)];
const without = (line, nth) => replaced(place(line, nth), 1);
const after = (line, ...more) => replaced(place(line) + 1, 0, ...more);
const instead = (line, ...more) => replaced(place(line), 1, ...more);
const moved = (line, before) => {
    const rest = good.filter((each) => each !== line), at = rest.indexOf(before);
    return [...rest.slice(0, at), line, ...rest.slice(at)];
};
const upTo = (line, ...more) => [...good.slice(0, place(line) + 1), ...more.flatMap(lines)];

judge('a good log', good, null);
{
    const { checked } = play(good), all = 'I1 I2 I4 I5 I6 I7 I9 I10 I12 I13 I14 I15 I18 I19 I20 I24 I26 I27 I28 I29 I30 I31 I34 I35 I36 I37 I41 I43 I45'.split(' ');
    const missing = all.filter((invariant) => !checked[invariant] && !['I26'].includes(invariant));
    tell(missing.length === 0, 'a good log has something of every invariant', `nothing of ${missing}`);
}
judge('every beginning of a good log is good', upTo('K K.out 2 1 1 2 1 1'), null);
for (let i = 0, ok = true; i < good.length && ok; i += 3) {
    ok = Object.keys(play(good.slice(0, i)).violated).length === 0;
    if (!ok) tell(false, `the first ${i} lines of a good log`, 'something broken');
}

judge('I1: placed while another is live', after('D D.advance 5 1', 'D D.place 11 7 1 5001'), 'I1');
judge('I1: the kernel has two gates', after('K K.advance 2 1', 'D D.end 10 0 / D D.place 11 7 1 5001 / D D.open 6 1 / K K.open 3 100 6 / K K.gate 3'), 'I1');
judge('I1: writes of one that is over', replaced(place('D D.write 10 1 1'), 0, 'D D.end 10 15'), 'I1');
judge('I1: an alarm in one that is not live', instead('D D.fired 7 5000 5001 10 0', 'D D.fired 7 5000 5001 9 0'), 'I1');
judge('I2: a number that does not rise', upTo('H H.gone 10', 'D D.place 9 7 1 0'), 'I2');
judge('I2: not after a restart either', [...upTo('D D.forgot 7'), ...lines('D eof / D2 P.start 4 1 / D2 P.link 21 / D2 D.boot 2 0 / D2 D.ready 2 0 / D2 D.place 10 7 1 0')], 'I2');
judge('I4: placed while batches are on their way', upTo('D D.join 7 10 1', 'D D.end 10 15 / D D.place 11 7 1 0'), 'I4');
judge('I4: placed with another alarm than the durable one', instead('D D.place 11 7 1 0', 'D D.place 11 7 1 5001'), 'I4');
judge('I5: a stub of a broken one reaches the next', upTo('D D.advance 5 1', 'D D.end 10 15 / D D.place 11 7 1 5001 / D D.admit 11 22 77'), 'I5');
judge('I5: one of an evicted one may', upTo('D D.advance 5 1', 'D D.end 10 0 / D D.place 11 7 1 5001 / D D.admit 11 22 77'), null);
judge('I6: a turn inside of a turn', after('H H.sync 10 2', 'H H.turn 10 0 0 0'), 'I6');
judge('I7: a turn between an operation and its result', replaced(place('H H.result 10 1'), 0, 'H H.turn 10 1 1 0 / H H.turned 10'), 'I7');
judge('I9: a turn outside of the section', replaced(place('H H.result 10 1'), 0, 'H H.turn 10 2 0 0 / H H.turned 10'), 'I9');
judge('I10: another turn behind the section', instead('H H.turn 10 3 0 0', 'H H.turn 10 1 0 0'), 'I10');
judge('I12: an event before the constructor is through', replaced(place('H H.turn 10 1 1 0'), 0, 'H H.turn 10 1 0 0 / H H.turned 10'), 'I12');
judge('I12: the constructor is not first', replaced(place('H H.turn 10 0 0 0'), 0, 'H H.turn 10 2 0 0 / H H.turned 10'), 'I12');
judge('I13: a turn while too much is dirty', instead('H H.turn 10 1 0 0', 'H H.turn 10 1 0 1'), 'I13');
const second = 'K K.open 4 300 12 / K K.accept 4 100 22 / D D.admit 10 22 0';
judge('I14: an event overtakes at the daemon', replaced(place('K K.redirect 1 2'), 1, second, 'K K.redirect 4 2 / K K.member 2 4 1 / K K.accept 4 200 34 / K K.redirect 1 2'), 'I14');
judge('I14: an event overtakes at the host', instead('H H.event 10 32', second, 'K K.redirect 4 2 / K K.member 2 4 1 / K K.accept 4 200 34 / H H.event 10 34 / H H.event 10 32'), 'I14');
judge('I14: two in their order', instead('H H.event 10 32', second, 'K K.redirect 4 2 / K K.member 2 4 1 / K K.accept 4 200 34 / H H.event 10 32 / H H.event 10 34'), null);
judge('I15: nobody is let in', replaced(place('H H.turn 10 1 0 0'), 0, '+6'), 'I15');
judge('I15: nobody ever is', upTo('H H.turn 10 3 0 0', 'H H.turned 10', '+6'), 'I15');
judge('I18: two batches of one turn', replaced(place('D D.join 7 10 1'), 0, 'D D.seal 7 10 1'), 'I18');
judge('I19: a message is missing', without('D D.write 10 2 0'), 'I19');
judge('I19: two rounds at once', replaced(place('D D.synced 0'), 0, 'D D.commit 0 0'), 'I19');
judge('I19: a batch goes out of turn', instead('D D.join 7 10 3', 'D D.join 7 10 2'), 'I19');
judge('I20: a batch is sealed in the middle of a turn', after('D D.write 10 2 0', 'D D.seal 7 10 2'), 'I20');
judge('I20: an operation after the batch was closed', after('H H.write 10 4 1 1', 'H H.op 10 9'), 'I20');
judge('I24: sync() before the writes are durable', [...upTo('D D.commit 1 0'), ...lines('D D.synced 0 / H H.turn 10 0 0 0 / H H.write 10 2 1 0 / H H.sync 10 2 / H H.synced 10 2')], 'I24');
judge('I24: sync() that finds nothing to wait for', instead('H H.sync 10 2', 'H H.sync 10 0'), 'I24');
judge('I24: sync() waits for later writes', moved('H H.synced 10 2', 'D D.ran 7 1 0 0 0'), 'I24');
const failed_ = upTo('D D.join 7 10 1', 'D D.commit 1 0 / D D.done 40');
judge('I26: a failed commit, and the actor lives', [...failed_, ...lines('D D.commit 0 0')], 'I26');
judge('I26: it is even told that it is durable', [...failed_, 'D D.advance 5 1'], 'I26');
judge('I26: a failed commit breaks', [...failed_, ...lines('D D.end 10 15 / D D.commit 0 0')], null);
judge('I27: the daemon advances before the sync', moved('D D.advance 5 1', 'D D.synced 0'), 'I27');
judge('I27: the kernel goes further than the daemon said', instead('K K.advance 2 1', 'K K.advance 2 2'), 'I27');
judge('I27: an output leaves before the gate has advanced', moved('K K.release 2 1 1 1', 'K K.advance 2 1'), 'I27');
judge('I27: an output passes a gate that is behind', instead('K K.out 2 1 1 2 1 1', 'K K.out 2 1 1 2 1 0'), 'I27');
judge('I27: an output is sent before its writes', instead('K K.seen 2 1', 'K K.out 2 1 1 2 0 0'), 'I27');
judge('I28: an output waits for later writes', replaced(place('K K.seen 2 1'), 2, 'K K.seen 2 2 / K K.out 2 1 1 2 2 1'), 'I28');
judge('I28: an output is forgotten in an open gate', without('K K.release 2 1 1 1'), 'I28');
judge('I28: an output is held for nothing', replaced(place('K K.seen 2 1'), 2, 'K K.out 2 1 1 2 0 1'), 'I28');
const two = 'K K.open 4 300 12 / K K.member 2 4 1 / K K.accept 4 200 34 / H H.event 10 34';
judge('I29: outputs leave in another order', [...upTo('H H.event 10 32', two), ...good.slice(place('H H.event 10 32') + 1, place('K K.out 2 1 1 2 1 1') + 1), 'K K.out 2 4 1 2 1 1',
    ...good.slice(place('D D.write 10 1 1'), place('K K.advance 2 1') + 1), ...lines('K K.release 2 4 1 1 / K K.release 2 1 1 1')], 'I29');
judge('I29: an output overtakes', after('K K.out 2 1 1 2 1 1', 'K K.out 2 1 1 2 1 0'), 'I29');
judge('I30: an output after the end', replaced(place('K K.advance 2 1'), 2, 'K K.ends 2 1 3 0 / K K.told 2 1 / K K.release 2 1 1 1'), 'I30');
judge('I30: an output of a gate that is gone', after('K K.ended 2', 'K K.release 2 1 1 1'), 'I30');
judge('I31: a batch is durable too late', replaced(place('D D.synced 0'), 0, '+40'), 'I31');
judge('I31: a batch never is', upTo('D D.join 7 10 1', '+40'), 'I31');
judge('I34: a durable alarm has no timer', without('D D.armed 7 5000 0'), 'I34');
const crash = (alarms) => [...upTo('D D.advance 5 1'), ...lines(`D eof / D2 P.start 4 1 / D2 P.link 21 / D2 D.boot 2 0 / ${alarms}D2 D.ready 2 0`)];
judge('I34: an alarm is taken up again', crash('D2 D.armed 7 5000 0 / '), null);
judge('I34: an alarm is forgotten at the start', crash(''), 'I34');
judge('I34: an alarm that nobody set', crash('D2 D.armed 7 6000 0 / '), 'I34');
const cut = (alarms) => [...upTo('D D.commit 1 0'), ...lines(`D eof / D2 P.start 4 1 / D2 P.link 21 / D2 D.boot 2 0 / ${alarms}D2 D.ready 2 0`)];
judge('I34: what was on its way may be there', cut('D2 D.armed 7 5000 0 / '), null);
judge('I34: or not', cut(''), null);
judge('I35: too early', instead('D D.fired 7 5000 5001 10 0', 'D D.fired 7 5000 4999 10 0'), 'I35');
judge('I35: twice at once', after('D D.fired 7 5000 5001 10 0', 'D D.fired 7 5000 5002 10 0'), 'I35');
judge('I35: one that is not durable', instead('D D.fired 7 5000 5001 10 0', 'D D.fired 7 4000 5001 10 0'), 'I35');
const racing = (more) => upTo('H H.durable 10 1', `H H.turn 10 0 0 0 / H H.write 10 2 1 1 / H H.turned 10 / D D.write 10 2 1 / D D.alarm 7 10 7001 0 / D D.seal 7 10 2 / D D.join 7 10 2
    / D D.commit 1 0 / D D.synced 0 / ${more}`);
judge('I35: the scheduler has not heard yet of what is durable', racing('D D.fired 7 5000 5001 10 0 / D D.done 0'), null);
judge('I35: it has', racing('D D.done 0 / D D.fired 7 5000 5001 10 0'), 'I35');
judge('I36: deleted as done, and nothing ran', without('D D.fired 7 5000 5001 10 0'), 'I36');
judge('I36: given up though it is to be retried', after('D D.forgot 7', 'D D.fired 7 5000 5001 10 0 / D D.ran 7 0 0 1 1 / D D.alarm 7 0 0 3'), 'I36');
judge('I36: given up after six', after('D D.fired 7 5000 5001 10 0', 'D D.ran 7 0 0 1 1 / D D.armed 7 5000 1 / D D.fired 7 5000 5001 10 6 / D D.ran 7 0 0 1 1 / D D.alarm 7 0 0 3 / D D.armed 7 5000 0 / D D.fired 7 5000 5001 10 6'), null);
judge('I37: forgotten before the deletion is durable', moved('D D.forgot 7', 'D D.alarm 7 10 0 1'), 'I37');
const newer = 'K2 P.start 5 0 / D2 P.start 6 5 / D2 P.link 21 / D2 D.boot 2 0 / D2 D.armed 7 5000 0 / D2 D.ready 2 0 / D2 D.place 20 8 1 0';
judge('I41: an older system acts beside a newer one', upTo('H H.durable 10 1', newer, 'H H.turn 10 0 0 0'), 'I41');
judge('I41: the newer one alone', upTo('H H.durable 10 1', newer), null);
judge('I43: one side is never told', without('K K.told 1 0'), 'I43');
judge('I43: it is told twice', after('K K.told 1 0', 'K K.told 1 0'), 'I43');
judge('I43: it is told once more later', after('K K.ended 1', 'K K.told 1 0'), 'I43');
judge('I43: a session ends twice', after('K K.ended 1', 'K K.ends 1 2 3 0'), 'I43');
judge('I43: it outlives its process', after('H H.durable 10 1', 'K K.down 200'), 'I43');
judge('I43: it outlives its parent', after('K K.accept 2 200 31', 'K K.open 9 200 40 / K K.child 9 1'), 'I43');
judge('I45: an event arrives twice', after('H H.event 10 32', 'H H.event 10 32'), 'I45');
judge('I45: an event is given to two', after('K K.accept 1 200 32', 'K K.accept 1 200 35'), 'I45');
judge('I45: an event reaches another incarnation', instead('K K.redirect 1 2', 'D D.place 12 8 1 0 / D D.open 9 1 / K K.open 8 100 9 / K K.gate 8 / K K.redirect 1 8'), 'I45');

// ---- files ----

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wk-log-'));
const write = (name, text) => fs.writeFileSync(path.join(dir, name), text);
const files = { K: 'kernel-1.log', D: 'actor-storage-2.log', H: 'isolate-host-3.log' };
const byProcess = (list) => {
    const texts = { K: '', D: '', H: '' };
    list.forEach((line, i) => (texts[line[0]] += `${1e9 + i * 1e5}${line.slice(1)}\n`));
    for (const [sort, name] of Object.entries(files)) write(name, texts[sort]);
};
const told = (fn) => {
    try {
        return fn();
    } catch (error) {
        return { lines: 0, violations: [], error: error.message };
    }
};
byProcess(good);
let result = told(() => checkLog(dir));
tell(result.lines === good.length && result.violations.length === 0, 'three files are read in the order of time', JSON.stringify(result));
fs.appendFileSync(path.join(dir, files.D), '2000000000 D.adv');
result = told(() => checkLog(dir));
tell(result.lines === good.length && result.violations.length === 0, 'a line that was cut is none', JSON.stringify(result));
byProcess(moved('D D.advance 5 1', 'D D.synced 0'));
result = told(() => checkLog(dir));
tell(result.violations.some(({ kind }) => kind === 'I27'), 'what is broken is found in files', JSON.stringify(result));
byProcess([...good, 'D D.other 1']);
tell(/nobody knows D.other/.test(told(() => checkLog(dir)).error), 'a line that nobody knows is not passed over', 'it is');
byProcess(good);
fs.appendFileSync(path.join(dir, files.D), '5 D.ready 1 0\n');
tell(/time goes back/.test(told(() => checkLog(dir)).error), 'a file whose time goes back is refused', 'it is not');
fs.rmSync(dir, { recursive: true });

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
