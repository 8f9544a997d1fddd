// Request.
//
// For the host:
//   fromHost(method, url, flat, src, cf, signal)
//                     the request of an event; src: null, a string, bytes or a native source; cf: undefined or JSON,
//                     parsed when first asked for; signal: undefined or a function that gives the AbortSignal when
//                     first asked. The header list is adopted and cannot be changed.
//   toHost(request)   its state, to be read and let go: method, url, list, redirect, cf (an object, null, undefined, or
//                     JSON that nobody looked at), cache, kind, body (as in response.js). The body counts as used from then on; throws when it was before.
//   signalOf(request) its AbortSignal if anyone gave or asked for one, else null
//   is(value)         whether it is a Request
//   parseUrl(text)    the normalized URL, or null
'use es5';
var idl = require('webidl');
var abort = require('abort');
var body = require('body');
var records = native('records');

var MESSAGE = body.MESSAGE;
var create = Object.create;
var make = records.make;
var attach = records.attach;
var slice = Array.prototype.slice;
var defineProperty = Object.defineProperty;
var jsonParse = JSON.parse;
var toUpperCase = String.prototype.toUpperCase;
var listOf = body.list;
var DICT = 'RequestInitializerDict';

var DEFAULTS = body.defaults({
  request: true, method: 'GET', url: '', redirect: 'follow', cf: undefined, cache: undefined, signal: null,
  fetcher: null, guarded: false, kind: 'none', body: null, list: null,
});

var METHODS = create(null);
('GET HEAD POST PUT DELETE PATCH PURGE OPTIONS TRACE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK ACL REPORT ' +
  'MKACTIVITY CHECKOUT MERGE MSEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE QUERY BAN').split(' ').forEach(function (name) {
  METHODS[name] = true;
});

// The URL standard's form of a URL, or null.
function parseUrl(text) {
  var parsed;
  try {
    parsed = new (require('url').URL)(text);
  } catch (e) {
    return null;
  }
  return hrefOf.call(parsed);
}
var hrefOf = Object.getOwnPropertyDescriptor(require('url').URL.prototype, 'href').get;

function state(self) { // `this` of sloppy code: an object in any case
  var s = self[MESSAGE];
  if (s === undefined || s.request !== true) idl.illegal();
  return s;
}

function isRequest(value) {
  var s = value !== null && typeof value === 'object' ? value[MESSAGE] : undefined;
  return s !== undefined && s.request === true;
}

function Request(input, init) {
  'use strict'; // sloppy code's `arguments` is a circle for the collector
  var s, from = null;
  if (!(this instanceof Request)) idl.needNew('Request');
  if (arguments.length < 1) idl.badConstructParameter('Request', 1, 'Request or string');
  s = attach(this, MESSAGE, DEFAULTS);
  if (isRequest(input)) {
    from = input[MESSAGE];
    copyFields(from, s);
  } else {
    input = idl.usv(input);
    if ((s.url = parseUrl(input)) === null) throw new TypeError('Invalid URL: ' + input);
  }
  if (init !== undefined && init !== null) from = fill(s, init, from);
  if (from !== null) inherit(s, from);
  if (body.has(s) && (s.method === 'GET' || s.method === 'HEAD'))
    throw new TypeError('Request with a GET or HEAD method cannot have a body.');
}

function copyFields(from, to) {
  to.url = from.url;
  to.method = from.method;
  to.redirect = from.redirect;
  to.cache = from.cache;
  to.fetcher = from.fetcher;
  to.signal = from.signal;
  if (from.cf !== undefined) to.cf = typeof from.cf === 'string' ? from.cf : body.copyCf(from.cf, DICT);
  to.flat = slice.call(listOf(from));
}

// Takes over the body of the request that another is made from.
function inherit(s, from) {
  if (!body.has(from)) return;
  if (from.stream !== null) {
    var streams = require('streams');
    if (streams.isDisturbed(from.stream)) throw new TypeError('Cannot reconstruct a Request with a used body.');
    if (streams.isLocked(from.stream)) throw new TypeError('The ReadableStream has been locked to a reader.');
  } else if (from.used) {
    throw new TypeError('Cannot reconstruct a Request with a used body.');
  }
  if (s.method === 'GET' || s.method === 'HEAD')
    throw new TypeError('Request with a GET or HEAD method cannot have a body.');
  body.move(from, s);
}

// Reads an init dictionary, or another Request in its place. Returns the state whose body is still to be inherited.
function fill(s, init, from) {
  if (typeof init !== 'object' && typeof init !== 'function')
    idl.badConstructParameter('Request', 2, 'RequestInitializerDict or Request');
  var value;
  if (isRequest(init)) return fillFromRequest(s, init[MESSAGE], from);
  if ((value = init.method) !== undefined) setMethod(s, idl.str(value));
  if ((value = init.headers) !== undefined) body.setHeaders(s, value, DICT);
  if ((value = init.redirect) !== undefined) setRedirect(s, idl.str(value));
  if ((value = init.cf) !== undefined) s.cf = body.copyCf(value, DICT);
  if ((value = init.cache) !== undefined) setCache(s, idl.str(value));
  if ((value = init.signal) !== undefined) setSignal(s, value);
  if ((value = init.fetcher) !== undefined) setFetcher(s, value);
  if ((value = init.integrity) !== undefined && idl.str(value) !== '')
    throw new TypeError('Subrequest integrity checking is not implemented. The integrity option must be either undefined or an empty string.');
  value = init.body;
  if (value === undefined) return from;
  if (value !== null && (s.method === 'GET' || s.method === 'HEAD'))
    throw new TypeError('Request with a GET or HEAD method cannot have a body.');
  body.set(s, value);
  return null;
}

