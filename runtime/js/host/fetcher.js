// Fetcher: what a service binding is, and global fetch(). A subrequest is an exchange of its own.
'use es5';
var host = native('host');
var context = require('host/context');
var source = require('host/source');
var promises = require('promises');
var request = require('request');
var response = require('response');
var idl = require('webidl');
var isolate = require('host/isolate_state');
var redirect = require('host/redirect');
var dataUrl = require('host/data_url');
var turns = require('host/turns');
var channels = require('host/channel');
var errors = require('host/errors');
var make = native('records').make;
var stringify = JSON.stringify;
var join = Array.prototype.join;

var REDIRECTS_MAX = 20;
var CHANNEL = idl.hidden('channel');
var NO_INTERNET = 'This worker is not permitted to access the internet via global functions like fetch(). It must ' +
  "use capabilities (such as bindings in 'env') to talk to the outside world.";

var LOST = { code: 'closed', name: '', message: '', traits: 0, detail: undefined };

// A request under way: until its response has come, and has been read if it is a stream.
function Subrequest() {
  this.ctx = null;
  this.section = null;
  this.channel = null;
  this.hop = null;
  this.promise = null;
  this.id = -1;
  this.next = this.previous = null;
  this.urls = null; // where it was redirected from
  this.answered = false; // the head of the last response has come
}

// The context is over, or nobody wants it any more.
Subrequest.prototype.drop = function () {
  context.over(this);
  host.finish(this.id);
};

var SUBREQUEST = new Subrequest();

function settle(op) {
  op.answered = true;
  op.ctx.pending--;
}

// Sends a request through a channel, and what its redirects lead to; a promise of the response.
function send(channel, req, signal) {
  var promise;
  if (channel.facet === null) return sendNow(channel, req, signal);
  promise = promises.pending();
  channels.reach(channel, function () { promises.resolve(promise, attempt(channel, req, signal)); },
    function (error) { promises.reject(promise, error); });
  return promise;
}
function attempt(channel, req, signal) {
  try {
    return sendNow(channel, req, signal);
  } catch (error) {
    return promises.rejected(error);
  }
}

function sendNow(channel, req, signal) {
  var ctx = context.require(), failure = channels.begin(channel), op;
  if (ctx.ended) return promises.rejected(new Error("Couldn't complete operation because the execution context has ended."));
  if (failure !== null) return promises.rejected(errors.make(failure, channel, false));
  if (signal !== null && signal.aborted) return promises.rejected(signal.reason);
  op = make(SUBREQUEST, ctx, context.section, channel, request.toHost(req), promises.pending());
  if (channel.sending !== 0) startLater(op);
  else start(op);
  if (signal !== null) signal.addEventListener('abort', function () { aborted(op, signal.reason); });
  return op.promise;
}

// Opens the exchange of the hop that is its turn.
function start(op) {
  var ctx = op.ctx, hop = op.hop, streams = hop.kind === 'stream' || hop.kind === 'source', cf = hop.cf;
  op.answered = false;
  op.id = host.open(op.channel, ctx.id, hop.method, redirect.withoutFragment(hop.url), hop.list,
    hop.kind === 'none' ? null : streams ? source.lengthOf(hop.kind, hop.body) : hop.body,
    cf === undefined || cf === null ? '' : typeof cf === 'string' ? cf : stringify(cf));
  context.started(ctx, op);
  ctx.pending++;
  if (streams) drain(op, ctx, hop);
}

// Behind the arguments of a call that is on its way. A body that script makes is read in turns alone.
function startLater(op) {
  var hop = op.hop;
  function go() {
    try {
      start(op);
    } catch (error) {
      turns.deliver(op.ctx, op.section, function () { promises.reject(op.promise, error); });
    }
  }
  channels.wait(op.channel, op.ctx, function () {
    if (hop.kind === 'stream' || hop.kind === 'source') turns.deliver(op.ctx, op.section, go);
    else go();
  });
}

function drain(op, ctx, hop) {
  var id = op.id;
  source.drain(ctx, hop.kind, hop.body, id, function (failed) {
    if (!failed) host.end(id);
    else if (op.id === id && !op.answered) {
      settle(op);
      op.drop();
      promises.reject(op.promise, failed.error);
    }
  });
}

Subrequest.prototype.cancel = function (error) { aborted(this, error); };
function aborted(op, error) {
  if (context.operation(op.id) !== op) return;
  if (op.answered) source.readable(op.id, error);
  else settle(op);
  op.drop();
  promises.reject(op.promise, error);
}

// Follows the redirect that a response is; false if it is none, or not to be followed.
function follow(op, status, flat) {
  var next;
  try {
    next = redirect.next(op.hop, status, flat);
    if (next === null) return false;
    if (op.urls === null) op.urls = [];
    op.urls[op.urls.length] = redirect.withoutFragment(op.hop.url);
    if (op.urls.length > REDIRECTS_MAX) throw new TypeError('Too many redirects.' + join.call(op.urls, ', '));
    op.hop = next;
  } catch (error) {
    op.drop();
    promises.reject(op.promise, error);
    return true;
  }
  op.drop();
  start(op);
  return true;
}

