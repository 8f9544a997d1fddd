// The checker on histories made by hand: it must say nothing of good ones, and the right thing of each bad one.
'use strict';
const { History } = require('./history');
const { check } = require('./checker');

let passed = 0, failed = 0;
const entry = (op, asked, answered, result, id = '', more = {}) => ({ actor: 'a', op, args: [], id, asked, answered, result, ...more });

// expected: the kinds that must be found, and no others.
function judge(name, entries, expected) {
    const history = new History();
    for (const each of entries) history.add(each.result && each.result.epoch === undefined ? { ...each, result: { ...each.result, epoch: 1 } } : each);
    const found = [...new Set(check(history).map(({ kind }) => kind))].sort().join();
    if (found === [...expected].sort().join()) return void passed++;
    failed++;
    console.log(`FAIL  ${name}: found "${found}", expected "${expected}"`);
}

judge('increments in turn', [entry('increment', 0, 1, { value: 1 }), entry('increment', 2, 3, { value: 2 }), entry('read', 4, 5, { value: 2 })], []);
judge('an increment without an answer may have happened', [entry('increment', 0, 1), entry('read', 2, 3, { value: 1 })], []);
judge('or not', [entry('increment', 0, 1), entry('read', 2, 3, { value: 0 })], []);
judge('answers that overlap may come in any order', [entry('increment', 0, 10, { value: 2 }), entry('increment', 1, 9, { value: 1 }), entry('read', 11, 12, { value: 2 })], []);
judge('an acknowledged increment is gone', [entry('increment', 0, 1, { value: 1 }), entry('read', 2, 3, { value: 0 })], ['lost write', 'seen, then gone']);
judge('two were told the same', [entry('increment', 0, 1, { value: 1 }), entry('increment', 2, 3, { value: 1 }), entry('read', 4, 5, { value: 2 })], ['lost update']);
judge('more than were asked for', [entry('increment', 0, 1, { value: 1 }), entry('read', 2, 3, { value: 2 })], ['delivered twice']);
judge('a read is followed by an earlier one', [entry('increment', 0, 1), entry('read', 2, 3, { value: 1 }), entry('read', 4, 5, { value: 0 })], ['seen, then gone']);
judge('a log as it should be', [entry('append', 0, 1, { length: 1 }, 'x'), entry('append', 2, 3, undefined, 'y'), entry('log', 4, 5, { ids: ['x', 'y'], length: 2 })], []);
judge('an entry is gone', [entry('append', 0, 1, { length: 1 }, 'x'), entry('log', 4, 5, { ids: [], length: 0 })], ['lost write', 'moved']);
judge('a batch is torn', [entry('append', 0, 1, undefined, 'x'), entry('log', 4, 5, { ids: ['x'], length: 0 })], ['torn batch']);
judge('an entry stands twice', [entry('append', 0, 1, undefined, 'x'), entry('log', 4, 5, { ids: ['x', 'x'], length: 2 })], ['delivered twice']);
judge('an entry that nobody wrote', [entry('log', 4, 5, { ids: ['z'], length: 1 })], ['invented']);
judge('the log was longer', [entry('append', 0, 1, undefined, 'x'), entry('log', 2, 3, { ids: ['x'], length: 1 }), entry('log', 4, 5, { ids: [], length: 0 })], ['seen, then gone']);
judge('accounts do not add up', [entry('sum', 0, 1, { sum: 7990, accounts: 8 })], ['torn batch']);
judge('an old instance answers', [entry('read', 0, 1, { value: 0, epoch: 2 }), entry('read', 2, 3, { value: 0, epoch: 1 })], ['two instances']);
judge('a reminder fires', [entry('remind', 0, 1, { due: 5 }, 'r'), entry('reminders', 9, 10, { waiting: [], fired: [{ id: 'r', due: 5, at: 6 }] }, '', { final: true })], []);
judge('a reminder is gone', [entry('remind', 0, 1, { due: 5 }, 'r'), entry('reminders', 9, 10, { waiting: [], fired: [] })], ['lost write']);
judge('a reminder fires early', [entry('remind', 0, 1, { due: 5 }, 'r'), entry('reminders', 9, 10, { waiting: [], fired: [{ id: 'r', due: 5, at: 4 }] })], ['alarm early']);
judge('a reminder never fires', [entry('remind', 0, 1, { due: 5 }, 'r'), entry('reminders', 9, 10, { waiting: ['r'], fired: [] }, '', { final: true })], ['alarm lost']);

const kept = (asked, ids, more = {}) => entry('kept', asked, asked + 1, { ids, rows: ids, alarm: false, wipesAlarm: true, ...more });
judge('deleteAll, and what comes after it', [entry('keep', 0, 1, {}, 'x'), entry('wipe', 2, 3, {}, 'y'), entry('keep', 4, 5, {}, 'z'), kept(6, ['y', 'z'])], []);
judge('a deleteAll without an answer may have happened', [entry('keep', 0, 1, {}, 'x'), entry('wipe', 2, 3, undefined, 'y'), kept(6, ['y'])], []);
judge('or not', [entry('keep', 0, 1, {}, 'x'), entry('wipe', 2, 3, undefined, 'y'), kept(6, ['x'])], []);
judge('or later', [entry('keep', 0, 1, {}, 'x'), entry('wipe', 2, 3, undefined, 'y'), kept(6, ['x']), kept(8, ['y'])], []);
judge('what was deleted shows', [entry('keep', 0, 1, {}, 'x'), entry('wipe', 2, 3, {}, 'y'), kept(6, ['x', 'y'])], ['came back']);
judge('what was gone shows', [entry('keep', 0, 1, {}, 'x'), entry('wipe', 2, 3, undefined, 'y'), kept(6, ['y']), kept(8, ['x', 'y'])], ['came back']);
judge('what came after a deleteAll is gone', [entry('wipe', 2, 3, {}, 'y'), entry('keep', 4, 5, {}, 'z'), kept(6, ['y'])], ['lost write']);
judge('a deleteAll that took its own write along', [entry('wipe', 2, 3, {}, 'y'), kept(6, [])], ['lost write']);
judge('keys without their rows', [entry('keep', 0, 1, {}, 'x'), kept(6, ['x'], { rows: [] })], ['torn batch']);
judge('the alarm goes with deleteAll', [entry('warn', 0, 1, {}), entry('wipe', 2, 3, {}, 'y'), kept(6, ['y'])], []);
judge('the alarm goes by itself', [entry('warn', 0, 1, {}), entry('keep', 2, 3, {}, 'y'), kept(6, ['y'])], ['lost write']);
judge('the alarm is spared', [entry('warn', 0, 1, {}), entry('wipe', 2, 3, {}, 'y'), kept(6, ['y'], { alarm: true, wipesAlarm: false })], []);
judge('the alarm is not spared', [entry('warn', 0, 1, {}), entry('wipe', 2, 3, {}, 'y'), kept(6, ['y'], { wipesAlarm: false })], ['lost write']);
judge('the alarm comes back', [entry('warn', 0, 1, {}), entry('wipe', 2, 3, {}, 'y'), kept(6, ['y'], { alarm: true })], ['came back']);

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
