// ReadableStream and its two readers.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var state = require('streams/state');
var queues = require('streams/queue');
var defaults = require('streams/default');
var byte = require('streams/byte');

var STREAM = idl.hidden('readable');
var READER = idl.hidden('readable.reader');
var create = Object.create;
var defineProperty = Object.defineProperty;
var resolved = promises.resolved;
var rejected = promises.rejected;
var floor = Math.floor;
var LOCKED = 'This ReadableStream is currently locked to a reader.';
var AUTO_ALLOCATE = 4096;

function ReadableStream(source, strategy) {
  if (!(this instanceof ReadableStream)) idl.needNew('ReadableStream');
  var rs = new state.ReadableState(), type;
  source = queues.dict(source, 'ReadableStream', 1, 'UnderlyingSource');
  type = source === null ? undefined : source.type;
  if (type !== undefined) type = idl.str(type);
  if (type !== undefined && type !== '' && type !== 'bytes')
    throw new TypeError('"' + type + '" is not a valid type of ReadableStream.');
  if (type === 'bytes') setUpBytes(rs, source, strategy);
  else setUpDefault(rs, source, strategy);
  this[STREAM] = rs;
}

function setUpDefault(rs, source, strategy) {
  var s = queues.strategy(strategy, 'ReadableStream', 2, 1);
  var c = new defaults.DefaultState(rs, s.highWaterMark, s.size);
  connect(c, source, defaults.wrap(c));
}

function setUpBytes(rs, source, strategy) {
  var s = queues.strategy(strategy, 'ReadableStream', 2, 0), size = source.autoAllocateChunkSize, c;
  if (size === undefined) size = AUTO_ALLOCATE;
  else if (!((size = +size) >= 1)) throw new TypeError('The autoAllocateChunkSize option cannot be zero.');
  c = new byte.ByteState(rs, s.highWaterMark, floor(size));
  connect(c, source, byte.wrap(c));
}

// Ties a controller's state to the user's callbacks. A start() that throws errors the stream, as on the peer.
function connect(c, source, controller) {
  var start = queues.callback(source, 'start', 'UnderlyingSource');
  var pull = queues.callback(source, 'pull', 'UnderlyingSource');
  var cancel = queues.callback(source, 'cancel', 'UnderlyingSource');
  if (pull !== undefined || cancel !== undefined) c.from = new UserSource(source, pull, cancel, controller);
  c.start(start === undefined ? resolved(undefined) : promises.attempt(start, source, controller));
}

function UserSource(source, pull, cancel, controller) {
  this.source = source;
  this.pulls = pull !== undefined;
  this.userPull = pull;
  this.userCancel = cancel;
  this.controller = controller;
}
UserSource.prototype = create(null);
UserSource.prototype.pull = function () { return promises.attempt(this.userPull, this.source, this.controller); };
UserSource.prototype.cancel = function (reason) {
  return this.userCancel === undefined ? resolved(undefined) : promises.attempt(this.userCancel, this.source, reason);
};

function streamOf(self) {
  var rs;
  if (self === null || self === undefined || (rs = self[STREAM]) === undefined) idl.illegal();
  return rs;
}

function isReadable(value) { return value !== null && typeof value === 'object' && value[STREAM] !== undefined; }

function wrap(rs) {
  var stream = create(ReadableStream.prototype);
  stream[STREAM] = rs;
  return stream;
}

function isByob(options) {
  var mode;
  if (options === undefined || options === null) return false;
  if (typeof options !== 'object' && typeof options !== 'function')
    idl.badParameter('getReader', 'ReadableStream', 1, 'GetReaderOptions');
  mode = options.mode;
  if (mode === undefined) return false;
  if (idl.str(mode) !== 'byob') throw new TypeError("mode must be undefined or 'byob' in call to getReader().");
  return true;
}

idl.define(ReadableStream, 'ReadableStream', null, {
  get locked() { return streamOf(this).reader !== null; },
  cancel: function cancel(reason) {
    var rs = streamOf(this);
    return rs.reader !== null ? rejected(new TypeError(LOCKED)) : state.cancel(rs, reason);
  },
  getReader: function getReader(options) {
    var rs = streamOf(this);
    return isByob(options) ? acquire(ReadableStreamBYOBReader.prototype, rs, true) :
      acquire(ReadableStreamDefaultReader.prototype, rs, false);
  },
  pipeThrough: function pipeThrough(transform, options) {
    var rs = streamOf(this);
    return require('streams/pipe').through(rs, transform, options);
  },
  pipeTo: function pipeTo(destination, options) {
    return require('streams/pipe').to(streamOf(this), destination, options);
  },
  tee: function tee() {
    var branches = require('streams/tee').tee(streamOf(this));
    return [wrap(branches[0]), wrap(branches[1])];
  },
  values: function values(options) { return require('streams/iterate').iterate(this, options); },
}, {
  from: function from(iterable) {
    if (arguments.length < 1) idl.badParameter('from', 'ReadableStream', 1, 'AsyncGenerator');
    return wrap(require('streams/iterate').from(iterable));
  },
});
defineProperty(ReadableStream, 'length', { value: 0, configurable: true });
if (Symbol.asyncIterator)
  defineProperty(ReadableStream.prototype, Symbol.asyncIterator, {
    value: function values(options) { return require('streams/iterate').iterate(this, options); },
    writable: true, configurable: true,
  });

