// Bodies that arrive over an exchange, and bodies that leave over one.
'use es5';
var host = native('host');
var context = require('host/context');
var promises = require('promises');
var streams = require('streams');

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
    readers[self.id] = { source: self, resolve: resolve, reject: reject, all: null };
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
    readers[self.id] = { source: self, resolve: resolve, reject: reject, all: true };
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
  var r = readers[id], got;
  if (r === undefined || !context.enter(r.source.ctx)) return;
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
};

exports.hasReader = function (id) { return id in readers; };

// A sink (see streams.drainTo) that writes to exchange `id`; done(error) is called once, when it has ended.
exports.sink = function (ctx, id, done) {
  return {
    write: function (chunk) {
      if (host.write(id, chunk)) return undefined;
      ctx.pending++;
      return new Promise(function (resolve, reject) {
        writers[id] = { ctx: ctx, resolve: resolve, reject: reject };
      });
    },
    close: function () { done(undefined); },
    abort: function (reason) { done({ error: reason }); },
  };
};

exports.writable = function (id, error) {
  var w = writers[id];
  if (w === undefined || !context.enter(w.ctx)) return;
  delete writers[id];
  w.ctx.pending--;
  if (error !== undefined) w.reject(error);
  else w.resolve();
};

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
