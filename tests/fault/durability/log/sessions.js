// Sessions: each ends once, for each side and with all that belongs to it (I43); each event is delivered once (I45), in
// the order in which it was admitted (I14); nothing of an older kernel acts beside a newer one (I41).
'use strict';

// Takes what comes before it off a queue, which was lost on its way; false: it is not there.
function take(queue, what) {
    const at = queue.indexOf(what);
    if (at >= 0) queue.splice(0, at + 1);
    return at >= 0;
}

module.exports = (log) => {
    const { world } = log;
    const linked = world.processes; // by key, until the kernel has heard of it
    let generation = 0, acting = 0;
    const generations = new Map(); // by the kernel's pid

    log.on('P.start', (process, [pid, parent]) => {
        process.pid = pid;
        if (process.sort === 'K') {
            Object.assign(process, { ends: new Map(), routes: new Map() });
            generations.set(pid, ++generation);
            process.generation = generation;
            return;
        }
        process.generation = generations.get(parent) || generation;
        if (process.sort === 'D') Object.assign(process, { admitted: [], gates: new Map(), placing: null });
        else Object.assign(process, { events: new Map(), sent: new Map(), gateSessions: new Set(), turn: null, output: null });
    });
    log.on('P.link', (process, [key]) => linked.set(key, process));
    log.on('eof', () => {});

    // Something that only the newest system may do: from its first on, none of an older one may.
    world.acts = (process) => {
        if (process.generation > acting) acting = process.generation;
        log.check('I41', process.generation === acting, () => `${process.name} of an earlier kernel still acts`);
    };

    const endOf = (kernel, id) => {
        if (id === 0) return null;
        let end = kernel.ends.get(id);
        if (end === undefined) kernel.ends.set(id, (end = { process: null, routes: new Set() }));
        return end;
    };
    const attach = (route, side, end, sid) => {
        route.ends_[side] = end;
        route.sids[side] = sid;
        if (end !== null) end.routes.add(route);
    };
    world.route = (kernel, number) => kernel.routes.get(number);

    log.on('K.process', (kernel, [end, key]) => {
        endOf(kernel, end).process = linked.get(key) || null; // null: it tells nothing
        linked.delete(key);
    });
    log.on('K.open', (kernel, [number, end, sid]) => {
        log.check('I43', !kernel.routes.has(number), () => `session ${number} is opened twice`);
        const route = { number, ends_: [null, null], sids: [0, 0], parent: null, children: new Set(), told: 0, owed: -1,
            accepted: false, gate: null, of: null, delivered: false, arrived: false, ended: false };
        kernel.routes.set(number, route);
        attach(route, 0, endOf(kernel, end), sid);
    });
    log.on('K.child', (kernel, [number, parent]) => {
        const route = kernel.routes.get(number);
        route.parent = kernel.routes.get(parent);
        if (route.parent) route.parent.children.add(route);
    });
    log.on('K.accept', (kernel, [number, endId, sid]) => {
        const route = kernel.routes.get(number), end = endOf(kernel, endId);
        log.check('I45', !route.accepted && !route.delivered, () => `session ${number} is given to a second acceptor`);
        route.accepted = true;
        attach(route, 1, end, sid);
        if (route.of === null || end === null || end.process === null) return;
        route.delivered = true;
        route.of.incarnation.arriving.push(route);
        end.process.events.set(sid, route);
        end.process.sent.delete(sid);
    });
    log.on('K.redirect', (kernel, [number, gateNumber]) => {
        const route = kernel.routes.get(number), gate = kernel.routes.get(gateNumber), daemon = route.ends_[1].process;
        log.check('I14', take(daemon.admitted, route.sids[1]), () => `session ${number} is handed on out of turn, or without having been admitted`);
        log.check('I45', gate.gate !== null && daemon.admittedTo.get(route.sids[1]) === gate.gate.incarnation,
            () => `session ${number} was admitted to one incarnation and handed to another`);
        daemon.admittedTo.delete(route.sids[1]);
        route.ends_[1].routes.delete(route);
        route.ends_[1] = null;
        route.accepted = false;
    });
    log.on('K.member', (kernel, [gate, number, side]) => {
        const route = kernel.routes.get(number);
        if (side === 1) route.of = kernel.routes.get(gate).gate;
    });
    log.on('H.event', (host, [inc, sid]) => {
        const route = host.events.get(sid), incarnation = world.incarnations.get(inc);
        log.check('I45', route !== undefined && !route.arrived, () => `incarnation ${inc} gets session ${sid} twice, or from nobody`);
        if (route === undefined) return;
        route.arrived = true;
        if (route.ended) host.events.delete(sid);
        log.check('I45', route.of.incarnation === incarnation, () => `session ${sid} of another incarnation reaches ${inc}`);
        log.check('I14', take(incarnation.arriving, route), () => `session ${sid} overtakes another into incarnation ${inc}`);
    });

    log.on('K.ends', (kernel, [number, told, there]) => {
        const route = kernel.routes.get(number);
        log.check('I43', route !== undefined && route.owed < 0, () => `session ${number} ends twice`);
        if (route === undefined) return;
        route.owed = there & ~told;
        if (route.gate !== null) route.gate.ended = true;
    });
    log.on('K.told', (kernel, [number, side]) => {
        const route = kernel.routes.get(number), bit = 1 << side;
        log.check('I43', route !== undefined && route.owed >= 0 && (route.owed & bit) !== 0 && (route.told & bit) === 0,
            () => `side ${side} of session ${number} is told of its end twice, or without one`);
        if (route !== undefined) route.told |= bit;
    });
    log.on('K.ended', (kernel, [number]) => {
        const route = kernel.routes.get(number);
        if (route === undefined) return;
        log.check('I43', route.told === route.owed, () => `not all sides of session ${number} were told of its end (${route.told} of ${route.owed})`);
        log.check('I43', route.children.size === 0, () => `session ${number} ended, and what was opened on its behalf did not`);
        if (route.parent) route.parent.children.delete(route);
        for (let side = 0; side < 2; side++) {
            const end = route.ends_[side];
            if (end === null) continue;
            end.routes.delete(route);
            if (end.process === null || end.process.sort !== 'H') continue;
            if (!route.delivered || route.arrived) end.process.events.delete(route.sids[side]); // else it is on its way yet
            end.process.sent.delete(route.sids[side]);
        }
        kernel.routes.delete(number);
        route.ended = true;
        if (route.gate !== null) world.gateEnded(route.gate);
    });
    log.on('K.down', (kernel, [id]) => {
        const end = kernel.ends.get(id);
        if (end === undefined) return;
        log.check('I43', end.routes.size === 0, () => `a process is gone, and ${end.routes.size} of its sessions never ended`);
        kernel.ends.delete(id);
    });
};
