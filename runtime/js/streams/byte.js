// ReadableByteStreamController: a queue of bytes that can fill the buffers of BYOB readers.
//
// The engine cannot detach an ArrayBuffer, so a transferred buffer is shared with who gave it. The buffer for
// an automatic allocation is made only when a source asks for byobRequest: most enqueue what they have.
'use es5';
var idl = require('webidl');
var promises = require('promises');
var state = require('streams/state');
var queues = require('streams/queue');
var bytes = native('chunk');

var CONTROLLER = idl.hidden('readable.bytecontroller');
var REQUEST = idl.hidden('readable.byobrequest');
var create = Object.create;
var U8 = Uint8Array;
var READABLE = state.READABLE, CLOSED = state.CLOSED, ERRORED = state.ERRORED;
var on = promises.on;
var STARTED = promises.STARTED, PULLED = promises.PULLED;
var classOf = Object.prototype.toString;
var substring = String.prototype.substring;
var move = bytes.move;
var min = Math.min, max = Math.max;
var viewOf = bytes.view;
var VIEWS = create(null);
['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array',
  'Float64Array', 'DataView'].forEach(function (name) { VIEWS[name] = idl.global[name]; });

// The class of a view, or undefined when the value is none.
function viewClass(value) {
  if (value === null || typeof value !== 'object') return undefined;
  return VIEWS[substring.call(classOf.call(value), 8, classOf.call(value).length - 1)];
}

// A buffer to be filled: `to` covers it, `min` bytes make it ready. kind: 'byob', 'default' (an automatic
// allocation) or 'none' (its reader has gone).
function PullInto(to, Class, min, kind) {
  this.to = to;
  this.Class = Class;
  this.element = Class.BYTES_PER_ELEMENT || 1;
  this.min = min;
  this.filled = 0;
  this.kind = kind;
}
PullInto.prototype = create(null);
PullInto.prototype.result = function () {
  if (this.Class === U8 && this.filled === this.to.length) return this.to;
  return new this.Class(this.to.buffer, this.to.byteOffset, this.filled / this.element);
};

function ByteState(rs, highWaterMark, autoAllocate) {
  this.stream = rs;
  this.queue = new queues.Queue(); // Uint8Arrays
  this.highWaterMark = highWaterMark;
  this.autoAllocate = autoAllocate;
  this.pending = new queues.Queue(); // PullIntos
  rs.controller = this;
}
var proto = ByteState.prototype = create(null);
proto.at = 0; // bytes of the first chunk that are gone
proto.total = 0;
proto.request = null; // the byobRequest that is out
proto.started = proto.closing = proto.pulling = proto.again = false;
proto.from = null;

proto.desiredSize = function () {
  var at = this.stream.state;
  return at === ERRORED ? null : at === CLOSED ? 0 : this.highWaterMark - this.total;
};
proto.takes = function () { return !this.closing && this.stream.state === READABLE; };
proto.clear = function () { this.from = null; };

proto.clearQueue = function () {
  this.queue.clear();
  this.at = this.total = 0;
};

proto.invalidate = function () {
  var r = this.request;
  if (r === null) return;
  r.controller = r.view = null;
  this.request = null;
};

proto.wantsMore = function () {
  var rd = this.stream.reader;
  return this.started && this.from !== null && this.from.pulls && this.takes() &&
    ((rd !== null && rd.requests.length > 0) || this.highWaterMark - this.total > 0);
};

proto.pullIfNeeded = function () {
  if (!this.wantsMore()) return;
  if (this.pulling) {
    this.again = true;
    return;
  }
  this.pulling = true;
  on(this.from.pull(), this, PULLED);
};
proto.onPulled = function () {
  this.pulling = false;
  if (this.again) {
    this.again = false;
    this.pullIfNeeded();
  }
};

// After bytes left the queue.
proto.drained = function () {
  if (this.total === 0 && this.closing) {
    this.clear();
    state.close(this.stream);
  } else {
    this.pullIfNeeded();
  }
};

proto.shiftChunk = function () {
  var chunk = this.queue.shift();
  if (this.at > 0) {
    chunk = new U8(chunk.buffer, chunk.byteOffset + this.at, chunk.length - this.at);
    this.at = 0;
  }
  this.total -= chunk.length;
  return chunk;
};

// A default reader reads.
proto.pull = function (request) {
  var chunk;
  if (this.total > 0) {
    chunk = this.shiftChunk();
    this.drained();
    request.chunk(chunk);
  } else {
    this.stream.reader.requests.push(request);
    this.pullIfNeeded();
  }
};

// A BYOB reader reads into a view.
proto.pullInto = function (view, Class, min, request) {
  var into = new PullInto(viewOf(view), Class, min * (Class.BYTES_PER_ELEMENT || 1), 'byob'), e;
  if (this.pending.length === 0) {
    if (this.stream.state === CLOSED) return request.close(into.result());
    if (this.total > 0) {
      if (this.fill(into)) {
        this.drained();
        return request.chunk(into.result());
      }
      if (this.closing) {
        e = new TypeError('This ReadableStream was closed with a partial read pending.');
        this.error(e);
        return request.error(e);
      }
    }
  }
  this.pending.push(into);
  this.stream.reader.requests.push(request);
  this.pullIfNeeded();
};

