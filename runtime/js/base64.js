// atob and btoa.
'use es5';
var idl = require('webidl');
var bytes = native('bytes');
var DOMException = require('domexception').DOMException;

exports.atob = function atob(text) {
  if (arguments.length === 0) idl.badParameter('atob', 'ServiceWorkerGlobalScope', 1, 'string');
  text = bytes.atob(idl.str(text));
  if (text === undefined)
    throw new DOMException("atob() called with invalid base64-encoded data. (Only whitespace, '+', '/', alphanumeric " +
      "ASCII, and up to two terminal '=' signs when the input data length is divisible by 4 are allowed.)",
    'InvalidCharacterError');
  return text;
};
exports.btoa = function btoa(text) {
  if (arguments.length === 0) idl.badParameter('btoa', 'ServiceWorkerGlobalScope', 1, 'String');
  text = bytes.btoa(idl.str(text));
  if (text === undefined)
    throw new DOMException('btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.',
      'InvalidCharacterError');
  return text;
};
