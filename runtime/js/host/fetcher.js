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

var HANDLE = idl.hidden('handle');
var NO_INTERNET = 'This worker is not permitted to access the internet via global functions like fetch(). It must ' +
  "use capabilities (such as bindings in 'env') to talk to the outside world.";

var waiting = Object.create(null); // by exchange id: what waits for the response
var streaming = Object.create(null); // by exchange id: the source of a response under way

var REDIRECTS_MAX = 20;
var ONE_TIME_BODY = 'A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a redirect ' +
  'requiring the body to be retransmitted. To avoid this error in the future, construct this request from a buffer-like body initializer.';

function drop(id) {
  delete waiting[id];
  delete streaming[id];
  host.finish(id);
}
context.dropExchange = drop;

function forget(ctx, id) {
  if (ctx.exchanges !== null) delete ctx.exchanges[id];
}

// Sends a request through handle; a promise of the response.
function send(handle, req, signal, redirects) {
  var ctx = context.require(), s = request.toHost(req);
  if (ctx.ended) return promises.rejected(new Error("Couldn't complete operation because the execution context has ended."));
  if (signal !== null && signal.aborted) return promises.rejected(signal.reason);
  return new Promise(function (resolve, reject) {
    var streams = s.kind === 'stream' || s.kind === 'source';
    var id = host.open(handle, ctx.id, s.method, s.url, s.list, s.kind === 'none' ? null : streams ? source.lengthOf(s.kind, s.body) : s.body);
    var w = { ctx: ctx, resolve: resolve, reject: reject, url: s.url, redirects: redirects, req: s, handle: handle, signal: signal, onAbort: null };
    waiting[id] = w;
    if (ctx.exchanges === null) ctx.exchanges = Object.create(null);
    ctx.exchanges[id] = true;
    ctx.pending++;
    if (streams) source.drain(ctx, s.kind, s.body, id, function (failed) {
      if (!failed) host.end(id);
      else if (waiting[id] === w) {
        settle(id);
        host.finish(id);
        reject(failed.error);
      }
    });
    if (signal !== null) {
      w.onAbort = function () {
        if (waiting[id] !== w && streaming[id] === undefined) return;
        var error = signal.reason, live = streaming[id];
        if (waiting[id] === w) settle(id);
        forget(ctx, id);
        if (live !== undefined) source.readable(id, error);
        delete streaming[id];
        host.finish(id);
        reject(error);
      };
      signal.addEventListener('abort', w.onAbort);
    }
  });
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
  if (w.req.redirect === 'follow' && isRedirect(status) && follow(id, w, status, flat)) return;
  if (body === true) {
    src = new source.Source(w.ctx, id, length);
    streaming[id] = src;
  } else {
    forget(w.ctx, id);
  }
  w.resolve(response.fromHost(status, statusText, flat, src, w.url, w.redirects > 0, null));
};

function isRedirect(status) { return status === 301 || status === 302 || status === 303 || status === 307 || status === 308; }

function valueOf(flat, name) {
  for (var i = 0; flat !== null && i < flat.length; i += 2)
    if (flat[i].toLowerCase() === name) return flat[i + 1];
  return null;
}

// Sends the request on to where the response points; false if it points nowhere.
function follow(id, w, status, flat) {
  var to = valueOf(flat, 'location'), s = w.req, init, headers = [], i, name;
  var dropped = status === 303 && s.method !== 'GET' && s.method !== 'HEAD' || (status === 301 || status === 302) && s.method === 'POST';
  if (to === null) return false;
  forget(w.ctx, id);
  host.finish(id);
  try {
    if (w.redirects >= REDIRECTS_MAX) throw new TypeError('Too many redirects. ' + s.url);
    if (!dropped && (s.kind === 'stream' || s.kind === 'source')) throw new TypeError(ONE_TIME_BODY);
    for (i = 0; i < s.list.length; i += 2) {
      name = s.list[i].toLowerCase();
      if (!dropped || name !== 'content-type' && name !== 'content-length') headers[headers.length] = [s.list[i], s.list[i + 1]];
    }
    init = { method: dropped ? 'GET' : s.method, headers: headers };
    if (!dropped && s.kind !== 'none') init.body = s.body;
    promises.then(send(w.handle, new Request(new URL(to, w.url).href, init), w.signal, w.redirects + 1), w.resolve, w.reject);
  } catch (error) {
    w.reject(error);
  }
  return true;
}

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
  } else if (code === 'limit' && message) {
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

function fetchThrough(handle, input, init) {
  var req, s, url;
  try {
    if (typeof input === 'string' && !/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(input))
      throw new TypeError('Invalid URL: ' + input);
    req = new Request(input, init);
    return send(handle, req, request.signalOf(req), 0);
  } catch (error) {
    return promises.rejected(error);
  }
}

function Fetcher() { idl.illegalConstructor(); }
idl.define(Fetcher, 'Fetcher', null, {
  fetch: function fetch(input, init) {
    if (this === null || this === undefined || this[HANDLE] === undefined) idl.illegal();
    return fetchThrough(this[HANDLE], input, init);
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
  return fetchThrough(isolate.outbound, input, init);
});
