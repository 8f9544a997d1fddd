// ctx.storage of an actor: DurableObjectStorage and DurableObjectTransaction.
//
// The calls that nearly all calls are never come here (see store_fast.c). What cannot be answered at once is an
// operation: it keeps the turn's lock, so that nothing else enters the actor before its result does, unless
// allowConcurrency says that it need not.
'use es5';
var store = native('store');
var fast = native('storeFast');
var database = native('database');
var context = require('host/context');
var turns = require('host/turns');
var promises = require('promises');
var idl = require('webidl');
var scope = require('scope');
var isArray = Array.isArray;
var keysOf = Object.keys;
var MapCtor = Map, DateCtor = Date, StringCtor = String;
var mapSet = MapCtor.prototype.set;
var getTime = DateCtor.prototype.getTime;
var now = DateCtor.now;

var ACTOR = idl.hidden('storeActor'); // store_fast.c reads it
var STATE = idl.hidden('store');

var NO_CACHE = 1, UNCONFIRMED = 2, CONCURRENT = 4;
var MEMORY = 1, DISK = 2;
var DATES_END_MS = 9223372036854; // nanoseconds in 63 bits
var NO_RECOVERY = "This Durable Object's storage back-end does not implement point-in-time recovery.";
var NOT_SQL = 'Durable Object is not backed by SQL.';
var IN_TRANSACTION = 'Cannot call deleteAll() within a transaction';
var NESTED = 'Cannot roll back an outer transaction while a nested transaction is still running.';
var MANY = 'put() may only be called with a single key-value pair and optional options as put(key, value, options) ' +
  'or with multiple key-value pairs and optional options as put(entries, options)';

// ---- arguments ----

function State(ctx, type) {
  this.ctx = ctx;
  this.id = ctx.id;
  this.actor = ctx.actor;
  this.type = type;
  this.txn = 0; // of a transaction in memory: its handle
  this.depth = 0; // of a transaction on disk: its savepoint
  this.over = 0; // of a transaction: 1 committed, 2 rolled back
}

// The state behind `self`, usable in this turn.
function open(self, op) {
  var s = self === null || self === undefined ? undefined : self[STATE];
  if (s === undefined) idl.illegal();
  context.check(s.ctx, s.type);
  if (s.over === 2) throw new Error('Cannot ' + op + '() on rolled back transaction');
  if (s.over === 1)
    throw new Error('Cannot call ' + op + '() on transaction that has already committed: did you move `txn` outside of ' +
      'the closure?');
  return s;
}

function str(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
  return idl.str(value);
}

function flagsOf(s, options, op, n, type) {
  if (options === undefined || options === null) return 0;
  if (typeof options !== 'object' && typeof options !== 'function') idl.badParameter(op, s.type, n, type);
  return (options.allowConcurrency ? CONCURRENT : 0) | (options.noCache ? NO_CACHE : 0) |
    (options.allowUnconfirmed ? UNCONFIRMED : 0);
}

function strings(list) {
  var out = [], i;
  for (i = 0; i < list.length; i++) out[i] = str(list[i]);
  return out;
}

// ---- operations ----

function same(value) { return value; }

// The promise of an operation's result as make() has it.
function later(s, number, make) {
  var op;
  if (number <= 0) return promises.resolved(make(store.result(s.id, -number)));
  op = { promise: promises.pending(), section: context.section, make: make };
  s.ctx.pending++;
  if (s.actor.operations === null) s.actor.operations = Object.create(null);
  s.actor.operations[number] = op;
  return op.promise;
}

// The host: operation `number` has its result. locked: it is the turn that its lock was kept for.
exports.stored = function (actor, number, locked) {
  var ctx = context.find(actor), op;
  if (ctx === undefined || ctx.ended) return;
  op = ctx.actor.operations[number];
  delete ctx.actor.operations[number];
  ctx.pending--;
  if (locked) turns.resume(ctx, op.section, function () { settle(op, actor, number); });
  else turns.deliver(ctx, op.section, function () { settle(op, actor, number); });
};

function settle(op, actor, number) {
  var value;
  try {
    value = op.make(store.result(actor, number));
  } catch (error) {
    promises.reject(op.promise, error);
    return;
  }
  promises.resolve(op.promise, value);
}

