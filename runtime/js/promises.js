// The few promise operations that built-in modules use, out of reach of what a worker does to Promise.
//
// on(promise, target, n) calls target's method when the promise settles, and makes no closure and no promise: STARTED is
// onStarted and onStartFailed, and so on. A closure costs as much here as several calls.
'use es5';
var verbs = native('promise');
var P = Promise;
var nativeThen = P.prototype.then;
var nativeResolve = P.resolve;
var nativeReject = P.reject;
var pending = verbs.pending;
var resolve = verbs.resolve;
var reject = verbs.reject;

function Deferred() { this.promise = pending(); }
Deferred.prototype = Object.create(null);
Deferred.prototype.resolve = function (value) { resolve(this.promise, value); };
Deferred.prototype.reject = function (reason) { reject(this.promise, reason); };

exports.STARTED = 0;
exports.PULLED = 1;
exports.WRITTEN = 2;
exports.CLOSED = 3;
exports.SETTLED = 4;
exports.on = verbs.on;
exports.pending = pending;
exports.resolve = resolve;
exports.reject = reject;
exports.then = function (promise, ok, failed) { return nativeThen.call(promise, ok, failed); };
exports.resolved = function (value) { return nativeResolve.call(P, value); };
exports.rejected = function (reason) { return nativeReject.call(P, reason); };
// { promise, resolve(value), reject(reason) }: methods, not to be taken off it
exports.deferred = function () { return new Deferred(); };
// Marks a rejection as nobody's to report.
exports.handled = verbs.handled;
exports.nothing = function () {};
// Calls fn(self, ...) as a user's callback: a throw becomes a rejection, a value a promise.
exports.attempt = function (fn, self, a, b) {
  try {
    return nativeResolve.call(P, fn.call(self, a, b));
  } catch (e) {
    return nativeReject.call(P, e);
  }
};
