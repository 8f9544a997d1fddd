// The console.
'use es5';
exports.warning = function () {};
