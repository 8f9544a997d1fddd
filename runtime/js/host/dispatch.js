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
var response = require('response');
var streams = require('streams');
var promises = require('promises');
var idl = require('webidl');

var CTX = idl.hidden('context');
var NOT_RESPONSE = "Incorrect type for Promise: the Promise did not resolve to 'Response'.";

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
    fail(ctx, reason === undefined ? new Error('Worker execution was aborted due to call to ctx.abort().') : reason);
  },
});

function makeCtx(ctx, props) {
  var object = Object.create(ExecutionContext.prototype);
  object[CTX] = ctx;
  object.props = props;
  return object;
}

// ---- fetch ----

// Sends the response; the context ends unless something keeps it.
function respond(ctx, value) {
  var s, length;
  if (ctx.answered) {
    if (response.is(value) && ctx.open === false) return;
    return;
  }
  try {
    if (!response.is(value)) throw new TypeError(NOT_RESPONSE);
    s = response.toHost(value);
  } catch (error) {
    fail(ctx, error);
    return;
  }
  if (s.kind !== 'stream' && s.kind !== 'source') {
    ctx.answered = true;
    if (host.respond(ctx.id, s.status, s.statusText, s.list, s.kind === 'none' ? null : s.body, ctx.waiting === 0, -1)) {
      ctx.open = false;
      context.end(ctx);
    }
    return;
  }
  length = s.kind === 'source' ? s.body.length : streams.lengthOf(s.body);
  host.respond(ctx.id, s.status, s.statusText, s.list, true, false, typeof length === 'number' ? length : -1);
  source.drain(ctx, s.kind, s.body, ctx.id, function (failed) {
    if (failed) {
      ctx.answered = true;
      if (ctx.open) host.uncaught('Uncaught (in response) ', failed.error);
      ctx.open = false;
      host.fail(ctx.id, failed.error);
      context.end(ctx);
    } else if (ctx.open) {
      host.end(ctx.id);
      context.answered(ctx);
    }
  });
}

// The handler failed: pass the request on if it asked for that, or answer with the error.
function fail(ctx, error) {
  var open = ctx.failOpen;
  if (ctx.answered || ctx.ended) return;
  host.uncaught('Uncaught ', error);
  if (open && open !== true && isolate.outbound >= 0) {
    ctx.failOpen = null;
    promises.then(fetcher.send(isolate.outbound, open, null), function (res) { respond(ctx, res); }, function (e) { fail(ctx, e); });
    return;
  }
  ctx.answered = true;
  ctx.open = false;
  host.fail(ctx.id, error);
  context.answered(ctx);
}

function settle(ctx, result) {
  if (response.is(result)) respond(ctx, result);
  else promises.then(promises.resolved(result), function (value) { respond(ctx, value); }, function (error) { fail(ctx, error); });
}

exports.fetch = function (id, targetIndex, method, url, flat, body, length, cfJson) {
  var ctx = context.begin(id), target = isolate.targets[targetIndex], req, holder, object;
  try {
    req = request.fromHost(method, url, flat, body === true ? new source.Source(ctx, id, length) : body,
      cfJson === '' ? undefined : function () { return JSON.parse(cfJson); }, undefined);
    if (isolate.listeners !== null) {
      script.fetch(ctx, req, function (result) { settle(ctx, result); }, function (error) { fail(ctx, error); });
      return;
    }
    object = makeCtx(ctx, target.props);
    holder = entrypoints.open(target.entrypoint, object);
    if (typeof holder.fetch !== 'function') throw new Error('Handler does not export a fetch() function.');
    settle(ctx, holder.fetch(req, isolate.env, object));
  } catch (error) {
    fail(ctx, error);
  }
  if (ctx.failOpen === true) ctx.failOpen = req;
};

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
exports.writable = function (id) { source.writable(id); };
exports.response = fetcher.response;
exports.closed = function (id, code, name, message) {
  var ctx = context.find(id);
  if (ctx === undefined) {
    fetcher.closed(id, code, name, message);
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
    fail(ctx, new Error(context.HUNG));
  }
};

// ---- loading ----

function bindingValue(kind, value, name) {
  switch (kind) {
  case 1: return JSON.parse(value);
  case 3: return fetcher.make(value);
  case 4: return null;
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
