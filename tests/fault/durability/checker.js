// Decides, from a history alone, whether a promise was broken. Knows nothing of the system.
//
//   node tests/fault/durability/checker.js HISTORY.jsonl
'use strict';
const { History } = require('./history');

// A list that only grows: what one answer showed is a beginning of what any later one shows.
function checkList(actor, entries, write, read, say) {
    const acked = new Map(), asked = new Set(), reads = [];
    for (const entry of entries) {
        if (entry.op === write) {
            asked.add(entry.id);
            if (entry.result) acked.set(entry.id, entry);
        }
        if (entry.op === read && entry.result) reads.push(entry);
    }
    reads.sort((a, b) => a.asked - b.asked);
    let longest = null;
    for (const entry of reads) {
        const { ids, length } = entry.result;
        if (length !== ids.length) say('torn batch', `${actor}: ${read} shows ${ids.length} entries and a length of ${length}`);
        if (new Set(ids).size !== ids.length) say('delivered twice', `${actor}: ${read} shows an entry twice`);
        for (const id of ids) if (!asked.has(id)) say('invented', `${actor}: ${read} shows ${id}, which nobody wrote`);
        const here = new Set(ids);
        for (const [id, ack] of acked) {
            if (ack.answered < entry.asked && !here.has(id)) say('lost write', `${actor}: ${write} ${id} was acknowledged and is gone`);
        }
        if (longest && longest.answered < entry.asked) {
            const was = longest.result.ids;
            if (was.some((id, i) => ids[i] !== id)) say('seen, then gone', `${actor}: ${read} showed ${was.length} entries that are not there any more`);
        }
        if (!longest || ids.length >= longest.result.ids.length) longest = entry;
    }
    // the position that an answer named is its own
    const places = new Map();
    for (const [id, ack] of acked) {
        const other = places.get(ack.result.length);
        if (other) say('lost update', `${actor}: ${write} ${id} and ${other} were both told to be number ${ack.result.length}`);
        places.set(ack.result.length, id);
    }
    const last = reads[reads.length - 1];
    if (last) for (const [place, id] of places) {
        if (acked.get(id).answered < last.asked && last.result.ids[place - 1] !== id) say('moved', `${actor}: ${write} ${id} was told to be number ${place} and is not`);
    }
}

function checkCounter(actor, entries, say) {
    let unknown = 0, acks = 0, finals = null;
    const values = new Map(), seen = []; // seen: what was shown when
    for (const entry of entries) {
        if (entry.op === 'increment' && !entry.result) unknown++;
        if (entry.op === 'increment' && entry.result) {
            acks++;
            if (values.has(entry.result.value)) say('lost update', `${actor}: two increments were told ${entry.result.value}`);
            values.set(entry.result.value, entry);
        }
        if ((entry.op === 'increment' || entry.op === 'read') && entry.result) seen.push(entry);
        if (entry.op === 'read' && entry.result && (!finals || entry.asked > finals.asked)) finals = entry;
    }
    monotonic(seen, (entry) => entry.result.value, (was, is) => say('seen, then gone', `${actor}: the count was ${was} and is ${is}`));
    if (finals && entries.every((entry) => entry.answered <= finals.answered)) {
        if (finals.result.value < acks) say('lost write', `${actor}: ${acks} increments were acknowledged, the count is ${finals.result.value}`);
        if (finals.result.value > acks + unknown) say('delivered twice', `${actor}: ${acks + unknown} increments were asked for, the count is ${finals.result.value}`);
    }
}

// value(entry) never falls from one answer to a question that was asked after it.
function monotonic(list, value, fail) {
    const byAnswer = [...list].sort((a, b) => a.answered - b.answered), byAsked = [...list].sort((a, b) => a.asked - b.asked);
    let best = -Infinity, next = 0;
    for (const entry of byAsked) {
        for (; next < byAnswer.length && byAnswer[next].answered < entry.asked; next++) best = Math.max(best, value(byAnswer[next]));
        if (value(entry) < best) fail(best, value(entry));
    }
}

function checkReminders(actor, entries, say) {
    const acked = entries.filter((entry) => entry.op === 'remind' && entry.result);
    const looks = entries.filter((entry) => entry.op === 'reminders' && entry.result).sort((a, b) => a.asked - b.asked);
    for (const look of looks) {
        const fired = new Map(look.result.fired.map((each) => [each.id, each])), waiting = new Set(look.result.waiting);
        for (const each of look.result.fired) if (each.at < each.due) say('alarm early', `${actor}: ${each.id} fired ${each.due - each.at} ms early`);
        for (const ack of acked) {
            if (ack.answered < look.asked && !fired.has(ack.id) && !waiting.has(ack.id)) say('lost write', `${actor}: reminder ${ack.id} is gone`);
        }
    }
    const last = looks[looks.length - 1];
    if (last && last.final) for (const id of last.result.waiting) say('alarm lost', `${actor}: ${id} has never fired`);
}

