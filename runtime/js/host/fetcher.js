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
var ids = native('ids');
var stringify = JSON.stringify;
var join = Array.prototype.join;

var REDIRECTS_MAX = 20;
var CHANNEL = idl.hidden('channel');
var NO_INTERNET = 'This worker is not permitted to access the internet via global functions like fetch(). It must ' +
  "use capabilities (such as bindings in 'env') to talk to the outside world.";

var LOST = { code: 'closed', name: '', message: '', traits: 0, detail: undefined };

var waiting = Object.create(null); // by exchange id: what waits for the response
var streaming = Object.create(null); // by exchange id: the source of a response under way

function drop(id) {
  delete waiting[id];
  delete streaming[id];
  host.finish(id);
}
context.dropExchange = drop;

function forget(ctx, id) {
  if (ctx.exchanges !== null) delete ctx.exchanges[id];
}

// Sends a request through a channel, and what its redirects lead to; a promise of the response.
function send(channel, req, signal) {
  var ctx = context.require(), failure = channels.begin(channel), s;
  if (ctx.ended) return promises.rejected(new Error("Couldn't complete operation because the execution context has ended."));
  if (failure !== null) return promises.rejected(errors.make(failure, channel, true));
  s = request.toHost(req);
  if (signal !== null && signal.aborted) return promises.rejected(signal.reason);
  return new Promise(function (resolve, reject) {
    var w = { ctx: ctx, section: context.section, resolve: resolve, reject: reject, hop: s, urls: null, channel: channel, id: -1 };
    start(w);
    if (signal !== null) signal.addEventListener('abort', function () { aborted(w, signal.reason); });
  });
}

// Opens the exchange of the hop that is w's turn.
function start(w) {
  var ctx = w.ctx, hop = w.hop, streams = hop.kind === 'stream' || hop.kind === 'source', cf = hop.cf;
  var id = host.open(w.channel, ctx.id, hop.method, redirect.withoutFragment(hop.url), hop.list,
    hop.kind === 'none' ? null : streams ? source.lengthOf(hop.kind, hop.body) : hop.body,
    cf === undefined || cf === null ? '' : stringify(cf));
  w.id = id;
  waiting[id] = w;
  if (ctx.exchanges === null) ctx.exchanges = Object.create(null);
  ctx.exchanges[id] = true;
  ctx.pending++;
  if (streams) source.drain(ctx, hop.kind, hop.body, id, function (failed) {
    if (!failed) host.end(id);
    else if (waiting[id] === w) {
      settle(id);
      host.finish(id);
      w.reject(failed.error);
    }
  });
}

function aborted(w, error) {
  var id = w.id, live = streaming[id];
  if (waiting[id] !== w && live === undefined) return;
  if (waiting[id] === w) settle(id);
  forget(w.ctx, id);
  if (live !== undefined) source.readable(id, error);
  delete streaming[id];
  host.finish(id);
  w.reject(error);
}

// Follows the redirect that a response is; false if it is none, or not to be followed.
function follow(w, status, flat) {
  var next, id = w.id;
  try {
    next = redirect.next(w.hop, status, flat);
    if (next === null) return false;
    if (w.urls === null) w.urls = [];
    w.urls[w.urls.length] = redirect.withoutFragment(w.hop.url);
    if (w.urls.length > REDIRECTS_MAX) throw new TypeError('Too many redirects.' + join.call(w.urls, ', '));
    w.hop = next;
  } catch (error) {
    forget(w.ctx, id);
    host.finish(id);
    w.reject(error);
    return true;
  }
  forget(w.ctx, id);
  host.finish(id);
  start(w);
  return true;
}

function settle(id) {
  var w = waiting[id];
  delete waiting[id];
  w.ctx.pending--;
  return w;
}

// The head of a response came.
exports.response = function (id, status, statusText, flat, body, length, incarnation) {
  var w = waiting[id];
  if (w === undefined) return;
  if (w.ctx.actor === null) {
    if (context.enter(w.ctx)) respond(w, id, status, statusText, flat, body, length, incarnation);
    return;
  }
  turns.deliver(w.ctx, w.section, function () {
    if (waiting[id] === w) respond(w, id, status, statusText, flat, body, length, incarnation);
  });
};

function respond(w, id, status, statusText, flat, body, length, incarnation) {
  var src = body;
  if (incarnation > 0) w.channel.incarnation = incarnation;
  settle(id);
  if (status >= 300 && status < 400 && follow(w, status, flat)) return;
  if (w.hop.method === 'HEAD') {
    if (body === true) host.finish(id);
    src = null;
    forget(w.ctx, id);
  } else if (body === true) {
    src = new source.Source(w.ctx, id, length);
    src.section = w.section;
    src.channel = w.channel;
    streaming[id] = src;
  } else {
    forget(w.ctx, id);
  }
  w.resolve(response.fromHost(status, statusText, flat, src, redirect.withoutFragment(w.hop.url), w.urls !== null, null));
}

// The exchange ended from the other side; failure null: nothing was wrong.
exports.closed = function (id, failure) {
  var op = waiting[id] || streaming[id];
  if (op === undefined) return;
  if (failure !== null && errors.breaksChannel(failure) && op.channel.id !== null) op.channel.failure = failure;
  if (op.ctx.actor === null) {
    if (context.enter(op.ctx)) end(id, failure);
  } else {
    turns.deliver(op.ctx, op.section, function () { end(id, failure); });
  }
};

function end(id, failure) {
  var w = waiting[id], s = streaming[id], error;
  delete streaming[id];
  if (w !== undefined) {
    settle(id);
    forget(w.ctx, id);
    w.reject(errors.make(failure || LOST, w.channel, true));
  } else if (s !== undefined) {
    forget(s.ctx, id);
    if (failure === null) return;
    error = errors.make(failure, s.channel, true);
    source.readable(id, error);
    source.writable(id, error);
  }
}

var HTTP_URL = /^https?:/;

function fetchThrough(channel, input, init, global) {
  var req;
  try {
    if (typeof input === 'string' && !/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(input))
      throw new TypeError('Invalid URL: ' + input);
    req = new Request(input, init);
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
    if (arguments.length === 0)
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

exports.make = function (handle) { return ids.stub(Fetcher.prototype, new channels.Channel(handle, null, undefined), undefined, null); };
// A stub: id as in Channel, object: the DurableObjectId it shows (null: none).
exports.actor = function (handle, id, name, object) {
  return ids.stub(DurableObject.prototype, new channels.Channel(handle, id, name), name, object);
};
// The channel of a stub; undefined: it is none.
exports.channelOf = function (value) {
  return value !== null && typeof value === 'object' ? value[CHANNEL] : undefined;
};
exports.Fetcher = Fetcher;

var outbound = null;
function outboundChannel() {
  if (outbound === null) outbound = new channels.Channel(isolate.outbound, null, undefined);
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
