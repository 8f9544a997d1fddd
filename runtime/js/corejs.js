// The ES2015+ builtins that come from core-js; what runs often is in C (runtime/engine).
'use es5';
require('core-js/actual/promise');
require('core-js/actual/map');
require('core-js/actual/set');
require('core-js/actual/weak-map');
require('core-js/actual/weak-set');
require('core-js/actual/array');
require('core-js/actual/string');
require('core-js/actual/object');
require('core-js/actual/number');
require('core-js/actual/math');
require('core-js/actual/symbol');
require('core-js/actual/reflect');
require('core-js/actual/iterator');
require('core-js/actual/typed-array');
