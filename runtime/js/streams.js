// Streams.
'use es5';
exports.isReadable = function () { return false; };
