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
  this.held = undefined; // a chunk on its way to the branches
  this.branches = [];
  this.canceled = [false, false];
  this.reasons = [undefined, undefined];
  this.done = promises.deferred(); // of cancelling both
}
var proto = Tee.prototype = Object.create(null);

proto.branch = function (n) {
  var rs = new state.ReadableState();
  var c = this.isBytes ? new byte.ByteState(rs, 0, 0) : new defaults.DefaultState(rs, 1, undefined);
  if (!this.isBytes) c.highWaterMark = 1;
  c.from = new Branch(this, n);
  this.branches[n] = c;
  return rs;
};

function Branch(tee, n) {
  this.tee = tee;
  this.n = n;
}
Branch.prototype = Object.create(null);
Branch.prototype.pulls = true;
Branch.prototype.pull = function () { return this.tee.pull(); };
Branch.prototype.cancel = function (reason) { return this.tee.cancel(this.n, reason); };

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

var RESOLVED = promises.resolved(undefined);

function TeeRequest(tee) { this.tee = tee; }
TeeRequest.prototype = Object.create(null);
TeeRequest.prototype.chunk = function (chunk) {
  this.tee.held = chunk;
  promises.on(RESOLVED, this.tee, promises.PULLED);
};
// One job later, so that an error that comes with the chunk reaches the branches first.
proto.onPulled = function () {
  var chunk = this.held, first = this.branches[0], second = this.branches[1];
  this.held = undefined;
  this.again = false;
  if (first.takes()) first.enqueue(chunk);
  if (second.takes()) second.enqueue(this.isBytes ? bytes.copy(chunk) : chunk);
  this.reading = false;
  if (this.again) this.pull();
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
