// Turns: one at a time (I6), none between an operation and its result (I7), none outside of a critical section that runs (I9),
// the section's caller first when it ends (I10), the constructor first of all (I12), none while the cache is over its limit
// (I13), none forgotten (I15); a batch ends with its turn (I20); sync() waits for what was written before it, and no more (I24).
'use strict';

const ENTERS = 0, WAITED = 1, RESUMES = 2, AFTER_SECTION = 3;
const GRANT_NS = 5e9; // a free gate with a waiter; the machine may be busy

module.exports = (log) => {
    const { world } = log;
    const of = (inc) => world.incarnations.get(inc);

    // From here on somebody who waits must be let in.
    const lookFree = (i, ns) => {
        const free = !i.turn && i.waits > 0 && i.ops.size === 0 && i.running === 0 && i.behind < 0;
        i.freeSince = free ? i.freeSince || ns : 0;
    };
    const granted = (i, ns) => {
        if (i.freeSince > 0) log.check('I15', ns - i.freeSince < GRANT_NS, () => `incarnation ${i.inc}: its gate was free for ${(ns - i.freeSince) / 1e9} s with somebody waiting`);
        i.freeSince = 0;
    };
    const within = (i, number, outer) => {
        for (let n = number, depth = 0; n !== 0 && depth < 1000; depth++) {
            if (n === outer) return true;
            const section = i.sections.get(n);
            n = section === undefined ? 0 : section.parent;
        }
        return false;
    };

    log.on('H.turn', (host, [inc, why, number, over], ns) => {
        const i = of(inc), { actor } = i, other = actor.turning, newcomer = why === ENTERS || why === WAITED;
        world.acts(host);
        log.check('I6', host.turn === null, () => `incarnation ${inc}: a turn begins inside of one of ${host.turn.inc}`);
        log.check('I6', other === null || other === i || other.host.dead || other.over, () => `actor ${actor.number}: turns of ${other.inc} and ${inc} at once`);
        if (newcomer) log.check('I7', i.ops.size === 0, () => `incarnation ${inc}: a turn begins while ${i.ops.size} operations keep the gate shut`);
        if (i.running > 0)
            for (const [n, section] of i.sections)
                if (section.running) log.check('I9', within(i, number, n), () => `incarnation ${inc}: a turn of section ${number} begins while section ${n} runs`);
        if (i.behind >= 0 && why !== RESUMES) {
            log.check('I10', why === AFTER_SECTION && number === i.behind, () => `incarnation ${inc}: a section ended, and its caller is not the next`);
            i.behind = -1;
        } else {
            if (why === AFTER_SECTION) log.check('I10', false, () => `incarnation ${inc}: a section's caller goes on, and no section ended`);
        }
        if (i.turns === 0) log.check('I12', newcomer && number === 0, () => `incarnation ${inc}: its first turn is not the constructor's`);
        else if (newcomer && number === 0) log.check('I12', i.constructing === 0, () => `incarnation ${inc}: an event begins while ${i.constructing} sections of the constructor run`);
        log.check('I13', over === 0, () => `incarnation ${inc}: a turn begins while too much is dirty`);
        granted(i, ns);
        if (why === WAITED) i.waits--;
        if (number !== 0 && i.sections.has(number) && !i.sections.get(number).running) {
            i.sections.get(number).running = true;
            i.running++;
        }
        host.turn = actor.turning = i;
        i.turn = true;
        i.turns++;
    });
    log.on('H.turned', (host, [inc], ns) => {
        const i = of(inc);
        log.check('I6', host.turn === i, () => `incarnation ${inc}: a turn ends that never began`);
        host.turn = i.actor.turning = null;
        i.turn = i.closing = false;
        lookFree(i, ns);
    });
    log.on('H.waits', (host, [inc], ns) => {
        of(inc).waits++;
        lookFree(of(inc), ns);
    });
    log.on('H.pressed', (host, [inc]) => {
        of(inc).freeSince = 0;
    });
    log.on('H.section', (host, [inc, number, parent], ns) => {
        const i = of(inc), first = i.turns === 1 || (i.sections.has(parent) && i.sections.get(parent).first);
        open(i, 'a critical section begins');
        i.sections.set(number, { parent, running: false, first });
        if (first) i.constructing++;
        i.waits++;
        lookFree(i, ns);
    });
    log.on('H.succeeds', (host, [inc, number]) => {
        const i = of(inc), section = i.sections.get(number);
        i.sections.delete(number);
        for (const other of i.sections.values()) if (other.parent === number) other.parent = section.parent;
        if (section.running) i.running--;
        if (section.first) i.constructing--;
        i.behind = section.parent;
    });
    log.on('H.op', (host, [inc, op]) => {
        open(of(inc), 'an operation begins');
        of(inc).ops.add(op);
    });
    log.on('H.result', (host, [inc, op], ns) => {
        of(inc).ops.delete(op);
        lookFree(of(inc), ns);
    });
    log.on('H.gone', (host, [inc]) => {
        const i = of(inc);
        if (host.turn === i) host.turn = null;
        if (i.actor.turning === i) i.actor.turning = null;
        i.waits = i.freeSince = 0;
    });
    log.sweep((ns) => {
        for (const i of world.incarnations.values()) if (i.freeSince > 0 && !i.gone && !i.host.dead && !i.over) granted(i, ns);
    });

    // The batch of the turn has not left yet.
    const open = (i, what) => log.check('I20', !i.closing, () => `incarnation ${i.inc}: ${what} after the turn's batch was closed`);
    log.on('H.output', (host, [inc]) => open(of(inc), 'an output is made'));
    log.on('H.write', (host, [inc, , , last]) => {
        open(of(inc), 'a write leaves');
        if (last === 1) log.check('I20', of(inc).turn, () => `incarnation ${inc}: a batch is closed outside of a turn`);
        of(inc).closing = last === 1;
    });

    log.on('H.sync', (host, [inc, op]) => {
        const i = of(inc);
        if (op === 0) log.check('I24', i.durable >= i.hostLast, () => `incarnation ${inc}: sync() at ${i.hostLast} finds nothing to wait for, and ${i.durable} is durable`);
        else i.syncs.set(op, i.hostLast);
    });
    log.on('H.synced', (host, [inc, op]) => {
        const i = of(inc), upto = i.syncs.get(op);
        log.check('I24', upto !== undefined && i.durable >= upto, () => `incarnation ${inc}: sync() at ${upto} resolves, and ${i.durable} is durable`);
        i.syncs.delete(op);
    });
    log.on('H.durable', (host, [inc, n]) => {
        const i = of(inc);
        for (const upto of i.syncs.values()) log.check('I24', upto > i.hostDurable, () => `incarnation ${inc}: sync() at ${upto} still waits, and the host heard of ${i.hostDurable}`);
        log.check('I27', n <= i.advanced, () => `incarnation ${inc}: the host believes ${n} durable, the daemon said ${i.advanced}`);
        i.hostDurable = n;
    });
};
