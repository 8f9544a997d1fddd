// CountQueuingStrategy and ByteLengthQueuingStrategy.
'use es5';
var idl = require('webidl');

var defineProperty = Object.defineProperty;

function strategyClass(name, size) {
  var MARK = idl.hidden(name);
  function markOf(self) {
    var mark;
    if (self === null || self === undefined || (mark = self[MARK]) === undefined) idl.illegal();
    return mark;
  }
  function Strategy(init) {
    if (!(this instanceof Strategy)) idl.needNew(name);
    if (init === null || typeof init !== 'object' && typeof init !== 'function')
      idl.badConstructParameter(name, 1, 'QueuingStrategyInit');
    this[MARK] = +init.highWaterMark;
  }
  idl.define(Strategy, name, null, {
    get highWaterMark() { return markOf(this); },
    get size() {
      markOf(this);
      return size;
    },
  });
  defineProperty(Strategy, 'length', { value: 0, configurable: true });
  return Strategy;
}

exports.CountQueuingStrategy = strategyClass('CountQueuingStrategy', function () { return 1; });
exports.ByteLengthQueuingStrategy = strategyClass('ByteLengthQueuingStrategy', function (chunk) {
  return chunk === undefined || chunk === null ? undefined : chunk.byteLength;
});
