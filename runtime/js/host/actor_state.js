// ctx of a Durable Object.
'use es5';
var idl = require('webidl');
var context = require('host/context');
var turns = require('host/turns');
var namespaces = require('host/namespace');
var classes = require('host/actor_class');
var ids = native('ids');
var defineProperty = Object.defineProperty;

var IO = idl.hidden('actor');
var ABORTED = 'Application called abort() to reset Durable Object.';

function DurableObjectState() { idl.illegalConstructor(); }
function ioOf(self) {
  var io = self === null || self === undefined ? undefined : self[IO];
  return io === undefined ? idl.illegal() : io;
}
function current(self) {
  var io = ioOf(self);
  context.check(io, '');
  return io;
}

idl.define(DurableObjectState, 'DurableObjectState', null, {
  waitUntil: function waitUntil(promise) {
    var io = ioOf(this);
    if (arguments.length < 1) idl.badParameter('waitUntil', 'DurableObjectState', 1, 'Promise');
    context.waitUntil(io, promise);
  },
  blockConcurrencyWhile: function blockConcurrencyWhile(callback) {
    var io = current(this);
    if (typeof callback !== 'function')
      idl.badParameter('blockConcurrencyWhile', 'DurableObjectState', 1, 'function');
    return turns.blockConcurrencyWhile(io, callback);
  },
  abort: function abort(reason, options) {
    var io = current(this), alarms;
    if (options !== undefined && options !== null && options.retryAlarm === false) {
      alarms = require('host/actor_alarm');
      alarms.give(io, alarms.ABORTED, false);
    }
    turns.break(io, 'outputGateBroken', new Error(reason === undefined ? ABORTED : idl.str(reason)));
  },
});

// given: of a facet, what it was started with; null: it is none.
exports.make = function (io, ephemeral, given) {
  var actor = io.actor, object = Object.create(DurableObjectState.prototype);
  defineProperty(object, IO, { value: io });
  object.facets = require('host/facets').make(io);
  object.container = undefined;
  object.storage = actor.storage === 0 ? undefined : require('host/storage').make(io);
  object.id = given !== null ? given.id : namespaces.idOf(ephemeral ? actor.id : ids.bytes(actor.id), actor.name);
  object.props = given !== null ? given.props : {};
  object.exports = classes.exported();
  return object;
};
