// The worker's module registry: lowered modules, evaluated once, with live bindings through their exports.
'use es5';
var verbs = native('worker');
var promises = require('promises');

var ES = 1, COMMON_JS = 2, ES_ASYNC = 3, TEXT = 4, DATA = 5, JSON_TYPE = 6, SCRIPT = 7, WASM = 8;
var NEW = 0, EVALUATING = 1, DONE = 2, FAILED = 3;
var defineProperty = Object.defineProperty;
var hasOwn = Object.prototype.hasOwnProperty;
var parse = JSON.parse;

var registry = Object.create(null); // by name
var builtins = Object.create(null); // by specifier: a function that gives the exports
var asyncBundle = false;
var left = 0;

// list: [name, type, imports, first]: imports maps a specifier to a name, or to { error }; first lists the
// specifiers of what is evaluated before the module
exports.define = function (list) {
  list.forEach(function (m, index) {
    registry[m[0]] = { name: m[0], type: m[1], imports: m[2], first: m[3], index: index, state: NEW, module: null, error: null, promise: null };
    if (m[1] === ES_ASYNC) asyncBundle = true;
    left++;
  });
};
exports.builtin = function (specifier, make) { builtins[specifier] = make; };
// Modules that were not evaluated yet.
exports.left = function () { return left; };

function noSuchModule(specifier, from) {
  return new Error('No such module "' + specifier + '".' + (from ? '\n  imported from "' + from + '"' : ''));
}

function normalize(base, specifier) {
  var parts = (specifier[0] === '/' ? specifier.slice(1) : base.replace(/[^\/]*$/, '') + specifier).split('/'), out = [], i;
  for (i = 0; i < parts.length; i++) {
    if (parts[i] === '..') out.pop();
    else if (parts[i] !== '.' && parts[i] !== '') out.push(parts[i]);
  }
  return out.join('/');
}

// The record that a specifier means in module `from`; throws if there is none.
function resolve(specifier, from) {
  var to = from !== null && hasOwn.call(from.imports, specifier) ? from.imports[specifier] : undefined;
  if (to !== undefined && typeof to !== 'string') throw new Error(to.error);
  if (to === undefined) to = registry[specifier] !== undefined ? specifier : normalize(from !== null ? from.name : '', specifier);
  if (registry[to] !== undefined) return registry[to];
  if (builtins[to] === undefined) to = specifier;
  if (builtins[to] === undefined) throw noSuchModule(specifier, from !== null ? from.name : '');
  registry[to] = { name: to, type: 0, imports: {}, first: [], index: -1, state: DONE, module: { exports: builtins[to]() }, error: null, promise: null };
  return registry[to];
}

function failed(record, error) {
  record.state = FAILED;
  record.error = error;
  throw error;
}

function defaultExport(value) {
  var e = {};
  defineProperty(e, '__esModule', { value: true });
  e.default = value;
  return e;
}

// import.meta
function metaOf(record) {
  var meta = Object.create(null);
  meta.url = 'file:///' + record.name;
  meta.main = record.index === 0;
  meta.resolve = function (specifier) {
    if (arguments.length === 0) throw new TypeError('import.meta.resolve requires a specifier argument');
    return 'file:///' + normalize(record.name, String(specifier));
  };
  return meta;
}

function run(record) {
  var module = (record.module = { exports: {}, id: record.name, loaded: false });
  var fn, result;
  switch (record.type) {
  case ES:
  case ES_ASYNC:
    fn = verbs.compile(record.index);
    defineProperty(module.exports, '__esModule', { value: true });
    result = fn.call(undefined, module.exports, requireFrom(record), module, importFrom(record), metaOf(record));
    break;
  case COMMON_JS:
    fn = verbs.compile(record.index);
    fn.call(module.exports, module.exports, requireFrom(record), module, record.name, record.name.replace(/\/?[^\/]*$/, ''));
    break;
  case TEXT:
    module.exports = defaultExport(verbs.text(record.index));
    break;
  case DATA:
    module.exports = defaultExport(verbs.data(record.index));
    break;
  case JSON_TYPE:
    try {
      module.exports = parse(verbs.text(record.index));
    } catch (error) {
      throw new SyntaxError(record.name + ': ' + error.message);
    }
    break;
  case SCRIPT: // its helpers come from a global
    verbs.script(record.index);
    break;
  case WASM:
    throw new Error('WebAssembly is not supported by this runtime: "' + record.name + '"');
  }
  left--;
  return result;
}

// Evaluates now; of a cycle, what is there so far.
function evaluate(record) {
  if (record.state === FAILED) throw record.error;
  if (record.state !== NEW) return record;
  record.state = EVALUATING;
  try {
    record.promise = run(record);
  } catch (error) {
    failed(record, error);
  }
  record.state = DONE;
  record.module.loaded = true;
  return record;
}

// Evaluates what record imports and then record, one after the other, waiting for top-level await.
function evaluateAsync(record, seen) {
  var chain = promises.resolved(), names = record.first;
  if (record.state === FAILED) return promises.rejected(record.error);
  if (record.state === DONE || seen[record.name]) return promises.resolved(record.promise);
  seen[record.name] = true;
  names.forEach(function (specifier) {
    var to = record.imports[specifier], next = typeof to === 'string' ? registry[to] : undefined;
    if (next !== undefined && (record.type === ES || record.type === ES_ASYNC) && (next.type === ES || next.type === ES_ASYNC))
      chain = promises.then(chain, function () { return evaluateAsync(next, seen); });
  });
  return promises.then(chain, function () { return evaluate(record).promise; });
}

function requireFrom(record) {
  var require = function require(specifier) { return evaluate(resolve(String(specifier), record)).module.exports; };
  require.resolve = function (specifier) { return resolve(String(specifier), record).name; };
  return require;
}

function namespaceOf(record) {
  var e = record.module.exports, ns, key;
  if (e !== null && (typeof e === 'object' || typeof e === 'function') && e.__esModule) return e;
  ns = {};
  if (e !== null && (typeof e === 'object' || typeof e === 'function'))
    for (key in e) if (hasOwn.call(e, key)) ns[key] = e[key];
  ns.default = e;
  return ns;
}

function importFrom(record) {
  return function (specifier) {
    return promises.attempt(function () {
      var target = resolve(String(specifier), record);
      if (!asyncBundle) return namespaceOf(evaluate(target));
      return promises.then(evaluateAsync(target, Object.create(null)), function () { return namespaceOf(target); });
    });
  };
}

// Evaluates the main module: its exports, or a promise of them.
exports.main = function (name) {
  var record = registry[name];
  if (!asyncBundle) return evaluate(record).module.exports;
  return promises.then(evaluateAsync(record, Object.create(null)), function () { return record.module.exports; });
};
exports.import = function (specifier) { return namespaceOf(evaluate(resolve(specifier, null))); };
