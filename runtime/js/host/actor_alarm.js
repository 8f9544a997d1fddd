// The alarm of an actor is due: its handler, and what becomes of the alarm.
//
// The record of the alarm is deleted by the handler's success, in the same batch as what the handler wrote last; a
// failure leaves it. The scheduler hears of either only when that is durable, since what is said here leaves the actor
// like any output.
'use es5';
var host = native('host');
var rpcVerbs = native('rpc');
var store = native('store');
var idl = require('webidl');
var context = require('host/context');
var turns = require('host/turns');
var timers = require('host/timers');
var promises = require('promises');

var OK = 0, EXCEPTION = 1, CANCELED = 2, ABORTED = 3, NO_HANDLER = 4, TIMED_OUT = 5;
var LIMIT_MS = 15 * 60 * 1000;
var NO_ALARM = 'Attempted to run a scheduled alarm without a handler, did you remember to export an alarm() function?';
var TOO_LONG = 'Alarm exceeded its allowed execution time';

function AlarmInvocationInfo() { idl.illegalConstructor(); }
idl.define(AlarmInvocationInfo, 'AlarmInvocationInfo', null, {});

function infoOf(scheduled, retries) {
  var info = Object.create(AlarmInvocationInfo.prototype);
  info.isRetry = retries > 0;
  info.retryCount = retries;
  info.scheduledTime = scheduled;
  return info;
}

function answer(event, outcome, retry, counted) {
  if (event.answered) return;
  event.answered = true;
  event.open = false;
  rpcVerbs.alarmDone(event.id, outcome, retry, counted);
  context.end(event);
}

// Ends every alarm that runs, before the actor is broken for good.
exports.give = function (io, outcome, retry) {
  var event, next;
  for (event = io.events; event !== null; event = next) {
    next = event.next;
    if (event.alarm) answer(event, outcome, retry, true);
  }
};
exports.ABORTED = ABORTED;

exports.run = function (event, instance, scheduled, retries) {
  var io = event.io, timer;
  if (store.armAlarm(io.id, scheduled) !== null) {
    answer(event, CANCELED, false, false);
    return;
  }
  if (typeof instance.alarm !== 'function') {
    host.log(1, NO_ALARM);
    store.alarmDone(io.id, true);
    answer(event, NO_HANDLER, false, false);
    return;
  }
  event.alarm = true;
  timer = timers.after(LIMIT_MS, function () {
    var error = new Error(TOO_LONG);
    if (io.ended || event.answered) return;
    error.overloaded = true;
    store.alarmDone(io.id, false);
    exports.give(io, TIMED_OUT, true);
    turns.break(io, 'dropped', error);
  });
  promises.then(promises.attempt(instance.alarm, instance, infoOf(scheduled, retries)), function () {
    timers.cancelAfter(timer);
    if (io.ended || event.answered) return;
    store.alarmDone(io.id, true);
    answer(event, OK, false, false);
  }, function (error) {
    timers.cancelAfter(timer);
    if (io.ended || event.answered) return;
    host.uncaught('Uncaught ', error);
    store.alarmDone(io.id, false);
    answer(event, EXCEPTION, true, true);
  });
};
