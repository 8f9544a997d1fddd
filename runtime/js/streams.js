// What bodies and the host use of streams; the classes are in streams/.
//
//   fromSource(source)      a byte ReadableStream that pulls from a native source (see streams/source.js) on demand
//   fromBytes(make)         the same of bytes that make() gives when the first reader asks
//   drainTo(stream, sink)   pumps any stream into { write(Uint8Array), close(), abort(reason) }; write gives undefined, or a
//                           promise when the sink is full. Exactly one of close and abort is called, once. The stream is locked
//                           from then on. Returns a function cancel(reason): the sink has gone, stop and cancel the stream.
//   drainSource(source, sink)  the same of a native source without a stream
//   lengthOf(stream)        how many bytes an untouched stream is known to bring (FixedLengthStream), or undefined
//   takeWhole(stream)       the bytes of an untouched fromBytes stream at once, or null
//   readAll(stream), readSource(source)  a promise of all bytes as one Uint8Array
'use es5';
var promises = require('promises');
var state = require('streams/state');
var readable = require('streams/readable');
var source = require('streams/source');
var byte = require('streams/byte');
var bytes = native('chunk');

var on = promises.on;
var PULLED = promises.PULLED, WRITTEN = promises.WRITTEN;
var END = {}; // the end of a stream, among chunks that may be anything
var NOT_BYTES = 'This ReadableStream did not return bytes.';
var WANT = 65536;

// ---- draining ----

// Pulls chunk after chunk from next(), which gives one, null at the end, or a promise; never recurses for what is at hand.
function Drain(sink, next, cancel, check) {
  this.sink = sink;
  this.check = check; // chunks are a script's and may be anything
  this.next = next;
  this.cancel = cancel;
  this.over = false;
}
Drain.prototype = Object.create(null);

Drain.prototype.run = function () {
  var chunk;
  try {
    for (;;) {
      if (this.over) return;
      chunk = this.next();
      if (chunk !== null && typeof chunk === 'object' && chunk.byteLength === undefined) {
        on(chunk, this, PULLED);
        return;
      }
      if (!this.put(chunk)) return;
    }
  } catch (e) {
    this.stop(e, true);
  }
};

Drain.prototype.onPulled = function (chunk) {
  try {
    if (this.put(this.check ? toBytes(chunk) : chunk)) this.run();
  } catch (e) {
    this.stop(e, true);
  }
};
Drain.prototype.onPullFailed = function (reason) { this.stop(reason, false); };
Drain.prototype.onWritten = Drain.prototype.run;
Drain.prototype.onWriteFailed = function (reason) { this.stop(reason, true); };

// Gives a chunk to the sink; true when the next may follow at once.
Drain.prototype.put = function (chunk) {
  var waits;
  if (this.over) return false;
  if (chunk === null || chunk === undefined) {
    this.over = true;
    this.sink.close();
    return false;
  }
  if (chunk.byteLength === 0) return true;
  waits = this.sink.write(chunk);
  if (waits === undefined) return true;
  on(waits, this, WRITTEN);
  return false;
};

Drain.prototype.stop = function (reason, cancels) {
  if (this.over) return;
  this.over = true;
  this.sink.abort(reason);
  if (cancels) this.cancel(reason);
};

function drain(sink, next, cancel, check) {
  var d = new Drain(sink, next, cancel, check);
  d.run();
  return function (reason) {
    if (d.over) return;
    d.over = true;
    cancel(reason);
  };
}

function toBytes(chunk) {
  if (chunk === END) return null;
  if (!bytes.isSource(chunk)) throw new TypeError(NOT_BYTES);
  return chunk instanceof Uint8Array ? chunk : bytes.view(chunk);
}

// A request for drains: a chunk at hand is returned by take(), a later one settles a promise.
function DrainRequest() {
  this.state = 0; // 0 waiting, 1 chunk or end, 2 error
  this.value = undefined;
  this.d = null;
}
DrainRequest.prototype = Object.create(null);
DrainRequest.prototype.chunk = function (chunk) {
  if (this.d !== null) return this.d.resolve(chunk);
  this.state = 1;
  this.value = chunk;
};
DrainRequest.prototype.close = function () {
  this.chunk(END);
};
DrainRequest.prototype.error = function (reason) {
  if (this.d !== null) return this.d.reject(reason);
  this.state = 2;
  this.value = reason;
};
DrainRequest.prototype.take = function () {
  if (this.state === 1) return toBytes(this.value);
  this.d = promises.deferred();
  if (this.state === 2) this.d.reject(this.value);
  return this.d.promise;
};

