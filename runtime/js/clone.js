// structuredClone: written as bytes and read again (runtime/serialize), as the peer does it.
'use es5';
var idl = require('webidl');
var verbs = native('serialize');
var internals = native('internals');
var isArray = Array.isArray;
var ArrayBufferCtor = ArrayBuffer;

function transferList(options) {
  var list;
  if (options === undefined || options === null) return null;
  if (typeof options !== 'object' && typeof options !== 'function')
    idl.badParameter('structuredClone', 'ServiceWorkerGlobalScope', 2, 'StructuredCloneOptions');
  list = options.transfer;
  if (list === undefined) return null;
  if (!isArray(list)) idl.badField('transfer', 'StructuredCloneOptions', 'Array');
  for (var i = 0; i < list.length; i++)
    if (!(list[i] instanceof ArrayBufferCtor)) throw new TypeError('Object is not transferable');
  return list;
}

// What verbs.clone calls for anything but a lone value.
exports.cloneWithOptions = function (value, options) {
  var transfer, bytes, i;
  if (arguments.length === 0) idl.badParameter('structuredClone', 'ServiceWorkerGlobalScope', 1, 'Value');
  transfer = transferList(options);
  if (transfer === null) return verbs.clone(value);
  bytes = verbs.serialize(value);
  for (i = 0; i < transfer.length; i++) internals.detach(transfer[i]);
  return verbs.deserialize(bytes);
};
exports.structuredClone = exports.clone = verbs.clone;
Object.defineProperty(verbs.clone, 'name', { value: 'structuredClone', configurable: true });
Object.defineProperty(verbs.clone, 'length', { value: 1, configurable: true });
