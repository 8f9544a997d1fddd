// performance: the clock as it is, and a timeline of marks and measures. As on the platform timeOrigin is 0,
// so that now() is the Unix time.
'use es5';
var idl = require('webidl');
var EventTarget = require('events').EventTarget;
var events = require('events');
var DOMException = require('domexception').DOMException;
var clone = require('clone');
var clock = native('clock');
var ENTRY = idl.hidden('performanceentry');
var TIMELINE = idl.hidden('performance');
var ENTRIES_MAX = 10000; // older ones are dropped first

function entryState(self) {
  var s = self[ENTRY];
  if (s === undefined) idl.illegal();
  return s;
}
function timelineOf(self) {
  var t = self[TIMELINE];
  if (t === undefined) idl.illegal();
  return t;
}

function PerformanceEntry() { idl.illegalConstructor(); }
idl.define(PerformanceEntry, 'PerformanceEntry', null, {
  get name() { return entryState(this).name; },
  get entryType() { return entryState(this).entryType; },
  get startTime() { return entryState(this).startTime; },
  get duration() { return entryState(this).duration; },
  toJSON: function toJSON() {
    var s = entryState(this);
    return { name: s.name, entryType: s.entryType, startTime: s.startTime, duration: s.duration };
  },
});

function setEntry(entry, name, type, start, duration, detail) {
  entry[ENTRY] = { name: name, entryType: type, startTime: start, duration: duration, detail: detail };
  return entry;
}

function detailOf(options) {
  return options && options.detail !== undefined && options.detail !== null ? clone.clone(options.detail) : null;
}

function PerformanceMark(name, options) {
  var start;
  if (!(this instanceof PerformanceMark)) idl.needNew('PerformanceMark');
  if (arguments.length === 0) idl.badConstructParameter('PerformanceMark', 1, 'string');
  start = options && options.startTime !== undefined ? +options.startTime : clock.nowMs();
  if (start < 0) throw new TypeError('startTime cannot be negative');
  setEntry(this, idl.str(name), 'mark', start, 0, detailOf(options));
}
idl.define(PerformanceMark, 'PerformanceMark', PerformanceEntry, { get detail() { return entryState(this).detail; } });

function PerformanceMeasure() { idl.illegalConstructor(); }
idl.define(PerformanceMeasure, 'PerformanceMeasure', PerformanceEntry, { get detail() { return entryState(this).detail; } });

// The time of the last mark of that name, or the number itself.
function timeOf(list, mark, missing) {
  var i, s;
  if (mark === undefined) return missing;
  if (typeof mark === 'number') return mark;
  mark = idl.str(mark);
  for (i = list.length - 1; i >= 0; i--) {
    s = list[i][ENTRY];
    if (s.entryType === 'mark' && s.name === mark) return s.startTime;
  }
  throw new DOMException("The mark '" + mark + "' does not exist.", 'SyntaxError');
}

function keep(list, entry) {
  if (list.length >= ENTRIES_MAX) list.shift();
  list[list.length] = entry;
  return entry;
}

function filter(list, test) {
  var out = [], i;
  for (i = 0; i < list.length; i++) if (test(list[i][ENTRY])) out[out.length] = list[i];
  return out;
}

function Performance() { idl.illegalConstructor(); }
idl.define(Performance, 'Performance', EventTarget, {
  get timeOrigin() { timelineOf(this); return 0; },
  now: function now() { timelineOf(this); return clock.nowMs(); },
  clearMarks: function clearMarks(name) { clear(timelineOf(this), 'mark', name); },
  clearMeasures: function clearMeasures(name) { clear(timelineOf(this), 'measure', name); },
  clearResourceTimings: function clearResourceTimings() { timelineOf(this); },
  getEntries: function getEntries() { return timelineOf(this).list.slice(); },
  getEntriesByName: function getEntriesByName(name, type) {
    var t = timelineOf(this);
    if (arguments.length === 0) idl.badParameter('getEntriesByName', 'Performance', 1, 'string');
    name = idl.str(name);
    return filter(t.list, function (s) { return s.name === name && (type === undefined || s.entryType === type); });
  },
  getEntriesByType: function getEntriesByType(type) {
    var t = timelineOf(this);
    if (arguments.length === 0) idl.badParameter('getEntriesByType', 'Performance', 1, 'string');
    type = idl.str(type);
    return filter(t.list, function (s) { return s.entryType === type; });
  },
  mark: function mark(name, options) {
    var t = timelineOf(this);
    if (arguments.length === 0) idl.badParameter('mark', 'Performance', 1, 'string');
    return keep(t.list, new PerformanceMark(name, options));
  },
  measure: function measure(name, startOrOptions, endMark) {
    var t = timelineOf(this), o, start, end;
    if (arguments.length === 0) idl.badParameter('measure', 'Performance', 1, 'string');
    o = typeof startOrOptions === 'object' && startOrOptions !== null ? startOrOptions : { start: startOrOptions, end: endMark };
    end = timeOf(t.list, o.end, undefined);
    start = timeOf(t.list, o.start, undefined);
    if (end === undefined) end = start !== undefined && o.duration !== undefined ? start + +o.duration : clock.nowMs();
    if (start === undefined) start = o.duration !== undefined ? end - +o.duration : 0;
    return keep(t.list, setEntry(Object.create(PerformanceMeasure.prototype), idl.str(name), 'measure', start, end - start, detailOf(o)));
  },
  setResourceTimingBufferSize: function setResourceTimingBufferSize() { timelineOf(this); },
  toJSON: function toJSON() { timelineOf(this); return { timeOrigin: 0 }; },
});
function clear(t, type, name) {
  if (name !== undefined) name = idl.str(name);
  t.list = filter(t.list, function (s) { return s.entryType !== type || (name !== undefined && s.name !== name); });
}

var performance = Object.create(Performance.prototype);
events.initTarget(performance);
performance[TIMELINE] = { list: [] };
exports.Performance = Performance;
exports.PerformanceEntry = PerformanceEntry;
exports.PerformanceMark = PerformanceMark;
exports.PerformanceMeasure = PerformanceMeasure;
exports.performance = performance;