// Moves bytes from the queue; true when the buffer is ready to be handed over.
proto.fill = function (into) {
  var most = min(this.total, into.to.length - into.filled);
  var aligned = into.filled + most - (into.filled + most) % into.element;
  var ready = aligned >= into.min, left = ready ? aligned - into.filled : most, first, n;
  while (left > 0) {
    first = this.queue.peek();
    n = min(left, first.length - this.at);
    move(into.to, into.filled, first, this.at, this.at + n);
    into.filled += n;
    this.total -= n;
    left -= n;
    if (this.at + n === first.length) {
      this.queue.shift();
      this.at = 0;
    } else {
      this.at += n;
    }
  }
  return ready;
};

proto.push = function (chunk) {
  this.queue.push(chunk);
  this.total += chunk.length;
};

proto.enqueue = function (chunk) {
  var rd = this.stream.reader, first;
  if (this.pending.length > 0) {
    this.invalidate();
    first = this.pending.peek();
    if (first.kind === 'none') this.keepFilled(this.pending.shift());
  }
  if (rd === null) {
    this.push(chunk);
  } else if (rd.byob) {
    this.push(chunk);
    this.commitAll(this.fillPending());
  } else {
    while (rd.requests.length > 0 && this.total > 0) rd.requests.shift().chunk(this.shiftChunk());
    if (rd.requests.length > 0) {
      if (this.pending.length > 0) this.pending.shift();
      rd.requests.shift().chunk(chunk);
    } else {
      this.push(chunk);
    }
  }
  this.pullIfNeeded();
};

// What a reader that has gone left half filled comes first in the queue.
proto.keepFilled = function (into) {
  if (into.filled > 0) this.push(bytes.copy(new U8(into.to.buffer, into.to.byteOffset, into.filled)));
};

proto.fillPending = function () {
  var filled = [];
  while (this.pending.length > 0 && this.total > 0 && this.fill(this.pending.peek())) filled[filled.length] = this.pending.shift();
  return filled;
};

proto.commit = function (into) {
  var request = this.stream.reader.requests.shift(), result = into.result();
  if (this.stream.state === CLOSED) request.close(into.kind === 'byob' ? result : undefined);
  else request.chunk(result);
};
proto.commitAll = function (list) {
  for (var i = 0; i < list.length; i++) this.commit(list[i]);
};

proto.respond = function (n, into) {
  var tail, list;
  this.invalidate();
  if (this.stream.state === CLOSED) {
    if (into.kind === 'none') this.pending.shift();
    while (this.stream.reader !== null && this.stream.reader.requests.length > 0) this.commit(this.pending.shift());
    return;
  }
  into.filled += n;
  if (into.kind === 'none') {
    this.keepFilled(this.pending.shift());
    this.commitAll(this.fillPending());
  } else if (into.filled >= into.min) {
    this.pending.shift();
    tail = into.filled % into.element;
    if (tail > 0) {
      into.filled -= tail;
      this.push(bytes.copy(new U8(into.to.buffer, into.to.byteOffset + into.filled, tail)));
    }
    list = this.fillPending();
    this.commit(into);
    this.commitAll(list);
  }
  this.pullIfNeeded();
};

proto.close = function () {
  var e;
  if (this.total > 0) {
    this.closing = true;
    return;
  }
  if (this.pending.length > 0 && this.pending.peek().filled % this.pending.peek().element !== 0) {
    e = new TypeError('This ReadableStream was closed with a partial read pending.');
    this.error(e);
    throw e;
  }
  this.closing = true;
  this.clear();
  state.close(this.stream);
};

// The end of a native source: its readers wait for no answer to byobRequest.
proto.end = function () {
  if (!this.takes()) return;
  if (this.pending.length > 0) this.pending.peek().filled -= this.pending.peek().filled % this.pending.peek().element;
  this.close();
  if (this.pending.length > 0 && this.stream.state === CLOSED) this.finishPending();
};
proto.finishPending = function () {
  var first = this.pending.peek();
  if (first.filled > 0 && first.kind === 'byob') { // readAtLeast() gets what there was
    this.pending.shift();
    this.stream.reader.requests.shift().chunk(first.result());
  }
  if (this.pending.length > 0) this.respond(0, this.pending.peek());
};

proto.error = function (reason) {
  if (this.stream.state !== READABLE) return;
  this.invalidate();
  this.pending.clear();
  this.clearQueue();
  this.clear();
  state.error(this.stream, reason);
};

proto.cancel = function (reason) {
  var from = this.from;
  this.invalidate();
  this.pending.clear();
  this.clearQueue();
  this.clear();
  return from === null ? promises.resolved(undefined) : from.cancel(reason);
};

