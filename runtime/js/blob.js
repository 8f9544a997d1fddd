// Blob and File: bytes that never change. A slice shares the bytes of what it was cut from.
'use es5';
var idl = require('webidl');
var bytes = native('bytes');
var encoding = native('encoding');
var STATE = idl.hidden('blob');
var subarray = Uint8Array.prototype.subarray;
var Uint8ArrayCtor = Uint8Array;
var ArrayBufferCtor = ArrayBuffer;
var isView = ArrayBuffer.isView;
var isArray = Array.isArray;
var toLowerCase = String.prototype.toLowerCase;
var PromiseCtor = Promise;
var resolve = Promise.resolve;
var now = Date.now;
var lazyRequire = require; // the name keeps the packer from resolving 'streams' at build time

function state(self) {
  var s = self[STATE];
  if (s === undefined) idl.illegal();
  return s;
}
function isBlob(v) { return typeof v === 'object' && v !== null && v[STATE] !== undefined; }

// A MIME type given by script: lower case, or nothing when it has characters that no type may have.
function normalType(type) {
  var i, c;
  if (type === undefined) return '';
  type = idl.str(type);
  for (i = 0; i < type.length; i++) {
    c = type.charCodeAt(i);
    if (c < 0x20 || c > 0x7E) return '';
  }
  return toLowerCase.call(type);
}

function join(parts, name) {
  var list = [], i, part;
  if (parts === undefined) return new Uint8ArrayCtor(0);
  if (!isArray(parts)) idl.badConstructParameter(name, 1, 'Array');
  for (i = 0; i < parts.length; i++) {
    part = parts[i];
    if (isBlob(part)) part = part[STATE].bytes;
    else if (!isView(part) && !(part instanceof ArrayBufferCtor)) part = idl.str(part);
    list[i] = part;
  }
  return bytes.join(list);
}

function checkOptions(options, name, n) {
  if (options === undefined || options === null) return;
  if (typeof options !== 'object' && typeof options !== 'function') idl.badConstructParameter(name, n, 'Options');
  if (options.endings !== undefined) throw new Error("The 'endings' field on 'Options' is not implemented.");
}

function Blob(parts, options) {
  if (!(this instanceof Blob)) idl.needNew('Blob');
  checkOptions(options, 'Blob', 2);
  this[STATE] = { bytes: join(parts, 'Blob'), type: normalType(options ? options.type : undefined) };
}

// A relative index of slice().
function clamp(v, size, missing) {
  v = v === undefined ? missing : +v;
  if (!(v === v)) v = 0;
  v = v < 0 ? Math.ceil(v) : Math.floor(v);
  return v < 0 ? Math.max(size + v, 0) : Math.min(v, size);
}

function fromBytes(data, type) {
  var blob = Object.create(Blob.prototype);
  blob[STATE] = { bytes: data, type: type };
  return blob;
}

function promiseOf(v) { return resolve.call(PromiseCtor, v); }

idl.define(Blob, 'Blob', null, {
  get size() { return state(this).bytes.length; },
  get type() { return state(this).type; },
  slice: function slice(start, end, type) {
    var data = state(this).bytes, size = data.length;
    start = clamp(start, size, 0);
    end = clamp(end, size, size);
    return fromBytes(subarray.call(data, start, Math.max(start, end)), normalType(type));
  },
  arrayBuffer: function arrayBuffer() { return promiseOf(bytes.buffer(state(this).bytes)); },
  bytes: function () { return promiseOf(new Uint8ArrayCtor(bytes.buffer(state(this).bytes))); },
  text: function text() { return promiseOf(encoding.utf8(state(this).bytes)); },
  stream: function stream() {
    var data = state(this).bytes;
    return new (lazyRequire('streams').ReadableStream)({
      type: 'bytes',
      start: function (controller) {
        if (data.length > 0) controller.enqueue(new Uint8ArrayCtor(bytes.buffer(data)));
        controller.close();
      },
    });
  },
});

function File(parts, name, options) {
  var modified;
  if (!(this instanceof File)) idl.needNew('File');
  if (!isArray(parts)) idl.badConstructParameter('File', 1, 'Array');
  if (arguments.length < 2) idl.badConstructParameter('File', 2, 'string');
  checkOptions(options, 'File', 3);
  modified = options ? options.lastModified : undefined;
  this[STATE] = {
    bytes: join(parts, 'File'), type: normalType(options ? options.type : undefined), name: idl.usv(name),
    lastModified: modified === undefined ? now() : +modified,
  };
}
function fileState(self) {
  var s = state(self);
  if (s.name === undefined) idl.illegal();
  return s;
}
idl.define(File, 'File', Blob, {
  get name() { return fileState(this).name; },
  get lastModified() { return fileState(this).lastModified; },
});

exports.Blob = Blob;
exports.File = File;
// For other built-in modules. Bytes are shared, not copied: nobody may change them.
exports.isBlob = isBlob;
exports.isFile = function (v) { return isBlob(v) && v[STATE].name !== undefined; };
exports.bytesOf = function (blob) { return blob[STATE].bytes; };
exports.typeOf = function (blob) { return blob[STATE].type; };
exports.nameOf = function (file) { return file[STATE].name; };
exports.lastModifiedOf = function (file) { return file[STATE].lastModified; };
exports.fromBytes = fromBytes;
exports.fileFromBytes = function (data, name, type, lastModified) {
  var file = Object.create(File.prototype);
  file[STATE] = { bytes: data, type: type, name: name, lastModified: lastModified === undefined ? now() : lastModified };
  return file;
};
