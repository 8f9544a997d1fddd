// From an exchange to the worker's handler and back. The host calls the hooks at the end.
'use es5';
var host = native('host');
var context = require('host/context');
var source = require('host/source');
var fetcher = require('host/fetcher');
var timers = require('host/timers');
var modules = require('host/modules');
var entrypoints = require('host/entrypoints');
var isolate = require('host/isolate_state');
var script = require('host/script_events');
var request = require('request');
var answer = require('host/answer');
var actors = require('host/actors');
var namespaces = require('host/namespace');
var classes = require('host/actor_class');
var rpc = require('host/rpc');
var rpcServe = require('host/rpc_serve');
var errors = require('host/errors');
var turns = require('host/turns');
var promises = require('promises');
var idl = require('webidl');

var CTX = idl.hidden('context');

// ---- ctx ----

function ExecutionContext() { idl.illegalConstructor(); }
function ctxOf(self) {
  var ctx = self === null || self === undefined ? undefined : self[CTX];
  if (ctx === undefined) idl.illegal();
  return ctx;
}
idl.define(ExecutionContext, 'ExecutionContext', null, {
  waitUntil: function waitUntil(promise) {
    var ctx = ctxOf(this);
    if (arguments.length < 1) idl.badParameter('waitUntil', 'ExecutionContext', 1, 'Promise');
    context.waitUntil(ctx, promise);
  },
  passThroughOnException: function passThroughOnException() { ctxOf(this).failOpen = true; },
  abort: function abort(reason) {
    var ctx = ctxOf(this);
    answer.fail(ctx, reason === undefined ? new Error('Worker execution was aborted due to call to ctx.abort().') : reason);
  },
});

function makeCtx(ctx, props) {
  var object = Object.create(ExecutionContext.prototype);
  object[CTX] = ctx;
  object.props = props;
  return object;
}

// ---- fetch ----

// actor: the exchange of the actor that it is for; 0: none.
exports.fetch = function (id, targetIndex, method, url, flat, body, length, cfJson, actor) {
  var ctx, target, req, holder, object;
  if (actor !== 0) {
    actors.fetch(actor, id, method, url, flat, body, length, cfJson);
    return;
  }
  ctx = context.begin(id);
  target = isolate.targets[targetIndex];
  try {
    req = request.fromHost(method, url, flat, body === true ? new source.Source(ctx, id, length) : body,
      cfJson === '' ? undefined : cfJson, undefined);
    if (isolate.listeners !== null) {
      script.fetch(ctx, req, function (result) { answer.settle(ctx, result); }, function (error) { answer.fail(ctx, error); });
      return;
    }
    object = makeCtx(ctx, target.props);
    holder = entrypoints.open(target.entrypoint, object);
    if (typeof holder.fetch !== 'function') throw new Error('Handler does not export a fetch() function.');
    answer.settle(ctx, holder.fetch(req, isolate.env, object));
  } catch (error) {
    answer.fail(ctx, error);
  }
  if (ctx.failOpen === true) ctx.failOpen = req;
};

// ---- methods called from elsewhere ----

// bytes true: the arguments are still to come.
exports.call = function (id, targetIndex, name, bytes, get, actor) {
  var ctx;
  if (actor !== 0) {
    actors.call(actor, id, name, bytes, get);
    return;
  }
  ctx = context.begin(id);
  ctx.isCall = true;
  if (bytes === true) {
    ctx.call = { target: targetIndex, name: name, get: get };
    ctx.pending++;
  } else {
    runCall(ctx, targetIndex, name, bytes, get);
  }
};
function runCall(ctx, targetIndex, name, bytes, get) {
  var target = isolate.targets[targetIndex];
  rpcServe.entrypoint(ctx, target.entrypoint, makeCtx(ctx, target.props), name, bytes, get);
}
// They have come.
exports.arguments = function (id, bytes) {
  var ctx = context.find(id), call;
  if (ctx === undefined) return;
  call = ctx.call;
  ctx.call = null;
  if (ctx.actor !== null) {
    actors.run(ctx, call.name, bytes, call.get);
    return;
  }
  ctx.pending--;
  if (context.enter(ctx)) runCall(ctx, call.target, call.name, bytes, call.get);
};
exports.result = rpc.result;
exports.alarm = actors.alarm;

// ---- test ----

exports.test = function (id, name) {
  var ctx = context.begin(id), object = makeCtx(ctx, {}), holder, failure = null;
  ctx.onDrained = function () {
    failure = failure || ctx.status;
    ctx.open = false;
    host.testDone(id, failure === null, failure === null ? '' : host.describe(failure.error));
  };
  function done() { context.answered(ctx); }
  function failed(error) {
    failure = { error: error };
    done();
  }
  try {
    holder = entrypoints.open(name, object);
    if (typeof holder.test !== 'function') throw new Error('Entrypoint does not export a test() function.');
    promises.then(promises.resolved(holder.test({}, isolate.env, object)), done, failed);
  } catch (error) {
    failed(error);
  }
};

// ---- the rest of what happens to an exchange ----