// What a write gives: a promise that waits only while too much is dirty.
function written(s, flags, value) {
  var number = s.txn !== 0 ? 0 : store.pressure(s.id, flags) || 0;
  return number === 0 ? promises.resolved(value) : later(s, number, function () { return value; });
}

function toMap(flat) {
  var map = new MapCtor(), i;
  for (i = 0; i < flat.length; i += 2) mapSet.call(map, flat[i], flat[i + 1]);
  return map;
}
function none() { return []; }

// { bounds, limit, reverse } of list()'s options.
function listOptions(options) {
  var o = { bounds: [undefined, undefined, undefined, undefined], limit: 0, reverse: false };
  if (options === undefined || options === null) return o;
  if (options.start !== undefined) o.bounds[0] = str(options.start);
  if (options.startAfter !== undefined) o.bounds[1] = str(options.startAfter);
  if (options.end !== undefined) o.bounds[2] = str(options.end);
  if (options.prefix !== undefined) o.bounds[3] = str(options.prefix);
  if (options.reverse) o.reverse = true;
  if (o.bounds[0] !== undefined && o.bounds[1] !== undefined)
    throw new TypeError('list() cannot be called with both start and startAfter values.');
  if (options.limit !== undefined) {
    o.limit = options.limit | 0;
    if (o.limit <= 0) throw new TypeError('List limit must be positive.');
  }
  return o;
}
exports.listOptions = listOptions;

// ---- what both classes do ----

function getOf(self, args) {
  var s = open(self, 'get'), key = args[0], flags;
  if (args.length < 1) idl.badParameter('get', s.type, 1, 'string or Array');
  flags = flagsOf(s, args[1], 'get', 2, 'GetOptions');
  if (!isArray(key)) return later(s, store.get(s.id, s.txn, str(key), flags), same);
  if (s.actor.storage === MEMORY && key.length > 128)
    throw new RangeError('Maximum number of key value pairs is 128. ' + key.length + ' pairs were provided.');
  return later(s, store.getMany(s.id, s.txn, strings(key), flags), toMap);
}

function listOf(self, args) {
  var s = open(self, 'list'), flags = flagsOf(s, args[0], 'list', 1, 'ListOptions'), o = listOptions(args[0]);
  var number = store.list(s.id, s.txn, o.bounds, o.limit, o.reverse, flags);
  return number === 0 ? promises.resolved(toMap(none())) : later(s, number, toMap);
}

function putMany(s, entries, options) {
  var flags = flagsOf(s, options, 'put', 2, 'PutOptions'), names = keysOf(entries), flat = [], i, value;
  for (i = 0; i < names.length; i++) {
    value = entries[names[i]];
    if (value !== undefined) flat.push(names[i], value);
  }
  if (flat.length > 0) store.put(s.id, s.txn, flat, flags);
  return written(s, flags, undefined);
}

function putOf(self, args) {
  var s = open(self, 'put'), key = args[0], value = args[1], flags;
  if (args.length < 1) idl.badParameter('put', s.type, 1, 'string or object');
  if (typeof key === 'object' && key !== null && !isArray(key)) {
    if (value !== undefined && value !== null && typeof value !== 'object') throw new TypeError(MANY);
    return putMany(s, key, value);
  }
  key = str(key);
  flags = flagsOf(s, args[2], 'put', 3, 'PutOptions');
  if (value === undefined) throw new TypeError('put() called with undefined value.');
  store.put(s.id, s.txn, [key, value], flags);
  return written(s, flags, undefined);
}

function remove(self, args) {
  var s = open(self, 'delete'), key = args[0], flags, many = isArray(key);
  if (args.length < 1) idl.badParameter('delete', s.type, 1, 'string or Array');
  flags = flagsOf(s, args[1], 'delete', 2, 'PutOptions');
  return deleted(s, store.delete(s.id, s.txn, many ? strings(key) : [str(key)], flags), flags,
    many ? same : function (n) { return n > 0; });
}

function deleted(s, number, flags, make) {
  var value;
  if (number > 0) return later(s, number, make);
  value = make(store.result(s.id, -number));
  return written(s, flags, value);
}

function getAlarmOf(self, args) {
  var s = open(self, 'getAlarm');
  return later(s, store.getAlarm(s.id, s.txn, flagsOf(s, args[0], 'getAlarm', 1, 'GetAlarmOptions')), same);
}

