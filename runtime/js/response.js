// Response.
//
// For the host:
//   toHost(response)  its state, to be read and let go: status, statusText, list (the headers with the
//                     content-type default in it), kind ('none', 'string', 'bytes', 'source', 'stream'), body (of that
//                     kind), webSocket, encodeBody, cf. The body counts as used from then on. Throws when it
//                     was used before, or when the value is no Response that can be sent.
//   fromHost(status, statusText, flat, src, url, redirected, webSocket)
//                     the result of a subrequest; src: null, a string, a Uint8Array or a native source
//   is(value)         whether it is a Response
'use es5';
var idl = require('webidl');
var body = require('body');
var records = native('records');

var MESSAGE = body.MESSAGE;
var create = Object.create;
var make = records.make;
var attach = records.attach;
var slice = Array.prototype.slice;
var defineProperty = Object.defineProperty;
var jsonStringify = JSON.stringify;
var globals = idl.global;
var setBody = body.set;
var takeBody = body.take;
var listOf = body.list;
var charCodeAt = String.prototype.charCodeAt;
var PLAIN_LIST = ['Content-Type', 'text/plain;charset=UTF-8'];
var TEXT = PLAIN_LIST[1];

var DEFAULTS = body.defaults({
  response: true, status: 200, statusText: '', type: 'default', url: '', redirected: false, webSocket: null,
  cf: undefined, encodeBody: 'automatic', guarded: false, kind: 'none', body: null, list: null,
});

function Response(given, init) {
  var s;
  if (!(this instanceof Response)) idl.needNew('Response');
  s = attach(this, MESSAGE, DEFAULTS);
  if (typeof given === 'string') { // what nearly every response is
    s.src = given;
    s.ctype = TEXT;
  } else if (given !== null && given !== undefined) {
    setBody(s, given);
  }
  if (init !== undefined && init !== null) fill(s, init);
}

function state(self) { // `this` of sloppy code: an object in any case
  var s = self[MESSAGE];
  if (s === undefined || s.response !== true) idl.illegal();
  return s;
}

function isResponse(value) {
  var s = value !== null && typeof value === 'object' ? value[MESSAGE] : undefined;
  return s !== undefined && s.response === true;
}

function toInt32(value) {
  value = +value;
  if (value !== value) return 0;
  if (value > 2147483647 || value < -2147483648)
    throw new TypeError('Value out of range. Must be between -2147483648 and 2147483647 (inclusive).');
  return value | 0;
}

function isNullStatus(status) { return status === 101 || status === 204 || status === 205 || status === 304; }

// Reads an init dictionary, or another Response in its place.
function fill(s, init) {
  if (typeof init !== 'object' && typeof init !== 'function')
    idl.badConstructParameter('Response', 2, 'InitializerDict or Response');
  var value;
  if ((value = init.headers) !== undefined) body.setHeaders(s, value, 'InitializerDict');
  if ((value = init.status) !== undefined) s.status = toInt32(value);
  if ((value = init.statusText) !== undefined) setStatusText(s, idl.str(value));
  if ((value = init.cf) !== undefined) s.cf = body.copyCf(value, 'InitializerDict');
  if ((value = init.encodeBody) !== undefined) setEncodeBody(s, idl.str(value));
  if ((value = init.webSocket) !== undefined && value !== null) setWebSocket(s, value);
  if (s.webSocket !== null) {
    if (s.status !== 101) throw new RangeError('Responses with a WebSocket must have status code 101.');
  } else if (s.status < 200 || s.status > 599) {
    throw new RangeError('Responses may only be constructed with status codes in the range 200 to 599, inclusive.');
  }
  if (isNullStatus(s.status) && body.has(s)) setNullBody(s);
}

function setStatusText(s, text) {
  for (var i = 0; i < text.length; i++)
    if (charCodeAt.call(text, i) < 0x20) throw new TypeError('Invalid statusText');
  s.statusText = text;
}

function setEncodeBody(s, value) {
  if (value !== 'automatic' && value !== 'manual') throw new TypeError('encodeBody: unexpected value: ' + value);
  s.encodeBody = value;
}

function setWebSocket(s, value) {
  var C = globals.WebSocket;
  if (typeof C !== 'function' || !(value instanceof C)) idl.badField('webSocket', 'InitializerDict', 'WebSocket');
  s.webSocket = value;
}

function setNullBody(s) {
  if (!body.isEmpty(s)) throw new TypeError('Response with null body status (101, 204, 205, or 304) cannot have a body.');
  require('console').warning('Constructing a Response with a null body status (' + s.status + ') and a non-null, zero-length ' +
    'body. This is technically incorrect, and we recommend you update your code to explicitly pass in a `null` body, ' +
    'e.g. `new Response(null, { status: ' + s.status + ', ... })`. (We continue to allow the zero-length body behavior ' +
    'because it was previously the only way to construct a Response with a null body status. This behavior may change ' +
    'in the future.)');
  s.src = null;
}

