// setTimeout, setInterval: a heap ordered by due time, one timer of the host for the first of them.
'use es5';
var host = native('host');
var clock = native('clock');
var context = require('host/context');
var expose = require('webidl').expose;

var DELAY_MS_MAX = 3153600000000;
var ACTIVE_MAX = 10000;
var slice = Array.prototype.slice;

var heap = []; // { id, at, seq, ctx, fn, args, every, dead }
var byId = Object.create(null);
var active = 0, finished = 0, lastId = 0, seq = 0, armed = 0;

function before(a, b) { return a.at < b.at || (a.at === b.at && a.seq < b.seq); }

function push(t) {
  var i = heap.length, up;
  heap[i] = t;
  while (i > 0 && before(t, heap[up = (i - 1) >> 1])) {
    heap[i] = heap[up];
    i = up;
  }
  heap[i] = t;
}

function pop() {
  var top = heap[0], last = heap[heap.length - 1], n = heap.length - 1, i = 0, down;
  heap.length = n;
  if (n === 0) return top;
  while ((down = 2 * i + 1) < n) {
    if (down + 1 < n && before(heap[down + 1], heap[down])) down++;
    if (!before(heap[down], last)) break;
    heap[i] = heap[down];
    i = down;
  }
  heap[i] = last;
  return top;
}

function arm() {
  while (heap.length > 0 && heap[0].dead) pop();
  var due = heap.length > 0 ? heap[0].at : 0;
  if (due !== armed) host.timer(armed = due);
}

function add(fn, delay, args, every, kind) {
  var ctx = context.require(), t;
  if (typeof fn !== 'function')
    throw new TypeError("Failed to execute '" + kind + "' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'Function'.");
  if (active >= ACTIVE_MAX)
    throw new DOMException('You have exceeded the number of active timeouts you may set. max active timeouts: ' + ACTIVE_MAX +
      ', current active timeouts: ' + active + ', finished timeouts: ' + finished, 'QuotaExceededError');
  delay = +delay;
  if (!(delay > 0)) delay = 0;
  if (delay > DELAY_MS_MAX) delay = DELAY_MS_MAX;
  delay = Math.floor(delay);
  t = { id: ++lastId, at: clock.monotonicMs() + delay, seq: ++seq, ctx: ctx, section: context.section, fn: fn, args: args, every: every ? delay : -1, dead: false };
  byId[t.id] = t;
  active++;
  ctx.pending++;
  if (ctx.timers === null) ctx.timers = Object.create(null);
  ctx.timers[t.id] = true;
  push(t);
  if (heap[0] === t) arm();
  return t.id;
}

function drop(id) {
  var t = byId[id];
  if (t === undefined) return;
  t.dead = true;
  t.fn = t.args = null;
  t.ctx.pending--;
  delete t.ctx.timers[id];
  delete byId[id];
  active--;
  finished++;
}
context.dropTimer = drop;

expose('setTimeout', function setTimeout(fn, delay) {
  'use strict'; // sloppy code's `arguments` is a circle for the collector
  return add(fn, delay, arguments.length > 2 ? slice.call(arguments, 2) : null, false, 'setTimeout');
});
expose('setInterval', function setInterval(fn, delay) {
  'use strict';
  return add(fn, delay, arguments.length > 2 ? slice.call(arguments, 2) : null, true, 'setInterval');
});
function clear(id) {
  var t = byId[id];
  if (t !== undefined && t.ctx === context.current) {
    drop(id);
    arm();
  }
}
expose('clearTimeout', function clearTimeout(id) { clear(id); });
expose('clearInterval', function clearInterval(id) { clear(id); });

// fn runs after ms, outside of every turn of a worker: for the runtime's own time limits.
exports.after = function (ms, fn) {
  var t = { id: ++lastId, at: clock.monotonicMs() + ms, seq: ++seq, ctx: null, fn: fn, args: null, every: -1, dead: false };
  byId[t.id] = t;
  push(t);
  if (heap[0] === t) arm();
  return t.id;
};
exports.cancelAfter = function (id) {
  var t = byId[id];
  if (t === undefined) return;
  t.dead = true;
  t.fn = null;
  delete byId[id];
  arm();
};

// Runs the first timer that is due: one turn. True if more are due.
exports.run = function () {
  var now = clock.monotonicMs(), t, fn;
  armed = 0;
  while (heap.length > 0 && heap[0].dead) pop();
  if (heap.length === 0 || heap[0].at > now) {
    arm();
    return false;
  }
  t = pop();
  if (t.ctx === null) {
    fn = t.fn;
    delete byId[t.id];
    fn();
    arm();
    return heap.length > 0 && heap[0].at <= now;
  }
  if (t.ctx.actor === null) {
    context.enter(t.ctx);
    fire(t, now);
  } else { // not in the heap while it waits for its turn
    require('host/turns').deliver(t.ctx, t.section, function () {
      if (!t.dead) fire(t, clock.monotonicMs());
      arm();
    });
  }
  return true;
};

function fire(t, now) {
  var fn = t.fn, args = t.args;
  if (t.every >= 0) {
    t.at = now + (t.every > 0 ? t.every : 1);
    t.seq = ++seq;
    push(t);
  } else {
    drop(t.id);
  }
  try {
    if (args === null) fn();
    else fn.apply(undefined, args);
  } catch (error) {
    host.uncaught('Uncaught ', error);
  }
}
exports.arm = arm;