function alarmTime(s, time) {
  var ms;
  if (time instanceof DateCtor) ms = getTime.call(time);
  else if (typeof time === 'number') ms = time;
  else idl.badParameter('setAlarm', s.type, 1, 'date');
  if (ms !== ms || ms === Infinity || ms === -Infinity)
    throw new TypeError('The value cannot be converted because it is not a valid Date.');
  if (ms > DATES_END_MS) throw new TypeError("This API doesn't support dates after 2189.");
  return Math.floor(ms);
}

function setAlarmOf(self, args) {
  var s = open(self, 'setAlarm'), ms, instance = s.actor.instance, flags;
  ms = alarmTime(s, args[0]);
  flags = flagsOf(s, args[1], 'setAlarm', 2, 'SetAlarmOptions');
  if (ms <= 0) throw new TypeError('setAlarm() cannot be called with an alarm time <= 0');
  if (instance !== null && typeof instance.alarm !== 'function')
    throw new TypeError('Your Durable Object class must have an alarm() handler in order to call setAlarm()');
  if (s.actor.facet) throw new Error('Facets currently cannot set alarms.');
  store.setAlarm(s.id, s.txn, Math.max(ms, now()), flags);
  return written(s, flags, undefined);
}

function deleteAlarmOf(self, args) {
  var s = open(self, 'deleteAlarm'), flags = flagsOf(s, args[0], 'deleteAlarm', 1, 'SetAlarmOptions');
  store.setAlarm(s.id, s.txn, null, flags);
  return written(s, flags, undefined);
}

// fn's errors as rejections.
function attempt(fn, self, args) {
  try {
    return fn(self, args);
  } catch (error) {
    return promises.rejected(error);
  }
}

// ---- transactions ----

function begin(s) {
  var t = new State(s.ctx, 'DurableObjectTransaction'), object;
  if (s.actor.storage === DISK) t.depth = store.mark(s.id);
  else t.txn = store.txnBegin(s.id);
  object = Object.create(DurableObjectTransaction.prototype);
  object[STATE] = t;
  return object;
}

// Ends an open transaction; false if a nested one is still open.
function finish(t, commit) {
  var ended = true;
  if (t.depth !== 0) ended = store.unmark(t.id, t.depth, commit);
  else store.txnEnd(t.id, t.txn, commit);
  if (ended) t.over = commit ? 1 : 2;
  return ended;
}

function transactionOf(self, args) {
  var s = open(self, 'transaction'), closure = args[0], promise = promises.pending(), txn = null;
  if (typeof closure !== 'function') idl.badParameter('transaction', s.type, 1, 'function');
  turns.section(s.ctx, function () {
    txn = begin(s);
    return closure(txn);
  }, function (section, ok, value) {
    var t = txn === null ? null : txn[STATE];
    try {
      if (t !== null && t.over === 0 && !finish(t, ok)) throw new Error(NESTED);
    } catch (error) {
      turns.break(s.ctx, 'inputGateBroken', error);
      return;
    }
    turns.succeed(s.ctx, section, function () {
      if (ok) promises.resolve(promise, value);
      else promises.reject(promise, value);
    });
  });
  return promise;
}

function rollbackOf(self) {
  var s = self === null || self === undefined ? undefined : self[STATE];
  if (s !== undefined && s.over === 2) return;
  s = open(self, 'rollback');
  if (!finish(s, false)) throw new Error(NESTED);
}

function transactionSyncOf(self, args) {
  var s = open(self, 'transactionSync'), closure = args[0], depth, value;
  if (typeof closure !== 'function') idl.badParameter('transactionSync', s.type, 1, 'function');
  if (s.actor.storage !== DISK) throw new Error(NOT_SQL);
  depth = store.mark(s.id);
  try {
    value = closure();
  } catch (error) {
    store.unmark(s.id, depth, false);
    throw error;
  }
  store.unmark(s.id, depth, true);
  return value;
}

// ---- the rest of storage ----

