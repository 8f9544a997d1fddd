// Bodies made of Blob and FormData, and bodies read as them.
'use es5';
var blobs = require('blob');
var forms = require('formdata');

var MIME = /^[\t\n\r ]*([!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+)[\t\n\r ]*(;.*)?$/;
var PARAMETER = /;[\t\n\r ]*([^=;]+)=("[^"]*"|[^;]*)/g;
var toLowerCase = String.prototype.toLowerCase;
var trim = String.prototype.trim;

// The bytes and the content-type of a body that is a Blob or a FormData, else null.
exports.extract = function (body) {
  var made;
  if (blobs.isBlob(body)) return { src: blobs.bytesOf(body), type: blobs.typeOf(body) || null };
  if (!forms.isFormData(body)) return null;
  made = forms.serializeMultipart(body);
  return { src: made.bytes, type: 'multipart/form-data; boundary=' + made.boundary };
};

exports.parse = function (data, type) { return forms.parse(data, type); };

// A MIME type in the form that Blob has it: lower case but for what parameters hold.
function normalType(type) {
  var found = type === null ? null : MIME.exec(type), out, parameter;
  if (found === null) return '';
  out = toLowerCase.call(found[1]);
  PARAMETER.lastIndex = 0;
  while (found[2] !== undefined && (parameter = PARAMETER.exec(found[2])) !== null)
    out += ';' + toLowerCase.call(trim.call(parameter[1])) + '=' + trim.call(parameter[2]);
  return out;
}

exports.blob = function (data, type) { return blobs.fromBytes(data, normalType(type)); };
