// Calls of methods of other workers and actors: what `stub.name` is, and what calling it gives.
//
//   stub.name         RpcProperty: call it, or await it for a property's value
//   stub.name(...)    RpcPromise: await it; its own properties are promises of the result's
//
// A name that is on no prototype is answered at the end of the prototype chain, so that what is there costs nothing.
'use es5';
var host = native('host');
var rpcVerbs = native('rpc');
var serialize = native('serialize');
var idl = require('webidl');
var context = require('host/context');
var turns = require('host/turns');
var promises = require('promises');
var fetcher = require('host/fetcher');
var channels = require('host/channel');
var errors = require('host/errors');

var PATH = idl.hidden('rpcPath');
var PROMISE = idl.hidden('rpcPromise');
var slice = Array.prototype.slice;
var join = Array.prototype.join;
var setPrototypeOf = Object.setPrototypeOf;
var ReflectGet = Reflect.get;
var P = Promise;
var nativeThen = P.prototype.then, nativeCatch = P.prototype['catch'], nativeFinally = P.prototype['finally'];
var LOST = { code: 'closed', name: '', message: '', traits: 0, detail: undefined };

// ---- calls under way ----

function Call(ctx, section, channel, promise, id) {
  this.id = id;
  this.ctx = ctx;
  this.section = section;
  this.channel = channel;
  this.promise = promise;
  context.started(ctx, this);
  ctx.pending++;
}

// A promise of the answer. get: of the value of a property.
function call(channel, name, args, get) {
  var promise = promises.pending();
  try {
    start(channel, name, args, get, promise);
  } catch (error) {
    promises.reject(promise, error);
  }
  return promise;
}

function start(channel, name, args, get, promise) {
  var ctx = context.require(), bytes;
  if (ctx.ended) throw new Error("Couldn't complete operation because the execution context has ended.");
  bytes = get ? undefined : serialize.serialize(args, true);
  if (channel.facet === null) {
    send(ctx, context.section, channel, name, bytes, get, promise);
    return;
  }
  channels.reach(channel, function () {
    try {
      send(ctx, context.section, channel, name, bytes, get, promise);
    } catch (error) {
      promises.reject(promise, error);
    }
  }, function (error) { promises.reject(promise, error); });
}

function send(ctx, section, channel, name, bytes, get, promise) {
  var failure, op;
  if (channel.sending !== 0) {
    sendLater(ctx, section, channel, name, bytes, get, promise);
    return;
  }
  failure = channels.begin(channel);
  if (failure !== null) throw errors.make(failure, channel, false);
  op = new Call(ctx, section, channel, promise, rpcVerbs.call(channel, ctx.id, name, bytes, get));
  if (bytes !== undefined && rpcVerbs.sending(op.id)) channels.occupy(channel, op.id);
}

function sendLater(ctx, section, channel, name, bytes, get, promise) {
  channels.wait(channel, ctx, function () {
    try {
      send(ctx, section, channel, name, bytes, get, promise);
    } catch (error) {
      turns.deliver(ctx, section, function () { promises.reject(promise, error); });
    }
  });
}

function settle(op) {
  op.ctx.pending--;
  leave(op);
}

function leave(op) {
  context.over(op);
  channels.sent(op.channel, op.id);
}

function succeed(op, bytes, incarnation) {
  var value;
  if (context.operation(op.id) !== op) return;
  settle(op);
  if (incarnation > 0) op.channel.incarnation = incarnation;
  try {
    value = bytes === undefined ? undefined : serialize.deserialize(bytes);
  } catch (error) {
    promises.reject(op.promise, error);
    return;
  }
  promises.resolve(op.promise, value);
}

exports.result = function (id, bytes, incarnation) {
  var op = context.operation(id);
  if (op === undefined || op.promise === undefined) return;
  if (op.ctx.actor === null) {
    if (context.enter(op.ctx)) succeed(op, bytes, incarnation);
  } else if (turns.enter(op.ctx, op.section)) {
    succeed(op, bytes, incarnation);
  } else {
    turns.later(function () { succeed(op, bytes, incarnation); });
  }
};

function fail(op, failure) {
  if (context.operation(op.id) !== op) return;
  settle(op);
  promises.reject(op.promise, errors.make(failure || LOST, op.channel, false));
}

// The other side ended it without an answer.
Call.prototype.closed = function (failure) {
  var op = this;
  if (op.ctx.actor === null) {
    if (context.enter(op.ctx)) fail(op, failure);
  } else {
    turns.deliver(op.ctx, op.section, function () { fail(op, failure); });
  }
};

