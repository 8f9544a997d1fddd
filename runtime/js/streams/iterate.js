// Streams as async iterables, and streams made of iterables.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var state = require('streams/state');
var readable = require('streams/readable');
var defaults = require('streams/default');

var ITERATOR = idl.hidden('readable.iterator');
var create = Object.create;
var defineProperty = Object.defineProperty;
var asyncIteratorSymbol = Symbol.asyncIterator;
var iteratorSymbol = Symbol.iterator;
var then = promises.then;

function ReadableStreamAsyncIterator() { idl.illegalConstructor(); }

function iteratorOf(self) {
  var it;
  if (self === null || self === undefined || (it = self[ITERATOR]) === undefined) idl.illegal();
  return it;
}

function NextRequest(it, d) {
  this.it = it;
  this.d = d;
}
NextRequest.prototype = create(null);
NextRequest.prototype.chunk = function (value) {
  this.it.ongoing = null;
  this.d.resolve({ done: false, value: value });
};
NextRequest.prototype.close = function () {
  this.it.finish();
  this.d.resolve({ done: true, value: undefined });
};
NextRequest.prototype.error = function (reason) {
  this.it.finish();
  this.d.reject(reason);
};

function IteratorState(rd, preventCancel) {
  this.reader = rd;
  this.preventCancel = preventCancel;
  this.ongoing = null;
  this.done = false;
}
IteratorState.prototype = create(null);
IteratorState.prototype.finish = function () {
  this.ongoing = null;
  this.done = true;
  state.release(this.reader);
};
IteratorState.prototype.next = function () {
  var d;
  if (this.done) return promises.resolved({ done: true, value: undefined });
  d = promises.deferred();
  state.read(this.reader, new NextRequest(this, d));
  return d.promise;
};
IteratorState.prototype.end = function (value) {
  var result = { done: true, value: value }, canceled, rs;
  if (this.done) return promises.resolved(result);
  this.done = true;
  rs = this.reader.stream;
  canceled = this.preventCancel ? promises.resolved(undefined) : state.cancel(rs, value);
  state.release(this.reader);
  return then(canceled, function () { return result; });
};

// Runs step() after what is under way.
function enqueue(it, step) {
  it.ongoing = it.ongoing === null ? step() : then(it.ongoing, step, step);
  return it.ongoing;
}

idl.define(ReadableStreamAsyncIterator, 'ReadableStreamAsyncIterator', null, {
  next: function next() {
    var it = iteratorOf(this);
    return enqueue(it, function () { return it.next(); });
  },
  'return': function (value) {
    var it = iteratorOf(this);
    return enqueue(it, function () { return it.end(value); });
  },
});
if (asyncIteratorSymbol)
  defineProperty(ReadableStreamAsyncIterator.prototype, asyncIteratorSymbol, {
    value: function () { return this; }, writable: true, configurable: true,
  });

exports.iterate = function (stream, options) {
  var rs = readable.stateOf(stream), it = create(ReadableStreamAsyncIterator.prototype);
  it[ITERATOR] = new IteratorState(readable.lock(rs, false), !!(options && options.preventCancel));
  return it;
};

// A ReadableState that pulls from a sync or async iterable.
exports.from = function (iterable) {
  var method, isSync = false, iterator, rs, c;
  if (iterable !== undefined && iterable !== null) {
    if (asyncIteratorSymbol) method = iterable[asyncIteratorSymbol];
    if (method === undefined || method === null) {
      method = iterable[iteratorSymbol];
      isSync = true;
    }
  }
  if (typeof method !== 'function') idl.badParameter('from', 'ReadableStream', 1, 'AsyncGenerator');
  iterator = method.call(iterable);
  rs = new state.ReadableState();
  c = new defaults.DefaultState(rs, 0, undefined);
  c.from = { pulls: true, pull: null, cancel: null };
  c.from.pull = function () {
    return then(promises.attempt(iterator.next, iterator), function (step) {
      if (step === null || typeof step !== 'object') throw new TypeError('Iterator result ' + step + ' is not an object');
      if (step.done) {
        if (c.takes()) c.close();
        return undefined;
      }
      if (!isSync) return enqueueOn(c, step.value);
      return then(promises.resolved(step.value), function (value) { enqueueOn(c, value); });
    });
  };
  c.from.cancel = function (reason) {
    var end = iterator['return'];
    return typeof end === 'function' ? promises.attempt(end, iterator, reason) : promises.resolved(undefined);
  };
  c.start(promises.resolved(undefined));
  return rs;
};

function enqueueOn(c, value) {
  if (c.takes()) c.enqueue(value);
}