function deleteAllOf(self, args) {
  var s = open(self, 'deleteAll'), flags = flagsOf(s, args[0], 'deleteAll', 1, 'PutOptions');
  if (store.inTransaction(s.id)) throw new Error(IN_TRANSACTION);
  if (s.actor.facets !== null) require('host/facets').deleted(s.ctx);
  store.deleteAll(s.id, scope.flag('delete_all_deletes_alarm'), s.actor.storage === DISK ? 0 : flags);
  return written(s, flags, undefined);
}

function syncOf(self) {
  var s = open(self, 'sync'), number = store.sync(s.id);
  return number === undefined ? promises.resolved(undefined) : later(s, number, function () {});
}

function hex8(n) { return ('0000000' + (n >>> 0).toString(16)).slice(-8); }

function bookmark(self) {
  var s = open(self, 'getCurrentBookmark'), life;
  if (s.actor.storage !== DISK) throw new Error(NO_RECOVERY);
  life = store.incarnation(s.id);
  s.actor.bookmarks = (s.actor.bookmarks | 0) + 1;
  return promises.resolved(hex8(life[1]) + '-' + hex8(s.actor.bookmarks) + '-00000000-00000000000000000000000000000000');
}

function noRecovery(self) {
  open(self, '');
  throw new Error(NO_RECOVERY);
}

function DurableObjectStorage() { idl.illegalConstructor(); }
idl.define(DurableObjectStorage, 'DurableObjectStorage', null, {
  get: fast.make('get', function () { return attempt(getOf, this, arguments); }),
  list: function list() { return attempt(listOf, this, arguments); },
  put: fast.make('put', function () { return attempt(putOf, this, arguments); }),
  delete: fast.make('delete', function () { return remove(this, arguments); }),
  deleteAll: function deleteAll() { return attempt(deleteAllOf, this, arguments); },
  transaction: function transaction() { return attempt(transactionOf, this, arguments); },
  getAlarm: function getAlarm() { return attempt(getAlarmOf, this, arguments); },
  setAlarm: function setAlarm() { return attempt(setAlarmOf, this, arguments); },
  deleteAlarm: function deleteAlarm() { return attempt(deleteAlarmOf, this, arguments); },
  sync: function sync() { return attempt(syncOf, this, arguments); },
  transactionSync: function transactionSync() { return transactionSyncOf(this, arguments); },
  getCurrentBookmark: function getCurrentBookmark() { return attempt(bookmark, this, arguments); },
  getBookmarkForTime: function getBookmarkForTime() { return attempt(noRecovery, this, arguments); },
  onNextSessionRestoreBookmark: function onNextSessionRestoreBookmark() { return attempt(noRecovery, this, arguments); },
});

function DurableObjectTransaction() { idl.illegalConstructor(); }
idl.define(DurableObjectTransaction, 'DurableObjectTransaction', null, {
  get: function get() { return attempt(getOf, this, arguments); },
  list: function list() { return attempt(listOf, this, arguments); },
  put: function put() { return attempt(putOf, this, arguments); },
  delete: function () { return remove(this, arguments); },
  deleteAll: function deleteAll() { throw new Error(IN_TRANSACTION); },
  rollback: function rollback() { rollbackOf(this); },
  getAlarm: function getAlarm() { return attempt(getAlarmOf, this, arguments); },
  setAlarm: function setAlarm() { return attempt(setAlarmOf, this, arguments); },
  deleteAlarm: function deleteAlarm() { return attempt(deleteAlarmOf, this, arguments); },
});

exports.check = function (s) { context.check(s.ctx, s.type); };
exports.str = str;

// storage.kv and storage.sql: made when they are first asked for.
function lazy(name, make) {
  return {
    enumerable: true, configurable: true,
    get: function () {
      var s = this[STATE], value;
      if (s === undefined) idl.illegal();
      value = make(s);
      Object.defineProperty(this, name, { value: value, enumerable: true, configurable: true, writable: true });
      return value;
    },
  };
}
var own = {
  kv: lazy('kv', function (s) { return require('host/kv').make(s); }),
  sql: lazy('sql', function (s) { return database.open(s.id); }),
};

// `storage` of the actor whose context this is; undefined if nothing of it is kept.
exports.make = function (ctx) {
  var object;
  if (ctx.actor.storage === 0) return undefined;
  object = Object.create(DurableObjectStorage.prototype, own);
  object[ACTOR] = ctx.id;
  object[STATE] = new State(ctx, 'DurableObjectStorage');
  return object;
};
