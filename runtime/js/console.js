// The console. Lines go to native('host').log(level, text), level 0 error to 3 debug, once a host has registered
// it; before that, nowhere.
'use es5';
var inspecting = require('inspect');
var inspect = inspecting.inspect, format = inspecting.format;
var idl = require('webidl');
var text = require('inspect/text');
var clock = native('clock');
var host = null;
var sink = null;
var slice = Array.prototype.slice;
var levels = { error: 0, warn: 1, info: 2, log: 2, debug: 3 };
var counts = {}, timers = {}, indent = '';

// level: 'debug', 'info', 'log', 'warn', 'error'.
function write(level, line) {
  if (indent !== '') line = indent + line.split('\n').join('\n' + indent);
  if (sink !== null) return sink(level, line);
  if (host === null) {
    try { host = native('host'); } catch (e) { return; }
  }
  host.log(levels[level], line);
}

function label(v) { return v === undefined ? 'default' : String(v); }

function duration(ms) {
  if (ms >= 3600000) return (ms / 3600000).toFixed(3) + 'h';
  if (ms >= 60000) return (ms / 60000).toFixed(3) + 'm';
  if (ms >= 1000) return (ms / 1000).toFixed(3) + 's';
  return Number(ms.toFixed(3)) + 'ms';
}

function passed(name, args, done) {
  var t = timers['$' + name], line;
  if (t === undefined) return write('warn', "No such label '" + name + "' for console." + done + '()');
  line = name + ': ' + duration(clock.monotonicMs() - t);
  if (args.length > 1) line += ' ' + format(slice.call(args, 1));
  write('log', line);
}

// ---- table ----

function cell(v) {
  return inspect(v, { maxArrayLength: 3, depth: v !== null && typeof v === 'object' && Object.keys(v).length > 2 ? -1 : 0,
    breakLength: Infinity });
}

function drawTable(head, rows) {
  var widths = head.map(function (h, i) {
    return rows.reduce(function (w, r) { return Math.max(w, r[i].length); }, h.length) + 2;
  });
  function rule(a, b, c) { return a + widths.map(function (w) { return text.repeat('\u2500', w); }).join(b) + c; }
  function line(r) {
    return '\u2502' + r.map(function (c, i) { return ' ' + c + text.repeat(' ', widths[i] - c.length - 1); }).join('\u2502') + '\u2502';
  }
  return [rule('\u250c', '\u252c', '\u2510'), line(head), rule('\u251c', '\u253c', '\u2524')].concat(rows.map(line),
    [rule('\u2514', '\u2534', '\u2518')]).join('\n');
}

// The rows of console.table: [index, value] pairs of what can be shown as a table.
function tableRows(data) {
  var rows = [];
  if (data instanceof Map || data instanceof Set) {
    data.forEach(function (v, k) { rows.push([String(rows.length), v]); });
    return rows;
  }
  return Object.keys(data).map(function (k) { return [k, data[k]]; });
}

function table(data, only) {
  var columns = [], values = false, rows, head, isPlain;
  if (data === null || typeof data !== 'object') return write('log', format([data]));
  rows = tableRows(data);
  isPlain = function (v) { return v === null || (typeof v !== 'object' && typeof v !== 'function'); };
  rows.forEach(function (r) {
    if (isPlain(r[1])) { values = true; return; }
    (only || Object.keys(r[1])).forEach(function (k) { if (columns.indexOf(k) < 0) columns.push(k); });
  });
  head = [data instanceof Map || data instanceof Set ? '(iteration index)' : '(index)'].concat(columns, values ? ['Values'] : []);
  write('log', drawTable(head, rows.map(function (r) {
    var out = [r[0]];
    columns.forEach(function (k) {
      out.push(!isPlain(r[1]) && Object.prototype.hasOwnProperty.call(r[1], k) ? cell(r[1][k]) : '');
    });
    if (values) out.push(isPlain(r[1]) ? cell(r[1]) : '');
    return out;
  })));
}

var console = {};
idl.members(console, {
  debug: function debug() { write('debug', format(arguments)); },
  error: function error() { write('error', format(arguments)); },
  info: function info() { write('info', format(arguments)); },
  log: function log() { write('log', format(arguments)); },
  warn: function warn() { write('warn', format(arguments)); },
  dir: function dir(v, options) { write('log', inspect(v, options)); },
  dirxml: function dirxml() { write('log', format(arguments)); },
  table: table,
  trace: function trace() {
    var line = format(arguments), stack = String(new Error().stack).split('\n').slice(2).join('\n');
    write('error', 'Trace' + (line ? ': ' + line : '') + (stack ? '\n' + stack : ''));
  },
  group: function group() {
    if (arguments.length > 0) write('log', format(arguments));
    indent += '  ';
  },
  groupCollapsed: function groupCollapsed() { console.group.apply(console, arguments); },
  groupEnd: function groupEnd() { indent = indent.slice(2); },
  clear: function clear() { indent = ''; },
  count: function count(name) {
    name = label(name);
    counts['$' + name] = (counts['$' + name] || 0) + 1;
    write('log', name + ': ' + counts['$' + name]);
  },
  countReset: function countReset(name) {
    name = label(name);
    if (counts['$' + name] === undefined) write('warn', "Count for '" + name + "' does not exist");
    else delete counts['$' + name];
  },
  assert: function assert(ok) {
    var args;
    if (ok) return;
    args = slice.call(arguments, 1);
    if (typeof args[0] === 'string') args[0] = 'Assertion failed: ' + args[0];
    else args.unshift('Assertion failed');
    write('warn', format(args));
  },
  profile: function profile() {},
  profileEnd: function profileEnd() {},
  time: function time(name) {
    name = label(name);
    if (timers['$' + name] !== undefined) write('warn', "Label '" + name + "' already exists for console.time()");
    else timers['$' + name] = clock.monotonicMs();
  },
  timeLog: function timeLog(name) { passed(label(name), arguments, 'timeLog'); },
  timeEnd: function timeEnd(name) {
    name = label(name);
    passed(name, arguments.length > 1 ? [name] : arguments, 'timeEnd');
    delete timers['$' + name];
  },
  timeStamp: function timeStamp() {},
  context: function context() { return console; },
});
idl.tag(console, 'console');

exports.console = console;
// A warning of the platform's own.
exports.warning = function (line) { write('warn', line); };
// What nobody caught.
exports.uncaught = function (error) { write('error', 'Uncaught ' + (typeof error === 'string' ? error : inspect(error))); };
// Tests and hosts: function(level, text) instead of native('host').log; null to go back.
exports.setSink = function (fn) { sink = fn; };
