// What Request and Response share: the body and its readers.
//
// A message keeps its inside in one state object under MESSAGE, a copy of its class's defaults (see
// runtime/engine/records.c). The fields about the body:
//
//   src     the body as it was given, nothing encoded: null, a string, bytes (a Uint8Array or a plain
//           buffer, ours), or a native source { pull, cancel, readAll, length } (see streams.js)
//   stream  the ReadableStream, once someone asked for .body or gave one; null before
//   used    the body was taken without a stream
//   ctype   the content-type that src brings along, until the headers are looked at
//   flat    the header list, or null; headers: the Headers object, or null
//
// While `stream` is null the readers take `src` at once. With a stream that nobody touched they still do, and
// leave the stream as if it had been read.
'use es5';
var idl = require('webidl');
var headersModule = require('headers');
var bytes = native('chunk');
var promises = require('promises');

var MESSAGE = idl.hidden('message');
var create = Object.create;
var jsonParse = JSON.parse;
var resolved = promises.resolved;
var rejected = promises.rejected;
var then = promises.then;
var URLSearchParams = require('url').URLSearchParams;
var StringCtor = String;
var iteratorSymbol = Symbol.iterator;
var asyncIteratorSymbol = Symbol.asyncIterator;
var charCodeAt = String.prototype.charCodeAt;
var substring = String.prototype.substring;
var indexOf = String.prototype.indexOf;
var usv = idl.usv;
var headerGet = headersModule.get;

var TEXT = 'text/plain;charset=UTF-8';
var USED = 'Body has already been used. It can only be used once. Use tee() first if you need to read it twice.';

var streamsModule = null;
function streams() { return streamsModule || (streamsModule = require('streams')); }

// The template of a state object; `fields` are its class's own.
exports.defaults = function (fields) {
  var defaults = create(null), key;
  defaults.src = defaults.stream = defaults.ctype = defaults.flat = defaults.headers = null;
  defaults.used = false;
  for (key in fields) defaults[key] = fields[key];
  return defaults;
};

function bodyState(self) {
  var s = self[MESSAGE];
  if (s === undefined) idl.illegal();
  return s;
}

// Takes what a caller gave as a body into the state.
function setBody(s, body) {
  if (typeof body === 'string') {
    s.src = body;
    s.ctype = TEXT;
  } else if (body === null || body === undefined) {
    s.src = null;
  } else if (typeof body !== 'object') {
    s.src = idl.str(body);
    s.ctype = TEXT;
  } else {
    setObjectBody(s, body);
  }
}

function setObjectBody(s, body) {
  var made;
  if (bytes.isSource(body)) {
    s.src = bytes.copy(body);
  } else if (streams().isReadable(body)) {
    if (streams().isDisturbed(body))
      throw new TypeError('This ReadableStream is disturbed (has already been read from), and cannot be used as a body.');
    if (streams().isLocked(body))
      throw new TypeError('This ReadableStream is locked to a reader, and cannot be used as a body.');
    s.stream = body;
  } else if (body instanceof URLSearchParams) {
    s.src = idl.str(body);
    s.ctype = 'application/x-www-form-urlencoded;charset=UTF-8';
  } else if ((made = require('body-forms').extract(body)) !== null) {
    s.src = made.src;
    s.ctype = made.type;
  } else if (!(body instanceof StringCtor) && (body[iteratorSymbol] || body[asyncIteratorSymbol])) {
    s.stream = streams().from(body);
  } else {
    s.src = idl.str(body);
    s.ctype = TEXT;
  }
}

function hasBody(s) { return s.src !== null || s.stream !== null; }
function isUsed(s) { return s.stream !== null ? streams().isDisturbed(s.stream) : s.used; }
function isEmpty(s) { return s.stream === null && (s.src === '' || s.src !== null && s.src.byteLength === 0); }

// The stream of a body, made when it is first asked for; null without a body.
function streamOf(s) {
  if (s.stream !== null || s.src === null) return s.stream;
  if (s.used) s.stream = streams().consumed();
  else if (typeof s.src === 'string') s.stream = streams().fromBytes(function () { return bytes.encode(s.src); });
  else if (s.src.pull === undefined) s.stream = streams().fromBytes(function () { return bytes.copy(s.src); });
  else s.stream = streams().fromSource(s.src);
  return s.stream;
}

// Takes the body out of the state for good. Returns the string, the bytes, the native source or the stream, which
// is then the caller's to read; null without a body; throws when it was used or is locked.
function take(s) {
  var stream = s.stream;
  if (stream === null) {
    if (s.src === null) return null;
    if (s.used) throw new TypeError(USED);
    s.used = true;
    return s.src;
  }
  if (streams().isDisturbed(stream)) throw new TypeError(USED);
  if (streams().isLocked(stream)) throw new TypeError('This ReadableStream is currently locked to a reader.');
  if (s.src === null) return streams().takeBytes(stream) || stream;
  streams().consume(stream);
  return s.src;
}

function isStream(taken) { return typeof taken === 'object' && taken.pull === undefined && taken.byteLength === undefined; }

// Runs convert(string or Uint8Array) on the whole body; always a promise.
function readAll(s, convert) {
  var taken;
  try {
    taken = take(s);
    if (taken === null) return resolved(convert(''));
    if (typeof taken === 'string' || taken.byteLength !== undefined) return resolved(convert(taken));
    return then(isStream(taken) ? streams().readAll(taken) : streams().readSource(taken), convert);
  } catch (e) {
    return rejected(e);
  }
}

