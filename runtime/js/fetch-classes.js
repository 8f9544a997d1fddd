// Puts the fetch classes and the streams on the global object.
'use es5';
var expose = require('webidl').expose;

function exposeFrom(from, names) {
  for (var i = 0; i < names.length; i++) expose(names[i], from[names[i]]);
}

exposeFrom(require('headers'), ['Headers']);
exposeFrom(require('body'), ['Body']);
exposeFrom(require('request'), ['Request']);
exposeFrom(require('response'), ['Response']);
exposeFrom(require('streams/readable'), ['ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader']);
exposeFrom(require('streams/default'), ['ReadableStreamDefaultController']);
exposeFrom(require('streams/byte'), ['ReadableByteStreamController', 'ReadableStreamBYOBRequest']);
exposeFrom(require('streams/writable'), ['WritableStream', 'WritableStreamDefaultWriter', 'WritableStreamDefaultController']);
exposeFrom(require('streams/transform'), ['TransformStream', 'TransformStreamDefaultController']);
exposeFrom(require('streams/identity'), ['IdentityTransformStream', 'FixedLengthStream']);
exposeFrom(require('streams/text'), ['TextEncoderStream', 'TextDecoderStream']);
exposeFrom(require('streams/strategies'), ['CountQueuingStrategy', 'ByteLengthQueuingStrategy']);
