// TransformStream and its controller.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var queues = require('streams/queue');
var state = require('streams/state');
var sink = require('streams/sink');
var defaults = require('streams/default');
var readable = require('streams/readable');
var writable = require('streams/writable');

var STREAM = idl.hidden('transform');
var CONTROLLER = idl.hidden('transform.controller');
var create = Object.create;
var defineProperty = Object.defineProperty;
var then = promises.then;
var resolved = promises.resolved;
var rejected = promises.rejected;

// transform(chunk), flush() and cancel(reason) give promises; null does nothing, or passes the chunk on.
function TransformState(writableStrategy, readableStrategy) {
  this.rs = new state.ReadableState();
  this.rc = new defaults.DefaultState(this.rs, readableStrategy.highWaterMark, readableStrategy.size);
  this.ws = new sink.WritableState(writableStrategy.highWaterMark, writableStrategy.size);
  this.transform = this.flush = this.cancelWith = null;
  this.backpressure = true;
  this.change = null; // a deferred for when backpressure changes
  this.finishing = null; // a deferred: close, abort or cancel is under way
  this.readable = readable.wrap(this.rs);
  this.writable = writable.wrap(this.ws);
}
var proto = TransformState.prototype = create(null);

proto.start = function (promise) {
  this.ws.to = this.rc.from = this;
  this.rc.start(promise);
  this.ws.start(promise);
};

proto.setBackpressure = function (on) {
  if (this.change !== null) this.change.resolve(undefined);
  this.change = null;
  this.backpressure = on;
};
proto.changed = function () {
  if (this.change === null) this.change = promises.deferred();
  return this.change.promise;
};

proto.clear = function () { this.transform = this.flush = this.cancelWith = null; };

proto.error = function (reason) {
  this.rc.error(reason);
  this.errorWritable(reason);
};
proto.errorWritable = function (reason) {
  this.clear();
  this.ws.errorIfNeeded(reason);
  if (this.backpressure) this.setBackpressure(false);
};

proto.enqueue = function (chunk) {
  var now;
  if (!this.rc.takes()) throw new TypeError('The readable side of this TransformStream is no longer readable.');
  this.rc.enqueue(chunk);
  if (this.rs.state === state.ERRORED) {
    this.errorWritable(this.rs.stored);
    throw this.rs.stored;
  }
  now = !(state.wanted(this.rs) || this.rc.highWaterMark - this.rc.total > 0);
  if (now !== this.backpressure) this.setBackpressure(now);
};

proto.terminate = function () {
  if (this.rc.takes()) this.rc.close();
  this.errorWritable(new TypeError('The transform stream has been terminated'));
};

// ---- the writable side's sink ----

proto.write = function (chunk) {
  var self = this;
  if (!this.backpressure) return this.run(chunk);
  return then(this.changed(), function () {
    if (self.ws.state === sink.ERRORING) throw self.ws.stored;
    return self.run(chunk);
  });
};

proto.run = function (chunk) {
  var self = this, transform = this.transform;
  if (transform === null) {
    try {
      this.enqueue(chunk);
      return resolved(undefined);
    } catch (e) {
      this.error(e);
      return rejected(e);
    }
  }
  return then(transform(chunk), undefined, function (reason) {
    self.error(reason);
    throw reason;
  });
};

// Runs the last callback of either side once; done(ok) then settles the other side.
proto.finish = function (promise, ok, failed) {
  var d = this.finishing = promises.deferred(), self = this;
  this.clear();
  then(promise, function () {
    try {
      ok();
      d.resolve(undefined);
    } catch (e) {
      d.reject(e);
    }
  }, function (reason) {
    failed.call(self, reason);
    d.reject(reason);
  });
  return d.promise;
};

proto.close = function () {
  var self = this, flush = this.flush;
  if (this.finishing !== null) return this.finishing.promise;
  return this.finish(flush === null ? resolved(undefined) : flush(), function () {
    if (self.rs.state === state.ERRORED) throw self.rs.stored;
    if (self.rc.takes()) self.rc.close();
  }, function (reason) { self.rc.error(reason); });
};

