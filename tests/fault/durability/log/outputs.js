// Outputs: none before the writes it depends on (I27), none longer than that (I28), in their order (I29), none after the
// break (I30).
//
// What an output depends on its host knows best: the last confirmed message of writes that left before it, or leaves with
// it if it is held. What the kernel makes of it must be the same, and what it lets go must be on the disk by the daemon's word.
'use strict';

module.exports = (log) => {
    const { world } = log;

    // Outputs that were held behind writes have left behind the last of these.
    const settle = (incarnation) => {
        if (!incarnation.wroteSince) return;
        for (const frame of incarnation.holding.splice(0)) frame.needs = incarnation.confirmed;
        incarnation.wroteSince = incarnation.held = false;
    };

    log.on('H.write', (host, [inc, n, confirmed, last]) => {
        const incarnation = world.incarnations.get(inc);
        incarnation.wrote.push({ n, last });
        incarnation.hostLast = n;
        if (confirmed === 1) incarnation.confirmed = n;
        incarnation.wroteSince = true;
    });
    log.on('H.output', (host, [inc, held]) => {
        const incarnation = world.incarnations.get(inc);
        settle(incarnation);
        incarnation.held = held === 1;
        host.output = incarnation;
    });
    log.on('H.sent', (host, [sid, kind]) => {
        if (sid === 0 || host.gateSessions.has(sid)) return;
        const route = host.events.get(sid);
        let session = host.sent.get(sid);
        if (kind === 1 && host.output !== null) session = { incarnation: host.output, frames: [] };
        else if (session === undefined && route !== undefined && route.of !== null && !route.ended) session = { incarnation: route.of.incarnation, frames: [] };
        if (session === undefined) return;
        host.sent.set(sid, session);
        const { incarnation } = session;
        settle(incarnation);
        const frame = { kind, needs: incarnation.held ? incarnation.hostLast + 1 : incarnation.confirmed };
        session.frames.push(frame);
        if (incarnation.held) incarnation.holding.push(frame);
    });
    log.on('H.turned', (host, [inc]) => {
        const incarnation = world.incarnations.get(inc);
        settle(incarnation);
        host.output = null;
    });

    const leaves = (gate, frame) => {
        const { incarnation } = gate;
        log.check('I27', !incarnation.disk || incarnation.durable >= frame.needs,
            () => `incarnation ${incarnation.inc}: an output leaves that depends on message ${frame.needs}, and ${incarnation.durable} is on the disk`);
        log.check('I30', !gate.ended, () => `incarnation ${incarnation.inc}: an output leaves after the end`);
    };
    const gateOf = (kernel, number) => {
        const route = world.route(kernel, number);
        log.check('I30', route !== undefined && route.gate !== null, () => `an output of gate ${number}, which is not there any more`);
        return route === undefined ? null : route.gate;
    };
    const prompt = (gate) => log.check('I28', gate.queue.length === 0 || gate.queue[0].stamp > gate.advanced,
        () => `incarnation ${gate.incarnation.inc}: an output of stamp ${gate.queue[0].stamp} waits though the gate is at ${gate.advanced}`);

    log.on('K.seen', (kernel, [number, stamp]) => {
        const { gate } = world.route(kernel, number);
        prompt(gate);
        gate.seen = stamp;
    });
    log.on('K.out', (kernel, [gateNumber, number, side, kind, stamp, how]) => {
        const gate = gateOf(kernel, gateNumber), route = world.route(kernel, number);
        if (gate === null || route === undefined) return;
        const end = route.ends_[side], { inc } = gate.incarnation, session = end === null || end.process === null ? undefined : end.process.sent.get(route.sids[side]);
        const known = session !== undefined && session.frames.length > 0, frame = known ? session.frames.shift() : { kind, needs: stamp };
        log.check('I27', known, () => `incarnation ${inc}: an output of which its host said nothing`);
        if (frame.kind !== kind) throw new Error(`incarnation ${inc}: the host sent a frame of kind ${frame.kind}, the kernel got ${kind}`);
        world.acts(kernel);
        log.check('I28', stamp <= gate.seen && stamp <= frame.needs, () => `incarnation ${inc}: an output that depends on message ${frame.needs} is to wait for ${stamp}`);
        log.check('I27', stamp >= frame.needs, () => `incarnation ${inc}: an output that depends on message ${frame.needs} waits for ${stamp} only`);
        if (how === 0) {
            log.check('I29', gate.queue.length === 0, () => `incarnation ${inc}: an output overtakes ${gate.queue.length} that wait`);
            log.check('I27', stamp <= gate.advanced, () => `incarnation ${inc}: an output of stamp ${stamp} passes a gate at ${gate.advanced}`);
            leaves(gate, frame);
        } else if (how === 1) {
            log.check('I28', gate.queue.length > 0 || stamp > gate.advanced, () => `incarnation ${inc}: an output of stamp ${stamp} is held by a gate at ${gate.advanced}`);
            gate.queue.push({ number, side, stamp, frame });
        }
    });
    log.on('K.advance', (kernel, [number, stamp]) => {
        const { gate } = world.route(kernel, number);
        prompt(gate);
        log.check('I27', gate.incarnation.advanced >= stamp, () => `incarnation ${gate.incarnation.inc}: the kernel's gate goes to ${stamp}, the daemon said ${gate.incarnation.advanced}`);
        if (stamp > gate.advanced) gate.advanced = stamp;
    });
    log.on('K.release', (kernel, [gateNumber, number, side, stamp]) => {
        const gate = gateOf(kernel, gateNumber);
        if (gate === null) return;
        const { inc } = gate.incarnation, first = gate.queue.shift();
        log.check('I29', first !== undefined && first.number === number && first.side === side && first.stamp === stamp,
            () => `incarnation ${inc}: outputs leave in another order than they were sent`);
        log.check('I27', stamp <= gate.advanced, () => `incarnation ${inc}: an output of stamp ${stamp} leaves a gate at ${gate.advanced}`);
        if (first !== undefined) leaves(gate, first.frame);
    });
};
