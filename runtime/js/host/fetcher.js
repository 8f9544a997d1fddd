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
var stringify = JSON.stringify;
var join = Array.prototype.join;

var REDIRECTS_MAX = 20;
var HANDLE = idl.hidden('handle');
var NO_INTERNET = 'This worker is not permitted to access the internet via global functions like fetch(). It must ' +
  "use capabilities (such as bindings in 'env') to talk to the outside world.";

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

// Sends a request through handle, and what its redirects lead to; a promise of the response.
function send(handle, req, signal) {
  var ctx = context.require(), s = request.toHost(req);
  if (ctx.ended) return promises.rejected(new Error("Couldn't complete operation because the execution context has ended."));
  if (signal !== null && signal.aborted) return promises.rejected(signal.reason);
  return new Promise(function (resolve, reject) {
    var w = { ctx: ctx, resolve: resolve, reject: reject, hop: s, urls: null, handle: handle, id: -1 };
    start(w);
    if (signal !== null) signal.addEventListener('abort', function () { aborted(w, signal.reason); });
  });
}

// Opens the exchange of the hop that is w's turn.
function start(w) {
  var ctx = w.ctx, hop = w.hop, streams = hop.kind === 'stream' || hop.kind === 'source', cf = hop.cf;
  var id = host.open(w.handle, ctx.id, hop.method, hop.url, hop.list, hop.kind === 'none' ? null : streams ? source.lengthOf(hop.kind, hop.body) : hop.body,
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
exports.response = function (id, status, statusText, flat, body, length) {
  var w = waiting[id], src = body;
  if (w === undefined || !context.enter(w.ctx)) return;
  settle(id);
  if (status >= 300 && status < 400 && follow(w, status, flat)) return;
  if (body === true) {
    src = new source.Source(w.ctx, id, length);
    streaming[id] = src;
  } else {
    forget(w.ctx, id);
  }
  w.resolve(response.fromHost(status, statusText, flat, src, redirect.withoutFragment(w.hop.url), w.urls !== null, null));
};

// The exchange ended from the other side.
exports.closed = function (id, code, name, message) {
  var w = waiting[id], s = streaming[id], error;
  if (w === undefined && s === undefined) return;
  error = code === 0 ? null : makeError(code, name, message);
  delete streaming[id];
  if (w !== undefined) {
    if (!context.enter(w.ctx)) return;
    settle(id);
    forget(w.ctx, id);
    w.reject(error || makeError('closed', '', ''));
  } else {
    forget(s.ctx, id);
    if (code !== 0) {
      source.readable(id, error);
      source.writable(id, error);
    }
  }
};

var errorClasses = { TypeError: TypeError, RangeError: RangeError, SyntaxError: SyntaxError, ReferenceError: ReferenceError,
  EvalError: EvalError, URIError: URIError, Error: Error };

// The error that a caller sees: JavaScript errors of the callee keep class and message.
function makeError(code, name, message) {
  var error;
  if (code === 'exception' && message) {
    error = new (errorClasses.hasOwnProperty(name) ? errorClasses[name] : Error)(message);
    error.remote = true;
  } else if (message && (code === 'limit' || code === 'denied' || code === 'invalid' || code === 'unsupported')) {
    error = new Error(message);
  } else if (code === 'overloaded') {
    error = new Error('Service is overloaded.');
    error.overloaded = true;
  } else {
    error = new Error(message || 'Network connection lost.');
    error.retryable = true;
  }
  return error;
}

var HTTP_URL = /^https?:/;

function fetchThrough(handle, input, init, global) {
  var req, s, url;
  try {
    if (typeof input === 'string' && !/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(input))
      throw new TypeError('Invalid URL: ' + input);
    req = new Request(input, init);
    if (global && !HTTP_URL.test(req.url)) throw new TypeError('Fetch API cannot load: ' + req.url);
    return send(handle, req, request.signalOf(req));
  } catch (error) {
    return promises.rejected(error);
  }
}

function Fetcher() { idl.illegalConstructor(); }
idl.define(Fetcher, 'Fetcher', null, {
  fetch: function fetch(input, init) {
    if (this === null || this === undefined || this[HANDLE] === undefined) idl.illegal();
    return fetchThrough(this[HANDLE], input, init, false);
  },
});

exports.make = function (handle) {
  var f = Object.create(Fetcher.prototype);
  Object.defineProperty(f, HANDLE, { value: handle });
  return f;
};
exports.Fetcher = Fetcher;
exports.send = send;

idl.expose('Fetcher', Fetcher);
idl.expose('fetch', function fetch(input, init) {
  try {
    context.require();
    if (isolate.outbound < 0) throw new Error(NO_INTERNET);
  } catch (error) {
    return promises.rejected(error);
  }
  return fetchThrough(isolate.outbound, input, init, true);
});
