// The turns of actors: who may enter an actor's JavaScript, and when.
//
// Every entry into an actor goes through deliver(). It runs at once if the gate is open, otherwise as a turn of its
// own once the gate grants it; of a context that is no actor's it simply runs. Whatever begins an operation keeps
// `context.section` for it:
//
//   begin:  op = { ctx: ctx, section: context.section };
//   end:    turns.deliver(op.ctx, op.section, function () { resolve(...); });
//
// A new event of an actor has no section (null): it waits at the root gate. Inside fn, context.current is ctx.
'use es5';
var verbs = native('actor');
var context = require('host/context');
var timers = require('host/timers');
var promises = require('promises');
var idl = require('webidl');

var DEPTH_MAX = 64;
var SECTION_MS = 30000;
var TOO_DEEP = 'blockConcurrencyWhile() calls are nested too deeply.';
var TOO_LONG = 'A call to blockConcurrencyWhile() in a Durable Object waited for too long. The call was canceled and ' +
  'the Durable Object was reset.';

var waiting = Object.create(null); // by number: { ctx, section, fn }
var last = 0;
var queued = null, queuedSection = null; // of the enter() before

// A critical section; its number is the machine's while it is not over.
function Section(number, parent) {
  this.number = number;
  this.parent = parent;
  this.depth = parent === null ? 1 : parent.depth + 1;
  this.over = false;
}

// The section that stands for this one now.
function live(section) {
  while (section !== null && section.over) section = section.parent;
  return section;
}

function wait(ctx, section, fn) {
  waiting[++last] = { ctx: ctx, section: section, fn: fn };
  return last;
}

function run(ctx, section, fn) {
  context.current = ctx;
  context.section = section;
  fn();
}

// The same without a function for the turn that begins at once, which is nearly every one: true, the turn is the
// actor's now; false, later(fn) must be called next.
exports.enter = function (ctx, section) {
  if (ctx.ended) {
    queued = null;
    return false;
  }
  section = live(section);
  if (verbs.enter(ctx.id, section === null ? 0 : section.number, ++last)) {
    context.current = ctx;
    context.section = section;
    return true;
  }
  queued = ctx;
  queuedSection = section;
  return false;
};
exports.later = function (fn) {
  if (queued !== null) waiting[last] = { ctx: queued, section: queuedSection, fn: fn };
};

exports.deliver = function (ctx, section, fn) {
  if (ctx.actor === null) {
    if (context.enter(ctx)) fn();
    return;
  }
  if (ctx.ended || (ctx = ctx.io).ended) return;
  section = live(section);
  if (verbs.enter(ctx.id, section === null ? 0 : section.number, ++last)) run(ctx, section, fn);
  else waiting[last] = { ctx: ctx, section: section, fn: fn };
};

// The turn of an operation that kept its lock.
exports.resume = function (ctx, section, fn) { run(ctx, live(section), fn); };

// The host: the gate lets this one in now.
exports.granted = function (number) {
  var w = waiting[number];
  delete waiting[number];
  if (!w.ctx.ended) run(w.ctx, live(w.section), w.fn);
};

// ---- the life of an actor ----

// storage: 0 none, 1 in memory, 2 on disk. id is 64 hex digits, or the text of an ephemeral actor's.
exports.opened = function (exchange, namespace, id, name, storage, sql, facet) {
  context.beginActor(exchange, { number: exchange, namespace: namespace, id: id, name: name === '' ? undefined : name,
    storage: storage, sqlEnabled: sql, facet: facet, rec: null, facets: null, instance: null, operations: null, bookmarks: 0, broken: null });
};

exports.onClosed = null; // set by facets.js, once somebody asked for facets

// Nothing of it will run again.
exports.closed = function (exchange) {
  var ctx = context.find(exchange), number;
  if (ctx === undefined) return;
  for (number in waiting) if (waiting[number].ctx === ctx) delete waiting[number];
  if (exports.onClosed !== null) exports.onClosed(ctx);
  context.endActor(ctx);
  ctx.actor.instance = null; // it holds its ctx, and so this: no circle is left for the collector
};

// Ends the actor with error: its events fail with it, and no more of its script runs, be it its turn or not. Does not
// return in its own turn. reason: 'inputGateBroken', 'outputGateBroken', 'constructorFailed' ...
exports.break = function (ctx, reason, error) {
  if (ctx.ended) return;
  ctx.actor.broken = { reason: reason, error: error };
  exports.closed(ctx.id);
  verbs.breakActor(ctx.id, error);
};

// ---- critical sections ----

// Runs callback in a critical section. settle(section, ok, value) decides what becomes of it: succeed or fail.
function section(ctx, callback, settle) {
  var parent = live(context.section), s, timer = 0;
  if (parent !== null && parent.depth >= DEPTH_MAX) throw new Error(TOO_DEEP);
  s = new Section(0, parent);
  s.number = verbs.sectionBegin(ctx.id, wait(ctx, s, function () {
    timer = timers.after(SECTION_MS, function () {
      var error = new Error(TOO_LONG);
      error.overloaded = true;
      if (!s.over) exports.break(ctx, 'inputGateBroken', error);
    });
    promises.then(promises.attempt(callback), function (value) { done(true, value); }, function (e) { done(false, e); });
  }));
  function done(ok, value) {
    timers.cancelAfter(timer);
    if (!ctx.ended) settle(s, ok, value);
  }
}

// The section is over; fn runs next in its parent, before anything else does.
function succeed(ctx, s, fn) {
  var number = wait(ctx, s.parent, fn);
  s.over = true;
  verbs.sectionSucceed(ctx.id, s.number, number);
}
exports.section = section;
exports.succeed = succeed;

exports.blockConcurrencyWhile = function (ctx, callback) {
  var promise = promises.pending();
  try {
    if (typeof callback !== 'function') idl.badParameter('blockConcurrencyWhile', 'DurableObjectState', 1, 'function');
    section(ctx, callback, function (s, ok, value) {
      if (ok) succeed(ctx, s, function () { promises.resolve(promise, value); });
      else exports.break(ctx, 'inputGateBroken', value);
    });
  } catch (error) {
    promises.reject(promise, error);
  }
  return promise;
};
