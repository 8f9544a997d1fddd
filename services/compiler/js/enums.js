// services/compiler/js/enums.js - the constant values of enum members, as far as one file tells them.
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;

function memberText(m) { return ts.isComputedPropertyName(m.name) ? undefined : ts.unescapeLeadingUnderscores(m.name.escapedText || m.name.text); }

function lookup(enumNode, name) {
  for (var i = 0; i < enumNode.members.length; i++)
    if (memberText(enumNode.members[i]) === name) return valueOf(enumNode.members[i]);
  return undefined;
}

function binary(op, a, b) {
  if (typeof a === 'string' || typeof b === 'string') return op === K.PlusToken ? '' + a + b : undefined;
  switch (op) {
    case K.BarToken: return a | b;
    case K.AmpersandToken: return a & b;
    case K.CaretToken: return a ^ b;
    case K.LessThanLessThanToken: return a << b;
    case K.GreaterThanGreaterThanToken: return a >> b;
    case K.GreaterThanGreaterThanGreaterThanToken: return a >>> b;
    case K.PlusToken: return a + b;
    case K.MinusToken: return a - b;
    case K.AsteriskToken: return a * b;
    case K.SlashToken: return a / b;
    case K.PercentToken: return a % b;
    case K.AsteriskAsteriskToken: return Math.pow(a, b);
    default: return undefined;
  }
}

function evaluate(node, enumNode) {
  var a, b;
  switch (node.kind) {
    case K.NumericLiteral: return +node.text;
    case K.StringLiteral: case K.NoSubstitutionTemplateLiteral: return node.text;
    case K.ParenthesizedExpression: return evaluate(node.expression, enumNode);
    case K.PrefixUnaryExpression:
      a = evaluate(node.operand, enumNode);
      if (typeof a !== 'number') return undefined;
      return node.operator === K.MinusToken ? -a : node.operator === K.PlusToken ? a :
        node.operator === K.TildeToken ? ~a : undefined;
    case K.BinaryExpression:
      a = evaluate(node.left, enumNode);
      b = a === undefined ? undefined : evaluate(node.right, enumNode);
      return b === undefined ? undefined : binary(node.operatorToken.kind, a, b);
    case K.Identifier:
      if (node.escapedText === 'NaN') return NaN;
      if (node.escapedText === 'Infinity') return Infinity;
      return node.wkSymbol && node.wkSymbol.kind === 'member' && node.wkSymbol.host === enumNode ?
        lookup(enumNode, ts.idText(node)) : undefined;
    case K.PropertyAccessExpression:
      return node.expression.kind === K.Identifier && node.expression.escapedText === enumNode.name.escapedText ?
        lookup(enumNode, ts.idText(node.name)) : undefined;
    default: return undefined;
  }
}

// A number, a string, or undefined where it is only known when it runs.
function valueOf(nodeIn) {
  var node = ts.getParseTreeNode(nodeIn), index, before;
  if (!node || node.kind !== K.EnumMember) return undefined;
  if (node.wkValueKnown) return node.wkValue;
  node.wkValueKnown = true; // a member that refers to itself is not constant
  node.wkValue = undefined;
  if (node.initializer) {
    node.wkValue = evaluate(node.initializer, node.parent);
  } else {
    index = node.parent.members.indexOf(node);
    before = index === 0 ? -1 : valueOf(node.parent.members[index - 1]);
    if (typeof before === 'number') node.wkValue = before + 1;
  }
  return node.wkValue;
}
exports.valueOf = valueOf;
