// The context of one event: what its I/O objects belong to, what it waits for, when it is over.
//
//   RUNNING --answered--> DRAINING (waitUntil) --nothing left--> ENDED
//
// `current` is the context whose turn it is; null at start-up, in the global scope. The host runs turns one
// after the other, so it needs no stack.
//
// An actor has one context for as long as it lives, and every event of it is an Event beside: it is answered and
// ends for itself, but what it starts belongs to the actor (`io`). `section` is the critical section that the
// turn runs in (see turns.js), null outside; whatever begins an operation keeps it, for the turn in which that ends.
'use es5';
var host = native('host');
var promises = require('promises');
var make = native('records').make;

var CROSS_REQUEST = 'Cannot perform I/O on behalf of a different request. I/O objects (such as streams, request/' +
  "response bodies, and others) created in the context of one request handler cannot be accessed from a different " +
  "request's handler. This is a limitation of Cloudflare Workers which allows us to improve overall performance.";
var ENDED = "Couldn't complete operation because the execution context has ended.";
var GLOBAL_SCOPE = 'Disallowed operation called within global scope. Asynchronous I/O (ex: fetch() or connect()), ' +
  'setting a timeout, and generating random values are not allowed within global scope. To fix this error, perform ' +
  'this operation within a handler. https://developers.cloudflare.com/workers/runtime-apis/handlers/';
var HUNG = "The Workers runtime canceled this request because it detected that your Worker's code had hung and would " +
  'never generate a response. Refer to: https://developers.cloudflare.com/workers/observability/errors/';

var OTHER_ACTOR = 'Cannot perform I/O on behalf of a different Durable Object. I/O objects (such as streams, ' +
  'request/response bodies, and others) created in the context of one Durable Object cannot be accessed from a ' +
  'different Durable Object in the same isolate. This is a limitation of Cloudflare Workers which allows us to ' +
  'improve overall performance.';

// What an exchange is in script: the context or the event that it is for, or the operation that opened it. By the
// index in the exchange's number, which is small: an array of them is far cheaper than a table by name.
var slots = [];
var INDEX = 0xfffff;
exports.slots = slots;
exports.INDEX = INDEX;

exports.current = null;
exports.section = null;

function Context() {
  this.id = 0;
  this.actor = null; // of an actor's context: what turns.opened made
  this.io = null;
  this.events = null; // of an actor's context: its events under way, the first of a list
  this.waiting = 0; // waitUntil() promises that have not settled
  this.pending = 0; // things under way that will come back: timers, reads, subrequests
  this.answered = false;
  this.ended = false;
  this.open = true; // the other side is there
  this.gone = false; // it went away: only the exchange's number is left to give back
  this.status = null; // the first error of a waitUntil() promise
  this.timers = null; // ids, once there is one
  this.operations = null; // subrequests and calls under way, the first of a list
  this.failOpen = null;
  this.onDrained = null;
  this.isCall = false;
  this.call = null; // what is called, until its arguments are there
  this.sending = false; // its result leaves in pieces, and counts in `waiting`
}
exports.Context = Context;
var CONTEXT = new Context();

exports.begin = function (id) {
  var ctx = make(CONTEXT, id);
  slots[id & INDEX] = ctx.io = ctx;
  exports.section = null;
  return (exports.current = ctx);
};

// The context of an actor; it ends when the actor does.
exports.beginActor = function (id, actor) {
  var ctx = make(CONTEXT, id, actor);
  slots[id & INDEX] = ctx.io = ctx;
  return ctx;
};

// One event of an actor: what answered(), disconnected() and end() take beside a context.
function Event() {
  this.id = 0;
  this.io = null;
  this.actor = null;
  this.next = null;
  this.previous = null;
  this.waiting = 0;
  this.answered = false;
  this.ended = false;
  this.open = true;
  this.gone = false;
  this.failOpen = null;
  this.isCall = false;
  this.call = null;
  this.sending = false;
}
Event.prototype.onDrained = null; // set by actor_idle.js
exports.Event = Event;
var EVENT = new Event();
exports.beginEvent = function (io, id) {
  var first = io.events, event = make(EVENT, id, io, io.actor, first);
  if (first !== null) first.previous = event;
  return (io.events = slots[id & INDEX] = event);
};

// ---- operations: exchanges that a context opened ----

