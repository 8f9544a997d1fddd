// When an actor is idle: nothing of it is under way. Ten seconds later it is offered to its daemon, which ends it
// unless another event is on its way. What timers alone keep busy goes after seventy seconds without an event. One that
// is never let go gives back the memory of its databases instead. As the isolate's memory fills, those that are idle for
// longest go sooner.
//
// Every second has a list of the actors to be looked at then, so that an event costs no timer.
'use es5';
var verbs = native('actor');
var database = native('database');
var clock = native('clock');
var context = require('host/context');
var timers = require('host/timers');

var IDLE_MS = 10000, UNVISITED_MS = 70000, AGAIN_MS = 1000;
var SHORT = 0.4, SHORT_MS = 1000, SCARCE = 0.6, SCARCE_AGAIN_MS = 100, LOOKS_MAX = 5000; // in one turn

var wheel = Object.create(null); // lists of the actors' exchanges, by second; some of them are gone by then
var armed = false;

function none(object) {
  for (var key in object) return false;
  return true;
}

// Facets go with their actor: what keeps them keeps it.
function below(io, count) {
  var facets = io.actor.facets, n = 0, name;
  if (facets !== null) for (name in facets) if (facets[name].io !== null) n += count(facets[name].io);
  return n;
}
function busy(io) { return io.events !== null || io.waiting > 0 || below(io, busy) > 0; }
function pendingOf(io) { return io.pending + below(io, pendingOf); }
function timersOf(io) {
  var n = below(io, timersOf), key;
  if (io.timers !== null) for (key in io.timers) n++;
  return n;
}

function idleMs() {
  var full = verbs.fullness();
  return full < SHORT ? IDLE_MS : full < SCARCE ? SHORT_MS : 0;
}

function arm(ms) {
  if (armed) return;
  armed = true;
  timers.after(ms, tick);
}

function look(io, at) {
  var second = Math.ceil(at / 1000);
  if (wheel[second] === undefined) wheel[second] = [];
  wheel[second].push(io.id);
  arm(AGAIN_MS);
}

// Until its next event.
function rest(io) {
  var facets = io.actor.facets, name;
  if (facets !== null) for (name in facets) if (facets[name].io !== null) rest(facets[name].io);
  database.rest(io.id);
}

function consider(io, now, idle) {
  var actor = io.actor, timed = pendingOf(io) > 0;
  if (busy(io)) {
    actor.last = actor.active = now;
    look(io, now + AGAIN_MS);
  } else if (actor.never) {
    actor.resting = now - actor.last >= IDLE_MS;
    if (actor.resting) rest(io);
    else look(io, actor.last + IDLE_MS);
  } else if (timed && now - actor.last < UNVISITED_MS) {
    actor.active = now;
    look(io, now + AGAIN_MS);
  } else if (!timed && now - actor.active < idle) {
    look(io, actor.active + IDLE_MS);
  } else {
    verbs.offer(io.id, actor.given);
    look(io, now + IDLE_MS); // if it is still here then
  }
}

function tick() {
  var now = clock.monotonicMs(), idle = idleMs(), looks = 0, second, list, i, io;
  armed = false;
  for (second in wheel) { // whole numbers: the earliest first
    if (+second * 1000 > now && (idle === IDLE_MS || +second * 1000 - IDLE_MS > now - idle || looks >= LOOKS_MAX)) continue;
    list = wheel[second];
    delete wheel[second];
    looks += list.length;
    for (i = 0; i < list.length; i++)
      if ((io = context.find(list[i])) !== undefined && io.actor !== null) consider(io, now, idle);
  }
  if (!none(wheel)) arm(idle === IDLE_MS ? AGAIN_MS : SCARCE_AGAIN_MS);
}

// From its first instance on.
exports.watch = function (io, never) {
  io.actor.last = io.actor.active = clock.monotonicMs();
  io.actor.never = never;
  look(io, io.actor.last + IDLE_MS);
};

// One event of it is over.
context.Event.prototype.onDrained = function () {
  var actor = this.actor;
  if (actor.last === undefined) return;
  actor.last = actor.active = clock.monotonicMs();
  if (!actor.resting) return;
  actor.resting = false;
  look(this.io, actor.last + IDLE_MS);
};

// Of the actors that are to leave this process, those that nothing keeps: timers are no reason to stay.
exports.leaving = function () {
  var slots = context.slots, list = [], i, io;
  for (i = 0; i < slots.length; i++) {
    io = slots[i];
    if (io && io.io === io && io.actor !== null && io.actor.facet === null && !busy(io) && pendingOf(io) <= timersOf(io)) list.push(io.id);
  }
  return list;
};