function wrap(s) { return make(WRAPPER, s); }

idl.define(Response, 'Response', body.Body, {
  clone: function clone() {
    var s = state(this), copy = make(DEFAULTS);
    if (s.webSocket !== null) throw new TypeError('Cannot clone a response to a WebSocket handshake.');
    body.clone(s, copy);
    copy.flat = slice.call(listOf(s));
    copy.status = s.status;
    copy.statusText = s.statusText;
    copy.type = s.type;
    copy.url = s.url;
    copy.redirected = s.redirected;
    copy.encodeBody = s.encodeBody;
    if (s.cf !== undefined) copy.cf = body.copyCf(s.cf, 'InitializerDict');
    return wrap(copy);
  },
  get status() { return state(this).status; },
  get statusText() { return state(this).statusText; },
  get headers() { var s = state(this); return s.headers !== null ? s.headers : body.headers(s, s.guarded); },
  get ok() { var status = state(this).status; return status >= 200 && status < 300; },
  get redirected() { return state(this).redirected; },
  get url() { return state(this).url; },
  get webSocket() { return state(this).webSocket; },
  get cf() { return state(this).cf; },
  get type() { return state(this).type; },
}, {
  error: function error() {
    var s = make(DEFAULTS);
    s.status = 0;
    s.type = 'error';
    return wrap(s);
  },
  redirect: function redirect(url, status) {
    var s = make(DEFAULTS), parsed;
    if (arguments.length < 1) idl.badParameter('redirect', 'Response', 1, 'string');
    url = idl.usv(url);
    status = status === undefined ? 302 : toInt32(status);
    if (status !== 301 && status !== 302 && status !== 303 && status !== 307 && status !== 308)
      throw new RangeError(status + ' is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.');
    if ((parsed = require('request').parseUrl(url)) === null) throw new TypeError('Unable to parse URL: ' + url);
    s.status = status;
    s.flat = ['Location', parsed];
    s.guarded = true;
    return wrap(s);
  },
  json: function json(value, init) {
    'use strict'; // as in request.js
    var s = make(DEFAULTS), text;
    if (arguments.length < 1) idl.badParameter('json', 'Response', 1, 'Value');
    text = jsonStringify(value);
    s.src = text === undefined ? 'undefined' : text;
    s.ctype = 'application/json';
    if (init !== undefined && init !== null) fill(s, init);
    return wrap(s);
  },
});
defineProperty(Response, 'length', { value: 0, configurable: true });

function kindOf(taken) {
  return typeof taken === 'string' ? 'string' : taken.byteLength !== undefined ? 'bytes' :
    taken.pull !== undefined ? 'source' : 'stream';
}

function toHost(response) {
  var s = state(response), taken;
  if (s.type === 'error')
    throw new TypeError('Return value from serve handler must not be an error response (like Response.error())');
  if (typeof s.src === 'string' && s.stream === null && s.used === false) { // the short way, for most
    s.used = true;
    s.kind = 'string';
    s.body = s.src;
    s.list = s.flat === null && s.ctype === TEXT ? PLAIN_LIST : listOf(s);
    return s;
  }
  s.list = listOf(s);
  if ((taken = takeBody(s)) !== null) {
    s.kind = kindOf(taken);
    s.body = taken;
    if (s.kind === 'stream' && (taken = require('streams').takeWhole(taken)) !== null) {
      s.kind = 'bytes';
      s.body = taken;
    }
  }
  return s;
}

// What another is made from, for the serializer: every field of the init dictionary, undefined where it has its default.
exports.initOf = function (response) {
  var s = state(response);
  return {
    status: s.status === 200 ? undefined : s.status, statusText: s.statusText === '' ? undefined : s.statusText,
    headers: response.headers, cf: s.cf === null ? undefined : s.cf, webSocket: s.webSocket === null ? undefined : s.webSocket,
    encodeBody: s.encodeBody === 'automatic' ? undefined : s.encodeBody,
  };
};
// What the host makes responses from: an object with its state, and that.
var WRAPPER = create(Response.prototype);
WRAPPER[MESSAGE] = null;
var INCOMING = create(null);
['status', 'statusText', 'flat', 'src', 'url', 'redirected', 'webSocket'].concat(Object.keys(DEFAULTS)).forEach(function (name) {
  INCOMING[name] = DEFAULTS[name];
});
INCOMING.guarded = true;

exports.Response = Response;
exports.is = isResponse;
exports.toHost = toHost;
exports.kindOf = kindOf;
exports.fromHost = function (status, statusText, flat, src, url, redirected, webSocket) {
  return make(WRAPPER, make(INCOMING, status, statusText, flat, src, url, redirected, webSocket));
};
