// Errors that nobody caught, and queueMicrotask, whose callback may make one.
'use es5';
var idl = require('webidl');
var events = require('events');
var enqueue = native('jobs').enqueue;
var host = null;
var reporting = false;

function describe(error) {
  try { return typeof error === 'object' && error !== null && error.message !== undefined ? idl.str(error.message) : idl.str(error); }
  catch (e) { return 'an exception that cannot be shown'; }
}

// An 'error' event on the global scope; when it is not handled there, the host's log gets it.
function report(error, message) {
  var global = idl.global, event;
  if (!reporting && events.hasListeners(global, 'error')) { // a listener of these that throws is only written down
    event = events.trusted(events.ErrorEvent, 'error', {
      message: message === undefined ? describe(error) : message, filename: '', lineno: 0, colno: 0, error: error,
    }, { cancelable: true });
    reporting = true;
    try { if (!events.dispatch(global, event)) return; } finally { reporting = false; }
  }
  if (host === null) {
    try { host = native('host'); } catch (e) { return require('console').uncaught(error); }
  }
  host.uncaught('Uncaught ', error);
}

exports.report = report;
// As V8 puts it into the message of an error event.
exports.describe = function (error) {
  try { return idl.str(error); } catch (e) { return 'an exception that cannot be shown'; }
};

exports.reportError = function reportError(error) {
  if (arguments.length === 0) idl.badParameter('reportError', 'ServiceWorkerGlobalScope', 1, 'Value');
  report(error);
};
exports.queueMicrotask = function queueMicrotask(callback) {
  if (typeof callback !== 'function') idl.badParameter('queueMicrotask', 'ServiceWorkerGlobalScope', 1, 'function');
  enqueue(function () {
    try { callback(); } catch (e) { report(e); }
  });
};