function toText(data) {
  if (typeof data !== 'string') return bytes.decode(data);
  data = usv(data);
  return charCodeAt.call(data, 0) === 0xfeff ? substring.call(data, 1) : data;
}
function toBytes(data) { return typeof data === 'string' ? bytes.encode(data) : bytes.copy(data); }
function toJson(data) {
  data = toText(data);
  if (data === '') throw new SyntaxError('Unexpected end of JSON input');
  return jsonParse(data);
}

// The value of the content-type header as it stands, or null.
function contentType(s) {
  var found = s.flat !== null ? headerGet(s.flat, 'content-type') : null;
  return found !== null ? found : s.ctype;
}

// The header list with the body's content-type in it: what is sent, and what Headers adopts.
function listOf(s) {
  if (s.flat === null) s.flat = [];
  if (s.ctype !== null) {
    if (headerGet(s.flat, 'content-type') === null) {
      s.flat[s.flat.length] = 'Content-Type';
      s.flat[s.flat.length] = s.ctype;
    } else if (indexOf.call(s.ctype, 'multipart/') === 0) {
      require('console').warning('A FormData body was provided with a custom Content-Type header when constructing a ' +
        'Request or Response object. This will prevent the recipient of the Request or Response from being able to parse ' +
        'the body. Consider omitting the custom Content-Type header.');
    }
    s.ctype = null;
  }
  return s.flat;
}

// Gives `to` the same body as `from`, each readable on its own.
function cloneBody(from, to) {
  var branches, stream = from.stream;
  if (stream !== null ? streams().isDisturbed(stream) || streams().isLocked(stream) : from.used)
    throw new TypeError('This ReadableStream is currently locked to a reader,');
  if (stream === null && (from.src === null || from.src.pull === undefined)) {
    to.src = from.src;
    return;
  }
  if (stream !== null && from.src !== null && from.src.pull === undefined) {
    streams().lockForGood(stream);
    from.stream = null;
    to.src = from.src;
    return;
  }
  branches = streams().tee(streamOf(from));
  from.src = null;
  from.stream = branches[0];
  to.stream = branches[1];
}

// Moves the body to another message; the first one's is used afterwards.
function moveBody(from, to) {
  if (from.stream === null || (from.src !== null && from.src.pull === undefined)) {
    if (from.stream !== null) streams().consume(from.stream);
    else from.used = from.src !== null;
    to.src = from.src;
  } else {
    to.stream = streams().detach(from.stream);
  }
}

function endsWith(text, end) {
  return text.length >= end.length && substring.call(text, text.length - end.length) === end;
}

function warnUnlessText(s) {
  var type = contentType(s);
  if (type === null || indexOf.call(type, 'text/') === 0 || endsWith(type, 'json') || endsWith(type, 'xml') ||
      endsWith(type, 'javascript') || endsWith(type, 'charset=UTF-8') || endsWith(type, 'charset=utf-8')) return;
  require('console').warning('Called .text() on an HTTP body which does not appear to be text. The body\'s Content-Type is "' +
    type + '". The result will probably be corrupted. Consider checking the Content-Type header before interpreting ' +
    'entities as text.');
}

function Body() { idl.illegalConstructor(); }
idl.define(Body, 'Body', null, {
  get body() { return streamOf(bodyState(this)); },
  get bodyUsed() { return isUsed(bodyState(this)); },
  arrayBuffer: function arrayBuffer() { return readAll(bodyState(this), function (data) { return toBytes(data).buffer; }); },
  bytes: function bytes() { return readAll(bodyState(this), toBytes); },
  text: function text() {
    var s = bodyState(this);
    if (s.flat !== null) warnUnlessText(s);
    return readAll(s, toText);
  },
  json: function json() { return readAll(bodyState(this), toJson); },
  formData: function formData() {
    var s = bodyState(this), type = contentType(s);
    if (type === null) return rejected(new TypeError('Parsing a Body as FormData requires a Content-Type header.'));
    return readAll(s, function (data) { return require('body-forms').parse(toBytes(data), type); });
  },
  blob: function blob() {
    var s = bodyState(this), type = contentType(s);
    return readAll(s, function (data) { return require('body-forms').blob(toBytes(data), type); });
  },
});

exports.Body = Body;
exports.MESSAGE = MESSAGE;
exports.USED = USED;
exports.set = setBody;
exports.has = hasBody;
exports.isUsed = isUsed;
exports.isEmpty = isEmpty;
exports.isStream = isStream;
exports.streamOf = streamOf;
exports.take = take;
exports.clone = cloneBody;
exports.move = moveBody;
exports.list = listOf;

// The `headers` of a message.
exports.headers = function (s, immutable) {
  return s.headers !== null ? s.headers : (s.headers = headersModule.fromFlat(listOf(s), immutable));
};
// Takes the `headers` of an init dictionary.
exports.setHeaders = function (s, init, dict) {
  var flat = headersModule.flatFrom(init);
  if (flat === null) idl.badField('headers', dict, 'Headers or Sequence or object');
  s.flat = flat;
};
// A `cf` object is kept as a copy of what JSON can say.
exports.copyCf = function (cf, dict) {
  if (cf === null || typeof cf !== 'object' && typeof cf !== 'function') idl.badField('cf', dict, 'Object');
  return jsonParse(jsonStringify(cf));
};
var jsonStringify = JSON.stringify;
