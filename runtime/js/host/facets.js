// ctx.facets: actors of their own below an actor, in its process, with storage of their own.
//
// A stub leads to a name. The first call through it finds the facet of that name, or starts one, and from then on the
// stub is that one's:
//
//   NEW --the first call--> STARTING (startup() runs) --> RUNNING --broken, aborted, the actor ends--> OVER
//                                                    \-> FAILED, until it is aborted
//
// What its instance is the daemon says, as of any actor: it opens the gate session when the first call reaches it, and
// the instance is made by what startup() gave. Contexts and facets refer to each other only while both are there.
'use es5';
var verbs = native('facets');
var ids = native('ids');
var idl = require('webidl');
var context = require('host/context');
var turns = require('host/turns');
var fetcher = require('host/fetcher');
var channels = require('host/channel');
var errors = require('host/errors');
var classes = require('host/actor_class');
var namespaces = require('host/namespace');
var isolate = require('host/isolate_state');
var promises = require('promises');
var hostObjects = require('hostobjects');

var IO = idl.hidden('facets');
var NAME_BYTES_MAX = 256, DEPTH_MAX = 3;
var TOO_LONG = 'Facet name is too long (max 256 characters).';
var TOO_DEEP = 'Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4.';
var DELETED = 'Facet was deleted.';
var NO_FACETS = 'This Durable Object does not support creating facets.';
var NO_OPTIONS = 'Cannot initialize N7workerd3api19DurableObjectFacets14StartupOptionsE with required members from an ' +
  'undefined or null value.';
var NOT_OPTIONS = "Callback returned incorrect type; expected 'Promise'";
var CLASS_TYPES = 'DurableObjectClass or LoopbackDurableObjectNamespace or LoopbackColoLocalActorNamespace';
var RESET = 8;

var NEW = 0, STARTING = 1, RUNNING = 2, FAILED = 3, OVER = 4;

var roots = Object.create(null); // contexts of actors that were asked for facets

// ---- one facet ----

function Facet(parent, name) {
  this.parent = parent; // the context above
  this.name = name; // as it is in paths
  this.state = NEW;
  this.io = null; // its own context
  this.given = null; // of startup(): { className, props, id }
  this.waiting = []; // calls: { section, go(), failed(error) }
  this.failure = null; // what it failed or ended with
}

function keyOf(io) { return io.actor.namespace + ' ' + io.actor.id; }

function table(io) {
  if (io.actor.facets === null) {
    io.actor.facets = Object.create(null);
    if (io.actor.facet === null) roots[keyOf(io)] = io;
  }
  return io.actor.facets;
}

// What goes on: a failure to be told again and again, each time as an error of its own.
function failureOf(error, traits) {
  var detail = errors.detailOf(error); // of an object, whatever it is
  if (!(error instanceof Error)) error = new Error(typeof error === 'object' && error !== null ? '#<Object>' : String(error));
  return { name: error.name, message: error.message, traits: traits, detail: detail || errors.detailOf(error) };
}

function begin(facet, startup) {
  var io = facet.parent;
  facet.state = STARTING;
  io.pending++;
  turns.deliver(io, context.section, function () {
    if (facet.state !== STARTING) return;
    promises.then(promises.attempt(startup), function (value) { settled(facet, io, value); },
      function (error) { failed(facet, io, error); });
  });
}

function failed(facet, io, error) {
  if (facet.state !== STARTING) return;
  io.pending--;
  facet.state = FAILED;
  facet.failure = failureOf(error, 0);
  refuse(facet);
}

function refuse(facet) {
  var waiting = facet.waiting, i;
  facet.waiting = [];
  for (i = 0; i < waiting.length; i++) waiting[i].failed(errors.again(facet.failure));
}

function idOf(io, id) {
  if (id === undefined) return io.actor.rec !== null ? io.actor.rec.given.id : namespaces.idOf(
    isolate.actors[io.actor.namespace].ephemeral ? io.actor.id : ids.bytes(io.actor.id), io.actor.name);
  return namespaces.isId(id) ? id : idl.usv(id);
}

function givenOf(io, value) {
  var found;
  if (value === undefined || value === null) throw new TypeError(NO_OPTIONS);
  if (typeof value !== 'object' && typeof value !== 'function') throw new TypeError(NOT_OPTIONS);
  found = classes.of(value['class']);
  if (found === undefined) idl.badField('class', 'StartupOptions', CLASS_TYPES);
  return { className: found.name, props: found.props, id: idOf(io, value.id) };
}

function settled(facet, io, value) {
  var waiting, i;
  if (facet.state !== STARTING) return;
  try {
    facet.given = givenOf(io, value);
  } catch (error) {
    failed(facet, io, error);
    return;
  }
  io.pending--;
  waiting = facet.waiting;
  facet.waiting = [];
  facet.state = RUNNING;
  for (i = 0; i < waiting.length; i++) {
    context.section = waiting[i].section;
    waiting[i].go();
  }
}

// Takes it out of its actor's hands.
function leave(facet) {
  var io = facet.parent;
  if (facet.state === STARTING) io.pending--;
  if (io.actor.facets !== null && io.actor.facets[facet.name] === facet) delete io.actor.facets[facet.name];
  facet.parent = null;
  facet.state = OVER;
}

// Ends it, its calls and all below it; the storage stays.
function dismiss(io, name, error) {
  var facet = io.actor.facets === null ? undefined : io.actor.facets[name], own, op, next;
  if (facet === undefined) return;
  leave(facet);
  facet.failure = failureOf(error, 0);
  refuse(facet);
  for (op = io.operations; op !== null; op = next) {
    next = op.next;
    if (op.channel && op.channel.facet !== null && op.channel.facet.facet === facet) op.cancel(errors.again(facet.failure));
  }
  own = facet.io;
  if (own !== null) turns.break(own, 'outputGateBroken', errors.again(facet.failure));
}

