// services/compiler/js/forgive.js - two things that the language allows and TypeScript 4.9 refuses.
//
//   tag`\u`      an invalid escape in a tagged template: the parser complains before it knows of the tag
//   o?.#x.y      a private name in an optional chain: becomes (o => o == null ? void 0 : o.#x.y)(o)
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var parse = ts.parseNodeFactory;

var PRIVATE_IN_CHAIN = 18030;
// Hexadecimal digit expected; An extended Unicode escape value must be ...; Unterminated Unicode escape; octal
var ESCAPES = { 1125: true, 1198: true, 1199: true, 1487: true, 1121: true };
var CHAIN = ts.NodeFlags.OptionalChain;

function inTaggedTemplate(node, pos) {
  if (pos < node.pos || pos > node.end) return false;
  if (node.kind === K.TaggedTemplateExpression && pos >= node.template.pos) {
    if (node.template.kind === K.NoSubstitutionTemplateLiteral) return true;
    if (pos <= node.template.head.end || ts.some(node.template.templateSpans, function (s) { return pos >= s.literal.pos && pos <= s.literal.end; }))
      return true;
  }
  return !!ts.forEachChild(node, function (child) { return inTaggedTemplate(child, pos); });
}

// Is child the part of node that the chain goes on from?
function continues(node, child) {
  return (node.kind === K.PropertyAccessExpression || node.kind === K.ElementAccessExpression ||
    node.kind === K.CallExpression || node.kind === K.NonNullExpression) && node.expression === child && (node.flags & CHAIN) !== 0;
}

function rewriteChain(access, parents) {
  var base = access.expression, i = parents.length - 1, top = access, plain = true;
  access.questionDotToken = undefined;
  access.flags &= ~CHAIN;
  for (; i >= 0 && continues(parents[i], top); i--) {
    top = parents[i];
    if (top.questionDotToken) plain = false;
    if (plain) top.flags &= ~CHAIN;
  }
  var name = '__wk_chain';
  access.expression = parse.createIdentifier(name);
  var rest = Object.create(Object.getPrototypeOf(top));
  for (var key in top) if (Object.prototype.hasOwnProperty.call(top, key)) rest[key] = top[key];
  var fn = parse.createArrowFunction(undefined, undefined, [parse.createParameterDeclaration(undefined, undefined, name)], undefined,
    parse.createToken(K.EqualsGreaterThanToken), parse.createConditionalExpression(
      parse.createBinaryExpression(parse.createIdentifier(name), K.EqualsEqualsToken, parse.createNull()), undefined,
      parse.createVoidZero(), undefined, rest));
  var call = parse.createCallExpression(parse.createParenthesizedExpression(fn), undefined, [base]);
  top.kind = K.CallExpression;
  top.flags &= ~CHAIN;
  top.expression = call.expression;
  top.arguments = call.arguments;
  top.typeArguments = top.questionDotToken = top.name = top.argumentExpression = undefined;
  top.transformFlags |= call.transformFlags;
  for (; i >= 0; i--) parents[i].transformFlags |= call.transformFlags & ~ts.TransformFlags.ContainsYield;
}

function rewriteChains(node, parents) {
  parents.push(node);
  ts.forEachChild(node, function (child) { rewriteChains(child, parents); });
  parents.pop();
  if (node.kind === K.PropertyAccessExpression && node.questionDotToken && node.name.kind === K.PrivateIdentifier)
    rewriteChain(node, parents);
}

// The errors that are errors; changes the tree where it was refused wrongly.
exports.errors = function (sourceFile) {
  var chains = false;
  var left = sourceFile.parseDiagnostics.filter(function (d) {
    if (d.code === PRIVATE_IN_CHAIN) return chains = true, false;
    return !(ESCAPES[d.code] && inTaggedTemplate(sourceFile, d.start));
  });
  if (chains && !left.length) rewriteChains(sourceFile, []);
  return left;
};
