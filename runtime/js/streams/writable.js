// WritableStream, its writer and its controller.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var queues = require('streams/queue');
var sink = require('streams/sink');

var STREAM = idl.hidden('writable');
var WRITER = idl.hidden('writable.writer');
var CONTROLLER = idl.hidden('writable.controller');
var create = Object.create;
var defineProperty = Object.defineProperty;
var resolved = promises.resolved;
var rejected = promises.rejected;

function WritableStream(underlying, strategy) {
  if (!(this instanceof WritableStream)) idl.needNew('WritableStream');
  var s, ws;
  underlying = queues.dict(underlying, 'WritableStream', 1, 'UnderlyingSink');
  s = queues.strategy(strategy, 'WritableStream', 2, 1);
  ws = new sink.WritableState(s.highWaterMark, s.size);
  connect(ws, underlying);
  this[STREAM] = ws;
}

// Ties a state to the user's callbacks. A start() that throws errors the stream, as on the peer.
function connect(ws, underlying) {
  var start = queues.callback(underlying, 'start', 'UnderlyingSink');
  var write = queues.callback(underlying, 'write', 'UnderlyingSink');
  var close = queues.callback(underlying, 'close', 'UnderlyingSink');
  var abort = queues.callback(underlying, 'abort', 'UnderlyingSink');
  var controller = create(WritableStreamDefaultController.prototype);
  controller[CONTROLLER] = ws;
  ws.to = new UserSink(underlying, write, close, abort, controller);
  ws.start(start === undefined ? resolved(undefined) : promises.attempt(start, underlying, controller));
}

function UserSink(sink, write, close, abort, controller) {
  this.sink = sink;
  this.userWrite = write;
  this.userClose = close;
  this.userAbort = abort;
  this.controller = controller;
}
UserSink.prototype = create(null);
UserSink.prototype.write = function (chunk) {
  return this.userWrite === undefined ? resolved(undefined) :
    promises.attempt(this.userWrite, this.sink, chunk, this.controller);
};
UserSink.prototype.close = function () {
  return this.userClose === undefined ? resolved(undefined) : promises.attempt(this.userClose, this.sink);
};
UserSink.prototype.abort = function (reason) {
  return this.userAbort === undefined ? resolved(undefined) : promises.attempt(this.userAbort, this.sink, reason);
};

function streamOf(self) {
  var ws;
  if (self === null || self === undefined || (ws = self[STREAM]) === undefined) idl.illegal();
  return ws;
}

function isWritable(value) { return value !== null && typeof value === 'object' && value[STREAM] !== undefined; }

function wrap(ws) {
  var stream = create(WritableStream.prototype);
  stream[STREAM] = ws;
  return stream;
}

function locked() { return rejected(new TypeError(sink.LOCKED)); }

idl.define(WritableStream, 'WritableStream', null, {
  get locked() { return streamOf(this).writer !== null; },
  abort: function abort(reason) {
    var ws = streamOf(this);
    return ws.writer !== null ? locked() : ws.abort(reason);
  },
  close: function close() {
    var ws = streamOf(this);
    return ws.writer !== null ? locked() : ws.close();
  },
  getWriter: function getWriter() {
    var ws = streamOf(this), writer = create(WritableStreamDefaultWriter.prototype);
    writer[WRITER] = lock(ws);
    return writer;
  },
});

function lock(ws) {
  if (ws.writer !== null) throw new TypeError(sink.LOCKED);
  return new sink.WriterState(ws);
}

function WritableStreamDefaultWriter(stream) {
  if (!(this instanceof WritableStreamDefaultWriter)) idl.needNew('WritableStreamDefaultWriter');
  if (!isWritable(stream)) idl.badConstructParameter('WritableStreamDefaultWriter', 1, 'WritableStream');
  this[WRITER] = lock(stream[STREAM]);
}

function writerOf(self) {
  var wr;
  if (self === null || self === undefined || (wr = self[WRITER]) === undefined) idl.illegal();
  return wr;
}
function released() { return rejected(new TypeError(sink.RELEASED)); }

idl.define(WritableStreamDefaultWriter, 'WritableStreamDefaultWriter', null, {
  get closed() { return sink.closedOf(writerOf(this)); },
  get ready() { return sink.readyOf(writerOf(this)); },
  get desiredSize() {
    var wr = writerOf(this);
    if (wr.stream === null) throw new TypeError(sink.RELEASED);
    return wr.stream.desiredSize();
  },
  abort: function abort(reason) {
    var wr = writerOf(this);
    return wr.stream === null ? released() : wr.stream.abort(reason);
  },
  close: function close() {
    var wr = writerOf(this);
    return wr.stream === null ? released() : wr.stream.close();
  },
  write: function write(chunk) {
    var wr = writerOf(this);
    return wr.stream === null ? released() : wr.stream.add(wr, chunk);
  },
  releaseLock: function releaseLock() { sink.release(writerOf(this)); },
});

function WritableStreamDefaultController() { idl.illegalConstructor(); }

function controllerOf(self) {
  var ws;
  if (self === null || self === undefined || (ws = self[CONTROLLER]) === undefined) idl.illegal();
  return ws;
}
idl.define(WritableStreamDefaultController, 'WritableStreamDefaultController', null, {
  get signal() { return controllerOf(this).signal(); },
  error: function error(reason) { controllerOf(this).errorIfNeeded(reason); },
});
[WritableStream, WritableStreamDefaultWriter].forEach(function (C) {
  defineProperty(C, 'length', { value: 0, configurable: true });
});

exports.WritableStream = WritableStream;
exports.WritableStreamDefaultWriter = WritableStreamDefaultWriter;
exports.WritableStreamDefaultController = WritableStreamDefaultController;
exports.is = isWritable;
exports.stateOf = streamOf;
exports.wrap = wrap;
