// A call from elsewhere of a method of an entrypoint or an actor.
'use es5';
var serialize = native('serialize');
var isolate = require('host/isolate_state');
var entrypoints = require('host/entrypoints');
var answer = require('host/answer');
var promises = require('promises');
var getPrototypeOf = Object.getPrototypeOf;
var getOwn = Object.getOwnPropertyDescriptor;
var apply = Reflect.apply;
var ObjectPrototype = Object.prototype;

var RESERVED = Object.create(null);
['fetch', 'connect', 'alarm', 'webSocketMessage', 'webSocketClose', 'webSocketError', 'dup', 'constructor'].forEach(function (name) {
  RESERVED[name] = true;
});
var OLD_CLASS = 'The receiving Durable Object does not support RPC, because its class was not declared with `extends ' +
  'DurableObject`. In order to enable RPC, make sure your class extends the special class `DurableObject`, which can be ' +
  'imported from the module "cloudflare:workers".';

function missing(name) { return new TypeError('The RPC receiver does not implement the method "' + name + '".'); }

// What callers may reach of an instance: what its class has, and what that inherits, but nothing of its own.
function ofClass(object, name) {
  var p, d;
  if (getOwn(object, name) !== undefined) throw missing(name);
  for (p = getPrototypeOf(object); p !== null && p !== ObjectPrototype && !entrypoints.isBase(p); p = getPrototypeOf(p)) {
    d = getOwn(p, name);
    if (d !== undefined) return d.get !== undefined ? apply(d.get, object, []) : d.value;
  }
  throw missing(name);
}

function ofObject(object, name) {
  var value = name in ObjectPrototype ? undefined : object[name];
  if (value === undefined) throw missing(name);
  return value;
}

// holder: an instance, or a plain object whose functions take (argument, env, ctx).
function serve(event, holder, isPlain, ctxObject, name, bytes, get) {
  var value, args;
  try {
    if (RESERVED[name] === true) throw new TypeError("'" + name + "' is a reserved method and cannot be called over RPC.");
    value = isPlain ? ofObject(holder, name) : ofClass(holder, name);
    if (value === undefined) throw missing(name);
    if (get) {
      answer.settleCall(event, value);
      return;
    }
    if (typeof value !== 'function') throw new TypeError('"' + name + '" is not a function.');
    args = bytes === undefined ? [] : serialize.deserialize(bytes);
    if (isPlain) {
      if (args.length !== 1) throw new TypeError('Attempted to call RPC function "' + name + '" with the wrong number of ' +
        'arguments. When calling a top-level handler function that is not declared as part of a class, you must always ' +
        'send exactly one argument. In order to support variable numbers of arguments, the server must use class-based ' +
        'syntax (extending WorkerEntrypoint) instead.');
      args = [args[0], isolate.env, ctxObject];
    }
  } catch (error) {
    answer.fail(event, error);
    return;
  }
  answer.settleCall(event, promises.attempt(function () { return apply(value, holder, args); }));
}

// Of an actor's instance.
exports.actor = function (event, instance, name, bytes, get) {
  if (!entrypoints.isActor(instance)) answer.fail(event, new TypeError(OLD_CLASS));
  else serve(event, instance, false, null, name, bytes, get);
};

// Of an entrypoint; object is its ctx.
exports.entrypoint = function (event, entrypoint, object, name, bytes, get) {
  var holder;
  try {
    holder = entrypoints.open(entrypoint, object);
  } catch (error) {
    answer.fail(event, error);
    return;
  }
  serve(event, holder, !entrypoints.isEntrypoint(holder), object, name, bytes, get);
};