// Both then share one body stream.
function fillFromRequest(s, init, from) {
  var url = s.url;
  copyFields(init, s);
  s.url = url;
  if (!body.has(init)) return from;
  body.set(s, body.streamOf(init));
  return null;
}

function setMethod(s, method) {
  var upper = toUpperCase.call(method);
  if (METHODS[upper] !== true) throw new TypeError('Invalid HTTP method string: ' + method);
  s.method = upper;
}

function setRedirect(s, redirect) {
  if (redirect !== 'follow' && redirect !== 'manual')
    throw new TypeError('Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented since it ' +
      'does not make sense at the edge; use "manual" and check the response status code).');
  s.redirect = redirect;
}

function setCache(s, cache) {
  if (cache !== 'no-store' && cache !== 'no-cache') throw new TypeError('Unsupported cache mode: ' + cache);
  s.cache = cache;
}

function setSignal(s, signal) {
  if (signal !== null && !abort.isSignal(signal)) idl.badField('signal', DICT, 'AbortSignal');
  s.signal = signal;
}

function setFetcher(s, fetcher) {
  if (fetcher === null) return;
  if (typeof fetcher !== 'object' && typeof fetcher !== 'function' || !exports.isFetcher(fetcher))
    idl.badField('fetcher', DICT, 'Fetcher');
  s.fetcher = fetcher;
}

function cfOf(s) {
  if (typeof s.cf === 'string') s.cf = jsonParse(s.cf);
  return s.cf;
}

function signalOf(s) {
  if (typeof s.signal === 'function') s.signal = s.signal();
  else if (s.signal === null) s.signal = abort.createSignal();
  return s.signal;
}

function wrap(s) { return make(WRAPPER, s); }

idl.define(Request, 'Request', body.Body, {
  clone: function clone() {
    var s = state(this), copy = make(DEFAULTS);
    body.clone(s, copy);
    copyFields(s, copy);
    return wrap(copy);
  },
  get method() { // these three are read by nearly every worker: no further call
    var s = this[MESSAGE];
    return s !== undefined && s.request === true ? s.method : idl.illegal();
  },
  get url() {
    var s = this[MESSAGE];
    return s !== undefined && s.request === true ? s.url : idl.illegal();
  },
  get headers() {
    var s = this[MESSAGE];
    if (s === undefined || s.request !== true) idl.illegal();
    return s.headers !== null ? s.headers : body.headers(s, s.guarded);
  },
  get redirect() { return state(this).redirect; },
  get fetcher() { return state(this).fetcher; },
  get signal() { return signalOf(state(this)); },
  get cf() { return cfOf(state(this)); },
  get integrity() { state(this); return ''; },
  get keepalive() { state(this); return false; },
  get cache() { return state(this).cache; },
});
defineProperty(Request, 'length', { value: 0, configurable: true });

// What the host makes requests from: an object with its state, and that.
var WRAPPER = create(Request.prototype);
WRAPPER[MESSAGE] = null;
var INCOMING = create(null);
['method', 'url', 'flat', 'src', 'cf', 'signal'].concat(Object.keys(DEFAULTS)).forEach(function (name) {
  INCOMING[name] = DEFAULTS[name];
});
INCOMING.redirect = 'manual'; // what comes in is passed on as it is
INCOMING.guarded = true;

exports.Request = Request;
exports.is = isRequest;
exports.parseUrl = parseUrl;
// Set by the host: whether a value can be fetched from.
exports.isFetcher = function (value) { return false; };
exports.fromHost = function (method, url, flat, src, cf, signal) {
  return make(WRAPPER, make(INCOMING, method, url, flat, src, cf, signal === undefined ? null : signal));
};
// True for a request without a body, which may be sent as it is instead of a copy.
exports.isPlain = function (value) {
  return isRequest(value) && !body.has(value[MESSAGE]) && value[MESSAGE].signal === null;
};
exports.toHost = function (request) {
  var s = state(request), taken;
  s.list = listOf(s);
  if ((taken = body.take(s)) !== null) {
    s.kind = require('response').kindOf(taken);
    s.body = taken;
  }
  return s;
};
// The init dictionary that another is made from, for the serializer: every field, undefined where it has its default.
exports.initOf = function (request) {
  var s = state(request), cf = cfOf(s);
  return {
    method: s.method === 'GET' ? undefined : s.method, headers: request.headers, body: body.has(s) ? request.body : null,
    redirect: s.redirect === 'follow' ? undefined : s.redirect, fetcher: s.fetcher === null ? undefined : s.fetcher,
    cf: cf === null ? undefined : cf, cache: s.cache, integrity: undefined,
    signal: s.signal === null || typeof s.signal === 'function' ? undefined : s.signal, encodeResponseBody: undefined,
  };
};
exports.signalOf = function (request) {
  var s = state(request);
  return s.signal === null ? null : signalOf(s);
};