// The facet that it went to is gone.
Call.prototype.cancel = function (error) {
  settle(this);
  host.finish(this.id);
  promises.reject(this.promise, error);
};

// The context is over: nobody waits for the answer.
Call.prototype.drop = function () {
  leave(this);
  host.finish(this.id);
};

// All of its arguments have left.
Call.prototype.sent = function () { channels.sent(this.channel, this.id); };

// ---- what script holds ----

// The value that a path leads to: from: { channel, name } or { promise }, names: below that.
function valueOf(path) {
  var promise, i;
  if (path.value !== null) return path.value;
  promise = path.channel !== null ? call(path.channel, path.name, null, true) : path.promise;
  for (i = 0; i < path.names.length; i++) promise = below(promise, path.names[i]);
  return (path.value = promise);
}

function below(promise, name) {
  return promises.then(promise, function (value) { return value === null || value === undefined ? undefined : value[name]; });
}

function invoke(path, args) {
  var names = path.names;
  if (path.channel !== null && names.length === 0) return makePromise(call(path.channel, path.name, slice.call(args), false));
  return makePromise(promises.then(valueOf(path), function (value) {
    var error;
    if (typeof value === 'function') return value.apply(undefined, args);
    error = new TypeError('"' + join.call(path.channel !== null ? [path.name].concat(names) : names, '.') + '" is not a function.');
    error.remote = true;
    throw error;
  }));
}

// In a scope of its own, which then does not hold the function: that would be a circle.
function invoker(path) {
  return function () { return invoke(path, arguments); };
}

function makeProperty(path) {
  var property = invoker(path);
  setPrototypeOf(property, RpcProperty.prototype);
  property[PATH] = path;
  return property;
}

function Path(channel, name, promise, names) {
  this.channel = channel;
  this.name = name;
  this.promise = promise;
  this.names = names;
  this.value = null;
}

function promiseOf(self) {
  var path;
  if (self !== null && self !== undefined) {
    if (self[PROMISE] !== undefined) return self[PROMISE];
    path = self[PATH];
    if (path !== undefined) return valueOf(path);
  }
  return idl.illegal();
}

function promiseMethods() {
  return {
    then: function then(ok, failed) { return nativeThen.call(promiseOf(this), ok, failed); },
    'catch': function (failed) { return nativeCatch.call(promiseOf(this), failed); },
    'finally': function (fn) { return nativeFinally.call(promiseOf(this), fn); },
  };
}

function RpcProperty() { idl.illegalConstructor(); }
idl.define(RpcProperty, 'RpcProperty', null, promiseMethods());
idl.tag(RpcProperty.prototype, 'JsRpcProperty');
// It is a function, and lowered code calls it as one where the author wrote stub.name(...list).
['apply', 'call', 'bind'].forEach(function (name) {
  Object.defineProperty(RpcProperty.prototype, name, { value: Function.prototype[name], writable: true, configurable: true });
});
function RpcPromise() { idl.illegalConstructor(); }
idl.define(RpcPromise, 'RpcPromise', null, promiseMethods());
idl.tag(RpcPromise.prototype, 'JsRpcPromise');

function makePromise(promise) {
  var object = Object.create(RpcPromise.prototype);
  object[PROMISE] = promise;
  return object;
}

// The end of a prototype chain: what Object.prototype has, and for any other name what make(receiver, name) gives.
function wildcard(make) {
  return new Proxy(Object.prototype, {
    get: function (target, key, receiver) {
      if (typeof key !== 'string' || key in target) return ReflectGet(target, key, receiver);
      return key === 'then' || key === 'toJSON' ? undefined : make(receiver, key);
    },
    has: function (target, key) { return key in target || typeof key === 'string'; },
  });
}

setPrototypeOf(RpcProperty.prototype, wildcard(function (self, key) {
  var path = self[PATH];
  return path === undefined ? undefined : makeProperty(new Path(path.channel, path.name, path.promise, path.names.concat([key])));
}));
setPrototypeOf(RpcPromise.prototype, wildcard(function (self, key) {
  var promise = self[PROMISE];
  return promise === undefined ? undefined : makeProperty(new Path(null, '', promise, [key]));
}));

var NONE = [];
// Makes every stub answer unknown names: compatibility flag rpc.
exports.enable = function () {
  setPrototypeOf(fetcher.Fetcher.prototype, wildcard(function (self, key) {
    var channel = fetcher.channelOf(self);
    return channel === undefined ? undefined : makeProperty(new Path(channel, key, null, NONE));
  }));
};
