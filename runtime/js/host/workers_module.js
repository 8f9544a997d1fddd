// The module "cloudflare:workers".
'use es5';
var idl = require('webidl');
var isolate = require('host/isolate_state');
var context = require('host/context');
var defineProperty = Object.defineProperty;

// The bases of a worker's classes keep what they were made with as `ctx` and `env`.
function base(name) {
  function Base(ctx, env) {
    if (!(this instanceof Base)) idl.needNew(name);
    defineProperty(this, 'ctx', { value: ctx, writable: true, configurable: true, enumerable: true });
    defineProperty(this, 'env', { value: env, writable: true, configurable: true, enumerable: true });
  }
  idl.define(Base, name, null, {});
  return Base;
}

exports.WorkerEntrypoint = base('WorkerEntrypoint');
exports.DurableObject = base('DurableObject');
exports.WorkflowEntrypoint = base('WorkflowEntrypoint');
exports.RpcTarget = function RpcTarget() { if (!(this instanceof exports.RpcTarget)) idl.needNew('RpcTarget'); };
idl.define(exports.RpcTarget, 'RpcTarget', null, {});
defineProperty(exports, '__esModule', { value: true });
defineProperty(exports, 'env', { enumerable: true, get: function () { return isolate.env; } });
exports.waitUntil = function waitUntil(promise) { context.waitUntil(context.require(), promise); };
