// pipeTo() and pipeThrough().
'use es5';
var idl = require('webidl');
var abort = require('abort');
var promises = require('promises');
var state = require('streams/state');
var sink = require('streams/sink');
var readable = require('streams/readable');
var writable = require('streams/writable');

var then = promises.then;
var on = promises.on;
var PULLED = promises.PULLED, WRITTEN = promises.WRITTEN;
var RESOLVED = promises.resolved(undefined);
var NOTHING = {};

// One pipe. `closing` is set once shutdown has begun: nothing is read from then on.
function Pipe(rs, ws, options) {
  this.from = rs;
  this.to = ws;
  this.preventClose = options.preventClose;
  this.preventAbort = options.preventAbort;
  this.preventCancel = options.preventCancel;
  this.reader = new state.ReaderState(rs, false);
  this.writer = new sink.WriterState(ws);
  this.closing = false;
  this.reading = false;
  this.held = NOTHING; // a chunk that was read and is written in the next job
  this.afterHeld = null; // what shutdown does then
  this.lastWrite = RESOLVED;
  this.request = new PipeRequest(this);
  this.signal = options.signal;
  this.offAbort = null;
  this.d = promises.deferred();
}
var proto = Pipe.prototype = Object.create(null);

proto.start = function () {
  var self = this, signal = this.signal;
  this.from.disturbed = true;
  if (signal !== undefined) {
    if (abort.isAborted(signal)) return this.aborted(abort.reasonOf(signal));
    this.offAbort = abort.onAbort(signal, function (reason) { self.aborted(reason); });
  }
  if (this.check()) return;
  then(state.closedOf(this.reader), function () { self.check(); }, function () { self.check(); });
  then(sink.closedOf(this.writer), function () { self.check(); }, function () { self.check(); });
  this.pump();
};

// Acts on an end of either side; true when there is one.
proto.check = function () {
  var self = this, from = this.from, to = this.to, e;
  if (this.closing) return true;
  if (from.state === state.ERRORED) {
    e = from.stored;
    if (!this.preventAbort) this.shutdown(function () { return to.abort(e); }, true, e);
    else this.shutdown(null, true, e);
  } else if (to.state === sink.ERRORED || to.state === sink.ERRORING) {
    e = to.stored;
    if (!this.preventCancel) this.shutdown(function () { return state.cancel(from, e); }, true, e);
    else this.shutdown(null, true, e);
  } else if (from.state === state.CLOSED && !this.reading) {
    if (!this.preventClose) this.shutdown(function () { return self.closeTo(); }, false);
    else this.shutdown(null, false);
  } else if (to.state === sink.CLOSED || to.closing()) {
    e = new TypeError('This destination writable stream is closed.');
    if (!this.preventCancel) this.shutdown(function () { return state.cancel(from, e); }, true, e);
    else this.shutdown(null, true, e);
  } else {
    return false;
  }
  return true;
};

proto.closeTo = function () {
  var to = this.to;
  if (to.state === sink.CLOSED || to.closing()) return promises.resolved(undefined);
  return to.close();
};

proto.aborted = function (reason) {
  var self = this;
  this.shutdown(function () {
    var waits = [];
    if (!self.preventAbort && self.to.state === sink.WRITABLE) waits[waits.length] = self.to.abort(reason);
    if (!self.preventCancel && self.from.state === state.READABLE) waits[waits.length] = state.cancel(self.from, reason);
    return both(waits);
  }, true, reason);
};

function both(waits) {
  if (waits.length === 0) return promises.resolved(undefined);
  if (waits.length === 1) return waits[0];
  promises.handled(waits[1]);
  return then(waits[0], function () { return waits[1]; });
}

proto.pump = function () {
  if (this.closing || this.check()) return;
  if (this.to.backpressure) {
    on(sink.readyOf(this.writer), this, WRITTEN);
    return;
  }
  this.reading = true;
  state.read(this.reader, this.request);
};
proto.onWritten = proto.pump;
proto.onWriteFailed = promises.nothing;

