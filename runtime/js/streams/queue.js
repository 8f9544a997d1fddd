// What all streams share: a queue that shifts cheaply, and what an init dictionary may hold.
'use es5';
var idl = require('webidl');

var floor = Math.floor;
var slice = Array.prototype.slice;

function Queue() {
  this.items = [];
  this.head = 0;
  this.length = 0;
}
Queue.prototype = Object.create(null);
Queue.prototype.push = function (item) {
  this.items[this.head + this.length++] = item;
};
Queue.prototype.shift = function () {
  var item = this.items[this.head];
  this.items[this.head++] = undefined;
  if (--this.length === 0 || this.head > 64) {
    this.items = this.length === 0 ? [] : slice.call(this.items, this.head);
    this.head = 0;
  }
  return item;
};
Queue.prototype.peek = function () { return this.items[this.head]; };
Queue.prototype.clear = function () {
  this.items = [];
  this.head = this.length = 0;
};
exports.Queue = Queue;

// A dictionary argument: undefined and null stand for an empty one.
exports.dict = function (value, type, n, dict) {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' && typeof value !== 'function') idl.badConstructParameter(type, n, dict);
  return value;
};

// An optional callback of a dictionary; undefined when there is none.
exports.callback = function (from, field, dict) {
  var value = from === null ? undefined : from[field];
  if (value !== undefined && typeof value !== 'function') idl.badField(field, dict, 'function');
  return value;
};

// A count as the peer converts it to 64 bits.
function count(value) {
  if (typeof value === 'bigint') value = Number(value);
  value = +value;
  if (value !== value || value === Infinity || value === -Infinity)
    throw new TypeError('The value cannot be converted because it is not an integer.');
  if (value < 0)
    throw new TypeError('The value cannot be converted because it is negative and this API expects a positive bigint.');
  return floor(value);
}
exports.count = count;

// { highWaterMark, size } of a queuing strategy argument; size is undefined or a function.
exports.strategy = function (value, type, n, highWaterMark) {
  var result = { highWaterMark: highWaterMark, size: undefined };
  value = exports.dict(value, type, n, 'StreamQueuingStrategy');
  if (value === null) return result;
  result.size = exports.callback(value, 'size', 'StreamQueuingStrategy');
  if (value.highWaterMark !== undefined) result.highWaterMark = count(value.highWaterMark);
  return result;
};