// op: { id, ctx, section, next, previous, drop() }, each kind a class of its own.
exports.started = function (ctx, op) {
  var first = ctx.operations;
  slots[op.id & INDEX] = op;
  op.next = first;
  op.previous = null;
  if (first !== null) first.previous = op;
  ctx.operations = op;
};
exports.over = function (op) {
  if (op.previous !== null) op.previous.next = op.next;
  else op.ctx.operations = op.next;
  if (op.next !== null) op.next.previous = op.previous;
  if (slots[op.id & INDEX] === op) slots[op.id & INDEX] = null;
};
// The operation that opened the exchange; undefined: it is over.
exports.operation = function (id) {
  var op = slots[id & INDEX];
  return op !== undefined && op !== null && op.id === id && op.io === undefined ? op : undefined;
};

// Makes the turn that follows one of ctx; false if ctx is over, and nothing of it may run. Not for an actor's:
// turns.deliver.
exports.enter = function (ctx) {
  if (ctx.ended) return false;
  host.charge(ctx.id);
  exports.current = ctx;
  exports.section = null;
  return true;
};

exports.find = function (id) {
  var found = slots[id & INDEX];
  return found !== undefined && found !== null && found.id === id && found.io !== undefined ? found : undefined;
};

// The context of the running turn; throws in the global scope.
exports.require = function () {
  var ctx = exports.current;
  if (ctx === null) throw new Error(GLOBAL_SCOPE);
  return ctx;
};

// Throws unless an I/O object of ctx may be used now.
exports.check = function (ctx, type) {
  if (ctx === exports.current && !ctx.ended) return;
  if (ctx.ended) throw new Error(ENDED);
  if (exports.current === null) throw new Error(GLOBAL_SCOPE);
  throw new Error((exports.current.actor !== null ? OTHER_ACTOR : CROSS_REQUEST) + (type ? ' (I/O type: ' + type + ')' : ''));
};

// The event was answered (or needs no answer): it ends as soon as nothing keeps it.
exports.answered = function (ctx) {
  ctx.answered = true;
  if (ctx.waiting === 0) end(ctx);
};

exports.waitUntil = function (ctx, promise) {
  if (ctx.ended) throw new Error(ENDED);
  ctx.waiting++;
  promises.then(promises.resolved(promise), function () { settled(ctx); }, function (error) {
    if (ctx.status === null) ctx.status = { error: error };
    host.uncaught('Uncaught (in promise) ', error);
    settled(ctx);
  });
};

// Its result leaves in pieces: until the last has left it is not over.
exports.sends = function (ctx) {
  ctx.sending = true;
  ctx.waiting++;
};
exports.sent = function (ctx) {
  if (!ctx.sending) return;
  ctx.sending = false;
  settled(ctx);
};

function settled(ctx) {
  if (--ctx.waiting === 0 && ctx.answered) end(ctx);
}

function end(ctx) {
  var key;
  if (ctx.ended) return;
  ctx.ended = true;
  if (slots[ctx.id & INDEX] === ctx) slots[ctx.id & INDEX] = null;
  if (ctx.io !== ctx) {
    endEvent(ctx);
    return;
  }
  if (ctx.timers !== null) for (key in ctx.timers) exports.dropTimer(+key);
  while (ctx.operations !== null) ctx.operations.drop();
  if (ctx.onDrained !== null) ctx.onDrained();
  ctx.io = null; // itself: no circle is left for the collector
  if (ctx.open || ctx.gone) {
    ctx.open = false;
    host.finish(ctx.id);
  }
}
function endEvent(event) {
  if (event.previous !== null) event.previous.next = event.next;
  else event.io.events = event.next;
  if (event.next !== null) event.next.previous = event.previous;
  if (event.onDrained !== null) event.onDrained();
  if (event.open || event.gone) {
    event.open = false;
    host.finish(event.id);
  }
}
exports.end = end;

// The actor is gone, and the exchanges of its events with it: nothing of it runs again.
exports.endActor = function (ctx) {
  var event;
  while ((event = ctx.events) !== null) {
    event.open = false;
    event.answered = true;
    end(event);
  }
  ctx.open = false;
  end(ctx);
};
exports.dropTimer = null; // set by timers.js

// The other side went away. What waitUntil() keeps goes on.
exports.disconnected = function (ctx) {
  ctx.open = false;
  ctx.gone = true;
  ctx.answered = true;
  if (ctx.sending) ctx.waiting--;
  ctx.sending = false;
  if (ctx.waiting === 0) end(ctx);
};

// True if nothing is under way that could ever settle the handler's promise. Another event may settle an actor's.
exports.isHung = function (ctx) {
  return ctx.io === ctx && !ctx.answered && ctx.pending === 0 && !ctx.ended;
};
exports.HUNG = HUNG;