function PipeRequest(pipe) { this.pipe = pipe; }
PipeRequest.prototype = Object.create(null);
// The chunk is written one job later, as a reader's promise would bring it; even if shutdown has begun.
PipeRequest.prototype.chunk = function (chunk) {
  this.pipe.held = chunk;
  on(RESOLVED, this.pipe, PULLED);
};
proto.onPulled = function () {
  var chunk = this.held, after = this.afterHeld;
  this.held = NOTHING;
  this.reading = false;
  if (this.writer.stream !== null) {
    this.lastWrite = this.to.add(this.writer, chunk);
    promises.handled(this.lastWrite);
  }
  if (after === null) return this.pump();
  this.afterHeld = null;
  this.afterWrites(after);
};
PipeRequest.prototype.close = PipeRequest.prototype.error = function () {
  this.pipe.reading = false;
  this.pipe.check();
};

proto.shutdown = function (action, failed, reason) {
  var self = this;
  if (this.closing) return;
  this.closing = true;
  if (this.to.state === sink.WRITABLE && !this.to.closing()) this.afterWrites(function () { self.act(action, failed, reason); });
  else this.act(action, failed, reason);
};

// Waits until what was read is written, even what comes while waiting.
proto.afterWrites = function (fn) {
  var self = this, last = this.lastWrite;
  function settled() {
    if (self.lastWrite === last && self.held === NOTHING) fn();
    else self.afterWrites(fn);
  }
  if (this.held !== NOTHING) this.afterHeld = fn;
  else then(last, settled, settled);
};

proto.act = function (action, failed, reason) {
  var self = this;
  if (action === null) return this.finish(failed, reason);
  then(action(), function () { self.finish(failed, reason); }, function (e) { self.finish(true, e); });
};

proto.finish = function (failed, reason) {
  sink.release(this.writer);
  state.release(this.reader);
  if (this.offAbort !== null) this.offAbort();
  if (failed) this.d.reject(reason);
  else this.d.resolve(undefined);
};

function readOptions(options) {
  var read = { preventClose: false, preventAbort: false, preventCancel: false, signal: undefined };
  if (options === undefined || options === null) return read;
  read.preventAbort = !!options.preventAbort;
  read.preventCancel = !!options.preventCancel;
  read.preventClose = !!options.preventClose;
  if (options.signal !== undefined) {
    if (!abort.isSignal(options.signal)) idl.badField('signal', 'PipeToOptions', 'AbortSignal');
    read.signal = options.signal;
  }
  return read;
}

function pipe(rs, ws, options) {
  var p = new Pipe(rs, ws, options);
  p.start();
  return p.d.promise;
}

exports.to = function (rs, destination, options) {
  var ws;
  try {
    if (!writable.is(destination)) idl.badParameter('pipeTo', 'ReadableStream', 1, 'WritableStream');
    options = readOptions(options);
    ws = writable.stateOf(destination);
    if (rs.reader !== null) throw new TypeError(readable.LOCKED);
    if (ws.writer !== null) throw new TypeError('This WritableStream is currently locked to a writer');
  } catch (e) {
    return promises.rejected(e);
  }
  return pipe(rs, ws, options);
};

exports.through = function (rs, transform, options) {
  var ws, readableSide, writableSide;
  if (transform === null || typeof transform !== 'object' && typeof transform !== 'function')
    idl.badParameter('pipeThrough', 'ReadableStream', 1, 'Transform');
  readableSide = transform.readable;
  if (!readable.is(readableSide)) idl.badField('readable', 'Transform', 'ReadableStream');
  writableSide = transform.writable;
  if (!writable.is(writableSide)) idl.badField('writable', 'Transform', 'WritableStream');
  options = readOptions(options);
  ws = writable.stateOf(writableSide);
  if (rs.reader !== null) throw new TypeError(readable.LOCKED);
  if (ws.writer !== null) throw new TypeError(sink.LOCKED);
  promises.handled(pipe(rs, ws, options));
  return readableSide;
};
