// What every Web API class needs: members on prototypes, brand checks, argument errors.
'use es5';
var defineProperty = Object.defineProperty;
var toStringTag = Symbol.toStringTag;

var ILLEGAL = 'Illegal invocation: function called with incorrect `this` reference. See ' +
  'https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.';

exports.illegal = function () { return new TypeError(ILLEGAL); };

// `new` was forgotten: `self` is not an instance. A lowered subclass calls the constructor on its own `this`.
exports.notNew = function (name) {
  return new TypeError("Failed to construct '" + name +
    "': Please use the 'new' operator, this object constructor cannot be called as a function.");
};
exports.badCtorArg = function (name, n, type) {
  return new TypeError("Failed to construct '" + name + "': constructor parameter " + n + " is not of type '" + type + "'.");
};
exports.badArg = function (method, name, n, type) {
  return new TypeError("Failed to execute '" + method + "' on '" + name + "': parameter " + n + " is not of type '" + type + "'.");
};
exports.badField = function (field, dict, type) {
  return new TypeError("Incorrect type for the '" + field + "' field on '" + dict +
    "': the provided value is not of type '" + type + "'.");
};
exports.isObject = function (v) { return v !== null && (typeof v === 'object' || typeof v === 'function'); };

function setName(fn, name) {
  defineProperty(fn, 'name', { value: name, configurable: true });
  return fn;
}
function method(target, name, fn) {
  setName(fn, typeof name === 'symbol' ? '[Symbol.iterator]' : name);
  defineProperty(fn, 'length', { value: 0, configurable: true });
  defineProperty(target, name, { value: fn, writable: true, enumerable: typeof name !== 'symbol', configurable: true });
}
function getter(target, name, get, set) {
  defineProperty(target, name, { get: get, set: set, enumerable: true, configurable: true });
}

// Dresses a constructor as a Web API class: { methods, getters, statics, proto (the base class) }.
exports.define = function (Class, name, members) {
  var proto = Class.prototype, key;
  if (members.base) {
    proto = Class.prototype = Object.create(members.base.prototype);
    defineProperty(proto, 'constructor', { value: Class, writable: true, configurable: true });
    Object.setPrototypeOf(Class, members.base);
  }
  setName(Class, name);
  defineProperty(Class, 'length', { value: 0, configurable: true });
  for (key in members.methods) method(proto, key, members.methods[key]);
  for (key in members.getters) getter(proto, key, members.getters[key], undefined);
  for (key in members.statics) method(Class, key, members.statics[key]);
  defineProperty(proto, toStringTag, { value: name, writable: true, configurable: true });
  defineProperty(Class, 'prototype', { writable: false });
  return Class;
};
exports.method = method;
exports.getter = getter;

// Puts a class on the global object the way the engine's own are.
exports.expose = function (name, value) {
  defineProperty(globalThis, name, { value: value, writable: true, enumerable: false, configurable: true });
};
