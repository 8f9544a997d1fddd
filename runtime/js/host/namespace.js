// Namespaces of Durable Objects, their ids, and the stubs that calls are made through.
'use es5';
var idl = require('webidl');
var fetcher = require('host/fetcher');
var ids = native('ids');
var make = native('records').make;

var NAMESPACE = idl.hidden('namespace');
var ID = idl.hidden('id');
var NO_JURISDICTIONS = 'Jurisdiction restrictions are not implemented in workerd.';
var TEXT_ID_MAX = 2048;

// ---- ids ----

function DurableObjectId() { idl.illegalConstructor(); }
function bytesOf(self) {
  var bytes = self === null || self === undefined ? undefined : self[ID];
  return bytes === undefined ? idl.illegal() : bytes;
}
idl.define(DurableObjectId, 'DurableObjectId', null, {
  toString: function toString() { return ids.hex(bytesOf(this)); },
  equals: function equals(other) {
    var bytes = bytesOf(this);
    if (other === null || typeof other !== 'object' || other[ID] === undefined)
      idl.badParameter('equals', 'DurableObjectId', 1, 'DurableObjectId');
    return ids.same(bytes, other[ID]);
  },
});

// What ids are copies of.
var IDENTITY = Object.create(DurableObjectId.prototype);
Object.defineProperty(IDENTITY, 'jurisdiction', { enumerable: true, configurable: true });
Object.defineProperty(IDENTITY, 'name', { enumerable: true, configurable: true });
Object.defineProperty(IDENTITY, ID, {});

function makeId(bytes, name) { return make(IDENTITY, undefined, name, bytes); }
// The id of an actor: of bytes, or a text where the namespace has texts for ids.
exports.idOf = function (bytes, name) { return typeof bytes === 'string' ? bytes : makeId(bytes, name); };

exports.isId = function (value) { return value !== null && typeof value === 'object' && value[ID] !== undefined; };

// ---- namespaces ----

// given: { handle, shards, uniqueKey }
function Namespace(given) {
  this.handle = given.handle;
  this.shards = given.shards;
  this.key = ids.key(given.uniqueKey);
}

function stateOf(self) {
  var s = self === null || self === undefined ? undefined : self[NAMESPACE];
  return s === undefined ? idl.illegal() : s;
}

function text(value, verb) {
  if (value === undefined) idl.badParameter(verb, 'DurableObjectNamespace', 1, 'string');
  return typeof value === 'string' ? value : idl.str(value);
}

function checkOptions(options, verb) {
  var mode, version;
  if (options === undefined || options === null) return;
  if (typeof options !== 'object' && typeof options !== 'function')
    idl.badParameter(verb, 'DurableObjectNamespace', 2, 'GetDurableObjectOptions');
  version = options.version;
  if (version !== undefined && version !== null && typeof version !== 'object' && typeof version !== 'function')
    idl.badField('version', 'GetDurableObjectOptions', 'VersionOptions');
  mode = options.routingMode;
  if (mode !== undefined && idl.str(mode) !== 'primary-only') throw new RangeError('unknown routingMode: ' + mode);
}

function checkJurisdiction(value) {
  if (value !== undefined && value !== null) throw new Error(NO_JURISDICTIONS);
}

function stub(s, id, name) {
  var bytes = id[ID];
  return fetcher.actor(s.shards === 1 ? s.handle : s.handle + ids.shard(bytes, s.shards), bytes, name, id);
}

function DurableObjectNamespace() { idl.illegalConstructor(); }
idl.define(DurableObjectNamespace, 'DurableObjectNamespace', null, {
  newUniqueId: function newUniqueId(options) {
    var s = stateOf(this);
    if (options !== undefined && options !== null) {
      if (typeof options !== 'object' && typeof options !== 'function')
        idl.badParameter('newUniqueId', 'DurableObjectNamespace', 1, 'NewUniqueIdOptions');
      checkJurisdiction(options.jurisdiction);
    }
    return makeId(ids.unique(s.key), undefined);
  },
  idFromName: function idFromName(name) {
    var s = stateOf(this);
    if (typeof name !== 'string') name = text(name, 'idFromName');
    return make(IDENTITY, undefined, name, ids.named(s.key, name));
  },
  idFromString: function idFromString(id) {
    var s = stateOf(this), bytes = ids.parse(s.key, text(id, 'idFromString'));
    if (bytes === null) throw new TypeError('Invalid Durable Object ID: must be 64 hex digits');
    if (bytes === false) throw new TypeError('Durable Object ID is not valid for this namespace.');
    return makeId(bytes, undefined);
  },
  get: function get(id, options) {
    var s = stateOf(this);
    if (id === null || typeof id !== 'object' || id[ID] === undefined)
      idl.badParameter('get', 'DurableObjectNamespace', 1, 'DurableObjectId');
    if (options !== undefined) checkOptions(options, 'get');
    return stub(s, id, id.name);
  },
  getByName: function getByName(name, options) {
    var s = stateOf(this);
    if (typeof name !== 'string') name = text(name, 'getByName');
    if (options !== undefined) checkOptions(options, 'getByName');
    return stub(s, makeId(ids.named(s.key, name), name), name);
  },
  jurisdiction: function jurisdiction(value) {
    var s = stateOf(this), other;
    checkJurisdiction(value);
    other = Object.create(DurableObjectNamespace.prototype);
    other[NAMESPACE] = s;
    return other;
  },
});

// Of ephemeral actors: ids are texts.
function ColoLocalActorNamespace() { idl.illegalConstructor(); }
idl.define(ColoLocalActorNamespace, 'ColoLocalActorNamespace', null, {
  get: function get(id) {
    var s = stateOf(this);
    if (arguments.length < 1) idl.badParameter('get', 'ColoLocalActorNamespace', 1, 'string');
    id = idl.usv(id);
    if (id.length === 0 || ids.length(id) > TEXT_ID_MAX)
      throw new TypeError('Actor ID length must be in the range [1, 2048].');
    return fetcher.actor(s.handle + ids.shard(id, s.shards), id, undefined, null);
  },
});

// given: { handle, shards, uniqueKey, ephemeral }
exports.make = function (given) {
  var object = Object.create((given.ephemeral ? ColoLocalActorNamespace : DurableObjectNamespace).prototype);
  Object.defineProperty(object, NAMESPACE, { value: new Namespace(given) });
  return object;
};
