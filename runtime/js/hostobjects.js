// How objects of platform classes, and errors, are serialized (runtime/serialize): the tags and parts are the
// peer's, so that either reads what the other has stored.
//
//   write(value, name)     [tag, forms, part, ...]; throws when the class has no serialized form
//   forms(tag)             the forms of the parts that follow the tag (runtime/serialize/host.h), or undefined
//   read(tag, parts)       the object
//   errorParts(error)      [kind, name, message, { other properties }]
//   fillError(error, name, message, properties)
//   refuse(value)          throws the DataCloneError for what cannot be cloned at all
'use es5';
var idl = require('webidl');
var DOMException = require('domexception').DOMException;
var internals = native('internals');
var getOwn = Object.getOwnPropertyDescriptor;
var namesOf = Object.getOwnPropertyNames;
var keysOf = Object.keys;
var defineProperty = Object.defineProperty;
var getPrototypeOf = Object.getPrototypeOf;
var objectToString = Object.prototype.toString;
var functionToString = Function.prototype.toString;
var create = Object.create;
var StringCtor = String;

function dataClone(text) { throw new DOMException(text, 'DataCloneError'); }

// The value as V8 puts it into the error.
function describe(v) {
  var C, tag;
  if (typeof v === 'symbol') return StringCtor(v);
  if (typeof v === 'function') return functionToString.call(v);
  if (internals.isProxy(v)) return '#<Object>';
  C = v.constructor;
  if (v.toString === objectToString && typeof C === 'function' && C.name && C.prototype === getPrototypeOf(v))
    return '#<' + C.name + '>';
  tag = objectToString.call(v);
  return tag === '[object Object]' ? '#<Object>' : tag;
}
exports.refuse = function (v) { dataClone(describe(v) + ' could not be cloned.'); };

// ---- platform classes ----

function headersForm(headers) {
  var module = require('headers');
  return [4, 'uh', module.isImmutable(headers) ? 1 : 3, module.toFlat(headers)];
}
function headersFrom(parts) {
  var module = require('headers'), flat = parts[1], list = [], i;
  for (i = 0; i < flat.length; i += 2) list[list.length] = [flat[i], flat[i + 1]];
  return module.fromFlat(module.flatFrom(list), parts[0] === 1); // names and values are checked
}

function blobForm(blob) {
  var module = require('blob');
  return [15, 'sb', module.typeOf(blob), module.bytesOf(blob)];
}
function blobFrom(parts) { return require('blob').fromBytes(parts[1], parts[0]); }

function domExceptionForm(e) { return [8, 'sss', e.name, e.message, idl.str(e.stack)]; }
function domExceptionFrom(parts) {
  var e = new DOMException(parts[1], parts[0]);
  defineProperty(e, 'stack', { value: parts[2], writable: true, configurable: true });
  return e;
}

function requestForm(request) { return [5, 'sv', request.url, require('request').initOf(request)]; }
function requestFrom(parts) { return new (require('request').Request)(parts[0], parts[1]); }
function responseForm(response) {
  return [6, 'vv', response.body, require('response').initOf(response)];
}
// The body would be a stream, which is not stored.
function responseFrom(parts) { return new (require('response').Response)(null, parts[1]); }

var writers = create(null);
writers.Headers = headersForm;
writers.Request = requestForm;
writers.Response = responseForm;
writers.Blob = blobForm;
writers.DOMException = domExceptionForm;
exports.isFacet = function () { return false; }; // set by host/facets.js
writers.Fetcher = writers.DurableObject = function (v) {
  dataClone(exports.isFacet(v) ? 'Stubs pointing to Durable Object facets are not serializable.'
    : 'ServiceStub cannot be serialized in this context.');
};
writers.DurableObjectClass = function () { dataClone('DurableObjectClass cannot be serialized in this context.'); };
writers.AbortSignal = function () { dataClone('AbortSignal serialization is not enabled.'); };
writers.ReadableStream = writers.WritableStream = function (v, name) { dataClone(name + ' can only be serialized for RPC.'); };

exports.write = function (value, name) {
  var write = writers[name];
  if (write === undefined)
    dataClone('Could not serialize object of type "' + name + '". This type does not support serialization.');
  return write(value, name);
};

var readers = create(null);
readers[4] = { forms: 'uh', read: headersFrom };
readers[5] = { forms: 'sv', read: requestFrom };
readers[6] = { forms: 'vv', read: responseFrom };
readers[8] = { forms: 'sss', read: domExceptionFrom };
readers[15] = { forms: 'sb', read: blobFrom };
exports.forms = function (tag) { return tag in readers ? readers[tag].forms : undefined; };
exports.read = function (tag, parts) { return readers[tag].read(parts); };

// ---- errors ----

var kinds = create(null);
kinds.Error = 1;
kinds.TypeError = 2;
kinds.RangeError = 3;
kinds.ReferenceError = 4;
kinds.SyntaxError = 5;
kinds.EvalError = 10;
kinds.URIError = 11;
kinds.AggregateError = 12;
kinds.SuppressedError = 13;

function isIndex(name) { return StringCtor(name >>> 0) === name && name !== '4294967295'; }

// Besides what script has put on it, an error has its stack; what the engine keeps on it is no one's business.
function isOther(name) {
  return name !== 'name' && name !== 'message' && name !== 'stack' && name !== 'fileName' && name !== 'lineNumber' &&
    !isIndex(name);
}

exports.errorParts = function (e) {
  var name = e.name, message = e.message, stack = e.stack, others = {}, names = namesOf(e), i;
  if (stack !== undefined) defineProperty(others, 'stack', { value: stack, enumerable: true });
  for (i = 0; i < names.length; i++)
    if (isOther(names[i])) defineProperty(others, names[i], { value: e[names[i]], enumerable: true });
  return [typeof name === 'string' && kinds[name] || 0, name, message, others];
};

exports.fillError = function (e, name, message, others) {
  var names, i;
  if (typeof message !== 'string') dataClone('Deserialization failed: error message is not a string');
  if (typeof others !== 'object' || others === null) dataClone('Deserialization failed: error properties are no object');
  names = keysOf(others);
  for (i = 0; i < names.length; i++)
    defineProperty(e, names[i], { value: others[names[i]], writable: true, enumerable: names[i] !== 'stack', configurable: true });
  defineProperty(e, 'message', { value: message, writable: true, configurable: true });
  if (name !== undefined)
    defineProperty(e, 'name', { value: name, writable: true, enumerable: true, configurable: true });
};
