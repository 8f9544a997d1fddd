// Incarnations: one at a time (I1), with numbers that rise (I2), made of what is durable (I4); what broke stays broken for
// whoever used it (I5).
'use strict';

const BROKEN_MAX = 1024, STUBS_MAX = 64; // the daemon remembers 4,096, and 64 of each incarnation

module.exports = (log) => {
    const { world } = log;
    const broken = new Map(); // stub -> incarnation

    world.actor = (number, process) => {
        let actor = world.actors.get(number);
        if (actor === undefined)
            world.actors.set(number, (actor = { number, last: 0, current: null, gate: null, turning: null, daemon: null, sealed: [], unsynced: 0,
                alarm: undefined, possible: null, timer: null, running: null, dropping: false, deleted: -1, former: new Set(), fired: null, ran: null }));
        if (actor.daemon !== process) Object.assign(actor, { daemon: process, sealed: [], unsynced: 0 });
        return actor;
    };

    log.on('D.boot', (daemon, [boot, shard]) => {
        if (daemon.boot !== undefined) return; // another configuration
        Object.assign(daemon, { boot, shard, admittedTo: new Map(), filling: [], committing: null, round: 0, synced: false, mustEnd: [] });
        world.booted(daemon);
    });
    log.on('D.ready', (daemon) => world.ready(daemon));

    log.on('D.place', (daemon, [inc, number, disk, alarm]) => {
        const actor = world.actor(number, daemon), former = actor.current;
        world.acts(daemon);
        log.check('I2', inc > actor.last, () => `actor ${number}: incarnation ${inc} comes after ${actor.last}`);
        log.check('I1', former === null || former.daemon.dead, () => `actor ${number}: ${inc} is placed while ${former.inc} is live`);
        log.check('I4', actor.unsynced === 0, () => `actor ${number}: ${inc} is placed while ${actor.unsynced} batches of an earlier one are on their way to the disk`);
        actor.last = inc;
        const incarnation = (actor.current = { inc, actor, daemon, disk: disk === 1, host: null, gone: false, over: false, code: 0, gate: null, since: log.ns,
            stubs: [], arriving: [], writes: 0, whole: false, sealed: 0, joined: 0, durable: 0, advanced: 0, seals: [],
            wrote: [], hostLast: 0, confirmed: 0, hostDurable: 0, held: false, holding: [], wroteSince: false, closing: false,
            turn: false, turns: 0, ops: new Set(), sections: new Map(), running: 0, constructing: 0, behind: -1, waits: 0, freeSince: 0, syncs: new Map() });
        world.incarnations.set(inc, incarnation);
        daemon.placing = incarnation;
        world.placed(actor, alarm);
    });
    log.on('D.open', (daemon, [sid, gate]) => {
        if (gate !== 1) return;
        let list = daemon.gates.get(sid);
        if (list === undefined) daemon.gates.set(sid, (list = { opening: [], newest: null }));
        list.opening.push(daemon.placing);
        list.newest = daemon.placing;
    });
    log.on('K.gate', (kernel, [number]) => {
        const route = world.route(kernel, number), daemon = route.ends_[0].process;
        const incarnation = daemon.gates.get(route.sids[0]).opening.shift(), { actor } = incarnation;
        log.check('I1', actor.gate === null || actor.gate.kernel.dead, () => `actor ${actor.number}: the kernel has a gate for ${incarnation.inc} beside that of ${actor.gate.incarnation.inc}`);
        route.gate = incarnation.gate = actor.gate = { kernel, incarnation, seen: 0, advanced: 0, queue: [], ended: false };
    });
    world.gateEnded = (gate) => {
        const { actor } = gate.incarnation;
        gate.ended = true;
        gate.queue.length = 0;
        if (actor.gate === gate) actor.gate = null;
    };
    log.on('D.end', (daemon, [inc, code]) => {
        const incarnation = world.incarnations.get(inc), { actor } = incarnation;
        log.check('I1', actor.current === incarnation, () => `incarnation ${inc} ends and is not the live one`);
        incarnation.over = true;
        incarnation.code = code;
        actor.current = null;
        daemon.openAlarms.delete(inc);
        if (code === 0) return;
        for (const stub of incarnation.stubs) {
            broken.delete(stub);
            broken.set(stub, incarnation);
            if (broken.size > BROKEN_MAX) broken.delete(broken.keys().next().value);
        }
    });
    log.on('D.admit', (daemon, [inc, sid, stub]) => {
        const incarnation = world.incarnations.get(inc), was = broken.get(stub);
        log.check('I1', incarnation.actor.current === incarnation, () => `an event is given to ${inc}, which is not live`);
        if (stub !== 0) {
            log.check('I5', was === undefined || was.daemon !== daemon || was.actor !== incarnation.actor,
                () => `a stub of ${was.inc}, which broke, reaches ${inc}`);
            if (incarnation.stubs.length < STUBS_MAX && !incarnation.stubs.includes(stub)) incarnation.stubs.push(stub);
        }
        daemon.admitted.push(sid);
        daemon.admittedTo.set(sid, incarnation);
    });
    log.on('D.stuck', (daemon, [, stub]) => {
        if (stub !== 0) log.check('I5', true);
    });
    log.on('H.actor', (host, [inc, sid]) => {
        const incarnation = world.incarnations.get(inc);
        log.check('I1', incarnation.host === null, () => `incarnation ${inc} is made twice`);
        incarnation.host = host;
        host.gateSessions.add(sid);
        incarnation.gateSession = sid;
    });
    log.on('H.gone', (host, [inc]) => {
        const incarnation = world.incarnations.get(inc);
        incarnation.gone = true;
        host.gateSessions.delete(incarnation.gateSession);
    });
    // What nobody will speak of again.
    log.sweep((ns) => {
        for (const [inc, i] of world.incarnations) {
            const left = i.over || i.daemon.dead, unheard = i.gone || i.host === null || i.host.dead;
            if (left && unheard && (i.gate === null || i.gate.ended || i.gate.kernel.dead) && ns - i.since > 60e9) world.incarnations.delete(inc);
        }
    });
};
