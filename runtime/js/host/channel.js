// What a stub leads to: a handle, and the actor behind it if it is a namespace's.
'use es5';
var ids = native('ids');
var make = native('records').make;

var last = 0; // nonce given

// id: a plain buffer, a text (ephemeral), or null: a service. The names are read by host.open and host.call.
function Channel() {
  this.handle = 0;
  this.id = null;
  this.name = undefined;
  this.nonce = 0; // tells the daemon which calls come from one stub: in the order of first calls
  this.calls = 0;
  this.incarnation = 0; // that answered last
  this.failure = null; // what its instance broke with: no call may come after one that was lost
  this.path = null; // of a facet: names, from the actor's own down
  this.facet = null; // facets.js's
  this.sending = 0; // the exchange whose arguments leave in pieces
  this.queue = null; // what waits behind it
}
var CHANNEL = new Channel();
exports.make = function (handle, id, name) { return make(CHANNEL, handle, id, name); };

Channel.prototype.idText = function () { return typeof this.id === 'string' ? this.id : ids.hex(this.id); };

// Of a facet's: reach(channel, go, failed), which facets.js is.
exports.reach = null;

// ---- large arguments ----
//
// They leave as the other side takes them in. What else goes through the channel waits until they have left, so that
// calls of one stub arrive in their order.

exports.occupy = function (channel, id) {
  channel.sending = id;
  if (channel.queue === null) channel.queue = [];
};

// go() is called outside of any turn, once it may send; not if ctx ends before.
exports.wait = function (channel, ctx, go) {
  ctx.pending++;
  channel.queue.push({ ctx: ctx, go: go });
};

// The exchange has nothing more to send.
exports.sent = function (channel, id) {
  var w;
  if (channel.sending !== id) return;
  channel.sending = 0;
  while (channel.sending === 0 && channel.queue.length > 0) {
    w = channel.queue.shift();
    w.ctx.pending--;
    if (!w.ctx.ended) w.go();
  }
};

// Before something is sent through it: the failure that it has for good, or null.
exports.begin = function (channel) {
  if (channel.id === null || channel.failure !== null) return channel.failure;
  if (++channel.calls === 1) channel.nonce = ++last;
  return null;
};
