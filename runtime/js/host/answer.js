// How an event is answered: by a response, by a method's result, or by the error that its handler threw. `event` is a
// context, or one event of an actor's.
'use es5';
var host = native('host');
var rpcVerbs = native('rpc');
var serialize = native('serialize');
var context = require('host/context');
var source = require('host/source');
var fetcher = require('host/fetcher');
var errors = require('host/errors');
var isolate = require('host/isolate_state');
var response = require('response');
var streams = require('streams');
var promises = require('promises');

var NOT_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";

// Sends the response; the event ends unless something keeps it.
function respond(event, value) {
  var s, over;
  if (event.answered) return;
  try {
    if (!response.is(value)) throw new TypeError(NOT_RESPONSE);
    s = response.toHost(value);
    if (s.kind === 'stream' || s.kind === 'source') {
      stream(event, s);
      return;
    }
    over = host.respond(event.id, s.status, s.statusText, s.list, s.kind === 'none' ? null : s.body, event.waiting === 0, -1);
  } catch (error) {
    fail(event, error);
    return;
  }
  event.answered = true;
  if (over) {
    event.open = false;
    context.end(event);
  }
}

function stream(event, s) {
  var length = s.kind === 'source' ? s.body.length : streams.lengthOf(s.body);
  host.respond(event.id, s.status, s.statusText, s.list, true, false, typeof length === 'number' ? length : -1);
  source.drain(event.io, s.kind, s.body, event.id, function (failed) {
    if (failed) {
      event.answered = true;
      if (event.open) host.uncaught('Uncaught (in response) ', failed.error);
      event.open = false;
      host.fail(event.id, failed.error, 0, undefined);
      context.end(event);
    } else if (event.open) {
      host.end(event.id);
      context.answered(event);
    }
  });
}

// The handler failed: pass the request on if it asked for that, or answer with the error. thrown: by a method that was
// called from elsewhere.
function fail(event, error, thrown) {
  var open = event.failOpen, detail;
  if (event.answered || event.ended) return;
  host.uncaught('Uncaught ', error);
  if (open && open !== true && isolate.outbound >= 0) {
    event.failOpen = null;
    promises.then(fetcher.sendOutbound(open), function (res) { respond(event, res); }, function (e) { fail(event, e); });
    return;
  }
  event.answered = true;
  event.open = false;
  detail = errors.detailOf(error);
  host.fail(event.id, error, errors.traitsOf(error) | (thrown && detail !== undefined ? errors.THROWN : 0), detail);
  context.answered(event);
}

// The result of a fetch handler.
exports.settle = function (event, result) {
  if (response.is(result)) respond(event, result);
  else promises.on(promises.resolved(result), event, promises.SETTLED);
};

// The result of a method that was called from elsewhere.
function give(event, value) {
  var over;
  if (event.answered) return;
  try {
    over = rpcVerbs.result(event.id, serialize.serialize(value, true), event.waiting === 0);
  } catch (error) {
    fail(event, error);
    return;
  }
  event.answered = true;
  if (over) {
    event.open = false;
    context.end(event);
  } else if (rpcVerbs.sending(event.id)) {
    context.sends(event);
  } else {
    context.answered(event);
  }
}
exports.settleCall = function (event, result) { promises.on(promises.resolved(result), event, promises.SETTLED); };

function onSettled(value) {
  if (this.isCall) give(this, value);
  else respond(this, value);
}
function onSettleFailed(error) { fail(this, error, this.isCall); }
context.Context.prototype.onSettled = context.Event.prototype.onSettled = onSettled;
context.Context.prototype.onSettleFailed = context.Event.prototype.onSettleFailed = onSettleFailed;
exports.fail = fail;
