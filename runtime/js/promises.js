// The few promise operations that built-in modules use, out of reach of what a worker does to Promise.
'use es5';
var P = Promise;
var nativeThen = P.prototype.then;
var nativeResolve = P.resolve;
var nativeReject = P.reject;

function then(promise, ok, failed) { return nativeThen.call(promise, ok, failed); }
function nothing() {}

exports.then = then;
exports.resolved = function (value) { return nativeResolve.call(P, value); };
exports.rejected = function (reason) { return nativeReject.call(P, reason); };
// { promise, resolve, reject }
exports.deferred = function () {
  var d = { promise: null, resolve: null, reject: null };
  d.promise = new P(function (resolve, reject) { d.resolve = resolve; d.reject = reject; });
  return d;
};
// Marks a rejection as nobody's to report.
exports.handled = function (promise) { then(promise, undefined, nothing); return promise; };
exports.nothing = nothing;
// Calls fn(self, ...) as a user's callback: a throw becomes a rejection, a value a promise.
exports.attempt = function (fn, self, a, b) {
  try {
    return nativeResolve.call(P, fn.call(self, a, b));
  } catch (e) {
    return nativeReject.call(P, e);
  }
};
