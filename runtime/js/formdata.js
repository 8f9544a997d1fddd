// FormData, and forms as bodies: multipart/form-data and application/x-www-form-urlencoded.
'use es5';
var idl = require('webidl');
var blobs = require('blob');
var bytes = native('bytes');
var form = native('form');
var native_ = native('formdata');
var usv = idl.usv;
var STATE = idl.hidden('formdata');
var iterator = Symbol.iterator;
var toLowerCase = String.prototype.toLowerCase;

// state.list is [name, value, ...]; a value is a string or a File.
function FormData() {
  if (!(this instanceof FormData)) idl.needNew('FormData');
  this[STATE] = { list: [] };
}
function state(self) {
  var s = self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}
function need(args, verb) {
  if (args.length < 1) idl.badParameter(verb, 'FormData', 1, 'string');
}

function entryValue(args, verb) {
  var value = args[1], name = args[2];
  if (args.length < 2) idl.badParameter(verb, 'FormData', args.length + 1, args.length ? 'File or Blob or string' : 'string');
  if (!blobs.isBlob(value)) return usv(value);
  if (blobs.isFile(value) && name === undefined) return value;
  return blobs.fileFromBytes(blobs.bytesOf(value), usv(name === undefined ? args[0] : name), blobs.typeOf(value),
    blobs.lastModifiedOf(value));
}

var iterators = idl.pairIterators('FormData', function (self) { return self[STATE].list; });

idl.define(FormData, 'FormData', null, {
  append: function append(name, value, filename) {
    var list = state(this).list;
    value = entryValue(arguments, 'append');
    list[list.length] = usv(name);
    list[list.length] = value;
  },
  'delete': function (name) {
    var s = state(this), list = s.list, out = [], i;
    need(arguments, 'delete');
    name = usv(name);
    for (i = 0; i < list.length; i += 2) {
      if (list[i] === name) continue;
      out[out.length] = list[i];
      out[out.length] = list[i + 1];
    }
    s.list = out;
  },
  get: function get(name) {
    var list = state(this).list, i;
    need(arguments, 'get');
    name = usv(name);
    for (i = 0; i < list.length; i += 2) if (list[i] === name) return list[i + 1];
    return null;
  },
  getAll: function getAll(name) {
    var list = state(this).list, out = [], i;
    need(arguments, 'getAll');
    name = usv(name);
    for (i = 0; i < list.length; i += 2) if (list[i] === name) out[out.length] = list[i + 1];
    return out;
  },
  has: function has(name) {
    var list = state(this).list, i;
    need(arguments, 'has');
    name = usv(name);
    for (i = 0; i < list.length; i += 2) if (list[i] === name) return true;
    return false;
  },
  set: function set(name, value, filename) {
    var s = state(this), list = s.list, out = [], found = false, i;
    value = entryValue(arguments, 'set');
    name = usv(name);
    for (i = 0; i < list.length; i += 2) {
      if (list[i] === name && found) continue;
      out[out.length] = list[i];
      out[out.length] = list[i] === name ? value : list[i + 1];
      if (list[i] === name) found = true;
    }
    if (!found) {
      out[out.length] = name;
      out[out.length] = value;
    }
    s.list = out;
  },
  entries: function entries() { state(this); return iterators.entries(this); },
  keys: function keys() { state(this); return iterators.keys(this); },
  values: function values() { state(this); return iterators.values(this); },
  forEach: function forEach(callback, thisArg) {
    var s = state(this), i;
    if (typeof callback !== 'function') idl.badParameter('forEach', 'FormData', 1, 'function');
    for (i = 0; i < s.list.length; i += 2) callback.call(thisArg, s.list[i + 1], s.list[i], this);
  },
});
Object.defineProperty(FormData.prototype['delete'], 'name', { value: 'delete', configurable: true });
Object.defineProperty(FormData.prototype, iterator, {
  value: FormData.prototype.entries, writable: true, enumerable: false, configurable: true,
});

// A FormData out of a body; data is bytes (Uint8Array, ArrayBuffer) or a string.
function parse(data, contentType) {
  var kind = native_.kind(contentType), out = new FormData(), list = out[STATE].list, entries, charset, i, e;
  if (kind === undefined)
    throw new TypeError('Unrecognized Content-Type header value. FormData can only parse the following MIME types: ' +
      'multipart/form-data, application/x-www-form-urlencoded');
  if (kind[0] === 'urlencoded') {
    charset = kind[1] === null ? 'utf-8' : toLowerCase.call(kind[1]);
    if (charset !== 'utf-8' && charset !== 'utf8' && charset !== 'unicode-1-1-utf-8')
      throw new TypeError('Non-utf-8 application/x-www-form-urlencoded body.');
    out[STATE].list = form.parse(data);
    return out;
  }
  if (kind[1] === null)
    throw new TypeError('No boundary string in Content-Type header. The multipart/form-data MIME type requires a ' +
      "boundary parameter, e.g. 'Content-Type: multipart/form-data; boundary=\"abcd\"'. See RFC 7578, section 4.");
  entries = native_.multipart(data, kind[1]);
  for (i = 0; i < entries.length; i++) {
    e = entries[i];
    list[list.length] = e[0];
    list[list.length] = e.length === 2 ? e[1] : blobs.fileFromBytes(e[1], e[2], e[3]);
  }
  return out;
}

// The body of a FormData: { bytes: Uint8Array, boundary: string }.
function serializeMultipart(formData, boundary) {
  var list = state(formData).list, parts = [], i, value, head, n = 0;
  if (boundary === undefined) boundary = bytes.randomHex();
  for (i = 0; i < list.length; i += 2) {
    value = list[i + 1];
    head = '--' + boundary + '\r\nContent-Disposition: form-data; name="' + native_.quote(list[i]) + '"';
    if (typeof value === 'string') {
      parts[n++] = head + '\r\n\r\n' + value + '\r\n';
    } else {
      parts[n++] = head + '; filename="' + native_.quote(blobs.nameOf(value)) + '"\r\nContent-Type: ' +
        (blobs.typeOf(value) || 'application/octet-stream') + '\r\n\r\n';
      parts[n++] = blobs.bytesOf(value);
      parts[n++] = '\r\n';
    }
  }
  parts[n] = '--' + boundary + '--';
  return { bytes: bytes.join(parts), boundary: boundary };
}

exports.FormData = FormData;
exports.isFormData = function (v) { return typeof v === 'object' && v !== null && v[STATE] !== undefined; };
exports.listOf = function (formData) { return formData[STATE].list; };
exports.parse = parse;
exports.serializeMultipart = serializeMultipart;
