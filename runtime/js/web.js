// Installs the Web APIs on the global object: called once, after 'language'.
'use es5';
var idl = require('webidl');

// Exposes every listed export of a module under its own name.
function exposeAll(module, names) {
  for (var i = 0; i < names.length; i++) idl.expose(names[i], module[names[i]]);
}

exposeAll(require('domexception'), ['DOMException']);
exposeAll(require('url'), ['URL', 'URLSearchParams']);
var events = require('events');
exposeAll(events, ['Event', 'CustomEvent', 'ErrorEvent', 'MessageEvent', 'CloseEvent', 'PromiseRejectionEvent',
  'ExtendableEvent', 'EventTarget']);
events.initTarget(idl.global);
exposeAll(events.EventTarget.prototype, ['addEventListener', 'removeEventListener', 'dispatchEvent']);
exposeAll(require('abort'), ['AbortController', 'AbortSignal']);
exposeAll(require('encoding'), ['TextEncoder', 'TextDecoder']);
exposeAll(require('blob'), ['Blob', 'File']);
exposeAll(require('formdata'), ['FormData']);
exposeAll(require('base64'), ['atob', 'btoa']);
exposeAll(require('clone'), ['structuredClone']);
exposeAll(require('report'), ['queueMicrotask', 'reportError']);
exposeAll(require('console'), ['console']);
exposeAll(require('crypto'), ['Crypto', 'crypto']);
exposeAll(require('performance'), ['Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'performance']);
require('scope').install();
require('fetch-classes');
