// Bodies that arrive over an exchange, and bodies that leave over one.
'use es5';
var host = native('host');
var context = require('host/context');
var promises = require('promises');
var streams = require('streams');
var turns = require('host/turns');

var GONE = "Can't read from request stream because client disconnected.";
var readers = Object.create(null); // by exchange id: a read that waits
var writers = Object.create(null); // by exchange id: a write that waits

// A native source (see streams.js) of the raw bytes of exchange `id`.
function Source(ctx, id, length) {
  this.ctx = ctx;
  this.id = id;
  this.length = length;
  this.done = false;
}
exports.Source = Source;

// Promise of the next bytes; null at the end.
Source.prototype.pull = function () {
  var self = this, got;
  context.check(this.ctx, 'ReadableStreamSource');
  if (this.done) return promises.resolved(null);
  got = host.read(this.id);
  if (got !== undefined) return promises.resolved(finish(this, got));
  this.ctx.pending++;
  return new Promise(function (resolve, reject) {
    readers[self.id] = { source: self, section: context.section, resolve: resolve, reject: reject, all: false, queued: false };
  });
};

// Promise of everything that is left, as one Uint8Array.
Source.prototype.readAll = function () {
  var self = this, got;
  context.check(this.ctx, 'ReadableStreamSource');
  if (this.done) return promises.resolved(new Uint8Array(0));
  got = host.readAll(this.id);
  if (got !== undefined) {
    this.done = true;
    return promises.resolved(got);
  }
  this.ctx.pending++;
  return new Promise(function (resolve, reject) {
    readers[self.id] = { source: self, section: context.section, resolve: resolve, reject: reject, all: true, queued: false };
  });
};

Source.prototype.cancel = function () {
  this.done = true;
  host.discard(this.id);
};

function finish(source, got) {
  if (got === null) source.done = true;
  return got;
}

// Bytes came, or the end, or (error given) they never will.
exports.readable = function (id, error) {
  var r = readers[id], ctx;
  if (r === undefined) return;
  ctx = r.source.ctx;
  if (ctx.actor === null) {
    if (context.enter(ctx)) read(r, id, error);
  } else if (!r.queued || error !== undefined) { // what comes meanwhile is read with the rest
    r.queued = true;
    turns.deliver(ctx, r.section, function () {
      r.queued = false;
      if (readers[id] === r) read(r, id, error);
    });
  }
};

function read(r, id, error) {
  var got;
  if (error === undefined) {
    got = r.all ? host.readAll(id) : host.read(id);
    if (got === undefined) return;
  }
  delete readers[id];
  r.source.ctx.pending--;
  if (error !== undefined) {
    r.source.done = true;
    r.reject(error === null ? new TypeError(GONE) : error);
  } else {
    if (r.all) r.source.done = true;
    r.resolve(finish(r.source, got));
  }
}

exports.hasReader = function (id) { return id in readers; };

// A sink (see streams.drainTo) that writes to exchange `id`; done(error) is called once, when it has ended.
exports.sink = function (ctx, id, done) {
  return {
    write: function (chunk) {
      if (host.write(id, chunk)) return undefined;
      ctx.pending++;
      return new Promise(function (resolve, reject) {
        writers[id] = { ctx: ctx, section: context.section, resolve: resolve, reject: reject };
      });
    },
    close: function () { done(undefined); },
    abort: function (reason) { done({ error: reason }); },
  };
};

exports.writable = function (id, error) {
  var w = writers[id];
  if (w === undefined) return;
  if (w.ctx.actor === null) {
    if (context.enter(w.ctx)) written(w, id, error);
  } else {
    turns.deliver(w.ctx, w.section, function () {
      if (writers[id] === w) written(w, id, error);
    });
  }
};

function written(w, id, error) {
  delete writers[id];
  w.ctx.pending--;
  if (error !== undefined) w.reject(error);
  else w.resolve();
}

// How many bytes drain() will send, as host.respond and host.open take it: true where nobody knows.
exports.lengthOf = function (kind, body) {
  var length = kind === 'source' ? body.length : streams.lengthOf(body);
  return length >= 0 ? length : true;
};

// Sends `body` of that kind ('stream' or 'source') to exchange `id`.
exports.drain = function (ctx, kind, body, id, done) {
  var sink = exports.sink(ctx, id, done);
  streams.drainTo(kind === 'source' ? streams.fromSource(body) : body, sink);
};
