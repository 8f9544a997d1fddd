// What the worker was given: set once, when it is loaded.
'use es5';
exports.name = '';
exports.outbound = -1; // the handle of global fetch(); -1: none
exports.env = null;
exports.targets = []; // { entrypoint, props }
exports.main = null; // the main module's exports
exports.actors = []; // by index of their namespace: { className, preventEviction }; holes
exports.listeners = null; // a service-worker script's event listeners, by type
exports.loaded = false;
