// The helpers that lowered code calls: npm's tslib, with the hot ones in C (runtime/engine).
'use es5';
var lib = require('tslib/tslib.js');
var own = native('tslib');
for (var name in lib) exports[name] = lib[name];
for (name in own) exports[name] = own[name];
