// TextEncoderStream and TextDecoderStream.
'use es5';
var idl = require('webidl');
var transform = require('streams/transform');
var bytes = native('chunk');

var DECODER = idl.hidden('textdecoder.stream');
var defineProperty = Object.defineProperty;
var charCodeAt = String.prototype.charCodeAt;
var substring = String.prototype.substring;
var encode = bytes.encode;
var TextDecoder = require('encoding').TextDecoder;
var decode = TextDecoder.prototype.decode;

function isHigh(code) { return code >= 0xd800 && code <= 0xdbff; }

function TextEncoderStream() {
  var kept = '';
  if (!(this instanceof TextEncoderStream)) idl.needNew('TextEncoderStream');
  transform.init(this, function (chunk) {
    var text = kept + idl.str(chunk), last = text.length - 1;
    kept = '';
    if (last >= 0 && isHigh(charCodeAt.call(text, last))) { // its other half may come with the next chunk
      kept = substring.call(text, last);
      text = substring.call(text, 0, last);
    }
    if (text !== '') this.enqueue(encode(text));
  }, function () {
    if (kept !== '') this.enqueue(encode(kept));
  });
}
idl.define(TextEncoderStream, 'TextEncoderStream', transform.TransformStream, {
  get encoding() {
    if (!(this instanceof TextEncoderStream)) idl.illegal();
    return 'utf-8';
  },
});

function failed(e) { return e instanceof TypeError ? new TypeError('Failed to decode input.') : e; }

function TextDecoderStream(label, options) {
  var decoder;
  if (!(this instanceof TextDecoderStream)) idl.needNew('TextDecoderStream');
  decoder = new TextDecoder(label === undefined ? 'utf-8' : label, options === undefined ? {} : options);
  this[DECODER] = decoder;
  transform.init(this, function (chunk) {
    var text;
    if (!bytes.isSource(chunk))
      throw new TypeError('This TransformStream is being used as a byte stream, but received a value that is not a BufferSource.');
    try {
      text = decode.call(decoder, chunk, { stream: true });
    } catch (e) {
      throw failed(e);
    }
    if (text !== '') this.enqueue(text);
  }, function () {
    var text;
    try {
      text = decode.call(decoder);
    } catch (e) {
      throw failed(e);
    }
    if (text !== '') this.enqueue(text);
  });
}

function decoderOf(self) {
  var decoder;
  if (self === null || self === undefined || (decoder = self[DECODER]) === undefined) idl.illegal();
  return decoder;
}
idl.define(TextDecoderStream, 'TextDecoderStream', transform.TransformStream, {
  get encoding() { return decoderOf(this).encoding; },
  get fatal() { return decoderOf(this).fatal; },
  get ignoreBOM() { return decoderOf(this).ignoreBOM; },
});
[TextEncoderStream, TextDecoderStream].forEach(function (C) {
  defineProperty(C, 'length', { value: 0, configurable: true });
});

exports.TextEncoderStream = TextEncoderStream;
exports.TextDecoderStream = TextDecoderStream;
