// The actors of this isolate: their instances, and the events that reach them.
//
//   event --root gate--> (first: the constructor, then again the gate) --> handler
//
// An instance is made by its first event, as a turn of its own; what the constructor began in critical sections, and
// what it reads, keeps that event waiting like all that come after it.
'use es5';
var host = native('host');
var context = require('host/context');
var turns = require('host/turns');
var source = require('host/source');
var answer = require('host/answer');
var entrypoints = require('host/entrypoints');
var isolate = require('host/isolate_state');
var state = require('host/actor_state');
var idle = require('host/actor_idle');
var facets = require('host/facets');
var rpcServe = require('host/rpc_serve');
var request = require('request');

var LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
var NO_FETCH = 'Handler does not export a fetch() function.';

var made = null; // the actor whose instance was made just now

// ---- instances ----

// There is no such class: what callers hear is as vague as the peer has it, the log is not.
function refuse(io, given) {
  var reference = '', i;
  for (i = 0; i < 24; i++) reference += LETTERS[Math.floor(Math.random() * LETTERS.length)];
  host.log(0, 'no such actor class: ' + (given === undefined ? '' : given.className) + ' is not exported; reference = ' + reference);
  turns.break(io, 'ignored', new Error('internal error; reference = ' + reference));
}

function construct(io) {
  var given = isolate.actors[io.actor.namespace], facet = null, Class, api;
  if (io.actor.facet !== null && (facet = facets.start(io)) === null)
    turns.break(io, 'ignored', new Error('Network connection lost.')); // it was ended while the call was on its way
  Class = given === undefined ? undefined : entrypoints.actorClass((facet || given).className);
  if (Class === undefined) refuse(io, facet || given);
  api = state.make(io, given.ephemeral, facet);
  try {
    io.actor.instance = new Class(api, isolate.env);
  } catch (error) {
    host.uncaught('Uncaught ', error);
    turns.break(io, 'constructorFailed', error);
  }
  if (facet === null) idle.watch(io, given.preventEviction);
}

// Begins an event of the actor; null: the actor is gone.
function begin(actor, id) {
  var io = context.find(actor), event;
  if (io === undefined || io.actor === null) {
    host.finish(id);
    return null;
  }
  event = context.beginEvent(io, id);
  io.actor.given = (io.actor.given || 0) + 1;
  return event;
}

// True if the event's handler may run now; if not, later(event, fn) must be called next.
function admitted(event) {
  var io = event.io;
  made = null;
  if (!turns.enter(io, null)) return false;
  if (io.actor.instance !== null) return true;
  construct(io);
  made = io;
  return false;
}

// fn runs when the gate lets the event in, and the instance is there.
function later(event, fn) {
  var again = entering(event, fn);
  if (made === event.io) turns.deliver(event.io, null, again);
  else turns.later(again);
}

// In a scope of its own, which does not hold the function: that would be a circle, with the actor in it.
function entering(event, fn) {
  return function () {
    var io = event.io;
    if (event.ended) return; // its caller went away before
    if (io.actor.instance !== null) {
      fn();
      return;
    }
    construct(io);
    turns.deliver(io, null, entering(event, fn));
  };
}

// ---- events ----

function runFetch(event, method, url, flat, body, length, cfJson) {
  var instance = event.actor.instance, req;
  try {
    req = request.fromHost(method, url, flat, body === true ? new source.Source(event.io, event.id, length) : body,
      cfJson === '' ? undefined : cfJson, undefined);
    if (typeof instance.fetch !== 'function') throw new Error(NO_FETCH);
    answer.settle(event, instance.fetch(req));
  } catch (error) {
    answer.fail(event, error);
  }
}

exports.fetch = function (actor, id, method, url, flat, body, length, cfJson) {
  var event = begin(actor, id);
  if (event === null) return;
  if (admitted(event)) runFetch(event, method, url, flat, body, length, cfJson);
  else later(event, function () { runFetch(event, method, url, flat, body, length, cfJson); });
};

exports.call = function (actor, id, name, bytes, get) {
  var event = begin(actor, id);
  if (event === null) return;
  event.isCall = true;
  if (bytes === true) event.call = { name: name, get: get }; // the arguments are still to come
  else exports.run(event, name, bytes, get);
};

exports.run = function (event, name, bytes, get) {
  if (admitted(event)) rpcServe.actor(event, event.actor.instance, name, bytes, get);
  else later(event, function () { rpcServe.actor(event, event.actor.instance, name, bytes, get); });
};

exports.alarm = function (actor, id, scheduled, retries) {
  var event = begin(actor, id);
  if (event === null) return;
  if (admitted(event)) require('host/actor_alarm').run(event, event.actor.instance, scheduled, retries);
  else later(event, function () { require('host/actor_alarm').run(event, event.actor.instance, scheduled, retries); });
};

// ---- the end ----

// The actors that nothing keeps here any more, each with the number of events that it was given.
exports.leaving = idle.leaving;
exports.events = function (actor) {
  var io = context.find(actor);
  return io === undefined || io.actor === null ? 0 : io.actor.given || 0;
};
