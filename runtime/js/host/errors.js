// Errors that cross from one worker to another: what is told of one that was thrown, and what a caller sees.
//
// A worker's own error travels whole (`detail`, its own properties with it) where it can be serialized; class and
// message are told beside it. The words of `traits` become properties of the caller's error.
'use es5';
var DOMException = require('domexception').DOMException;
var serialize = native('serialize');
var hasOwn = Object.prototype.hasOwnProperty;

var REMOTE = 1, RETRYABLE = 2, OVERLOADED = 4, RESET = 8, THROWN = 16;
var DETAIL_BYTES_MAX = 65536;
var classes = { TypeError: TypeError, RangeError: RangeError, SyntaxError: SyntaxError, ReferenceError: ReferenceError,
  EvalError: EvalError, URIError: URIError, Error: Error };

exports.REMOTE = REMOTE;
exports.THROWN = THROWN;
exports.enhanced = true; // compatibility flag enhanced_error_serialization

function isObject(value) { return value !== null && (typeof value === 'object' || typeof value === 'function'); }

// What an error that script threw says of itself.
exports.traitsOf = function (error) {
  try {
    return isObject(error) ? (error.retryable ? RETRYABLE : 0) | (error.overloaded ? OVERLOADED : 0) : 0;
  } catch (e) {
    return 0;
  }
};

// Its serialization; undefined if only class and message can be told.
exports.detailOf = function (error) {
  var bytes;
  if (!exports.enhanced || !isObject(error)) return undefined;
  try {
    bytes = serialize.serialize(error);
  } catch (e) {
    return undefined;
  }
  return bytes.byteLength > DETAIL_BYTES_MAX ? undefined : bytes;
};

function revive(failure) {
  if (failure.detail !== undefined) {
    try {
      return serialize.deserialize(failure.detail);
    } catch (e) { // then class and message have to do
    }
  }
  if (hasOwn.call(classes, failure.name)) return new classes[failure.name](failure.message);
  if (failure.name === 'DataCloneError') return new DOMException(failure.message, failure.name);
  return new Error(failure.message);
}

function setTraits(error, traits, channel) {
  if (!isObject(error)) return;
  try {
    if (traits & OVERLOADED) error.overloaded = true;
    if (traits & RETRYABLE) error.retryable = true;
    if (traits & THROWN && channel !== null && channel.id !== null) error.durableObjectId = channel.idText();
    if (traits & REMOTE) error.remote = true;
    if (traits & RESET) error.durableObjectReset = true;
  } catch (e) { // frozen: it goes without
  }
}

// The error for a call or a request that failed; channel: what it went through. failure: { code, name, message,
// traits, detail }, code being a word of enum wk_err.
exports.make = function (failure, channel, isFetch) {
  var code = failure.code, message = failure.message, error, traits = failure.traits;
  if (code === 'exception' && (message || failure.name || failure.detail !== undefined)) {
    error = revive(failure);
    if (!isObject(error)) error = new Error(String(error));
    setTraits(error, (isFetch ? traits & ~THROWN : traits) | REMOTE, channel);
  } else if (code === 'broken' && message) {
    error = revive(failure);
    setTraits(error, isFetch ? traits | REMOTE : traits & ~REMOTE, null);
  } else if (message && (code === 'limit' || code === 'denied' || code === 'invalid' || code === 'unsupported')) {
    error = new Error(message);
  } else if (code === 'overloaded') {
    error = new Error(message || 'Service is overloaded.');
    setTraits(error, traits | OVERLOADED, null);
  } else {
    error = new Error(message || 'Network connection lost.');
    setTraits(error, traits | RETRYABLE, null);
  }
  return error;
};

// The error that a failure of this isolate is told as: the same words, a new object.
exports.again = function (failure) {
  var error = revive(failure);
  setTraits(error, failure.traits, null);
  return error;
};

// True if what went through the channel failed because the actor there is gone, so that nothing may follow it.
exports.breaksChannel = function (failure) { return failure.code === 'broken'; };
