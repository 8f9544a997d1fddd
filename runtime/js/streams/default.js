// ReadableStreamDefaultController: a queue of any values.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var state = require('streams/state');
var queues = require('streams/queue');

var CONTROLLER = idl.hidden('readable.controller');
var create = Object.create;
var READABLE = state.READABLE, CLOSED = state.CLOSED, ERRORED = state.ERRORED;
var on = promises.on;
var STARTED = promises.STARTED, PULLED = promises.PULLED;

// `from` is where chunks come from: { pulls, pull(), cancel(reason) }, which give promises; pull is called only when
// `pulls` is true. null: nowhere.
function DefaultState(rs, highWaterMark, size) {
  this.stream = rs;
  this.queue = new queues.Queue(); // chunk, or { value, size } with a size function
  this.highWaterMark = highWaterMark;
  if (size !== undefined) this.size = size;
  rs.controller = this;
}
// What most states never change lives here: an own property costs time and memory.
var proto = DefaultState.prototype = create(null);
proto.total = 0;
proto.size = undefined;
proto.started = proto.pulling = proto.again = false;
proto.closing = false; // close() was called, chunks are left
proto.from = null;

proto.desiredSize = function () {
  var at = this.stream.state;
  return at === ERRORED ? null : at === CLOSED ? 0 : this.highWaterMark - this.total;
};

proto.takes = function () { return !this.closing && this.stream.state === READABLE; };

proto.clear = function () { this.from = null; this.size = undefined; };

proto.pull = function (request) {
  var entry;
  if (this.queue.length > 0) {
    entry = this.queue.shift();
    if (this.size !== undefined) {
      this.total -= entry.size;
      if (this.total < 0) this.total = 0;
      entry = entry.value;
    } else {
      this.total--;
    }
    if (this.closing && this.queue.length === 0) {
      this.clear();
      state.close(this.stream);
    } else {
      this.pullIfNeeded();
    }
    request.chunk(entry);
  } else {
    this.stream.reader.requests.push(request);
    this.pullIfNeeded();
  }
};

proto.cancel = function (reason) {
  var from = this.from;
  this.queue.clear();
  this.total = 0;
  this.clear();
  return from === null ? promises.resolved(undefined) : from.cancel(reason);
};

proto.release = promises.nothing;

proto.pullIfNeeded = function () {
  if (!this.started || this.from === null || !this.from.pulls || !this.takes() ||
      !(state.wanted(this.stream) || this.highWaterMark - this.total > 0)) return;
  if (this.pulling) {
    this.again = true;
    return;
  }
  this.pulling = true;
  on(this.from.pull(), this, PULLED);
};
proto.onPulled = function () {
  this.pulling = false;
  if (this.again) {
    this.again = false;
    this.pullIfNeeded();
  }
};

proto.enqueue = function (chunk) {
  var size;
  if (state.wanted(this.stream)) {
    this.stream.reader.requests.shift().chunk(chunk);
  } else if (this.size === undefined) {
    this.queue.push(chunk);
    this.total++;
  } else {
    try {
      size = this.size.call(undefined, chunk);
      size = queues.count(size);
    } catch (e) {
      this.error(e);
      return;
    }
    this.queue.push({ value: chunk, size: size });
    this.total += size;
  }
  this.pullIfNeeded();
};

proto.close = function () {
  this.closing = true;
  if (this.queue.length === 0) {
    this.clear();
    state.close(this.stream);
  }
};

proto.error = function (reason) {
  if (this.stream.state !== READABLE) return;
  this.queue.clear();
  this.total = 0;
  this.clear();
  state.error(this.stream, reason);
};

// Goes on once the promise of start() has settled.
proto.start = function (promise) {
  on(promise, this, STARTED);
};
proto.onStarted = function () {
  this.started = true;
  this.pullIfNeeded();
};
proto.onStartFailed = proto.onPullFailed = proto.error;

function ReadableStreamDefaultController() { idl.illegalConstructor(); }

function stateOf(self) {
  var c;
  if (self === null || self === undefined || (c = self[CONTROLLER]) === undefined) idl.illegal();
  return c;
}

idl.define(ReadableStreamDefaultController, 'ReadableStreamDefaultController', null, {
  get desiredSize() { return stateOf(this).desiredSize(); },
  close: function close() {
    var c = stateOf(this);
    if (!c.takes()) throw new TypeError('This ReadableStream is closed.');
    c.close();
  },
  enqueue: function enqueue(chunk) {
    var c = stateOf(this);
    if (!c.takes()) throw new TypeError('Unable to enqueue');
    c.enqueue(chunk);
  },
  error: function error(reason) {
    var c = stateOf(this);
    if (arguments.length < 1) idl.badParameter('error', 'ReadableStreamDefaultController', 1, 'Value');
    c.error(reason);
  },
});

exports.ReadableStreamDefaultController = ReadableStreamDefaultController;
exports.DefaultState = DefaultState;
// The object that a user's callbacks see.
exports.wrap = function (c) {
  var controller = create(ReadableStreamDefaultController.prototype);
  controller[CONTROLLER] = c;
  return controller;
};
