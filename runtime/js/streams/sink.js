// The state machine of a writable stream and its writer.
//
// ws: queue of { chunk, size, request } with CLOSE as its last; `inFlight` is the request whose chunk the sink has now.
// `to` is where chunks go: { write(chunk), close(), abort(reason) }, which give promises.
// A writer's state: { stream, ready, closed }, deferreds made when they are first asked for.
'use es5';
var abort = require('abort');
var promises = require('promises');
var queues = require('streams/queue');

var create = Object.create;
var on = promises.on;
var STARTED = promises.STARTED, WRITTEN = promises.WRITTEN, ENDED = promises.CLOSED, SETTLED = promises.SETTLED;
var WRITABLE = 0, ERRORING = 1, ERRORED = 2, CLOSED = 3;
var RELEASED = 'This WritableStream writer has been released.';
var CLOSE = { chunk: undefined, size: 0, request: null };

exports.WRITABLE = WRITABLE;
exports.ERRORING = ERRORING;
exports.ERRORED = ERRORED;
exports.CLOSED = CLOSED;
exports.RELEASED = RELEASED;
exports.LOCKED = 'This WritableStream is currently locked to a writer.';

function WritableState(highWaterMark, size) {
  this.queue = new queues.Queue();
  this.highWaterMark = highWaterMark;
  if (size !== undefined) this.size = size;
  if (highWaterMark <= 0) this.backpressure = true;
}
var proto = WritableState.prototype = create(null);
proto.state = WRITABLE;
proto.stored = proto.size = undefined;
proto.total = 0;
proto.started = proto.backpressure = false;
proto.writer = proto.to = null;
proto.inFlight = proto.closeRequest = proto.closeInFlight = null; // deferreds
proto.current = null; // the entry that the sink has now
proto.pendingAbort = null; // { d, reason, erroring }
proto.abortOf = null; // the abort that the sink is at
proto.aborter = null; // the controller's AbortSignal, once it was asked for
proto.abortReason = null; // { reason }
exports.WritableState = WritableState;

proto.closing = function () { return this.closeRequest !== null || this.closeInFlight !== null; };
proto.clear = function () { this.to = null; this.size = undefined; };
proto.desiredSize = function () {
  return this.state === CLOSED ? 0 : this.state === WRITABLE ? this.highWaterMark - this.total : null;
};

proto.start = function (promise) {
  on(promise, this, STARTED);
};
proto.onStarted = function () {
  this.started = true;
  this.advance();
};
proto.onStartFailed = function (reason) {
  this.started = true;
  this.failed(reason);
};

proto.updateBackpressure = function () {
  var now = this.highWaterMark - this.total <= 0, wr = this.writer;
  if (now === this.backpressure) return;
  this.backpressure = now;
  if (wr === null || wr.ready === null) return;
  if (now) wr.ready = null;
  else wr.ready.resolve(undefined);
};

function measure(ws, chunk) {
  try {
    return queues.count(ws.size.call(undefined, chunk));
  } catch (e) {
    ws.errorIfNeeded(e);
    return 1;
  }
}

// Gives the promise of a write, or fails it.
proto.add = function (wr, chunk) {
  var size = this.size === undefined ? 1 : measure(this, chunk), request;
  if (wr.stream !== this) return promises.rejected(new TypeError(RELEASED));
  if (this.state === ERRORED || this.state === ERRORING) return promises.rejected(this.stored);
  if (this.state === CLOSED || this.closing()) return promises.rejected(new TypeError('This WritableStream has been closed.'));
  request = promises.deferred();
  this.queue.push({ chunk: chunk, size: size, request: request });
  this.total += size;
  this.updateBackpressure();
  this.advance();
  return request.promise;
};

proto.close = function () {
  var wr = this.writer, d;
  if (this.state === ERRORED || this.state === ERRORING) return promises.rejected(this.stored);
  if (this.state === CLOSED || this.closing()) return promises.rejected(new TypeError('This WritableStream has been closed.'));
  d = this.closeRequest = promises.deferred();
  if (wr !== null && wr.ready !== null && this.backpressure) wr.ready.resolve(undefined);
  this.queue.push(CLOSE);
  this.advance();
  return d.promise;
};

proto.advance = function () {
  var entry;
  if (!this.started || this.inFlight !== null || this.closeInFlight !== null) return;
  if (this.state === ERRORING) return this.finishErroring();
  if (this.state !== WRITABLE || this.queue.length === 0) return;
  entry = this.queue.peek();
  if (entry === CLOSE) this.runClose();
  else this.runWrite(entry);
};

proto.runWrite = function (entry) {
  this.current = entry;
  this.inFlight = entry.request;
  on(this.to.write(entry.chunk), this, WRITTEN);
};
proto.onWritten = function () {
  var entry = this.current;
  this.current = this.inFlight = null;
  entry.request.resolve(undefined);
  if (this.queue.length > 0) this.queue.shift();
  this.total -= entry.size;
  if (this.total < 0) this.total = 0;
  if (this.state === WRITABLE && !this.closing()) this.updateBackpressure();
  this.advance();
};
proto.onWriteFailed = function (reason) {
  var entry = this.current;
  if (this.state === WRITABLE) this.clear();
  this.current = this.inFlight = null;
  if (this.queue.length > 0) this.queue.shift();
  entry.request.reject(reason);
  this.failed(reason);
};