// deleteAll goes for them too; that of what they stored is the daemon's part.
exports.deleted = function (io) {
  for (var name in io.actor.facets) dismiss(io, name, new Error(DELETED));
};

// ---- calls ----

// Where a stub leads to: in the channel.
function Lead(io, name, startup) {
  this.io = io;
  this.name = name;
  this.startup = startup;
  this.facet = null;
}

function facetOf(lead) {
  var all = table(lead.io), facet = lead.facet;
  if (facet === null || (facet.state === OVER && facet.failure === null))
    facet = lead.facet = all[lead.name] || (all[lead.name] = new Facet(lead.io, lead.name));
  return facet;
}

// go() sends the call, once the facet runs; failed(error) if it does not come to that.
channels.reach = function (channel, go, failed) {
  var lead = channel.facet, facet;
  context.check(lead.io, '');
  facet = facetOf(lead);
  if (facet.failure !== null) {
    failed(errors.again(facet.failure));
  } else if (facet.state === RUNNING) {
    go();
  } else {
    facet.waiting.push({ section: context.section, go: go, failed: failed });
    if (facet.state === NEW) begin(facet, lead.startup);
  }
};

// ---- the lives of instances ----

// What the instance of a facet's context is to be; null: nobody wants it any more.
exports.start = function (io) {
  var path = io.actor.facet, at = roots[keyOf(io)], facet, i;
  for (i = 0; i < path.length; i++) {
    facet = at === undefined || at === null || at.actor === null || at.actor.facets === null ? undefined : at.actor.facets[path[i]];
    if (facet === undefined) return null;
    at = facet.io;
  }
  if (facet.state !== RUNNING || (facet.io !== null && facet.io !== io)) return null;
  facet.io = io;
  io.actor.rec = facet;
  return facet.given;
};

// A context of an actor, or of a facet, ends.
turns.onClosed = function (io) {
  var actor = io.actor, own = actor.rec, all = actor.facets, error, name, below;
  if (own !== null) {
    actor.rec = null;
    own.io = null;
    if (own.state !== OVER) leave(own);
    if (own.failure === null && actor.broken !== null) own.failure = failureOf(actor.broken.error, RESET);
  }
  if (all === null) return;
  actor.facets = null;
  if (roots[keyOf(io)] === io) delete roots[keyOf(io)];
  error = actor.broken !== null ? actor.broken.error : new Error('Network connection lost.');
  for (name in all) {
    below = all[name].io;
    all[name].parent = null;
    all[name].state = OVER;
    if (below !== null) turns.break(below, 'ignored', error);
  }
};

// ---- script ----

function DurableObjectFacets() { idl.illegalConstructor(); }
function current(self) {
  var io = self === null || self === undefined ? undefined : self[IO];
  if (io === undefined) idl.illegal();
  context.check(io, '');
  return io;
}

// As it is in paths, which messages carry as text that a NUL ends.
function nameOf(value, verb, n) {
  if (value === undefined) idl.badParameter(verb, 'DurableObjectFacets', n, 'string');
  value = idl.usv(value);
  if (ids.length(value) > NAME_BYTES_MAX) throw new TypeError(TOO_LONG);
  return value.replace(/%/g, '%25').replace(/\0/g, '%00');
}

function pathOf(io, name) {
  var path = (io.actor.facet || []).concat([name]);
  if (path.length > DEPTH_MAX) throw new Error(TOO_DEEP);
  return path;
}

function get(io, name, startup) {
  var given = isolate.actors[io.actor.namespace], path = pathOf(io, name), id, channel;
  if (given === undefined || !given.shards) throw new Error(NO_FACETS);
  id = given.ephemeral ? io.actor.id : ids.bytes(io.actor.id);
  channel = channels.make(given.shards === 1 ? given.handle : given.handle + ids.shard(id, given.shards), id, undefined);
  channel.path = path;
  channel.facet = new Lead(io, name, startup);
  return fetcher.facet(channel);
}

idl.define(DurableObjectFacets, 'DurableObjectFacets', null, {
  get: function get_(name, startup) {
    var io = current(this);
    name = nameOf(name, 'get', 1);
    if (typeof startup !== 'function') idl.badParameter('get', 'DurableObjectFacets', 2, 'function');
    return get(io, name, startup);
  },
  abort: function abort(name, reason) {
    var io = current(this);
    name = nameOf(name, 'abort', 1);
    if (arguments.length < 2) idl.badParameter('abort', 'DurableObjectFacets', 2, 'Value');
    dismiss(io, name, reason);
  },
  delete: function (name) {
    var io = current(this), path = pathOf(io, name = nameOf(name, 'delete', 1));
    dismiss(io, name, new Error(DELETED));
    verbs.delete(io.id, path);
  },
  clone: function clone(source, destination) {
    var io = current(this), from, to;
    from = pathOf(io, nameOf(source, 'clone', 1));
    to = pathOf(io, destination = nameOf(destination, 'clone', 2));
    dismiss(io, destination, new Error('Facet was cloned-over.'));
    verbs.clone(io.id, from, to);
  },
});
Object.defineProperty(DurableObjectFacets.prototype.get, 'name', { value: 'get', configurable: true });

exports.make = function (io) {
  var object = Object.create(DurableObjectFacets.prototype);
  Object.defineProperty(object, IO, { value: io });
  return object;
};

hostObjects.isFacet = function (stub) {
  var channel = fetcher.channelOf(stub);
  return channel !== undefined && channel.facet !== null;
};
