// storage.kv: the synchronous key-value API of actors on disk. What is not known here is asked of the daemon while
// script waits.
'use es5';
var store = native('store');
var fast = native('storeFast');
var idl = require('webidl');
var storage = require('host/storage');

var ACTOR = idl.hidden('storeActor'); // store_fast.c reads it
var STATE = idl.hidden('kv');
var ITERATOR = idl.hidden('kv.iterator');
var NOW = 8;
var NOT_SQL = 'The storage.kv (synchronous KV) API is only available for SQLite-backed Durable Objects, but this ' +
  "object's namespace is not declared to use SQLite. You can use the older, asyncronous interface via methods of " +
  '`storage` itself (e.g. `storage.get()`). ';
var NOT_ENABLED = NOT_SQL + "Alternatively, to enable SQLite, change `new_classes` to `new_sqlite_classes` within the " +
  "'migrations' field in your wrangler.jsonc or wrangler.toml file. If using workerd directly, set `enableSql = true` " +
  'in your workerd config for the class. Note that this change cannot be made after the class is already deployed to ' +
  'production.';
var IN_MEMORY = NOT_SQL + 'SQLite can be enabled on a new Durable Object class by using the `new_sqlite_classes` ' +
  'instead of `new_classes` under `migrations` in your wrangler.jsonc or wrangler.toml, but an already-deployed class ' +
  'cannot be converted to SQLite (except by deleting the existing data).';
var INVALIDATED = 'kv.list() iterator was invalidated because a new call to kv.list() was started. Only one kv.list() ' +
  'iterator can exist at a time.';

function open(self) {
  var k = self === null || self === undefined ? undefined : self[STATE];
  if (k === undefined) idl.illegal();
  storage.check(k.state);
  if (k.state.actor.storage !== 2) throw new Error(IN_MEMORY);
  if (!k.state.actor.sqlEnabled) throw new Error(NOT_ENABLED);
  return k;
}

function take(s, number) { return number === 0 ? [] : store.result(s.id, -number); }

function SyncKvStorage() { idl.illegalConstructor(); }
idl.define(SyncKvStorage, 'SyncKvStorage', null, {
  get: fast.make('get', function (key) {
    var s = open(this).state;
    if (arguments.length < 1) idl.badParameter('get', 'SyncKvStorage', 1, 'string');
    return take(s, store.get(s.id, 0, storage.str(key), NOW));
  }, true),
  list: function list(options) {
    var k = open(this), it;
    if (options !== undefined && options !== null && typeof options !== 'object')
      idl.badParameter('list', 'SyncKvStorage', 1, 'ListOptions');
    it = Object.create(ListIterator.prototype);
    it[ITERATOR] = { kv: k, o: storage.listOptions(options), left: Infinity, serial: ++k.lists, done: false };
    if (it[ITERATOR].o.limit > 0) it[ITERATOR].left = it[ITERATOR].o.limit;
    return it;
  },
  put: fast.make('put', function (key, value) {
    var s = open(this).state;
    if (arguments.length < 1) idl.badParameter('put', 'SyncKvStorage', 1, 'string');
    if (arguments.length < 2) idl.badParameter('put', 'SyncKvStorage', 2, 'Value');
    store.put(s.id, 0, [storage.str(key), value], 0);
  }, true),
  delete: fast.make('delete', function (key) {
    var s = open(this).state;
    if (arguments.length < 1) idl.badParameter('delete', 'SyncKvStorage', 1, 'string');
    key = storage.str(key);
    if (!store.has(s.id, key)) return false;
    store.delete(s.id, 0, [key], NOW);
    return true;
  }, true),
});

// Sees what is written while it goes on: every step is a list of its own, from where it stands.
function step(self) {
  var it = self === null || self === undefined ? undefined : self[ITERATOR], s, found;
  if (it === undefined) idl.illegal();
  if (it.done) return { done: true, value: undefined };
  if (it.serial !== it.kv.lists) throw new Error(INVALIDATED);
  s = it.kv.state;
  storage.check(s);
  found = it.left > 0 ? take(s, store.list(s.id, 0, it.o.bounds, 1, it.o.reverse, NOW)) : [];
  if (found.length === 0) {
    it.done = true;
    return { done: true, value: undefined };
  }
  it.left--;
  if (it.o.reverse) {
    it.o.bounds[2] = found[0];
  } else {
    it.o.bounds[0] = undefined;
    it.o.bounds[1] = found[0];
  }
  return { done: false, value: found };
}

function ListIterator() { idl.illegalConstructor(); }
idl.define(ListIterator, 'ListIterator', null, { next: function next() { return step(this); } });
Object.defineProperty(ListIterator.prototype, Symbol.iterator, {
  value: function iterator() { return this; }, writable: true, configurable: true,
});
Object.setPrototypeOf(ListIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));

exports.make = function (state) {
  var object = Object.create(SyncKvStorage.prototype);
  object[STATE] = { state: state, lists: 0 };
  if (state.actor.storage === 2 && state.actor.sqlEnabled) object[ACTOR] = state.id;
  return object;
};