function drainSource(from, sink) {
  return drain(sink, function () { return from.pull(WANT); }, function (reason) {
    promises.handled(promises.attempt(from.cancel, from, reason));
  }, false);
}

function drainReader(rs, sink) {
  var rd = new state.ReaderState(rs, false);
  return drain(sink, function () {
    var request = new DrainRequest();
    state.read(rd, request);
    return request.take();
  }, function (reason) {
    if (rd.stream !== null) promises.handled(state.cancel(rs, reason));
  }, true);
}

function takeSource(rs) {
  var from = source.behind(rs);
  if (from !== null) finish(rs);
  return from;
}

// Leaves a stream as one that was read to its end by someone who keeps the lock.
function finish(rs) {
  rs.disturbed = true;
  rs.state = state.CLOSED;
  rs.reader = state.NOBODY;
}

function drainTo(stream, sink) {
  var rs = readable.stateOf(stream), from = takeSource(rs);
  return from !== null ? drainSource(from, sink) : drainReader(rs, sink);
}

// A sink that collects, for readAll.
function collect(start) {
  var d = promises.deferred(), list = [];
  start({
    write: function (chunk) { list[list.length] = chunk; },
    close: function () { d.resolve(list.length === 1 ? list[0] : bytes.concat(list)); },
    abort: function (reason) { d.reject(reason); },
  });
  return d.promise;
}

function readSource(from) {
  if (from.readAll !== undefined) return from.readAll();
  return collect(function (sink) { drainSource(from, sink); });
}

// ---- for bodies ----

// Bytes that are made once, when someone reads.
function BytesSource(make) { this.make = make; }
BytesSource.prototype = Object.create(null);
BytesSource.prototype.pull = function () {
  var make = this.make;
  if (make === null) return null;
  this.make = null;
  make = make();
  return make.length === 0 ? null : make;
};
BytesSource.prototype.cancel = function () { this.make = null; };
BytesSource.prototype.readAll = function () {
  var chunk = this.pull();
  return promises.resolved(chunk === null ? new Uint8Array(0) : chunk);
};

exports.ReadableStream = readable.ReadableStream;
exports.from = function (iterable) { return readable.wrap(require('streams/iterate').from(iterable)); };
exports.isReadable = readable.is;
exports.isDisturbed = function (stream) { return readable.stateOf(stream).disturbed; };
exports.isLocked = function (stream) { return readable.stateOf(stream).reader !== null; };
exports.fromSource = source.stream;
exports.fromBytes = function (make) { return source.stream(new BytesSource(make)); };
// The bytes of an untouched stream that fromBytes() made, which is then read to its end; else null.
exports.takeBytes = function (stream) {
  var rs = readable.stateOf(stream), from = source.behind(rs), make;
  if (!(from instanceof BytesSource)) return null;
  finish(rs);
  make = from.make;
  from.make = null;
  return make();
};
exports.drainTo = drainTo;
exports.drainSource = drainSource;
exports.readSource = readSource;
exports.readAll = function (stream) {
  var rs = readable.stateOf(stream), from = takeSource(rs);
  return from !== null ? readSource(from) : collect(function (sink) { drainReader(rs, sink); });
};
exports.lengthOf = function (stream) {
  var from = source.behind(readable.stateOf(stream));
  return from !== null ? from.length : undefined;
};
// All bytes of an untouched stream that has them at hand (fromBytes), or null; the stream is used then.
exports.takeWhole = function (stream) {
  var rs = readable.stateOf(stream), from = source.behind(rs), chunk;
  if (from === null || from.make === undefined || takeSource(rs) === null) return null;
  chunk = from.pull();
  return chunk === null ? new Uint8Array(0) : chunk;
};
exports.consume = function (stream) { finish(readable.stateOf(stream)); };
exports.lockForGood = function (stream) { readable.stateOf(stream).reader = state.NOBODY; };
// A stream that was read before anyone saw it.
exports.consumed = function () {
  var rs = new state.ReadableState();
  rs.controller = new byte.ByteState(rs, 0, 0);
  finish(rs);
  return readable.wrap(rs);
};
exports.tee = function (stream) {
  var branches = require('streams/tee').tee(readable.stateOf(stream));
  return [readable.wrap(branches[0]), readable.wrap(branches[1])];
};
// Another stream takes over; the first one is left used and locked.
exports.detach = function (stream) {
  var from = readable.stateOf(stream), to = new state.ReadableState();
  to.state = from.state;
  to.stored = from.stored;
  to.controller = from.controller;
  to.source = from.source;
  to.controller.stream = to;
  from.controller = new byte.ByteState(from, 0, 0);
  from.source = null;
  finish(from);
  return readable.wrap(to);
};