// ---- readers ----

function lock(rs, byob) {
  if (rs.reader !== null) throw new TypeError(LOCKED);
  if (byob && !(rs.controller instanceof byte.ByteState)) throw new TypeError('This ReadableStream does not support BYOB reads.');
  return new state.ReaderState(rs, byob);
}

function acquire(proto, rs, byob) {
  var reader = create(proto);
  reader[READER] = lock(rs, byob);
  return reader;
}

function readerOf(self, byob) {
  var rd;
  if (self === null || self === undefined || (rd = self[READER]) === undefined || rd.byob !== byob) idl.illegal();
  return rd;
}

function released() { return new TypeError(state.RELEASED); }

// The members that both readers have.
function readerMembers(byob) {
  return {
    get closed() { return state.closedOf(readerOf(this, byob)); },
    cancel: function cancel(reason) {
      var rd = readerOf(this, byob);
      return rd.stream === null ? rejected(released()) : state.cancel(rd.stream, reason);
    },
    releaseLock: function releaseLock() { state.release(readerOf(this, byob)); },
  };
}

function ReadableStreamDefaultReader(stream) {
  if (!(this instanceof ReadableStreamDefaultReader)) idl.needNew('ReadableStreamDefaultReader');
  if (!isReadable(stream)) idl.badConstructParameter('ReadableStreamDefaultReader', 1, 'ReadableStream');
  this[READER] = lock(stream[STREAM], false);
}
idl.define(ReadableStreamDefaultReader, 'ReadableStreamDefaultReader', null, readerMembers(false));
idl.members(ReadableStreamDefaultReader.prototype, {
  read: function read() {
    var rd = readerOf(this, false), request;
    if (rd.stream === null) return rejected(released());
    request = new state.PromiseRequest();
    state.read(rd, request);
    return request.promise;
  },
});

function ReadableStreamBYOBReader(stream) {
  if (!(this instanceof ReadableStreamBYOBReader)) idl.needNew('ReadableStreamBYOBReader');
  if (!isReadable(stream)) idl.badConstructParameter('ReadableStreamBYOBReader', 1, 'ReadableStream');
  this[READER] = lock(stream[STREAM], true);
}

function readInto(rd, view, Class, min) {
  var rs = rd.stream, length = Class === DataView ? view.byteLength : view.length, request;
  if (view.byteLength === 0)
    return rejected(new TypeError('You must call read() on a "byob" reader with a positive-sized TypedArray object.'));
  if (!(min >= 1)) return rejected(new TypeError('Requested invalid minimum number of bytes to read (' + min + ').'));
  if (min > length) return rejected(new TypeError('Minimum bytes to read (' + min + ') exceeds size of buffer (' + length + ').'));
  if (rs === null) return rejected(released());
  request = new state.PromiseRequest();
  rs.disturbed = true;
  if (rs.state === state.ERRORED) request.error(rs.stored);
  else rs.controller.pullInto(view, Class, min, request);
  return request.promise;
}

idl.define(ReadableStreamBYOBReader, 'ReadableStreamBYOBReader', null, readerMembers(true));
idl.members(ReadableStreamBYOBReader.prototype, {
  read: function read(view, options) {
    var rd = readerOf(this, true), Class = byte.viewClass(view), min = 1;
    if (Class === undefined) return rejectedParameter('read', 1, 'ArrayBufferView');
    if (options !== undefined && options !== null && options.min !== undefined) min = floor(+options.min);
    return readInto(rd, view, Class, min);
  },
  readAtLeast: function readAtLeast(min, view) {
    var rd = readerOf(this, true), Class = byte.viewClass(view);
    if (Class === undefined) return rejectedParameter('readAtLeast', 2, 'ArrayBufferView');
    return readInto(rd, view, Class, floor(+min));
  },
});

function rejectedParameter(verb, n, want) {
  return promises.attempt(function () { idl.badParameter(verb, 'ReadableStreamBYOBReader', n, want); });
}
[ReadableStreamDefaultReader, ReadableStreamBYOBReader].forEach(function (C) {
  defineProperty(C, 'length', { value: 0, configurable: true });
});

exports.ReadableStream = ReadableStream;
exports.ReadableStreamDefaultReader = ReadableStreamDefaultReader;
exports.ReadableStreamBYOBReader = ReadableStreamBYOBReader;
exports.LOCKED = LOCKED;
exports.is = isReadable;
exports.stateOf = streamOf;
exports.wrap = wrap;
exports.lock = lock;
