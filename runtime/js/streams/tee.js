// tee(): one stream read into two.
'use es5';
var promises = require('promises');
var state = require('streams/state');
var defaults = require('streams/default');
var byte = require('streams/byte');
var bytes = native('chunk');

// What both branches share. Each pull of a branch reads one chunk for both; a byte chunk is copied for the second.
function Tee(rs, rd) {
  this.from = rs;
  this.reader = rd;
  this.isBytes = rs.controller instanceof byte.ByteState;
  this.reading = false;
  this.again = false;
  this.branches = [];
  this.canceled = [false, false];
  this.reasons = [undefined, undefined];
  this.done = promises.deferred(); // of cancelling both
}
var proto = Tee.prototype = Object.create(null);

proto.branch = function (n) {
  var self = this, rs = new state.ReadableState();
  var c = this.isBytes ? new byte.ByteState(rs, 0, 0) : new defaults.DefaultState(rs, 1, undefined);
  if (!this.isBytes) c.highWaterMark = 1;
  c.pullFrom = function () { return self.pull(); };
  c.cancelWith = function (reason) { return self.cancel(n, reason); };
  this.branches[n] = c;
  return rs;
};

proto.pull = function () {
  if (this.reading) {
    this.again = true;
    return promises.resolved(undefined);
  }
  this.reading = true;
  state.read(this.reader, new TeeRequest(this));
  return promises.resolved(undefined);
};

proto.cancel = function (n, reason) {
  this.canceled[n] = true;
  this.reasons[n] = reason;
  if (this.canceled[0] && this.canceled[1]) this.done.resolve(state.cancel(this.from, this.reasons));
  return this.done.promise;
};

function TeeRequest(tee) { this.tee = tee; }
TeeRequest.prototype = Object.create(null);
TeeRequest.prototype.chunk = function (chunk) {
  var tee = this.tee;
  // One job later, so that an error that comes with the chunk reaches the branches first.
  promises.then(promises.resolved(undefined), function () {
    tee.again = false;
    if (!tee.canceled[0]) tee.branches[0].enqueue(chunk);
    if (!tee.canceled[1]) tee.branches[1].enqueue(tee.isBytes ? bytes.copy(chunk) : chunk);
    tee.reading = false;
    if (tee.again) tee.pull();
  });
};
TeeRequest.prototype.close = function () {
  var tee = this.tee, n, c;
  tee.reading = false;
  for (n = 0; n < 2; n++) {
    c = tee.branches[n];
    if (tee.canceled[n]) continue;
    if (tee.isBytes) c.end();
    else if (c.takes()) c.close();
  }
  if (!tee.canceled[0] || !tee.canceled[1]) tee.done.resolve(undefined);
};
TeeRequest.prototype.error = function () { this.tee.reading = false; };

// Two ReadableStates in place of one.
exports.tee = function (rs) {
  var tee, first, second, rd;
  if (rs.reader !== null) throw new TypeError('This ReadableStream is currently locked to a reader,');
  rd = new state.ReaderState(rs, false);
  rs.disturbed = true;
  tee = new Tee(rs, rd);
  first = tee.branch(0);
  second = tee.branch(1);
  tee.branches[0].start(promises.resolved(undefined));
  tee.branches[1].start(promises.resolved(undefined));
  promises.then(state.closedOf(rd), undefined, function (reason) {
    tee.branches[0].error(reason);
    tee.branches[1].error(reason);
    if (!tee.canceled[0] || !tee.canceled[1]) tee.done.resolve(undefined);
  });
  return [first, second];
};
