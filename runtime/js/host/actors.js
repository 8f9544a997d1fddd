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
var rpcServe = require('host/rpc_serve');
var request = require('request');

var NO_CLASS = 'The Durable Object class is not exported by this worker.';
var NO_FETCH = 'Handler does not export a fetch() function.';

// ---- instances ----

function construct(io) {
  var given = isolate.actors[io.actor.namespace], Class, api;
  Class = given === undefined ? undefined : entrypoints.actorClass(given.className);
  if (Class === undefined) turns.break(io, 'ignored', new Error(NO_CLASS));
  api = state.make(io, given.ephemeral);
  io.actor.api = api;
  try {
    io.actor.instance = new Class(api, isolate.env);
  } catch (error) {
    host.uncaught('Uncaught ', error);
    turns.break(io, 'constructorFailed', error);
  }
  idle.watch(io, given.preventEviction);
}

// Delivers an event: fn(event, instance) in a turn of the actor.
function deliver(actor, id, fn) {
  var io = context.find(actor), event;
  if (io === undefined || io.actor === null) {
    host.finish(id);
    return;
  }
  event = context.beginEvent(io, id);
  event.onDrained = idle.touch;
  io.actor.events++;
  turns.deliver(event, null, function () { begin(event, fn); });
}

function begin(event, fn) {
  var actor = event.actor;
  if (event.ended) return; // its caller went away before
  if (actor.instance === null) {
    construct(event.io);
    turns.deliver(event, null, function () { begin(event, fn); });
    return;
  }
  fn(event, actor.instance);
}

// ---- events ----

exports.fetch = function (actor, id, method, url, flat, body, length, cfJson) {
  deliver(actor, id, function (event, instance) {
    var req;
    try {
      req = request.fromHost(method, url, flat, body === true ? new source.Source(event.io, id, length) : body,
        cfJson === '' ? undefined : function () { return JSON.parse(cfJson); }, undefined);
      if (typeof instance.fetch !== 'function') throw new Error(NO_FETCH);
      answer.settle(event, instance.fetch(req));
    } catch (error) {
      answer.fail(event, error);
    }
  });
};

exports.call = function (actor, id, name, bytes, get) {
  deliver(actor, id, function (event, instance) { rpcServe.actor(event, instance, name, bytes, get); });
};

exports.alarm = function (actor, id, scheduled, retries) {
  deliver(actor, id, function (event, instance) { require('host/actor_alarm').run(event, instance, scheduled, retries); });
};

// ---- the end ----

// The actors that nothing keeps here any more, each with the number of events that it was given.
exports.leaving = idle.leaving;
exports.events = function (actor) {
  var io = context.find(actor);
  return io === undefined || io.actor === null ? 0 : io.actor.events;
};