proto.runClose = function () {
  var to = this.to;
  this.closeInFlight = this.closeRequest;
  this.closeRequest = null;
  this.queue.shift();
  this.clear();
  on(to.close(), this, ENDED);
};
proto.onCloseFailed = function (reason) {
  var d = this.closeInFlight;
  this.closeInFlight = null;
  d.reject(reason);
  if (this.pendingAbort !== null) {
    this.pendingAbort.d.reject(reason);
    this.pendingAbort = null;
  }
  this.failed(reason);
};
proto.onClosed = function () {
  var d = this.closeInFlight, wr = this.writer;
  this.closeInFlight = null;
  d.resolve(undefined);
  if (this.state === ERRORING) {
    this.stored = undefined;
    if (this.pendingAbort !== null) {
      this.pendingAbort.d.resolve(undefined);
      this.pendingAbort = null;
    }
  }
  this.state = CLOSED;
  if (wr !== null && wr.closed !== null) wr.closed.resolve(undefined);
};

proto.failed = function (reason) {
  if (this.state === WRITABLE) this.startErroring(reason);
  else if (this.state === ERRORING) this.finishErroring();
};
proto.errorIfNeeded = function (reason) {
  if (this.state !== WRITABLE) return;
  this.clear();
  this.startErroring(reason);
};

function rejectDeferred(d, reason) {
  promises.handled(d.promise);
  d.reject(reason);
}

proto.startErroring = function (reason) {
  var wr = this.writer;
  this.state = ERRORING;
  this.stored = reason;
  if (wr !== null && wr.ready !== null) {
    if (this.backpressure && !this.closing()) rejectDeferred(wr.ready, reason);
    else wr.ready = null;
  }
  if (this.inFlight === null && this.closeInFlight === null && this.started) this.finishErroring();
};

proto.finishErroring = function () {
  var stored = this.stored, abort = this.pendingAbort, to = this.to, entry;
  if (this.inFlight !== null || this.closeInFlight !== null) return;
  this.state = ERRORED;
  while (this.queue.length > 0) {
    entry = this.queue.shift();
    if (entry.request !== null) entry.request.reject(stored);
  }
  this.total = 0;
  this.clear();
  if (abort === null) return this.rejectRest();
  this.pendingAbort = null;
  if (abort.erroring) {
    abort.d.reject(stored);
    return this.rejectRest();
  }
  this.abortOf = abort;
  on(to === null ? promises.resolved(undefined) : to.abort(abort.reason), this, SETTLED);
};
proto.onSettled = function () {
  this.abortOf.d.resolve(undefined);
  this.rejectRest();
};
proto.onSettleFailed = function (reason) {
  this.abortOf.d.reject(reason);
  this.rejectRest();
};

proto.rejectRest = function () {
  var wr = this.writer;
  if (this.closeRequest !== null) {
    this.closeRequest.reject(this.stored);
    this.closeRequest = null;
  }
  this.settledError = true;
  if (wr !== null && wr.closed !== null) rejectDeferred(wr.closed, this.stored);
};
proto.settledError = false;

proto.abort = function (reason) {
  var erroring;
  if (this.state === CLOSED || this.state === ERRORED) return promises.resolved(undefined);
  if (this.abortReason === null) this.abortReason = { reason: reason };
  if (this.aborter !== null) abortSignal(this.aborter, reason);
  if (this.state === CLOSED || this.state === ERRORED) return promises.resolved(undefined);
  if (this.pendingAbort !== null) return this.pendingAbort.d.promise;
  erroring = this.state === ERRORING;
  this.pendingAbort = { d: promises.deferred(), reason: erroring ? undefined : reason, erroring: erroring };
  var promise = this.pendingAbort.d.promise;
  if (!erroring) this.startErroring(reason);
  return promise;
};

function abortSignal(signal, reason) { abort.abort(signal, reason === undefined ? abort.abortError() : reason); }

proto.signal = function () {
  if (this.aborter === null) {
    this.aborter = abort.createSignal();
    if (this.abortReason !== null) abortSignal(this.aborter, this.abortReason.reason);
  }
  return this.aborter;
};

// ---- writer ----

function WriterState(ws) {
  this.stream = ws;
  this.ready = this.closed = null;
  ws.writer = this;
}
WriterState.prototype = create(null);
exports.WriterState = WriterState;

exports.readyOf = function (wr) {
  var ws = wr.stream, d = wr.ready;
  if (d !== null) return d.promise;
  d = wr.ready = promises.deferred();
  if (ws === null) rejectDeferred(d, new TypeError(RELEASED));
  else if (ws.state === ERRORING || ws.state === ERRORED) rejectDeferred(d, ws.stored);
  else if (ws.state === CLOSED || ws.closing() || !ws.backpressure) d.resolve(undefined);
  return d.promise;
};

exports.closedOf = function (wr) {
  var ws = wr.stream, d = wr.closed;
  if (d !== null) return d.promise;
  d = wr.closed = promises.deferred();
  promises.handled(d.promise);
  if (ws === null) d.reject(new TypeError(RELEASED));
  else if (ws.state === CLOSED) d.resolve(undefined);
  else if (ws.state === ERRORED && ws.settledError) d.reject(ws.stored);
  return d.promise;
};

exports.release = function (wr) {
  var ws = wr.stream, reason;
  if (ws === null) return;
  reason = new TypeError(RELEASED);
  if (wr.ready !== null) {
    if (ws.state === WRITABLE && ws.backpressure && !ws.closing()) rejectDeferred(wr.ready, reason);
    else wr.ready = null;
  }
  if (wr.closed !== null) {
    if (ws.state === CLOSED || ws.settledError) wr.closed = null;
    else rejectDeferred(wr.closed, reason);
  }
  wr.stream = null;
  ws.writer = null;
};
