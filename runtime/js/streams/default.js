// ReadableStreamDefaultController: a queue of any values.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var state = require('streams/state');
var queues = require('streams/queue');

var CONTROLLER = idl.hidden('readable.controller');
var create = Object.create;
var READABLE = state.READABLE, CLOSED = state.CLOSED, ERRORED = state.ERRORED;
var then = promises.then;

// pull() and cancel(reason) give promises; pull may be null.
function DefaultState(rs, highWaterMark, size) {
  this.stream = rs;
  this.queue = new queues.Queue(); // chunk, or { value, size } with a size function
  this.total = 0;
  this.highWaterMark = highWaterMark;
  this.size = size;
  this.started = false;
  this.closing = false; // close() was called, chunks are left
  this.pulling = false;
  this.again = false;
  this.pullFrom = null;
  this.cancelWith = null;
  rs.controller = this;
}
var proto = DefaultState.prototype = create(null);

proto.desiredSize = function () {
  var at = this.stream.state;
  return at === ERRORED ? null : at === CLOSED ? 0 : this.highWaterMark - this.total;
};

proto.takes = function () { return !this.closing && this.stream.state === READABLE; };

proto.clear = function () { this.pullFrom = this.cancelWith = null; this.size = undefined; };

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
  var cancel = this.cancelWith;
  this.queue.clear();
  this.total = 0;
  this.clear();
  return cancel === null ? promises.resolved(undefined) : cancel(reason);
};

proto.release = promises.nothing;

proto.pullIfNeeded = function () {
  var self = this;
  if (!this.started || this.pullFrom === null || !this.takes() ||
      !(state.wanted(this.stream) || this.highWaterMark - this.total > 0)) return;
  if (this.pulling) {
    this.again = true;
    return;
  }
  this.pulling = true;
  then(this.pullFrom(), function () {
    self.pulling = false;
    if (self.again) {
      self.again = false;
      self.pullIfNeeded();
    }
  }, function (reason) { self.error(reason); });
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
  var self = this;
  then(promise, function () {
    self.started = true;
    self.pullIfNeeded();
  }, function (reason) { self.error(reason); });
};

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
