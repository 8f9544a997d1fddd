// Classes of Durable Objects as values: what a binding of the kind durableObjectClass is, and ctx.exports of an actor.
// A facet is started with one.
'use es5';
var idl = require('webidl');
var scope = require('scope');
var entrypoints = require('host/entrypoints');

var CLASS = idl.hidden('actorClass'); // { name, props }
var exported = null;

function DurableObjectClass() { idl.illegalConstructor(); }
idl.define(DurableObjectClass, 'DurableObjectClass', null, {});

function make(name, props) {
  var object = Object.create(DurableObjectClass.prototype);
  object[CLASS] = { name: name, props: props };
  return object;
}

// given: { className, props: JSON or '' }
exports.make = function (given) { return make(given.className, given.props === '' ? {} : JSON.parse(given.props)); };
// { name, props }; undefined: it is no such class.
exports.of = function (value) {
  return value !== null && (typeof value === 'object' || typeof value === 'function') ? value[CLASS] : undefined;
};

// A class of the worker itself: usable as it is, or called with the props that it is to have.
function loopback(name) {
  function LoopbackDurableObjectClass(options) {
    return make(name, options !== undefined && options !== null && options.props !== undefined ? options.props : {});
  }
  LoopbackDurableObjectClass[CLASS] = { name: name, props: {} };
  idl.tag(LoopbackDurableObjectClass, 'LoopbackDurableObjectClass');
  return LoopbackDurableObjectClass;
}

// By the names under which the worker exports them.
exports.exported = function () {
  if (exported !== null) return exported;
  exported = {};
  if (scope.flag('enable_ctx_exports'))
    entrypoints.list().forEach(function (e) {
      if (e[3]) exported[e[0] === '' ? 'default' : e[0]] = loopback(e[0] === '' ? 'default' : e[0]);
    });
  return exported;
};