proto.release = function () {
  var first;
  if (this.pending.length === 0) return;
  first = this.pending.shift();
  first.kind = 'none';
  this.pending.clear();
  this.pending.push(first);
};

proto.start = function (promise) {
  on(promise, this, STARTED);
};
proto.onStarted = function () {
  this.started = true;
  this.pullIfNeeded();
};
proto.onStartFailed = proto.onPullFailed = proto.error;

// The object behind controller.byobRequest; null when nobody waits for a buffer to be filled.
proto.byobRequest = function () {
  var first, request;
  if (this.request !== null) return this.request.self;
  if (this.pending.length === 0 && this.autoAllocate > 0 && state.wanted(this.stream) && this.stream.state === READABLE)
    this.pending.push(new PullInto(new U8(this.autoAllocate), U8, 1, 'default'));
  if (this.pending.length === 0) return null;
  first = this.pending.peek();
  request = create(ReadableStreamBYOBRequest.prototype);
  this.request = request[REQUEST] = {
    controller: this, into: first, self: request,
    view: new U8(first.to.buffer, first.to.byteOffset + first.filled, first.to.length - first.filled),
  };
  return request;
};

function ReadableStreamBYOBRequest() { idl.illegalConstructor(); }

function requestOf(self) {
  var r;
  if (self === null || self === undefined || (r = self[REQUEST]) === undefined) idl.illegal();
  return r;
}
function valid(r) {
  if (r.controller === null) throw new TypeError('This ReadableStreamBYOBRequest has been invalidated.');
  return r.controller;
}

idl.define(ReadableStreamBYOBRequest, 'ReadableStreamBYOBRequest', null, {
  get view() { return requestOf(this).view; },
  respond: function respond(written) {
    var r = requestOf(this), c = valid(r), n = queues.count(written);
    if (c.stream.state === CLOSED) {
      if (n !== 0) throw new TypeError('The bytesWritten must be zero after the stream is closed.');
    } else if (n === 0) {
      throw new TypeError('The bytesWritten must be more than zero while the stream is open.');
    } else if (r.into.filled + n > r.into.to.length) {
      throw new RangeError('Too many bytes [' + n + '] in response to a BYOB read request.');
    }
    c.respond(n, r.into);
  },
  respondWithNewView: function respondWithNewView(view) {
    var r = requestOf(this), c, into = r.into;
    if (!bytes.isSource(view)) idl.badParameter('respondWithNewView', 'ReadableStreamBYOBRequest', 1, 'BufferSource');
    c = valid(r);
    view = viewOf(view);
    if (c.stream.state === CLOSED) {
      if (view.length !== 0) throw new TypeError('The view byte length must be zero after the stream is closed.');
    } else if (view.length === 0) {
      throw new TypeError('The view byte length must be more than zero while the stream is open.');
    }
    if (into.to.byteOffset + into.filled !== view.byteOffset) throw new RangeError('The given view has an invalid byte offset.');
    if (into.to.buffer.byteLength !== view.buffer.byteLength) throw new RangeError('The underlying ArrayBuffer is not the correct length.');
    if (into.filled + view.length > into.to.length) throw new RangeError('The view is not the correct length.');
    into.to = new U8(view.buffer, into.to.byteOffset, into.to.length);
    c.respond(view.length, into);
  },
  get atLeast() {
    var r = requestOf(this);
    return r.controller === null ? null : max(r.into.min - r.into.filled, 1);
  },
});

function ReadableByteStreamController() { idl.illegalConstructor(); }

function stateOf(self) {
  var c;
  if (self === null || self === undefined || (c = self[CONTROLLER]) === undefined) idl.illegal();
  return c;
}

idl.define(ReadableByteStreamController, 'ReadableByteStreamController', null, {
  get byobRequest() { return stateOf(this).byobRequest(); },
  get desiredSize() { return stateOf(this).desiredSize(); },
  close: function close() {
    var c = stateOf(this);
    if (!c.takes()) throw new TypeError('This ReadableStream is closed.');
    c.close();
  },
  enqueue: function enqueue(chunk) {
    var c = stateOf(this), view;
    if (!bytes.isSource(chunk)) idl.badParameter('enqueue', 'ReadableByteStreamController', 1, 'BufferSource');
    view = viewOf(chunk);
    if (view.length === 0) throw new TypeError('Cannot enqueue a zero-length ArrayBuffer.');
    if (!c.takes()) throw new TypeError('This ReadableByteStreamController is closed.');
    c.enqueue(view);
  },
  error: function error(reason) {
    var c = stateOf(this);
    if (arguments.length < 1) idl.badParameter('error', 'ReadableByteStreamController', 1, 'Value');
    c.error(reason);
  },
});

exports.ReadableByteStreamController = ReadableByteStreamController;
exports.ReadableStreamBYOBRequest = ReadableStreamBYOBRequest;
exports.ByteState = ByteState;
exports.viewClass = viewClass;
exports.wrap = function (c) {
  var controller = create(ReadableByteStreamController.prototype);
  controller[CONTROLLER] = c;
  return controller;
};
