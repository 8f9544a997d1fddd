// Batches: what one turn wrote, whole (I18, I20), in the order of the turns (I19), by its live incarnation alone (I1); after
// a failure nothing of the round is told to be durable (I26); what is not durable in time breaks its actor (I31).
'use strict';

const LATE_NS = 33e9; // 30 s, found at the next tick of a second, and a busy machine

module.exports = (log) => {
    const { world } = log;
    const live = (incarnation, daemon) => incarnation.daemon === daemon && incarnation.actor.current === incarnation;

    log.on('D.write', (daemon, [inc, n, last]) => {
        const incarnation = world.incarnations.get(inc), sent = incarnation.wrote.shift();
        world.acts(daemon);
        log.check('I1', live(incarnation, daemon), () => `writes of ${inc} are taken, which is not live`);
        log.check('I19', n === incarnation.writes + 1 && sent !== undefined && sent.n === n && sent.last === last,
            () => `incarnation ${inc}: message ${n} arrives, and the host sent ${sent === undefined ? 'none' : sent.n}`);
        incarnation.writes = n;
        incarnation.whole = last === 1;
    });
    log.on('D.seal', (daemon, [number, inc, n]) => {
        const actor = world.actor(number, daemon), incarnation = inc > 0 ? world.incarnations.get(inc) : null;
        if (incarnation !== null) {
            log.check('I18', n > incarnation.sealed, () => `incarnation ${inc}: a second batch is made of message ${n}`);
            log.check('I20', incarnation.whole && n === incarnation.writes, () => `incarnation ${inc}: a batch is sealed at message ${n}, which ends no turn`);
            incarnation.sealed = n;
            incarnation.seals.push({ n, ns: log.ns });
        }
        actor.sealed.push({ actor, incarnation, n, alarm: world.takeAlarm(daemon, actor, inc) });
        actor.unsynced++;
    });
    log.on('D.join', (daemon, [number, inc, n]) => {
        const actor = world.actor(number, daemon), batch = actor.sealed.shift();
        log.check('I19', batch !== undefined && batch.n === n && (batch.incarnation === null ? 0 : batch.incarnation.inc) === inc,
            () => `incarnation ${inc}: batch ${n} goes to the disk out of turn`);
        if (batch === undefined) return;
        daemon.filling.push(batch);
    });

    const durable = (batch) => {
        batch.actor.unsynced--;
        if (batch.incarnation !== null && batch.n > batch.incarnation.durable) batch.incarnation.durable = batch.n;
        world.alarmDurable(batch);
    };
    const ended = (daemon) => {
        for (const incarnation of daemon.mustEnd.splice(0))
            log.check('I26', incarnation.over, () => `incarnation ${incarnation.inc} lives on after its commit failed`);
    };
    log.on('D.commit', (daemon, [count]) => {
        ended(daemon);
        world.alarmsSettled(daemon);
        log.check('I19', daemon.committing === null, () => `${daemon.name}: two rounds are on their way at once`);
        if (daemon.filling.length !== count) throw new Error(`${daemon.name}: a round of ${count} has ${daemon.filling.length} in the log`);
        daemon.round++;
        daemon.committing = daemon.filling;
        daemon.filling = [];
        daemon.synced = false;
        for (const batch of daemon.committing) world.alarmPossible(batch);
    });
    log.on('D.synced', (daemon, [err]) => {
        daemon.synced = err === 0;
        if (err === 0) for (const batch of daemon.committing) durable(batch);
    });
    log.on('D.empty', (daemon) => {
        ended(daemon);
        log.check('I19', daemon.committing === null, () => `${daemon.name}: what wrote nothing overtakes what did`);
        for (const batch of daemon.filling.splice(0)) durable(batch);
        world.alarmsTold(daemon);
    });
    log.on('D.done', (daemon, [err]) => {
        const batches = daemon.committing || [];
        world.alarmsTold(daemon);
        if (err !== 0) {
            const lost = daemon.synced ? daemon.filling : batches.concat(daemon.filling);
            for (const batch of batches.concat(daemon.filling)) {
                if (batch.incarnation !== null && batch.actor.current === batch.incarnation) daemon.mustEnd.push(batch.incarnation);
                batch.actor.sealed.length = 0;
            }
            for (const batch of lost) batch.actor.unsynced = 0;
            daemon.filling = [];
        }
        daemon.committing = null;
    });
    log.on('D.advance', (daemon, [sid, n]) => {
        const incarnation = daemon.gates.get(sid).newest;
        world.acts(daemon);
        log.check('I27', !incarnation.disk || incarnation.durable >= n,
            () => `incarnation ${incarnation.inc}: the gate is advanced to ${n}, and ${incarnation.durable} is on the disk`);
        log.check('I26', !daemon.mustEnd.includes(incarnation), () => `incarnation ${incarnation.inc}: the gate is advanced after a failed commit`);
        incarnation.advanced = n;
        while (incarnation.seals.length > 0 && incarnation.seals[0].n <= n) {
            const { ns } = incarnation.seals.shift();
            log.check('I31', log.ns - ns < LATE_NS, () => `incarnation ${incarnation.inc}: batch ${n} was durable after ${(log.ns - ns) / 1e9} s, and nobody was told`);
        }
    });
    log.sweep((ns) => {
        for (const incarnation of world.incarnations.values())
            if (!incarnation.over && !incarnation.daemon.dead && incarnation.seals.length > 0)
                log.check('I31', ns - incarnation.seals[0].ns < LATE_NS, () => `incarnation ${incarnation.inc} waits for batch ${incarnation.seals[0].n} and was not broken`);
    });
    log.on('D.deleteall', () => {});
};
