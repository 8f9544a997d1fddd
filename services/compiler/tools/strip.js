// services/compiler/tools/strip.js IN OUT - the part of TypeScript that lowering needs. Build time only.
//
// typescript.js is a row of "(function (ts) {...})(ts || (ts = {}))" blocks in dependency order. What
// parses, transforms and prints ends with the transformers; the type checker, which lies in between, and
// declaration output are left out: services/compiler/js/scope.js answers in the checker's place, and
// print.js prints. What remains is a third of the whole, and loads in a third of the time.
'use strict';
const fs = require('fs');
const [input, output] = process.argv.slice(2);
const source = fs.readFileSync(input, 'utf8');

const LAST = 'function getModuleTransformer(moduleKind) {';
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
  // import attributes: import x from "y" with { type: "json" }
  ['if (token() === 130 /* SyntaxKind.AssertKeyword */ && !scanner.hasPrecedingLineBreak()) {',
   'if (token() === ts.SyntaxKind.WithKeyword || token() === 130 /* SyntaxKind.AssertKeyword */ && !scanner.hasPrecedingLineBreak()) {'],
  ['if (moduleSpecifier && token() === 130 /* SyntaxKind.AssertKeyword */ && !scanner.hasPrecedingLineBreak()) {',
   'if (moduleSpecifier && (token() === ts.SyntaxKind.WithKeyword || token() === 130 /* SyntaxKind.AssertKeyword */ && !scanner.hasPrecedingLineBreak())) {'],
  ['if (!skipAssertKeyword) {\n                parseExpected(130 /* SyntaxKind.AssertKeyword */);',
   'if (!skipAssertKeyword) {\n                if (token() === ts.SyntaxKind.WithKeyword) nextToken(); else parseExpected(130 /* SyntaxKind.AssertKeyword */);'],
  // TypeScript 5: <const T>
  ['var modifiers = parseModifiers();\n            var name = parseIdentifier();\n            var constraint;',
   'parseOptional(ts.SyntaxKind.ConstKeyword);\n            var modifiers = parseModifiers();\n            var name = parseIdentifier();\n            var constraint;'],
  ['case 19 /* ParsingContext.TypeParameters */:\n                    return token() === 101 /* SyntaxKind.InKeyword */ ||',
   'case 19 /* ParsingContext.TypeParameters */:\n                    return token() === ts.SyntaxKind.ConstKeyword || token() === 101 /* SyntaxKind.InKeyword */ ||'],
  // ES2017 must look into computed names: private methods end up in them
  ...['Method', 'GetAccessor', 'SetAccessor'].map((kind) => {
    const head = `factory.update${kind}Declaration(node, ts.visitNodes(node.modifiers, visitor, ts.isModifierLike), ${kind === 'Method' ? 'node.asteriskToken, ' : ''}`;
    return [head + 'node.name, ', head + 'ts.visitNode(node.name, visitor, ts.isPropertyName), '];
  }),
  // accessors of object literals are enumerable, those of classes are not
  ['getAccessor || setAccessor ? factory.createFalse() : factory.createTrue()',
   'ts.isClassLike(container) ? factory.createFalse() : factory.createTrue()'],
  // leaving a "for await" early must close the iterator, as TypeScript 5 does it
  ['factory.createTryStatement(body, \n                /*catchClause*/ undefined, factory.createBlock([\n                    enterNonUserCodeStatement\n                ]))\n            ]);',
   'body]);'],
  ['/*incrementor*/ undefined, \n            /*statement*/ convertForOfStatementHead(node, getValue, nonUserCode)), ',
   'factory.createAssignment(nonUserCode, factory.createTrue()), convertForOfStatementHead(node, getValue, nonUserCode)), '],
];

const blocks = source.split(/^(?=var ts;\r?\n\(function \(ts\) \{)/m);
const last = blocks.findIndex((b) => b.includes(LAST));
if (last < 0) throw new Error(`${input}: no transformers: not the TypeScript this tool was written for`);
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
