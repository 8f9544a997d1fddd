// Service-worker scripts: addEventListener('fetch', ...) on the global object.
'use es5';
var idl = require('webidl');
var context = require('host/context');
var promises = require('promises');
var fetcher = require('host/fetcher');
var isolate = require('host/isolate_state');

var STATE = idl.hidden('fetchEvent');
var listeners = Object.create(null); // by type: functions in order

idl.expose('addEventListener', function addEventListener(type, listener) {
  var list;
  if (listener === null || listener === undefined) return;
  type = String(type);
  list = listeners[type] || (listeners[type] = []);
  if (list.indexOf(listener) < 0) list.push(listener);
});
idl.expose('removeEventListener', function removeEventListener(type, listener) {
  var list = listeners[String(type)], at = list ? list.indexOf(listener) : -1;
  if (at >= 0) list.splice(at, 1);
});
exports.listeners = function () {
  var found = {}, type;
  for (type in listeners) if (listeners[type].length > 0) found[type] = listeners[type];
  return found;
};

var ExtendableEvent = idl.global.ExtendableEvent || idl.global.Event, Event = idl.global.Event;

function FetchEvent(type, init) {
  if (!(this instanceof FetchEvent)) idl.needNew('FetchEvent');
  Event.call(this, type, init); // an ExtendableEvent has no constructor of its own
}
function stateOf(self) {
  var s = self === null || self === undefined ? undefined : self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}
idl.define(FetchEvent, 'FetchEvent', ExtendableEvent, {
  get request() { return stateOf(this).request; },
  respondWith: function respondWith(result) {
    var s = stateOf(this);
    if (s.result !== null)
      throw new DOMException('FetchEvent.respondWith() has already been called; it can only be called once.', 'InvalidStateError');
    if (s.over)
      throw new DOMException('Too late to call FetchEvent.respondWith(). It must be called synchronously in the event handler.', 'InvalidStateError');
    s.result = promises.resolved(result);
    s.stop = true;
  },
  waitUntil: function waitUntil(promise) { context.waitUntil(stateOf(this).ctx, promise); },
  passThroughOnException: function passThroughOnException() { stateOf(this).ctx.failOpen = true; },
});
idl.expose('FetchEvent', FetchEvent);

exports.fetch = function (ctx, req, done, failed) {
  var event = new FetchEvent('fetch', { cancelable: true }), s, list = (listeners.fetch || []).slice(), i;
  s = { ctx: ctx, request: req, result: null, over: false, stop: false };
  event[STATE] = s;
  try {
    for (i = 0; i < list.length && !s.stop; i++) {
      if (typeof list[i] === 'function') list[i].call(idl.global, event);
      else list[i].handleEvent(event);
    }
  } catch (error) {
    s.over = true;
    failed(error);
    return;
  }
  s.over = true;
  if (s.result !== null) done(s.result);
  else if (event.defaultPrevented) failed(new Error('preventDefault() called but respondWith() not called'));
  else if (isolate.outbound >= 0) done(fetcher.send(isolate.outbound, req, null, 0));
  else failed(new Error('No handler responded to the request, and there is no origin to pass it to.'));
};
