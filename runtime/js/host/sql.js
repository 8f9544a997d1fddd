// storage.sql: SqlStorage, its Cursor and Statement. What runs on every statement is C (runtime/sql); here are
// the classes.
'use es5';
var idl = require('webidl');
var verbs = native('sql');
var cursorVerbs = native('sqlCursor');

var TARGET = idl.hidden('sql.target');
var create = Object.create;
var defineProperty = Object.defineProperty;
var getOwn = Object.getOwnPropertyDescriptor;
var setPrototypeOf = Object.setPrototypeOf;
var getPrototypeOf = Object.getPrototypeOf;
var apply = Function.prototype.apply;
var iteratorSymbol = Symbol.iterator;
var step = cursorVerbs.step;
var all = cursorVerbs.all;
var exec = verbs.exec;
var call = Function.prototype.call;
var run = call.bind(apply); // run(fn, self, args)

function SqlStorage() { idl.illegalConstructor(); }
function Cursor() { idl.illegalConstructor(); }
function Statement() { idl.illegalConstructor(); }

function getter(proto, name, get) {
  defineProperty(proto, name, { get: get, enumerable: true, configurable: true });
}

var iteratorProto = getPrototypeOf(getPrototypeOf([][iteratorSymbol]()));

// The two iterators over a cursor; both move the cursor itself.
function iterators(tag, raw) {
  var proto = create(iteratorProto);
  function Iterator() { idl.illegalConstructor(); }
  defineProperty(Iterator, 'name', { value: tag, configurable: true });
  defineProperty(Iterator, 'prototype', { value: proto });
  defineProperty(proto, 'constructor', { value: Iterator, writable: true, configurable: true });
  idl.members(proto, {
    next: function next() {
      var target = this[TARGET];
      if (target === undefined) idl.illegal();
      return step(target, raw);
    },
  });
  idl.tag(proto, tag);
  defineProperty(proto, iteratorSymbol, { value: function iterator() { return this; }, writable: true, configurable: true });
  // Iterator.prototype has it too; this one makes no object for each step.
  defineProperty(proto, 'toArray', {
    value: function toArray() {
      var target = this[TARGET];
      if (target === undefined) idl.illegal();
      return all(target, raw);
    }, writable: true, configurable: true,
  });
  return function (cursor) {
    var it = create(proto);
    it[TARGET] = cursor;
    return it;
  };
}
var rows = iterators('RowIterator', false);
var rawRows = iterators('RawIterator', true);
var columnNames = cursorVerbs.columnNames;

idl.define(Cursor, 'Cursor', null, {
  next: cursorVerbs.next,
  toArray: cursorVerbs.toArray,
  one: cursorVerbs.one,
  raw: function raw() {
    run(columnNames, this, []); // a cursor?
    return rawRows(this);
  },
});
getter(Cursor.prototype, 'columnNames', cursorVerbs.columnNames);
getter(Cursor.prototype, 'rowsRead', cursorVerbs.rowsRead);
getter(Cursor.prototype, 'rowsWritten', cursorVerbs.rowsWritten);
defineProperty(Cursor.prototype, iteratorSymbol, {
  value: function rowsOf() {
    run(columnNames, this, []);
    return rows(this);
  }, writable: true, configurable: true,
});

idl.define(Statement, 'Statement', null, {});
idl.define(SqlStorage, 'SqlStorage', null, { exec: exec });
getter(SqlStorage.prototype, 'databaseSize', verbs.databaseSize);
idl.members(SqlStorage.prototype, { Cursor: Cursor, Statement: Statement });
verbs.classes(SqlStorage.prototype, Cursor.prototype);

// A function that runs the query with its arguments as bindings. The cache compiles it once.
function prepare(query) {
  var self = this, text;
  if (arguments.length === 0) idl.badParameter('prepare', 'SqlStorage', 1, 'String');
  text = idl.str(query);
  function statement() {
    var args = [text], i;
    for (i = 0; i < arguments.length; i++) args[i + 1] = arguments[i];
    return run(exec, self, args);
  }
  setPrototypeOf(statement, Statement.prototype);
  return statement;
}

// What the `experimental` flag adds. This module is loaded with the first database, when the flags are known.
exports.experimental = function () {
  if (getOwn(SqlStorage.prototype, 'prepare')) return;
  getter(Cursor.prototype, 'reusedCachedQueryForTest', cursorVerbs.reused);
  idl.members(SqlStorage.prototype, {
    prepare: prepare,
    ingest: verbs.ingest,
    setMaxPageCountForTest: verbs.maxPages,
  });
};
if (require('scope').Cloudflare.compatibilityFlags.experimental) exports.experimental();
