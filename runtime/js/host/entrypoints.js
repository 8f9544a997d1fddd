// What a worker exports: which handlers, objects or classes, and how an event reaches them.
'use es5';
var isolate = require('host/isolate_state');
var workers = require('host/workers_module');
var getPrototypeOf = Object.getPrototypeOf;

var HANDLERS = ['fetch', 'connect', 'scheduled', 'alarm', 'queue', 'test', 'tail', 'trace', 'tailStream', 'email',
  'webSocketMessage', 'webSocketClose', 'webSocketError'];

// 'object', 'entrypoint', 'actor' or null: what kind of entrypoint an exported value is.
function kindOf(value) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return null;
  if (typeof value === 'object') return 'object';
  for (var p = getPrototypeOf(value); p !== null; p = getPrototypeOf(p)) {
    if (p === workers.WorkerEntrypoint) return 'entrypoint';
    if (p === workers.DurableObject || p === workers.WorkflowEntrypoint) return 'actor';
  }
  // A class that extends nothing of ours may be an actor of the old kind.
  return value.prototype && Object.getOwnPropertyNames(value.prototype).length > 1 ? 'actor' : null;
}
exports.kindOf = kindOf;

function handlersOf(holder) {
  return HANDLERS.filter(function (name) {
    try { return typeof holder[name] === 'function'; } catch (e) { return false; }
  });
}

function describe(name, value) {
  var kind = kindOf(value), handlers;
  if (kind === null) return null;
  handlers = handlersOf(kind === 'object' ? value : value.prototype);
  if (kind === 'object' && handlers.length === 0 && name !== '') return null;
  return [name, handlers.join(' '), kind !== 'object', kind === 'actor'];
}

// [name, handlers, isClass, isActor] of each, the default export first, the others by name.
exports.list = function () {
  var found = [], main = isolate.main;
  function add(name, value) {
    var d = describe(name, value);
    if (d !== null) found.push(d);
  }
  if (isolate.listeners !== null) return [['', Object.keys(isolate.listeners).join(' '), false, false]];
  add('', main.default);
  Object.keys(main).sort().forEach(function (name) {
    if (name !== 'default' && name !== '__esModule') add(name, main[name]);
  });
  return found;
};

// The object whose handlers serve the entrypoint `name` ("": the default one) for one event.
exports.open = function (name, ctxObject) {
  var value = isolate.main[name === '' ? 'default' : name], kind = kindOf(value);
  if (kind === 'object') return value;
  if (kind === 'entrypoint') return new value(ctxObject, isolate.env);
  if (kind === 'actor')
    throw new TypeError('The entrypoint name ' + (name || 'default') +
      ' refers to a Durable Object class, but the incoming request is trying to invoke it as a stateless worker.');
  throw new TypeError(name === '' ? 'Worker has no default entrypoint.' : 'The entrypoint name ' + name +
    ' was not found in this worker. Ensure the worker exports an entrypoint with that name.');
};

// A class of ours that a worker's own extend: what callers reach ends there.
exports.isBase = function (prototype) {
  return prototype === workers.WorkerEntrypoint.prototype || prototype === workers.DurableObject.prototype ||
    prototype === workers.WorkflowEntrypoint.prototype || prototype === workers.RpcTarget.prototype;
};
exports.isEntrypoint = function (value) { return value instanceof workers.WorkerEntrypoint; };
exports.isActor = function (value) { return value instanceof workers.DurableObject; };
// The exported class of that name; undefined: there is none.
exports.actorClass = function (name) {
  var value = isolate.main[name];
  return kindOf(value) === 'actor' ? value : undefined;
};
