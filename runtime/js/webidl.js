// What every Web API class needs: hidden state, brand checks, the peer's error texts, members as Web IDL has
// them (enumerable, on the prototype).
//
// A class is a plain function, so that a class lowered to ES5 can extend it: `_super.call(this, ...)` finds
// `this instanceof X` true and initialises it. Its state is one object under a key that no tenant can name.
'use es5';
var verbs = native('webidl');
var defineProperty = Object.defineProperty;
var getOwn = Object.getOwnPropertyDescriptor;
var setPrototypeOf = Object.setPrototypeOf;
var create = Object.create;
var TypeErrorCtor = TypeError;
var toStringTag = Symbol.toStringTag;
var join = Array.prototype.join;

exports.hidden = verbs.hidden;
exports.usv = verbs.usv;
// On the prototype of every platform class: its name.
var PLATFORM = exports.PLATFORM = verbs.hidden('platform');
exports.global = globalThis;

exports.illegal = function () {
  throw new TypeErrorCtor('Illegal invocation: function called with incorrect `this` reference. See ' +
    'https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.');
};
exports.illegalConstructor = function () {
  throw new TypeErrorCtor('Illegal constructor');
};
exports.needNew = function (type) {
  throw new TypeErrorCtor("Failed to construct '" + type + "': Please use the 'new' operator, this object " +
    'constructor cannot be called as a function.');
};
exports.badParameter = function (verb, type, n, want) {
  throw new TypeErrorCtor("Failed to execute '" + verb + "' on '" + type + "': parameter " + n +
    " is not of type '" + want + "'.");
};
exports.badConstructParameter = function (type, n, want) {
  throw new TypeErrorCtor("Failed to construct '" + type + "': constructor parameter " + n +
    " is not of type '" + want + "'.");
};
exports.badField = function (field, type, want) {
  throw new TypeErrorCtor("Incorrect type for the '" + field + "' field on '" + type +
    "': the provided value is not of type '" + want + "'.");
};
exports.badElement = function (n, want) {
  throw new TypeErrorCtor('Incorrect type for array element ' + n + ": the provided value is not of type '" +
    want + "'.");
};
exports.badSet = function (property, type, want) {
  throw new TypeErrorCtor("Failed to set the '" + property + "' property on '" + type +
    "': the provided value is not of type '" + want + "'.");
};

// ToString as JS's own operators do it (a Symbol throws).
exports.str = function (value) {
  return typeof value === 'string' ? value : verbs.str(value);
};

// Copies the members of an object literal to target, enumerable.
function members(target, source) {
  var names = Object.keys(source), i, d;
  for (i = 0; i < names.length; i++) {
    d = getOwn(source, names[i]);
    d.enumerable = true;
    d.configurable = true;
    defineProperty(target, names[i], d);
  }
}
exports.members = members;

exports.tag = function (target, name) {
  defineProperty(target, toStringTag, { value: name, writable: true, configurable: true });
};

// Makes C the class `name`: C.prototype inherits from Parent's (or Object's), with the given members.
exports.define = function (C, name, Parent, proto, statics) {
  var prototype = Parent ? create(Parent.prototype) : {};
  defineProperty(prototype, 'constructor', { value: C, writable: true, configurable: true });
  defineProperty(C, 'prototype', { value: prototype, writable: false, enumerable: false, configurable: false });
  if (Parent) setPrototypeOf(C, Parent);
  defineProperty(C, 'name', { value: name, configurable: true });
  members(prototype, proto);
  prototype[PLATFORM] = name;
  defineProperty(prototype, toStringTag, { value: name, writable: true, configurable: true });
  if (statics) members(C, statics);
  return C;
};

// Adds read-only constants to the class and its prototype.
exports.constants = function (C, table) {
  var names = Object.keys(table), i, d;
  for (i = 0; i < names.length; i++) {
    d = { value: table[names[i]], enumerable: true, configurable: false, writable: false };
    defineProperty(C, names[i], d);
    defineProperty(C.prototype, names[i], d);
  }
};

// Installs a class or function on the global object: writable, not enumerable.
exports.expose = function (name, value) {
  defineProperty(exports.global, name, { value: value, writable: true, enumerable: false, configurable: true });
};

// A global that tenant code may replace, made when it is first read.
exports.exposeLazy = function (name, make) {
  defineProperty(exports.global, name, {
    get: function () { var v = make(); exports.expose(name, v); return v; },
    set: function (v) { exports.expose(name, v); },
    enumerable: false, configurable: true,
  });
};

var iteratorProto = null;
function iteratorPrototype() {
  if (iteratorProto) return iteratorProto;
  var it = typeof [][Symbol.iterator] === 'function' ? [][Symbol.iterator]() : null;
  iteratorProto = it ? Object.getPrototypeOf(Object.getPrototypeOf(it)) : {};
  return iteratorProto;
}

// The three iterators of a pair-iterable class. items(self) gives the flat list [name, value, ...] now: it is
// read at each step, as the standard has it, so a change while iterating is seen.
exports.pairIterators = function (name, items) {
  var STATE = verbs.hidden(name + '.iterator');
  function make(prefix, kind) {
    var proto = create(iteratorPrototype());
    members(proto, {
      next: function next() {
        var s = this[STATE], list, i;
        if (s === undefined) exports.illegal();
        if (s.done) return { done: true, value: undefined };
        list = items(s.target);
        i = s.at;
        if (i >= list.length) { s.done = true; s.target = null; return { done: true, value: undefined }; }
        s.at = i + 2;
        return { done: false, value: kind === 0 ? list[i] : kind === 1 ? list[i + 1] : [list[i], list[i + 1]] };
      },
    });
    exports.tag(proto, prefix + 'Iterator');
    if (!proto[Symbol.iterator]) defineProperty(proto, Symbol.iterator, { value: function () { return this; } });
    return function (target) {
      var it = create(proto);
      it[STATE] = { target: target, at: 0, done: false };
      return it;
    };
  }
  return { keys: make('Key', 0), values: make('Value', 1), entries: make('Entry', 2) };
};
