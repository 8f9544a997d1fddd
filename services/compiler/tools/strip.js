// services/compiler/tools/strip.js IN OUT - the part of TypeScript that lowering needs. Build time only.
//
// typescript.js is a row of "(function (ts) {...})(ts || (ts = {}))" blocks in dependency order. What
// parses, transforms and prints ends with the printer; the type checker, which lies in between, and
// declaration output are left out: services/compiler/js/scope.js answers in the checker's place. What
// remains is a third of the whole, and loads in a third of the time.
'use strict';
const fs = require('fs');
const [input, output] = process.argv.slice(2);
const source = fs.readFileSync(input, 'utf8');

const LAST = 'function createPrinter(printerOptions, handlers) {';
const DROP = [
  'function createTypeChecker(host) {',
  'function createGetSymbolWalker(',
  'function createBinder() {',
  'function getDeclarationDiagnostics(host, resolver, file) {',
  'function transformSystemModule(context) {',
  'function canProduceDiagnostics(node) {',
];
// The checker's block also held these two.
const KEPT = `
var ts;
(function (ts) {
    var nextNodeId = 1;
    ts.getNodeId = function (node) {
        if (!node.id) { node.id = nextNodeId; nextNodeId++; }
        return node.id;
    };
    ts.getSymbolId = ts.getNodeId;
})(ts || (ts = {}));
`;

// Where only TypeScript's text can be reached: [file text, what it becomes].
const PATCHES = [
  // one position a line is enough (print.js): most of the work of source maps is not done
  ['emitSourceMapsBeforeNode(node);\n            pipelinePhase(hint, node);\n            emitSourceMapsAfterNode(node);',
   'if (sourceMapGenerator.wants(writer.getLine())) emitSourceMapsBeforeNode(node);\n            pipelinePhase(hint, node);'],
  ['if (emitFlags & 64 /* EmitFlags.NoNestedSourceMaps */) {\n                    sourceMapsDisabled = true;', 'if (false) {'],
  ['if (sourceMapsDisabled || node && ts.isInJsonFile(node)) {\n                return emitCallback(token, writer, tokenPos);',
   'if (true) {\n                return emitCallback(token, writer, tokenPos);'],
  // accessors of object literals are enumerable, those of classes are not
  ['getAccessor || setAccessor ? factory.createFalse() : factory.createTrue()',
   'ts.isClassLike(container) ? factory.createFalse() : factory.createTrue()'],
];

const blocks = source.split(/^(?=var ts;\r?\n\(function \(ts\) \{)/m);
const last = blocks.findIndex((b) => b.includes(LAST));
if (last < 0) throw new Error(`${input}: no printer: not the TypeScript this tool was written for`);
const dropped = new Set();
const kept = blocks.slice(0, last + 1).filter((b) => {
  const hit = DROP.find((d) => b.includes(d));
  if (hit) dropped.add(hit);
  return !hit;
});
for (const d of DROP) if (!dropped.has(d)) throw new Error(`${input}: no "${d}": not the TypeScript this tool was written for`);
let text = kept.join('');
for (const [from, to] of PATCHES) {
  if (text.split(from).length !== 2) throw new Error(`${input}: "${from}" is not there once: not the TypeScript this tool was written for`);
  text = text.replace(from, () => to);
}
fs.writeFileSync(output, text + KEPT + `\nif (typeof module !== "undefined") module.exports = ts;\n`);
