// The JavaScript half of actor_test.c: what a test file is given, and the storage daemon.
//
//   var a = actor({ storage: DISK });          // or MEMORY
//   await a.run(function (ctx) { ... });        // one event; ctx.storage, ctx.blockConcurrencyWhile(fn), ctx.io(fn)
//   a.store.entries, a.store.alarm              // what is durable
//   a.hold() ... a.release(n)                   // keeps the daemon from committing and answering
//   a.slow() ... a.release(n)                   // keeps it from committing
//   a.dirty()                                   // bytes that it has and did not commit
//   a.crash()                                   // the instance and what is not durable are gone; run() starts a new one
var contextOf = verbs.require('host/context');
var turns = verbs.require('host/turns');
var storage = verbs.require('host/storage');
var print = verbs.print;
var G = globalThis;
var actions = [], tests = [], current = null, logs = [];
var instances = []; // by the number that C gives
var incarnations = 0, stores = 0;

G.DISK = 2;
G.MEMORY = 1;
G.gc = verbs.gc;
G.report = print;
G.cpuLimit = verbs.cpuLimit;
G.nanos = verbs.nanos;
G.advance = verbs.advance;
G.requireBuiltin = verbs.require;
G.logs = logs;

function show(v) {
  if (v instanceof Map) return 'Map' + JSON.stringify(Array.from(v));
  try { return typeof v === 'string' ? JSON.stringify(v) : String(JSON.stringify(v) || v); } catch (e) { return String(v); }
}
G.show = show;
G.assert = function (v, text) { if (!v) throw new Error('assertion failed: ' + (text || show(v))); };
G.assertEq = function (a, b, text) {
  if (!Object.is(a, b) && (show(a) !== show(b) || typeof a !== typeof b))
    throw new Error((text ? text + ': ' : '') + show(a) + ' is not ' + show(b));
};
G.assertThrows = function (f, want) {
  try { f(); } catch (e) {
    if (want && !(want instanceof RegExp ? want.test(String(e)) : String(e) === want)) throw new Error('threw ' + e + ', not ' + want);
    return e;
  }
  throw new Error('did not throw ' + (want || ''));
};
G.assertRejects = function (p, want) {
  return Promise.resolve(p).then(function () { throw new Error('did not reject'); },
    function (e) { G.assertThrows(function () { throw e; }, want); return e; });
};

function turn(fn) {
  actions.push({ what: 'turn', fn: function () {
    contextOf.current = null;
    contextOf.section = null;
    fn();
  } });
}
// A turn of nobody's, after what is queued now.
G.tick = function () { return new Promise(function (resolve) { turn(resolve); }); };
// After all that the daemon has queued.
G.idle = function () { return new Promise(function (resolve) { quiet.push(resolve); }); };
var quiet = [];

G.test = function (name, fn) { tests.push([name, fn]); };
function nextTest() {
  var t = tests.shift();
  if (t === undefined) {
    current = null;
    return;
  }
  current = t[0];
  function ok() { print('ok   ' + t[0]); verbs.count(true); turn(nextTest); }
  function no(e) { print('FAIL ' + t[0] + ': ' + (e && e.stack || e)); verbs.count(false); turn(nextTest); }
  logs.length = 0;
  try {
    Promise.resolve(t[1]()).then(ok, no);
  } catch (e) {
    no(e);
  }
}
turn(nextTest);

// ---- the daemon ----

function Store() {
  this.entries = Object.create(null);
  this.alarm = 0;
  this.pages = Object.create(null);
  this.pageCount = 0;
  this.messages = 0; // that came
  this.reads = 0;
  this.commits = [];
}

function apply(store, w, counts) {
  var kind = w[0], key = w[1];
  if (kind === 1) store.entries[key] = w[2];
  else if (kind === 2) delete store.entries[key];
  else if (kind === 3) {
    counts[w[3]] = (counts[w[3]] || 0) + (key in store.entries ? 1 : 0);
    delete store.entries[key];
  } else if (kind === 4) {
    store.entries = Object.create(null);
    store.pages = Object.create(null);
    store.pageCount = 0;
    if (w[3]) store.alarm = 0;
  } else if (kind === 5) store.alarm = w[3];
  else if (kind === 6) { if (store.alarm === w[3]) store.alarm = 0; }
  else if (kind === 7) store.pages[w[3]] = w[2];
  else if (kind === 8) store.pageCount = w[3];
  else throw new Error('a write of kind ' + kind);
}