exports.readable = function (id) { source.readable(id); };
exports.writable = function (id) {
  var op = context.operation(id), event;
  if (op === undefined) {
    if ((event = context.find(id)) !== undefined) context.sent(event);
  } else if (op.sent !== undefined) {
    op.sent();
  }
  source.writable(id);
};
exports.response = fetcher.response;
exports.closed = function (id, code, name, message, traits, detail, incarnation) {
  var ctx = context.find(id), failure = null, op;
  if (ctx === undefined) {
    op = context.operation(id);
    if (op === undefined) return;
    if (code !== 0) {
      failure = { code: code, name: name, message: message, traits: traits, detail: detail };
      if (errors.breaksChannel(failure) && op.channel.id !== null) op.channel.failure = failure;
    }
    op.closed(failure);
    return;
  }
  context.disconnected(ctx);
  source.readable(id, null);
  source.writable(id, new Error('The client has disconnected'));
};
exports.timers = timers.run;

// No event can bring this request further: true if it was ended for that.
exports.hung = function (id) {
  var ctx = context.find(id);
  if (ctx === undefined || !context.isHung(ctx)) return;
  context.enter(ctx);
  if (ctx.onDrained !== null) {
    ctx.status = { error: new Error(context.HUNG) };
    context.end(ctx);
  } else {
    answer.fail(ctx, new Error(context.HUNG));
  }
};

// ---- loading ----

function bindingValue(kind, value, name) {
  switch (kind) {
  case 1: return JSON.parse(value);
  case 3: return fetcher.make(value);
  case 4: return null;
  case 6: return namespaces.make(value);
  case 7: return classes.make(value);
  default: return value;
  }
}

function makeEnv(list) {
  var env = {};
  list.forEach(function (b) {
    if (b[1] !== 5) env[b[0]] = bindingValue(b[1], b[2], b[0]);
    else Object.defineProperty(env, b[0], {
      enumerable: true, configurable: true,
      get: function () { throw new Error('The binding "' + b[0] + '" cannot be used here: ' + b[2]); },
    });
  });
  return env;
}

// Two hundred names: made into an object when somebody asks.
function setFlags(text) {
  if (text.indexOf('!enhanced_error_serialization') !== -1) native('serialize').enhancedErrors(false);
  require('scope').setCompatibilityFlags(function () {
    var table = Object.create(null);
    text.split(' ').forEach(function (name) {
      table[name[0] === '!' ? name.slice(1) : name] = name[0] !== '!';
    });
    return table;
  });
}

// Whether the compatibility flag is on.
function flag(text, name) { return (' ' + text + ' ').indexOf(' ' + name + ' ') >= 0; }

// What a classic script finds on the global object: its bindings, and what its lowered code calls.
function scriptGlobals() {
  Object.getOwnPropertyNames(isolate.env).forEach(function (name) {
    var d = Object.getOwnPropertyDescriptor(isolate.env, name);
    d.configurable = true;
    Object.defineProperty(idl.global, name, d);
  });
  Object.defineProperty(idl.global, '__wk_tslib', { value: require('tslib') });
  Object.defineProperty(idl.global, '__wk_import', { value: function (specifier) {
    return promises.attempt(function () { return modules.import(String(specifier)); });
  } });
}

// given: { name, modules, bindings, targets, flags, outbound }
exports.load = function (given) {
  isolate.name = given.name;
  isolate.outbound = given.outbound;
  isolate.targets = given.targets.map(function (t) {
    return { entrypoint: t[0], props: t[1] === '' ? {} : JSON.parse(t[1]) };
  });
  isolate.env = makeEnv(given.bindings);
  isolate.actors = given.actors;
  if (flag(given.flags, 'rpc')) rpc.enable();
  errors.enhanced = flag(given.flags, 'enhanced_error_serialization');
  setFlags(given.flags);
  if (given.serviceWorker) scriptGlobals();
  modules.define(given.modules);
  modules.builtin('cloudflare:workers', function () { return workersModule(); });
  modules.builtin('wk:tslib', function () { return require('tslib'); });
  function loaded(main) {
    isolate.main = main;
    if (given.serviceWorker) isolate.listeners = script.listeners();
    isolate.loaded = true;
    if (isolate.listeners !== null && Object.keys(isolate.listeners).length === 0)
      throw new Error('No event handlers were registered. This script does nothing.');
    host.loaded(null, entrypoints.list());
  }
  function failed(error) { host.loaded('Uncaught ' + host.describe(error), []); }
  try {
    var result = modules.main(given.modules[0][0]);
    if (result !== null && typeof result === 'object' && typeof result.then === 'function' && result instanceof Promise)
      promises.then(promises.then(result, loaded), undefined, failed);
    else loaded(result);
  } catch (error) {
    failed(error);
  }
};
function workersModule() { return require('host/workers_module'); }
exports.left = modules.left;

// The running turn was stopped by force: its request is over. Gives its exchange.
exports.stop = function () {
  var ctx = context.current;
  if (ctx === null || ctx.ended) return undefined;
  ctx.open = false;
  ctx.answered = true;
  context.end(ctx);
  return ctx.id;
};
