// IdentityTransformStream and FixedLengthStream: bytes go in at one side and come out at the other.
//
// Nothing is buffered: a write is done when its bytes have been read.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var queues = require('streams/queue');
var sink = require('streams/sink');
var source = require('streams/source');
var readable = require('streams/readable');
var writable = require('streams/writable');
var transform = require('streams/transform');
var bytes = native('chunk');

var defineProperty = Object.defineProperty;
var resolved = promises.resolved;
var rejected = promises.rejected;

// The middle: at most one write waits for a reader, or one reader for a write.
function Conduit(expected) {
  this.chunk = null; // a Uint8Array that waits, and where its writer does
  this.writer = null;
  this.reader = null; // the deferred of a pull that waits
  this.ended = false;
  this.failed = null; // { reason }
  this.expected = expected; // bytes still to come, or -1
  this.length = expected >= 0 ? expected : undefined; // tells the host a content-length
}
var proto = Conduit.prototype = Object.create(null);

function toBytes(chunk) {
  if (typeof chunk === 'string') return bytes.encode(chunk);
  if (bytes.isSource(chunk)) return bytes.copy(chunk);
  throw new TypeError('This TransformStream is being used as a byte stream, but received an object of ' +
    'non-ArrayBuffer/ArrayBufferView type on its writable side.');
}

proto.write = function (chunk) {
  var reader = this.reader, e;
  try {
    chunk = toBytes(chunk);
    this.count(chunk.length);
  } catch (reason) {
    e = reason;
    this.fail(e);
    return rejected(e);
  }
  if (this.failed !== null) return rejected(this.failed.reason);
  if (chunk.length === 0) return resolved(undefined);
  this.chunk = chunk;
  this.writer = promises.deferred();
  if (reader !== null) {
    this.reader = null;
    reader.resolve(this.give());
  }
  return this.writer === null ? resolved(undefined) : this.writer.promise;
};

proto.count = function (length) {
  if (this.expected < 0) return;
  if (length > this.expected) throw new TypeError('Attempt to write too many bytes through a FixedLengthStream.');
  this.expected -= length;
};

// Hands the chunk to the reading side, which tells by taken() when it is read.
proto.give = function () {
  var chunk = this.chunk;
  this.chunk = null;
  return chunk;
};
proto.taken = function () {
  var writer = this.writer;
  if (writer === null || this.chunk !== null) return;
  this.writer = null;
  writer.resolve(undefined);
};

proto.pull = function () {
  this.taken();
  if (this.failed !== null) return rejected(this.failed.reason);
  if (this.chunk !== null) return this.give();
  if (this.ended) return null;
  this.reader = promises.deferred();
  return this.reader.promise;
};

proto.close = function () {
  var e, reader = this.reader;
  if (this.failed !== null) return rejected(this.failed.reason);
  if (this.expected > 0) {
    e = new TypeError('FixedLengthStream did not see all expected bytes before close().');
    this.fail(e);
    return rejected(e);
  }
  this.ended = true;
  if (reader !== null) {
    this.reader = null;
    reader.resolve(null);
  }
  return resolved(undefined);
};

proto.abort = function (reason) {
  this.fail(reason);
  return resolved(undefined);
};

// Ends both directions with an error.
proto.fail = function (reason) {
  var reader = this.reader, writer = this.writer;
  if (this.failed !== null) return;
  this.failed = { reason: reason };
  this.chunk = this.reader = this.writer = null;
  if (reader !== null) reader.reject(reason);
  if (writer !== null) writer.reject(reason);
  if (this.onfail !== null) this.onfail(reason);
};
proto.onfail = null;

proto.cancel = function (reason) {
  this.fail(reason);
  return resolved(undefined);
};

function setUp(self, expected, highWaterMark) {
  var conduit = new Conduit(expected);
  var ws = new sink.WritableState(highWaterMark === undefined ? 1 : highWaterMark,
    highWaterMark === undefined ? undefined : sizeOf);
  var readableSide = source.stream(conduit);
  ws.to = conduit;
  var controller = readable.stateOf(readableSide).controller; // stays when another stream takes over
  conduit.onfail = function (reason) {
    controller.error(reason);
    ws.errorIfNeeded(reason);
  };
  ws.start(resolved(undefined));
  transform.pair(self, readableSide, writable.wrap(ws));
}

function sizeOf(chunk) { return typeof chunk === 'string' ? chunk.length : chunk === null || chunk === undefined ? 0 : +chunk.byteLength || 0; }

function markOf(strategy, name, n) {
  strategy = queues.dict(strategy, name, n, 'QueuingStrategy');
  return strategy === null || strategy.highWaterMark === undefined ? undefined : queues.count(strategy.highWaterMark);
}

function IdentityTransformStream(strategy) {
  if (!(this instanceof IdentityTransformStream)) idl.needNew('IdentityTransformStream');
  setUp(this, -1, markOf(strategy, 'IdentityTransformStream', 1));
}
idl.define(IdentityTransformStream, 'IdentityTransformStream', transform.TransformStream, {});

function FixedLengthStream(expected, strategy) {
  if (!(this instanceof FixedLengthStream)) idl.needNew('FixedLengthStream');
  if (arguments.length < 1) idl.badConstructParameter('FixedLengthStream', 1, 'bigint');
  expected = queues.count(expected);
  if (expected >= 9007199254740992) throw new TypeError('FixedLengthStream requires an integer expected length less than 2^53.');
  setUp(this, expected, markOf(strategy, 'FixedLengthStream', 2));
}
idl.define(FixedLengthStream, 'FixedLengthStream', IdentityTransformStream, {});
[IdentityTransformStream, FixedLengthStream].forEach(function (C) {
  defineProperty(C, 'length', { value: 0, configurable: true });
});

exports.IdentityTransformStream = IdentityTransformStream;
exports.FixedLengthStream = FixedLengthStream;
