// Byte streams on a native source, and the short ways around them.
//
// A source is { pull(want), cancel(reason), readAll?, length?, taken? }. pull gives the next Uint8Array, null at the
// end, or a promise of either; it is called again only after that. cancel may give a promise. readAll gives a promise of all
// bytes. taken() is called once the bytes of the last pull have been read.
'use es5';
var promises = require('promises');
var state = require('streams/state');
var byte = require('streams/byte');
var readable = require('streams/readable');

var then = promises.then;
var WANT = 65536;

function isPromise(value) { return value !== null && typeof value === 'object' && value.byteLength === undefined; }

// Takes what a pull gave.
function deliver(c, source, chunk) {
  if (chunk === null || chunk === undefined) {
    if (c.takes()) c.end();
    return;
  }
  if (chunk.byteLength > 0 && c.takes()) c.enqueue(chunk);
  if (source.taken !== undefined && c.total === 0) source.taken();
}

function NativeSource(c, source) {
  this.c = c;
  this.source = source;
}
NativeSource.prototype = Object.create(null);
NativeSource.prototype.pulls = true;
NativeSource.prototype.pull = function () {
  var c = this.c, source = this.source, chunk;
  try {
    chunk = source.pull(c.pending.length > 0 ? c.pending.peek().to.length : WANT);
  } catch (e) {
    return promises.rejected(e);
  }
  if (isPromise(chunk)) return then(chunk, function (value) { deliver(c, source, value); });
  deliver(c, source, chunk);
  return promises.resolved(undefined);
};
NativeSource.prototype.cancel = function (reason) {
  return promises.attempt(this.source.cancel, this.source, reason);
};

exports.stream = function (source) {
  var rs = new state.ReadableState(), c = new byte.ByteState(rs, 0, 0);
  rs.source = source;
  c.started = true;
  c.from = new NativeSource(c, source);
  return readable.wrap(rs);
};

// The source behind an untouched stream, or null. Whoever takes it reads from it alone.
exports.behind = function (rs) {
  return rs.source !== null && !rs.disturbed && rs.reader === null && rs.state === state.READABLE ? rs.source : null;
};
