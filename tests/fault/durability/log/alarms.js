// Alarms: each durable one has a timer or runs, also after a restart (I34); none runs early or twice at once (I35); one
// disappears by a durable success, a durable change, or for good reason (I36), and is forgotten only then (I37).
//
// What is durable of an actor's alarm is known from its batches. When the daemon dies, the batches that were on their way
// may be durable or not, as a prefix; what the next one finds must be one of these.
'use strict';

const BY_HANDLER = 1, BY_SCHEDULER = 3, RETRIES_MAX = 6;

module.exports = (log) => {
    const { world } = log;
    const known = (actor) => actor.possible !== null && actor.possible.size === 1;
    const set = (actor, plus1) => {
        actor.alarm = plus1;
        actor.possible = new Set([plus1]);
    };

    // ---- what becomes of a batch; called by batches.js ----

    log.on('D.alarm', (daemon, [number, inc, plus1, by]) => {
        const actor = world.actor(number, daemon), { fired, ran } = actor;
        if (by === BY_HANDLER) log.check('I36', fired !== null && fired.inc === inc, () => `actor ${number}: its alarm is deleted as done, and no handler ran in ${inc}`);
        if (by === BY_SCHEDULER) {
            log.check('I36', ran !== null && (ran.ok || !ran.retry || (fired !== null && fired.counted >= RETRIES_MAX)), () => `actor ${number}: its alarm is given up though it is to be tried again`);
            actor.dropping = true;
        }
        daemon.openAlarms.set(by === BY_SCHEDULER ? -number : inc, plus1);
    });
    world.takeAlarm = (daemon, actor, inc) => {
        const key = inc === 0 ? -actor.number : inc, plus1 = daemon.openAlarms.get(key);
        daemon.openAlarms.delete(key);
        return plus1;
    };
    world.alarmPossible = ({ actor, alarm }) => {
        if (alarm !== undefined && actor.possible !== null) actor.possible.add(alarm);
    };
    world.alarmDurable = ({ actor, alarm }) => {
        if (alarm === undefined) return;
        for (const plus1 of actor.possible || []) actor.former.add(plus1);
        actor.daemon.telling.add(actor);
        set(actor, alarm);
        if (alarm === 0) actor.deleted = actor.daemon.round; // another of the same round may set it again
        actor.daemon.owed.add(actor);
    };
    // The scheduler hears of it now; until then it goes by what was.
    world.alarmsTold = (daemon) => {
        for (const actor of daemon.telling) actor.former.clear();
        daemon.telling.clear();
    };
    // Everything that was durable before has been dealt with.
    world.alarmsSettled = (daemon) => {
        for (const actor of daemon.owed)
            if (actor.alarm > 0) log.check('I34', actor.running !== null || actor.dropping || (actor.timer !== null && actor.timer === actor.alarm - 1),
                () => `actor ${actor.number}: its alarm ${actor.alarm - 1} is durable, the timer ${actor.timer}`);
        daemon.owed.clear();
    };

    // ---- processes and incarnations ----

    world.booted = (daemon) => {
        Object.assign(daemon, { openAlarms: new Map(), owed: new Set(), telling: new Set() });
        for (const actor of world.actors.values())
            if (actor.daemon !== null && actor.daemon.shard === daemon.shard) Object.assign(actor, { timer: null, running: null, dropping: false, deleted: -1, former: new Set(), fired: null, ran: null });
    };
    world.ready = (daemon) => {
        if (daemon.isReady) return;
        daemon.isReady = true;
        for (const actor of world.actors.values()) {
            if (actor.daemon === null || actor.daemon.shard !== daemon.shard || actor.possible === null) continue;
            const found = actor.timer === null ? 0 : actor.timer + 1;
            log.check('I34', actor.possible.has(found), () => `actor ${actor.number}: after the start its alarm is ${found - 1}, and it can be only ${[...actor.possible].map((plus1) => plus1 - 1)}`);
            set(actor, found);
        }
    };
    world.placed = (actor, plus1) => {
        if (actor.possible !== null && known(actor)) log.check('I4', actor.possible.has(plus1), () => `actor ${actor.number} is placed with the alarm ${plus1 - 1}, and ${[...actor.possible][0] - 1} is durable`);
        else set(actor, plus1);
    };

    // ---- the scheduler ----

    log.on('D.armed', (daemon, [number, due]) => {
        const actor = world.actor(number, daemon);
        actor.timer = due;
        actor.dropping = false;
    });
    log.on('D.fired', (daemon, [number, due, now, inc, counted]) => {
        const actor = world.actor(number, daemon);
        log.check('I35', now >= due, () => `actor ${number}: its alarm is run ${due - now} ms early`);
        log.check('I35', actor.running === null, () => `actor ${number}: its alarm runs twice at once`);
        log.check('I35', actor.possible === null || actor.possible.has(due + 1) || actor.former.has(due + 1), () => `actor ${number}: an alarm of ${due} is run, and durable is ${[...actor.possible].map((plus1) => plus1 - 1)}`);
        log.check('I1', actor.current !== null && actor.current.inc === inc, () => `actor ${number}: its alarm is run in ${inc}, which is not live`);
        actor.running = due;
        actor.fired = { inc, due, counted };
    });
    log.on('D.ran', (daemon, [number, ok, canceled, retry, counted]) => {
        const actor = world.actor(number, daemon);
        log.check('I35', actor.running !== null, () => `actor ${number}: a run of its alarm ends that never began`);
        actor.running = null;
        actor.timer = null; // it is armed again or forgotten, unless it is to be dropped
        actor.ran = { ok: ok === 1, canceled: canceled === 1, retry: retry === 1, counted: counted === 1 };
        daemon.owed.add(actor);
    });
    log.on('D.forgot', (daemon, [number]) => {
        const actor = world.actor(number, daemon);
        if (actor.alarm !== undefined) log.check('I37', !known(actor) || actor.alarm === 0 || actor.deleted === daemon.round || actor.former.has(0), () => `actor ${number}: its alarm is forgotten, and ${actor.alarm - 1} is durable`);
        actor.timer = actor.running = null;
        actor.dropping = false;
    });
};
