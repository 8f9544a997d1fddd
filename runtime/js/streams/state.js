// The state machine of a readable stream and of its readers, apart from how its controller finds chunks.
//
// A stream's state rs: { state, stored, disturbed, reader, controller, source }. A controller has pull(request),
// cancel(reason) and release(). A reader's state: { stream, byob, requests, closed }; `closed` is a deferred, made when
// it is first asked for. A request has chunk(value), close(value), error(reason).
'use es5';
var promises = require('promises');
var Queue = require('streams/queue').Queue;

var READABLE = 0, CLOSED = 1, ERRORED = 2;
var RELEASED = 'This ReadableStream reader has been released.';

exports.READABLE = READABLE;
exports.CLOSED = CLOSED;
exports.ERRORED = ERRORED;

function ReadableState() {
  this.reader = null;
  this.controller = null;
}
ReadableState.prototype = Object.create(null);
ReadableState.prototype.state = READABLE;
ReadableState.prototype.stored = undefined;
ReadableState.prototype.disturbed = false;
ReadableState.prototype.source = null; // the native source behind it, for the short ways
exports.ReadableState = ReadableState;

function ReaderState(rs, byob) {
  this.stream = rs;
  this.byob = byob;
  this.requests = new Queue();
  this.closed = null;
  rs.reader = this;
}
ReaderState.prototype = Object.create(null);
exports.ReaderState = ReaderState;

// The reader of streams that are locked for good.
exports.NOBODY = { stream: null, byob: false, requests: new Queue(), closed: null };

exports.closedOf = function (rd) {
  var rs = rd.stream;
  if (rd.closed !== null) return rd.closed.promise;
  rd.closed = promises.deferred();
  if (rs === null) rd.closed.reject(new TypeError(RELEASED));
  else if (rs.state === CLOSED) rd.closed.resolve(undefined);
  else if (rs.state === ERRORED) rd.closed.reject(rs.stored);
  promises.handled(rd.closed.promise);
  return rd.closed.promise;
};

exports.close = function (rs) {
  var rd = rs.reader, requests;
  rs.state = CLOSED;
  if (rd === null) return;
  if (rd.closed !== null) rd.closed.resolve(undefined);
  if (rd.byob) return;
  requests = rd.requests;
  while (requests.length > 0) requests.shift().close(undefined);
};

exports.error = function (rs, reason) {
  var rd = rs.reader;
  if (rs.state !== READABLE) return;
  rs.state = ERRORED;
  rs.stored = reason;
  if (rd === null) return;
  if (rd.closed !== null) rd.closed.reject(reason);
  failRequests(rd, reason);
};

function failRequests(rd, reason) {
  var requests = rd.requests;
  rd.requests = new Queue();
  while (requests.length > 0) requests.shift().error(reason);
}

exports.cancel = function (rs, reason) {
  var rd = rs.reader, requests;
  rs.disturbed = true;
  if (rs.state === CLOSED) return promises.resolved(undefined);
  if (rs.state === ERRORED) return promises.rejected(rs.stored);
  exports.close(rs);
  if (rd !== null && rd.byob) {
    requests = rd.requests;
    while (requests.length > 0) requests.shift().close(undefined);
  }
  return promises.then(rs.controller.cancel(reason), promises.nothing);
};

exports.read = function (rd, request) {
  var rs = rd.stream;
  rs.disturbed = true;
  if (rs.state === CLOSED) request.close(undefined);
  else if (rs.state === ERRORED) request.error(rs.stored);
  else rs.controller.pull(request);
};

exports.release = function (rd) {
  var rs = rd.stream, reason;
  if (rs === null) return;
  reason = new TypeError(RELEASED);
  if (rd.closed === null || rs.state !== READABLE) rd.closed = null;
  else rd.closed.reject(reason);
  rs.controller.release();
  rs.reader = null;
  rd.stream = null;
  failRequests(rd, reason);
};

exports.RELEASED = RELEASED;

// Whether a default reader waits for a chunk.
exports.wanted = function (rs) {
  return rs.reader !== null && rs.reader.byob === false && rs.reader.requests.length > 0;
};

// A request that settles the promise of read().
function PromiseRequest() { this.promise = promises.pending(); }
PromiseRequest.prototype = Object.create(null);
PromiseRequest.prototype.chunk = function (value) { promises.resolve(this.promise, { value: value, done: false }); };
PromiseRequest.prototype.close = function (value) { promises.resolve(this.promise, { value: value, done: true }); };
PromiseRequest.prototype.error = function (reason) { promises.reject(this.promise, reason); };
exports.PromiseRequest = PromiseRequest;
