// Event and its kinds, and EventTarget: a target has no parent, so there is no capturing and no bubbling.
//
// As on the platform: a listener that throws ends the dispatch and the error leaves dispatchEvent(); `target`
// is undefined until an event is dispatched; listeners run with the target as `this`.
'use es5';
var idl = require('webidl');
var DOMException = require('domexception').DOMException;
var STATE = idl.hidden('event');
var TARGET = idl.hidden('eventtarget');
var str = idl.str;

function state(self) {
  var s = self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}

function option(init, name) {
  return init !== undefined && init !== null ? init[name] : undefined;
}

// An event's state. What it mostly is stands on a prototype of our own, so that making one is cheap.
function EventState(type) { this.type = type; }
EventState.prototype = (function () {
  var p = Object.create(null), names = ['bubbles', 'cancelable', 'composed', 'trusted', 'dispatching', 'stopped',
    'stoppedNow', 'canceled', 'prevented', 'passive'], i;
  for (i = 0; i < names.length; i++) p[names[i]] = false;
  p.phase = 0;
  p.target = p.current = undefined;
  return p;
})();

// Gives self its event state. trusted: made by the platform, not by script.
function initEvent(self, type, init, trusted) {
  var s = new EventState(type);
  if (trusted === true) s.trusted = true;
  if (init !== undefined && init !== null) {
    if (init.bubbles) s.bubbles = true;
    if (init.cancelable) s.cancelable = true;
    if (init.composed) s.composed = true;
  }
  self[STATE] = s;
  return s;
}

function construct(self, C, name, args) {
  var init = args[1];
  if (!(self instanceof C)) idl.needNew(name);
  if (args.length === 0) idl.badConstructParameter(name, 1, 'string');
  if (init !== undefined && init !== null && typeof init !== 'object' && typeof init !== 'function')
    idl.badConstructParameter(name, 2, 'Init');
  return initEvent(self, str(args[0]), init, false);
}

function Event(type, init) { construct(this, Event, 'Event', arguments); }
idl.define(Event, 'Event', null, {
  get type() { return state(this).type; },
  get eventPhase() { return state(this).phase; },
  get composed() { return state(this).composed; },
  get bubbles() { return state(this).bubbles; },
  get cancelable() { return state(this).cancelable; },
  get defaultPrevented() { return state(this).canceled; },
  get returnValue() { return !state(this).canceled; },
  get currentTarget() { return state(this).current; },
  get target() { return state(this).target; },
  get srcElement() { return state(this).target; },
  get timeStamp() { state(this); return 0; },
  get isTrusted() { return state(this).trusted; },
  get cancelBubble() { return state(this).stopped; },
  set cancelBubble(value) { if (value) state(this).stopped = true; },
  stopImmediatePropagation: function stopImmediatePropagation() {
    var s = state(this);
    s.stopped = s.stoppedNow = true;
  },
  preventDefault: function preventDefault() {
    var s = state(this);
    if (s.passive) return;
    s.prevented = true;
    if (s.cancelable) s.canceled = true;
  },
  stopPropagation: function stopPropagation() { state(this).stopped = true; },
  composedPath: function composedPath() {
    var s = state(this);
    return s.dispatching ? [s.target] : [];
  },
});
idl.constants(Event, { NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 });

function CustomEvent(type, init) {
  construct(this, CustomEvent, 'CustomEvent', arguments).detail = option(init, 'detail');
}
idl.define(CustomEvent, 'CustomEvent', Event, { get detail() { return state(this).detail; } });

function ErrorEvent(type, init) {
  var s = construct(this, ErrorEvent, 'ErrorEvent', arguments), v;
  s.filename = (v = option(init, 'filename')) === undefined ? '' : str(v);
  s.message = (v = option(init, 'message')) === undefined ? '' : str(v);
  s.lineno = option(init, 'lineno') >>> 0;
  s.colno = option(init, 'colno') >>> 0;
  s.error = option(init, 'error');
}
idl.define(ErrorEvent, 'ErrorEvent', Event, {
  get filename() { return state(this).filename; },
  get message() { return state(this).message; },
  get lineno() { return state(this).lineno; },
  get colno() { return state(this).colno; },
  get error() { return state(this).error; },
});

function MessageEvent(type, init) {
  var s = construct(this, MessageEvent, 'MessageEvent', arguments), v;
  s.data = (v = option(init, 'data')) === undefined ? null : v;
  s.origin = (v = option(init, 'origin')) === undefined ? '' : str(v);
  s.lastEventId = (v = option(init, 'lastEventId')) === undefined ? '' : str(v);
  s.source = (v = option(init, 'source')) === undefined ? null : v;
  s.ports = (v = option(init, 'ports')) === undefined ? [] : v;
}
idl.define(MessageEvent, 'MessageEvent', Event, {
  get ports() { return state(this).ports; },
  get source() { return state(this).source; },
  get lastEventId() { return state(this).lastEventId; },
  get origin() { return state(this).origin; },
  get data() { return state(this).data; },
});

