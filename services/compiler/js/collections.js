// services/compiler/js/collections.js - Map and Set for TypeScript's own use, in a heap without builtins.
//
// Keys are strings, numbers, booleans, undefined and the compiler's objects, which get a number the
// first time. Insertion order is kept. Installed on the global object before typescript.js runs.
'use strict';

var bare = Object.create;
var nextId = 1;

function slot(key) {
  switch (typeof key) {
    case 'string': return 's' + key;
    case 'object': case 'function':
      if (key === null) return 'n';
      return 'o' + (key.__wkId || (key.__wkId = nextId++));
    default: return typeof key + key;
  }
}

function Table() {
  this.at = bare(null);
  this.list = []; // entries: [key, value], undefined where one was deleted
  this.size = 0;
}
Table.prototype.has = function (key) { return this.at[slot(key)] !== undefined; };
Table.prototype.put = function (key, value) {
  var name = slot(key), entry = this.at[name];
  if (entry !== undefined) {
    entry[1] = value;
  } else {
    entry = this.at[name] = [key, value, this.list.length];
    this.list.push(entry);
    this.size++;
  }
  return this;
};
Table.prototype['delete'] = function (key) {
  var name = slot(key), entry = this.at[name];
  if (entry === undefined) return false;
  delete this.at[name];
  this.list[entry[2]] = undefined;
  this.size--;
  return true;
};
Table.prototype.clear = function () { this.at = bare(null); this.list = []; this.size = 0; };

function Cursor(table, pick) { this.list = table.list; this.i = 0; this.pick = pick; }
Cursor.prototype.next = function () {
  while (this.i < this.list.length) {
    var entry = this.list[this.i++];
    if (entry !== undefined) return { value: this.pick(entry), done: false };
  }
  return { value: undefined, done: true };
};
function keyOf(e) { return e[0]; }
function valueOf(e) { return e[1]; }
function pairOf(e) { return [e[0], e[1]]; }
function twiceOf(e) { return [e[0], e[0]]; }

function fill(target, add, iterable) {
  if (!iterable) return;
  if (Array.isArray(iterable)) { for (var i = 0; i < iterable.length; i++) add.call(target, iterable[i]); return; }
  var cursor = iterable.entries ? iterable.entries() : iterable;
  var isSet = iterable instanceof WkSet;
  for (var step = cursor.next(); !step.done; step = cursor.next()) add.call(target, isSet ? step.value[0] : step.value);
}

function WkMap(iterable) {
  Table.call(this);
  fill(this, function (pair) { this.put(pair[0], pair[1]); }, iterable);
}
WkMap.prototype = bare(Table.prototype);
WkMap.prototype.get = function (key) { var entry = this.at[slot(key)]; return entry === undefined ? undefined : entry[1]; };
WkMap.prototype.set = Table.prototype.put;
WkMap.prototype.keys = function () { return new Cursor(this, keyOf); };
WkMap.prototype.values = function () { return new Cursor(this, valueOf); };
WkMap.prototype.entries = function () { return new Cursor(this, pairOf); };
WkMap.prototype.forEach = function (fn) {
  for (var i = 0; i < this.list.length; i++) if (this.list[i] !== undefined) fn(this.list[i][1], this.list[i][0], this);
};

function WkSet(iterable) {
  Table.call(this);
  fill(this, this.add, iterable);
}
WkSet.prototype = bare(Table.prototype);
WkSet.prototype.add = function (key) { return this.put(key, key); };
WkSet.prototype.keys = WkSet.prototype.values = function () { return new Cursor(this, keyOf); };
WkSet.prototype.entries = function () { return new Cursor(this, twiceOf); };
WkSet.prototype.forEach = function (fn) {
  for (var i = 0; i < this.list.length; i++) if (this.list[i] !== undefined) fn(this.list[i][0], this.list[i][0], this);
};

exports.Map = WkMap;
exports.Set = WkSet;
