// AbortController and AbortSignal.
'use es5';
var idl = require('webidl');
var events = require('events');
var DOMException = require('domexception').DOMException;
var STATE = idl.hidden('abortsignal');
var CONTROLLER = idl.hidden('abortcontroller');

function state(self) {
  var s = self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}

function isSignal(v) { return typeof v === 'object' && v !== null && v[STATE] !== undefined; }

function AbortSignal() { idl.illegalConstructor(); }

function createSignal() {
  var signal = Object.create(AbortSignal.prototype);
  events.initTarget(signal);
  // algorithms: functions run before the event; dependents: signals made from this one by any().
  signal[STATE] = { aborted: false, reason: undefined, algorithms: null, dependents: null };
  return signal;
}

function abortError() { return new DOMException('The operation was aborted', 'AbortError'); }

function fire(signal) {
  var s = signal[STATE], run = s.algorithms, i;
  s.algorithms = null;
  for (i = 0; run !== null && i < run.length; i++) if (run[i] !== null) run[i](s.reason);
  events.dispatch(signal, events.trusted(events.Event, 'abort'));
}

// Aborts signal and all that depends on it: first all are aborted, then their events are fired.
function abort(signal, reason) {
  var s = signal[STATE], all = [signal], i, j, d;
  if (s.aborted) return;
  for (i = 0; i < all.length; i++) {
    s = all[i][STATE];
    s.aborted = true;
    s.reason = reason;
    d = s.dependents;
    s.dependents = null;
    for (j = 0; d !== null && j < d.length; j++) if (!d[j][STATE].aborted) all[all.length] = d[j];
  }
  for (i = 0; i < all.length; i++) fire(all[i]);
}

// Runs fn(reason) when signal is aborted, before its event. Gives a function that takes it back.
function onAbort(signal, fn) {
  var s = signal[STATE], list = s.algorithms || (s.algorithms = []), i;
  for (i = 0; i < list.length && list[i] !== null; i++);
  list[i] = fn;
  return function () { if (list[i] === fn) list[i] = null; };
}

idl.define(AbortSignal, 'AbortSignal', events.EventTarget, {
  get aborted() { return state(this).aborted; },
  get reason() { return state(this).reason; },
  throwIfAborted: function throwIfAborted() {
    var s = state(this);
    if (s.aborted) throw s.reason;
  },
}, {
  abort: function (reason) {
    var signal = createSignal();
    signal[STATE].aborted = true;
    signal[STATE].reason = reason === undefined ? abortError() : reason;
    return signal;
  },
  timeout: function timeout(ms) {
    var signal = createSignal();
    if (arguments.length === 0) idl.badParameter('timeout', 'AbortSignal', 1, 'number');
    idl.global.setTimeout(function () {
      abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    }, +ms);
    return signal;
  },
  any: function any(signals) {
    var result = createSignal(), i, s;
    if (!Array.isArray(signals)) idl.badParameter('any', 'AbortSignal', 1, 'Array');
    signals = signals.slice();
    for (i = 0; i < signals.length; i++) if (!isSignal(signals[i])) idl.badElement(i, 'AbortSignal');
    for (i = 0; i < signals.length; i++) {
      s = signals[i][STATE];
      if (!s.aborted) continue;
      result[STATE].aborted = true;
      result[STATE].reason = s.reason;
      return result;
    }
    for (i = 0; i < signals.length; i++) {
      s = signals[i][STATE];
      if (s.dependents === null) s.dependents = [];
      s.dependents[s.dependents.length] = result;
    }
    return result;
  },
});
events.handlerAttribute(AbortSignal.prototype, 'abort');

function AbortController() {
  if (!(this instanceof AbortController)) idl.needNew('AbortController');
  this[CONTROLLER] = createSignal();
}
function signalOf(self) {
  var signal = self[CONTROLLER];
  if (signal === undefined) idl.illegal();
  return signal;
}
idl.define(AbortController, 'AbortController', null, {
  get signal() { return signalOf(this); },
  abort: function (reason) { abort(signalOf(this), reason === undefined ? abortError() : reason); },
});

exports.AbortController = AbortController;
exports.AbortSignal = AbortSignal;
// For other built-in modules.
exports.isSignal = isSignal;
exports.isAborted = function (signal) { return signal[STATE].aborted; };
exports.reasonOf = function (signal) { return signal[STATE].reason; };
exports.abortError = abortError;
exports.createSignal = createSignal;
exports.abort = abort;
exports.onAbort = onAbort;