function keysOf(store) { return Object.keys(store.entries).sort(); }

function answer(store, read) {
  var out = { request: read.request, entries: [] }, keys;
  store.reads++;
  if (read.pages.length > 0) {
    out.pages = read.pages.map(function (n) { return [n, store.pages[n]]; });
    return out;
  }
  if (read.alarm) {
    out.alarm = store.alarm;
    return out;
  }
  if (!read.list) {
    out.entries = read.keys.map(function (k) { return k in store.entries ? [k, store.entries[k], false] : [k, '', true]; });
    return out;
  }
  keys = keysOf(store).filter(function (k) { return k >= read.start && (read.end === '' || k < read.end); });
  if (read.reverse) keys.reverse();
  if (read.limit > 0) keys = keys.slice(0, read.limit);
  out.entries = keys.map(function (k) { return [k, store.entries[k], false]; });
  return out;
}

// Pieces of at most `piece` entries, as a large answer comes.
function give(inst, read) {
  var whole, at;
  if (read.next) {
    at = inst.rest[read.request];
  } else {
    whole = answer(inst.actor.store, read);
    if (inst.actor.failReads) whole = { request: read.request, entries: [], error: 'disk on fire' };
    at = { whole: whole, from: 0 };
  }
  var piece = inst.actor.piece, out = { request: read.request, entries: at.whole.entries.slice(at.from, at.from + piece),
    alarm: at.whole.alarm, pages: at.whole.pages, error: at.whole.error };
  at.from += piece;
  out.more = at.from < at.whole.entries.length;
  if (out.more) inst.rest[read.request] = at;
  else delete inst.rest[read.request];
  return out;
}

function commit(inst, upto) {
  var counts = Object.create(null), n = 0, m, request;
  while (inst.sealed.length > 0 && inst.sealed[0].n <= upto) {
    m = inst.sealed.shift();
    n = m.n;
    m.writes.forEach(function (w) { apply(inst.actor.store, w, counts); });
  }
  if (n === 0) return;
  inst.actor.store.commits.push(n);
  for (request in counts)
    actions.push({ what: 'entries', actor: inst.number, answer: { request: +request, entries: [], count: counts[request] } });
  actions.push({ what: 'durable', actor: inst.number, n: n });
}

function Instance(actor) {
  this.actor = actor;
  this.number = -1;
  this.ctx = null;
  this.n = 0;
  this.open = []; // messages of the batch that is not over
  this.sealed = [];
  this.rest = Object.create(null);
  this.held = []; // answers
  this.log = []; // [n, confirmed, turnEnd, writes]
  this.ended = null;
  this.events = []; // [resolve, reject] of run()
}

var driver = {
  next: function () {
    var all, i;
    if (actions.length === 0 && quiet.length > 0) {
      all = quiet;
      quiet = [];
      for (i = 0; i < all.length; i++) turn(all[i]);
    }
    return actions.shift();
  },
  stuck: function () { return current === null ? undefined : current; },
  log: function (text) { logs.push(text); },
  writes: function (number, writes, confirmed, turnEnd) {
    var inst = instances[number], last;
    inst.n++;
    inst.actor.store.messages++;
    inst.log.push([inst.n, confirmed, turnEnd, writes]);
    inst.open.push({ n: inst.n, writes: writes });
    if (!turnEnd) return;
    last = inst.n;
    inst.sealed = inst.sealed.concat(inst.open);
    inst.open = [];
    if (!inst.actor.held && !inst.actor.slowly) commit(inst, last);
  },
  read: function (number, read) {
    var inst = instances[number], found = give(inst, read); // as of when it was asked
    function send() { actions.push({ what: 'entries', actor: number, answer: found }); }
    if (inst.actor.held) inst.held.push(send);
    else send();
  },
  readNow: function (number, read) { return give(instances[number], read); },
  end: function (number, code, message) {
    var inst = instances[number], events = inst.events;
    inst.ended = { code: code, message: message };
    inst.events = [];
    turn(function () { events.forEach(function (e) { e[1](new Error(message)); }); });
    if (inst.actor.instance === inst) inst.actor.instance = null;
  },
};
Object.assign(G, { __driver: driver });