function CloseEvent(type, init) {
  var s = construct(this, CloseEvent, 'CloseEvent', arguments), v;
  s.code = option(init, 'code') & 0xFFFF;
  s.reason = (v = option(init, 'reason')) === undefined ? '' : idl.usv(v);
  s.wasClean = !!option(init, 'wasClean');
}
idl.define(CloseEvent, 'CloseEvent', Event, {
  get wasClean() { return state(this).wasClean; },
  get reason() { return state(this).reason; },
  get code() { return state(this).code; },
});

function PromiseRejectionEvent() { idl.illegalConstructor(); }
idl.define(PromiseRejectionEvent, 'PromiseRejectionEvent', Event, {
  get promise() { return state(this).promise; },
  get reason() { return state(this).reason; },
});

function ExtendableEvent() { idl.illegalConstructor(); }
idl.define(ExtendableEvent, 'ExtendableEvent', Event, {
  waitUntil: function waitUntil(promise) {
    var s = state(this);
    if (arguments.length === 0) idl.badParameter('waitUntil', 'ExtendableEvent', 1, 'Promise');
    if (!s.trusted || typeof s.waitUntil !== 'function')
      throw new DOMException('waitUntil() can only be called on trusted event.', 'InvalidStateError');
    s.waitUntil(promise);
  },
});

// ---- EventTarget ----
// target[TARGET] maps '$' + type to an array of listeners. Arrays are replaced, never changed, so that a
// dispatch goes on over what was there when it began; a removed listener is marked.

function listenersOf(self) {
  var map = self[TARGET];
  if (map === undefined) idl.illegal();
  return map;
}

function EventTarget() {
  if (!(this instanceof EventTarget)) idl.needNew('EventTarget');
  this[TARGET] = {};
}

function checkedOptions(verb, options) {
  if (options === undefined || options === null) return;
  if (typeof options === 'object' || typeof options === 'function') {
    if (options.capture) throw new TypeError(verb + '(): options.capture must be false.');
  } else if (options) {
    throw new TypeError(verb + '(): useCapture must be false.');
  }
}

function indexOf(list, callback) {
  for (var i = 0; i < list.length; i++) if (list[i].callback === callback) return i;
  return -1;
}

function removeListener(map, type, callback) {
  var list = map['$' + type], at, out, i;
  if (list === undefined || (at = indexOf(list, callback)) < 0) return;
  list[at].removed = true;
  out = [];
  for (i = 0; i < list.length; i++) if (i !== at) out[out.length] = list[i];
  if (out.length) map['$' + type] = out;
  else delete map['$' + type];
}

function addListener(map, type, listener) {
  var list = map['$' + type];
  if (list === undefined) { map['$' + type] = [listener]; return; }
  if (indexOf(list, listener.callback) >= 0) return;
  list = list.slice();
  list[list.length] = listener;
  map['$' + type] = list;
}

function isSignal(v) { return require('abort').isSignal(v); }

var warned = {};
function warnReturn(value) {
  var thenable = typeof value === 'object' && value !== null && typeof value.then === 'function';
  var text = thenable
    ? 'An event handler returned a promise that will be ignored. Event handlers should not have a return value ' +
      'and should not be async functions.'
    : 'An event handler returned a value of type "' + typeof value + '" that will be ignored. Event handlers ' +
      'should not have a return value.';
  if (warned[text]) return;
  warned[text] = true;
  require('console').warning(text);
}

function callListener(target, listener, event, s) {
  var callback = listener.callback, result;
  if (listener.passive !== s.passive) s.passive = listener.passive;
  if (typeof callback === 'function') {
    result = callback.call(target, event);
    if (result !== undefined && s.type !== 'error') warnReturn(result);
  } else {
    callback = callback.handleEvent;
    if (typeof callback === 'function') callback.call(listener.callback, event);
  }
}

// What a listener threw: reported, and the dispatch goes on; before the compatibility flag it ended that.
function listenerThrew(error) {
  if (!require('scope').flag('spec_compliant_dispatch_exceptions')) throw error;
  require('report').report(error, 'Uncaught ' + require('report').describe(error));
}