// The largest value of the entries whose key is below a bound; and of those other than one. By bisection.
function largest(entries, key, value) {
    const sorted = [...entries].sort((x, y) => key(x) - key(y)), tops = [[]]; // of the first n: the largest two
    for (const entry of sorted) tops.push([...tops[tops.length - 1], entry].sort((x, y) => value(y) - value(x)).slice(0, 2));
    return (bound, not) => {
        let low = 0, high = sorted.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (key(sorted[middle]) < bound) low = middle + 1;
            else high = middle;
        }
        const top = tops[low].find((entry) => entry !== not);
        return top === undefined ? -Infinity : value(top);
    };
}

// Keys and rows between one deleteAll() and the next: what was written before it never shows again, what came after is not
// lost. A wipe without an answer may have happened at any time since it was asked for.
function checkKept(actor, entries, say) {
    const forever = (entry) => (entry.result ? entry.answered : Infinity), asked = (entry) => entry.asked, answered = (entry) => entry.answered;
    const writes = new Map(), wipes = entries.filter((entry) => entry.op === 'wipe'), warns = entries.filter((entry) => entry.op === 'warn');
    for (const entry of entries) if (entry.op === 'keep' || entry.op === 'wipe') writes.set(entry.id, entry);
    const looks = entries.filter((entry) => entry.op === 'kept' && entry.result).sort((a, b) => a.asked - b.asked);
    const wiped = largest(wipes.filter((wipe) => wipe.result), answered, asked), mayWipe = largest(wipes, asked, forever);
    const warned = largest(warns.filter((warn) => warn.result), answered, asked), mayWarn = largest(warns, asked, forever);
    const absent = new Map(); // id -> when a look that did not show it was answered, once it was acknowledged
    const acked = [...writes].filter(([, write]) => write.result).sort((a, b) => a[1].answered - b[1].answered), present = new Map();
    let next = 0;
    for (const look of looks) {
        const shown = new Set(look.result.ids), rows = new Set(look.result.rows), { alarm, wipesAlarm } = look.result;
        if (shown.size !== rows.size || [...shown].some((id) => !rows.has(id))) say('torn batch', `${actor}: ${shown.size} keys and ${rows.size} rows were kept together`);
        const last = wiped(look.asked);
        for (const id of shown) {
            const write = writes.get(id);
            if (!write) say('invented', `${actor}: kept shows ${id}, which nobody wrote`);
            else if (write.result && write.answered < last) say('came back', `${actor}: ${id} was deleted by deleteAll and shows again`);
            else if (absent.get(id) < look.asked) say('came back', `${actor}: ${id} was gone and shows again`);
        }
        for (; next < acked.length && acked[next][1].answered < look.asked; next++) present.set(...acked[next]);
        for (const [id, write] of present) {
            if (shown.has(id)) continue;
            if (mayWipe(look.answered, write) <= write.asked) say('lost write', `${actor}: ${write.op} ${id} was acknowledged and is gone, without a deleteAll`);
            absent.set(id, look.answered);
            present.delete(id);
        }
        const warning = warned(look.asked);
        if (!alarm && warning > -Infinity && !(wipesAlarm && mayWipe(look.answered) > warning)) say('lost write', `${actor}: its alarm is gone, and nobody deleted it`);
        if (alarm && wipesAlarm && mayWarn(look.answered) <= last) say('came back', `${actor}: deleteAll deleted its alarm, which is set again`);
    }
}

function check(history) {
    const violations = [], actors = new Map();
    const say = (kind, text) => violations.push({ kind, text });
    for (const entry of history.entries) {
        if (!actors.has(entry.actor)) actors.set(entry.actor, []);
        actors.get(entry.actor).push(entry);
    }
    for (const [actor, entries] of actors) {
        checkCounter(actor, entries, say);
        checkList(actor, entries, 'append', 'log', say);
        checkList(actor, entries, 'insert', 'rows', say);
        checkReminders(actor, entries, say);
        checkKept(actor, entries, say);
        for (const entry of entries) {
            if (entry.op === 'sum' && entry.result && (entry.result.sum !== 8000 || entry.result.accounts !== 8)) say('torn batch', `${actor}: the accounts hold ${entry.result.sum} in ${entry.result.accounts}`);
        }
        monotonic(entries.filter((entry) => entry.result && entry.result.epoch !== undefined), (entry) => entry.result.epoch, (was, is) => say('two instances', `${actor}: epoch ${is} answered after epoch ${was}`));
    }
    return violations;
}

module.exports = { check };

if (require.main === module) {
    const violations = check(History.load(process.argv[2]));
    for (const { kind, text } of violations) console.log(`${kind}: ${text}`);
    console.log(`${violations.length} violations`);
    process.exit(violations.length > 0 ? 1 : 0);
}