// ---- actors ----

function Actor(options) {
  this.storage = options.storage === undefined ? G.DISK : options.storage;
  this.store = options.store || new Store();
  this.sql = options.sql !== false;
  this.preload = options.preload === true;
  this.piece = options.piece || 1000000;
  this.held = false;
  this.slowly = false;
  this.failReads = false;
  this.name = options.name || '';
  this.instance = null;
}
G.actor = function (options) { return new Actor(options || {}); };

function facade(inst) {
  var ctx = inst.ctx;
  return {
    ctx: ctx,
    storage: inst.storage,
    blockConcurrencyWhile: function (fn) { return turns.blockConcurrencyWhile(ctx, fn); },
    abort: function (text) { turns.break(ctx, 'outputGateBroken', new Error(text)); },
    // Something else than storage that takes a while: fn runs outside, its value comes back in a turn.
    io: function (fn) {
      var section = contextOf.section;
      return new Promise(function (resolve, reject) {
        turn(function () {
          Promise.resolve(fn ? fn() : undefined).then(function (v) {
            turn(function () { turns.deliver(ctx, section, function () { resolve(v); }); });
          }, reject);
        });
      });
    },
  };
}

Actor.prototype.start = function () {
  var self = this, inst = this.instance = new Instance(this);
  actions.push({ what: 'open', actor: -1, id: 'id' + ++stores, name: this.name, storage: this.storage, sql: this.sql, incarnation: ++incarnations,
    alarm: this.store.alarm, pageCount: this.store.pageCount, whole: this.preload,
    start: { entries: this.preload ? keysOf(this.store).map(function (k) { return [k, self.store.entries[k], false]; }) : [] },
    opened: function (number, exchange) {
      inst.number = number;
      instances[number] = inst;
      inst.ctx = contextOf.find(exchange);
      inst.storage = storage.make(inst.ctx);
      inst.face = facade(inst);
    } });
  return inst;
};

// fn(face) as an event of the actor; a promise of its result, in a turn of nobody's.
Actor.prototype.run = function (fn) {
  var inst = this.instance || this.start();
  return new Promise(function (resolve, reject) {
    var event = [resolve, reject];
    turn(function () {
      if (inst.ended) return reject(new Error(inst.ended.message));
      inst.events.push(event);
      function over(how, value) {
        inst.events = inst.events.filter(function (e) { return e !== event; });
        turn(function () { how(value); });
      }
      turns.deliver(inst.ctx, null, function () {
        var result;
        try { result = fn(inst.face); } catch (e) { return over(reject, e); }
        Promise.resolve(result).then(function (v) { over(resolve, v); }, function (e) { over(reject, e); });
      });
    });
  });
};
Actor.prototype.hold = function () { this.held = true; };
Actor.prototype.slow = function () { this.slowly = true; };
Actor.prototype.dirty = function () {
  return this.instance.sealed.concat(this.instance.open).reduce(function (n, m) {
    return n + m.writes.reduce(function (k, w) { return k + (w[2] ? w[2].length || w[2].byteLength || 0 : 0); }, 0);
  }, 0);
};
// Commits what is sealed up to message n (all), answers what was asked.
Actor.prototype.release = function (n) {
  var inst = this.instance, held;
  if (n === undefined) this.held = this.slowly = false;
  if (inst === null) return;
  commit(inst, n === undefined ? 1e9 : n);
  held = inst.held;
  inst.held = [];
  held.forEach(function (send) { send(); });
};
Actor.prototype.crash = function () {
  var inst = this.instance;
  this.instance = null;
  if (inst !== null) actions.push({ what: 'closed', actor: inst.number });
};
return driver;