// Dispatches a prepared event; the caller checked both. False when a listener prevented its default, even when it cannot
// be cancelled.
function dispatch(target, event) {
  var s = event[STATE], map = target[TARGET], list = map['$' + s.type], i, listener;
  if (s.dispatching)
    throw new DOMException('The event is already being dispatched.', 'InvalidStateError');
  s.dispatching = true;
  s.canceled = s.prevented = false;
  s.target = s.current = target;
  s.phase = 2;
  try {
    for (i = 0; list !== undefined && i < list.length && !s.stoppedNow; i++) {
      listener = list[i];
      if (listener.removed) continue;
      if (listener.once) removeListener(map, s.type, listener.callback);
      try { callListener(target, listener, event, s); } catch (e) { listenerThrew(e); }
    }
  } finally {
    s.dispatching = false;
    s.phase = 0;
    if (s.stopped) s.stopped = s.stoppedNow = false;
    if (s.passive) s.passive = false;
  }
  return !s.prevented;
}

idl.define(EventTarget, 'EventTarget', null, {
  addEventListener: function addEventListener(type, callback, options) {
    var map = listenersOf(this), listener, signal;
    if (arguments.length === 0) idl.badParameter('addEventListener', 'EventTarget', 1, 'string');
    type = str(type);
    checkedOptions('addEventListener', options);
    listener = { callback: callback, once: false, passive: false, removed: false };
    if (options !== undefined && options !== null && typeof options === 'object') {
      listener.once = !!options.once;
      listener.passive = !!options.passive;
      signal = options.signal;
      if (signal !== undefined && !isSignal(signal))
        idl.badField('signal', 'AddEventListenerOptions', 'AbortSignal');
    }
    if (callback === null) return;
    if (callback === undefined || (typeof callback !== 'function' && typeof callback !== 'object'))
      idl.badParameter('addEventListener', 'EventTarget', 2, 'function or HandlerObject');
    if (typeof callback === 'object' && typeof callback.handleEvent !== 'function')
      idl.badField('handleEvent', 'HandlerObject', 'function');
    if (signal !== undefined) {
      if (require('abort').isAborted(signal)) return;
      require('abort').onAbort(signal, function () { removeListener(map, type, callback); });
    }
    addListener(map, type, listener);
  },
  removeEventListener: function removeEventListener(type, callback, options) {
    var map = listenersOf(this);
    if (arguments.length === 0) idl.badParameter('removeEventListener', 'EventTarget', 1, 'string');
    checkedOptions('removeEventListener', options);
    removeListener(map, str(type), callback);
  },
  dispatchEvent: function dispatchEvent(event) {
    listenersOf(this);
    if (typeof event !== 'object' || event === null || event[STATE] === undefined)
      idl.badParameter('dispatchEvent', 'EventTarget', 1, 'Event');
    // Called as a plain function on the global scope, `this` is the global object.
    return dispatch(this, event);
  },
});

exports.Event = Event;
exports.CustomEvent = CustomEvent;
exports.ErrorEvent = ErrorEvent;
exports.MessageEvent = MessageEvent;
exports.CloseEvent = CloseEvent;
exports.PromiseRejectionEvent = PromiseRejectionEvent;
exports.ExtendableEvent = ExtendableEvent;
exports.EventTarget = EventTarget;

// For other built-in modules.
// Makes self an event target without the constructor (Object.create instances, the global object).
exports.initTarget = function (self) { self[TARGET] = {}; };
exports.isEvent = function (v) { return typeof v === 'object' && v !== null && v[STATE] !== undefined; };
// The state object of an event; kinds of events keep their own fields in it too.
exports.stateOf = state;
exports.initEvent = initEvent;
// A trusted event of class C: fields are put into its state.
exports.trusted = function (C, type, fields, init) {
  var event = Object.create(C.prototype), s = initEvent(event, type, init, true), k;
  if (fields) for (k in fields) s[k] = fields[k];
  return event;
};
exports.dispatch = dispatch;
exports.hasListeners = function (target, type) { return target[TARGET]['$' + type] !== undefined; };

// An onX attribute: runs in the order of the first time that it was set; anything but a function is null.
exports.handlerAttribute = function (proto, type) {
  var KEY = idl.hidden('on' + type);
  Object.defineProperty(proto, 'on' + type, {
    get: function () {
      listenersOf(this);
      return this[KEY] ? this[KEY].callback : null;
    },
    set: function (value) {
      var map = listenersOf(this), slot = this[KEY];
      var callback = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : null;
      if (slot === undefined) {
        if (callback === null) return;
        slot = this[KEY] = { callback: callback, listener: null };
        slot.listener = function (event) {
          if (typeof slot.callback === 'function') return slot.callback.call(this, event);
        };
        addListener(map, type, { callback: slot.listener, once: false, passive: false, removed: false });
        return;
      }
      slot.callback = callback;
    },
    enumerable: true, configurable: true,
  });
};
