// Service-worker scripts: addEventListener('fetch', ...) on the global object.
'use es5';
var idl = require('webidl');
var events = require('events');
var context = require('host/context');
var promises = require('promises');
var fetcher = require('host/fetcher');
var isolate = require('host/isolate_state');

var STATE = idl.hidden('fetchEvent');
var TYPES = ['fetch', 'scheduled', 'queue', 'tail', 'trace', 'connect'];

// The types that the script listens to.
exports.listeners = function () {
  var found = {}, i;
  for (i = 0; i < TYPES.length; i++) if (events.hasListeners(idl.global, TYPES[i])) found[TYPES[i]] = true;
  return found;
};

function FetchEvent() { idl.illegalConstructor(); }
function stateOf(self) {
  var s = self === null || self === undefined ? undefined : self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}
idl.define(FetchEvent, 'FetchEvent', events.ExtendableEvent, {
  get request() { return stateOf(this).request; },
  respondWith: function respondWith(result) {
    var s = stateOf(this);
    if (s.result !== null)
      throw new DOMException('FetchEvent.respondWith() has already been called; it can only be called once.', 'InvalidStateError');
    if (s.over)
      throw new DOMException('Too late to call FetchEvent.respondWith(). It must be called synchronously in the event handler.', 'InvalidStateError');
    s.result = promises.resolved(result);
    this.stopImmediatePropagation();
  },
  waitUntil: function waitUntil(promise) { context.waitUntil(stateOf(this).ctx, promise); },
  passThroughOnException: function passThroughOnException() { stateOf(this).ctx.failOpen = true; },
});
idl.expose('FetchEvent', FetchEvent);

exports.fetch = function (ctx, req, done, failed) {
  var event = events.trusted(FetchEvent, 'fetch', {}, { cancelable: true });
  var s = { ctx: ctx, request: req, result: null, over: false };
  event[STATE] = s;
  try {
    events.dispatch(idl.global, event);
  } catch (error) {
    s.over = true;
    failed(error);
    return;
  }
  s.over = true;
  if (s.result !== null) done(s.result);
  else if (event.defaultPrevented) failed(new Error('preventDefault() called but respondWith() not called'));
  else if (isolate.outbound >= 0) done(fetcher.sendOutbound(req));
  else failed(new Error('No handler responded to the request, and there is no origin to pass it to.'));
};
