// The helpers that lowered code calls.
'use es5';
module.exports = require('tslib/tslib.js');