// The head of a response came.
exports.response = function (id, status, statusText, flat, body, length, incarnation) {
  var op = context.operation(id);
  if (op === undefined || op.hop === undefined) return;
  if (op.ctx.actor === null) {
    if (context.enter(op.ctx)) respond(op, status, statusText, flat, body, length, incarnation);
  } else if (turns.enter(op.ctx, op.section)) {
    respond(op, status, statusText, flat, body, length, incarnation);
  } else {
    turns.later(function () {
      if (context.operation(id) === op && !op.answered) respond(op, status, statusText, flat, body, length, incarnation);
    });
  }
};

function respond(op, status, statusText, flat, body, length, incarnation) {
  var src = body;
  if (incarnation > 0) op.channel.incarnation = incarnation;
  settle(op);
  if (status >= 300 && status < 400 && follow(op, status, flat)) return;
  if (op.hop.method === 'HEAD') {
    if (body === true) op.drop();
    else context.over(op);
    src = null;
  } else if (body === true) {
    src = new source.Source(op.ctx, op.id, length);
  } else {
    context.over(op);
  }
  promises.resolve(op.promise,
    response.fromHost(status, statusText, flat, src, redirect.withoutFragment(op.hop.url), op.urls !== null, null));
}

// The exchange ended from the other side; failure null: nothing was wrong.
Subrequest.prototype.closed = function (failure) {
  var op = this;
  if (op.ctx.actor === null) {
    if (context.enter(op.ctx)) end(op, failure);
  } else {
    turns.deliver(op.ctx, op.section, function () { end(op, failure); });
  }
};

function end(op, failure) {
  var error;
  if (context.operation(op.id) !== op) return;
  context.over(op);
  if (!op.answered) {
    settle(op);
    promises.reject(op.promise, errors.make(failure || LOST, op.channel, true));
  } else if (failure !== null) {
    error = errors.make(failure, op.channel, true);
    source.readable(op.id, error);
    source.writable(op.id, error);
  }
}

var HTTP_URL = /^https?:/, ABSOLUTE = /^[a-zA-Z][a-zA-Z0-9+.-]*:/;

function fetchThrough(channel, input, init, global) {
  var req;
  try {
    if (typeof input === 'string' && !ABSOLUTE.test(input))
      throw new TypeError('Invalid URL: ' + input);
    req = init === undefined && request.isPlain(input) ? input : new Request(input, init);
    if (global && dataUrl.is(req.url)) return promises.resolved(dataUrl.response(req.url));
    if (global && !HTTP_URL.test(req.url)) throw new TypeError('Fetch API cannot load: ' + req.url);
    return send(channel, req, request.signalOf(req));
  } catch (error) {
    return promises.rejected(error);
  }
}

function Fetcher() { idl.illegalConstructor(); }
idl.define(Fetcher, 'Fetcher', null, {
  fetch: function fetch(input, init) {
    var channel = this === null || this === undefined ? undefined : this[CHANNEL];
    if (channel === undefined) idl.illegal();
    if (input === undefined)
      return promises.rejected(new TypeError("Failed to execute 'fetch' on 'Fetcher': parameter 1 is not of type 'Request or string'."));
    return fetchThrough(channel, input, init, false);
  },
  connect: function connect() {
    if (this === null || this === undefined || this[CHANNEL] === undefined) idl.illegal();
    throw new Error('connect() is not supported by this runtime.');
  },
});

// The stub of an actor.
function DurableObject() { idl.illegalConstructor(); }
idl.define(DurableObject, 'DurableObject', Fetcher, {});

exports.facet = function (channel) { return make(FETCHER, channel); };
exports.make = function (handle) { return make(FETCHER, channels.make(handle, null, undefined)); };
// A stub: id as in Channel, object: the DurableObjectId it shows (null: none).
exports.actor = function (handle, id, name, object) {
  var channel = channels.make(handle, id, name);
  return object === null ? make(FETCHER, channel) : make(STUB, name, object, channel);
};
// What stubs are copies of. Those of actors show their name and id.
function stub(prototype, shown) {
  var object = Object.create(prototype), i;
  for (i = 0; i < shown.length; i++) Object.defineProperty(object, shown[i], { enumerable: true, configurable: true });
  Object.defineProperty(object, CHANNEL, {});
  return object;
}
var FETCHER = stub(Fetcher.prototype, []);
var STUB = stub(DurableObject.prototype, ['name', 'id']);

// The channel of a stub; undefined: it is none.
exports.channelOf = function (value) {
  return value !== null && typeof value === 'object' ? value[CHANNEL] : undefined;
};
exports.Fetcher = Fetcher;

var outbound = null;
function outboundChannel() {
  if (outbound === null) outbound = channels.make(isolate.outbound, null, undefined);
  return outbound;
}
// Sends a request to where global fetch() does.
exports.sendOutbound = function (req) { return send(outboundChannel(), req, null); };

idl.expose('fetch', function fetch(input, init) {
  try {
    context.require();
    if (isolate.outbound < 0) throw new Error(NO_INTERNET);
  } catch (error) {
    return promises.rejected(error);
  }
  return fetchThrough(outboundChannel(), input, init, true);
});