proto.abort = function (reason) {
  var self = this, cancel = this.cancelWith;
  if (this.finishing !== null) return this.finishing.promise;
  return this.finish(cancel === null ? resolved(undefined) : cancel(reason), function () {
    if (self.rs.state === state.ERRORED) throw self.rs.stored;
    self.rc.error(reason);
  }, function (e) { self.rc.error(e); });
};

// ---- the readable side's source ----

proto.pulls = true;

proto.pull = function () {
  this.setBackpressure(false);
  return this.changed();
};

proto.cancel = function (reason) {
  var self = this, cancel = this.cancelWith;
  if (this.finishing !== null) return this.finishing.promise;
  return this.finish(cancel === null ? resolved(undefined) : cancel(reason), function () {
    if (self.ws.state === sink.ERRORED) throw self.ws.stored;
    self.errorWritable(reason);
  }, function (e) { self.errorWritable(e); });
};

// ---- the classes ----

function TransformStream(transformer, writableStrategy, readableStrategy) {
  if (!(this instanceof TransformStream)) idl.needNew('TransformStream');
  transformer = queues.dict(transformer, 'TransformStream', 1, 'Transformer');
  if (transformer !== null && transformer.readableType !== undefined) throw new TypeError('transformer.readableType must be undefined.');
  if (transformer !== null && transformer.writableType !== undefined) throw new TypeError('transformer.writableType must be undefined.');
  var ts = new TransformState(queues.strategy(writableStrategy, 'TransformStream', 2, 1),
    queues.strategy(readableStrategy, 'TransformStream', 3, 0));
  connect(ts, transformer);
  this[STREAM] = ts;
}

function connect(ts, transformer) {
  var start = queues.callback(transformer, 'start', 'Transformer');
  var transform = queues.callback(transformer, 'transform', 'Transformer');
  var flush = queues.callback(transformer, 'flush', 'Transformer');
  var cancel = queues.callback(transformer, 'cancel', 'Transformer');
  var controller = create(TransformStreamDefaultController.prototype);
  controller[CONTROLLER] = ts;
  if (transform !== undefined) ts.transform = function (chunk) { return promises.attempt(transform, transformer, chunk, controller); };
  if (flush !== undefined) ts.flush = function () { return promises.attempt(flush, transformer, controller); };
  if (cancel !== undefined) ts.cancelWith = function (reason) { return promises.attempt(cancel, transformer, reason); };
  ts.start(start === undefined ? resolved(undefined) : promises.attempt(start, transformer, controller));
}

function stateOf(self) {
  var ts;
  if (self === null || self === undefined || (ts = self[STREAM]) === undefined) idl.illegal();
  return ts;
}

idl.define(TransformStream, 'TransformStream', null, {
  get readable() { return stateOf(this).readable; },
  get writable() { return stateOf(this).writable; },
});
defineProperty(TransformStream, 'length', { value: 0, configurable: true });

function TransformStreamDefaultController() { idl.illegalConstructor(); }

function controllerOf(self) {
  var ts;
  if (self === null || self === undefined || (ts = self[CONTROLLER]) === undefined) idl.illegal();
  return ts;
}

idl.define(TransformStreamDefaultController, 'TransformStreamDefaultController', null, {
  get desiredSize() {
    var rc = controllerOf(this).rc;
    return rc.stream.state === state.READABLE && rc.takes() ? rc.desiredSize() : null;
  },
  enqueue: function enqueue(chunk) { controllerOf(this).enqueue(chunk); },
  error: function error(reason) { controllerOf(this).error(reason); },
  terminate: function terminate() { controllerOf(this).terminate(); },
});

exports.TransformStream = TransformStream;
exports.TransformStreamDefaultController = TransformStreamDefaultController;
// For subclasses of ours: gives `self` a state with these callbacks, each giving a value or throwing.
exports.init = function (self, transform, flush) {
  var ts = new TransformState({ highWaterMark: 1, size: undefined }, { highWaterMark: 0, size: undefined });
  ts.transform = function (chunk) { return promises.attempt(transform, ts, chunk); };
  ts.flush = function () { return promises.attempt(flush, ts); };
  ts.start(resolved(undefined));
  self[STREAM] = ts;
};
// The same for a pair of streams made elsewhere.
exports.pair = function (self, readableSide, writableSide) {
  self[STREAM] = { readable: readableSide, writable: writableSide };
};
