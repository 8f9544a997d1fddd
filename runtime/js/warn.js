// Warnings of the runtime to the author of a worker. The host sets `sink`; without one they are dropped.
'use es5';
exports.sink = null;
exports.warn = function (text) {
  if (exports.sink !== null) exports.sink(text);
};
