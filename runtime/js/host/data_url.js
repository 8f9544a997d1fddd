// data: URLs, which fetch() answers by itself.
//   is(url)          whether it is one; url is normalized
//   response(url)    its Response; throws the TypeError that fetch() rejects with
'use es5';
var bytes = native('bytes');
var response = require('response');

var DATA = /^data:/;
var BASE64 = /; *base64 *$/i;
var TYPE = /^[^\s\/;,"()<>@\[\]?={}]+\/[^\s\/;,"()<>@\[\]?={}]+ *(;.*)?$/;
var number = parseInt;
var charCodeAt = String.prototype.charCodeAt;
var indexOf = String.prototype.indexOf;
var replace = String.prototype.replace;
var slice = String.prototype.slice;
var fromCharCode = String.fromCharCode;
var test = RegExp.prototype.test;
var HEX = /^[0-9a-fA-F]{2}$/;

exports.is = function (url) { return test.call(DATA, url); };

// One character a byte.
function percentDecoded(text) {
  var out = '', at = 0, next, pair;
  while ((next = indexOf.call(text, '%', at)) >= 0) {
    pair = slice.call(text, next + 1, next + 3);
    out += slice.call(text, at, next);
    if (test.call(HEX, pair)) {
      out += fromCharCode(number(pair, 16));
      at = next + 3;
    } else {
      out += '%';
      at = next + 1;
    }
  }
  return out + slice.call(text, at);
}

function toBytes(text) {
  var out = new Uint8Array(text.length);
  for (var i = 0; i < text.length; i++) out[i] = charCodeAt.call(text, i);
  return out;
}

exports.response = function (url) {
  var comma = indexOf.call(url, ','), hash = indexOf.call(url, '#'), type, body;
  if (comma < 0 || (hash >= 0 && hash < comma)) throw new TypeError('Fetch API cannot load: ' + url);
  type = slice.call(url, 5, comma);
  body = percentDecoded(slice.call(url, comma + 1, hash < 0 ? url.length : hash));
  if (test.call(BASE64, type)) {
    type = replace.call(type, BASE64, '');
    body = bytes.atob(body);
    if (body === undefined) body = '';
  }
  if (type.charAt(0) === ';') type = 'text/plain' + type;
  if (!test.call(TYPE, type)) type = 'text/plain;charset=US-ASCII';
  return response.fromHost(200, 'OK', ['Content-Type', type], toBytes(body), '', false, null);
};
