// The small objects of the global scope: navigator, scheduler, Cloudflare, self, origin.
'use es5';
var idl = require('webidl');
var abort = require('abort');
var defineProperty = Object.defineProperty;
var PromiseCtor = Promise;
var NAVIGATOR = idl.hidden('navigator');
var SCHEDULER = idl.hidden('scheduler');

function Navigator() { idl.illegalConstructor(); }
idl.define(Navigator, 'Navigator', null, {
  get language() { return 'en'; },
  get languages() { return ['en']; },
  get platform() { return ''; },
  get hardwareConcurrency() { return 1; },
  get userAgent() { return 'Cloudflare-Workers'; },
  sendBeacon: function sendBeacon(url, body) {
    var fetch = idl.global.fetch;
    if (this[NAVIGATOR] === undefined) idl.illegal();
    if (arguments.length === 0) idl.badParameter('sendBeacon', 'Navigator', 1, 'string');
    if (typeof fetch !== 'function') return false;
    fetch(url, { method: 'POST', body: body }).then(undefined, function () {});
    return true;
  },
});
var navigator = Object.create(Navigator.prototype);
navigator[NAVIGATOR] = true;

// A reason that is no object comes as the error that says so.
function waitReason(reason) {
  return (typeof reason === 'object' && reason !== null) || typeof reason === 'function' ? reason : new Error(String(reason));
}
function Scheduler() { idl.illegalConstructor(); }
idl.define(Scheduler, 'Scheduler', null, {
  wait: function wait(ms, options) {
    var signal = options === undefined || options === null ? undefined : options.signal, count = arguments.length;
    if (this[SCHEDULER] === undefined) idl.illegal();
    return new PromiseCtor(function (resolve, reject) {
      var id, forget;
      if (count === 0) idl.badParameter('wait', 'Scheduler', 1, 'number');
      if (signal !== undefined && !abort.isSignal(signal)) idl.badField('signal', 'WaitOptions', 'AbortSignal');
      if (signal !== undefined && abort.isAborted(signal)) return reject(waitReason(abort.reasonOf(signal)));
      id = idl.global.setTimeout(function () {
        if (forget) forget();
        resolve();
      }, +ms);
      if (signal !== undefined)
        forget = abort.onAbort(signal, function (reason) {
          idl.global.clearTimeout(id);
          reject(waitReason(reason));
        });
    });
  },
});
var scheduler = Object.create(Scheduler.prototype);
scheduler[SCHEDULER] = true;

var flags = Object.freeze(Object.create(null)), makeFlags = null;
var Cloudflare = {};
idl.members(Cloudflare, {
  get compatibilityFlags() {
    if (makeFlags !== null) flags = Object.freeze(Object.assign(Object.create(null), makeFlags()));
    makeFlags = null;
    return flags;
  },
});
idl.tag(Cloudflare, 'Cloudflare');

exports.Navigator = Navigator;
exports.navigator = navigator;
exports.scheduler = scheduler;
exports.Cloudflare = Cloudflare;
// The host gives a function that makes the table { name: boolean }, called when it is first looked at.
exports.flag = function (name) { return Cloudflare.compatibilityFlags[name] === true; };
exports.setCompatibilityFlags = function (make) { makeFlags = make; };

exports.install = function () {
  var global = idl.global;
  idl.expose('self', global);
  idl.expose('globalThis', global);
  defineProperty(global, 'origin', { get: function () { return 'null'; }, enumerable: true, configurable: true });
  idl.expose('navigator', navigator);
  idl.expose('scheduler', scheduler);
  idl.expose('Cloudflare', Cloudflare);
  idl.expose('Navigator', Navigator);
  if (!global[Symbol.toStringTag]) idl.tag(global, 'ServiceWorkerGlobalScope');
};
