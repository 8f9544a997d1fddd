// services/compiler/js/define.js - names that the configuration gives a value: { "process.env.MODE": "\"x\"" }.
//
// A value is JSON, or a dotted name. Only names that the file does not declare are replaced.
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var parse = ts.parseNodeFactory;

function ofJson(v) {
  switch (typeof v) {
    case 'string': return parse.createStringLiteral(v);
    case 'number': return v < 0 ? parse.createPrefixUnaryExpression(K.MinusToken, parse.createNumericLiteral(-v)) : parse.createNumericLiteral(v);
    case 'boolean': return v ? parse.createTrue() : parse.createFalse();
    default: break;
  }
  if (v === null) return parse.createNull();
  if (Array.isArray(v)) return parse.createArrayLiteralExpression(v.map(ofJson));
  return parse.createObjectLiteralExpression(Object.keys(v).map(function (k) {
    return parse.createPropertyAssignment(parse.createStringLiteral(k), ofJson(v[k]));
  }));
}

function ofText(text) {
  if (/^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*$/.test(text) && !/^(true|false|null)$/.test(text))
    return text.split('.').reduce(function (left, name) {
      return left ? parse.createPropertyAccessExpression(left, name) : parse.createIdentifier(name);
    }, null);
  try { return ofJson(JSON.parse(text)); } catch (e) { return undefined; }
}

function parents(node, parent) {
  node.parent = parent;
  ts.forEachChild(node, function (child) { parents(child, node); });
}

// Makes node the value that defines give its name, or the longest dotted name that starts with it. True if it did.
exports.replace = function (node, defines) {
  var path = ts.idText(node), at = node, best, text;
  for (;;) {
    if (Object.prototype.hasOwnProperty.call(defines, path)) { best = at; text = defines[path]; }
    if (at.parent.kind !== K.PropertyAccessExpression || at.parent.expression !== at) break;
    at = at.parent;
    path += '.' + ts.idText(at.name);
  }
  if (!best || best.parent.kind === K.ShorthandPropertyAssignment || ts.getAssignmentTargetKind(best) !== 0) return false;
  var value = ofText(text), parent = best.parent;
  if (!value) return false;
  if (value.kind === K.ObjectLiteralExpression) value = parse.createParenthesizedExpression(value);
  best.escapedText = best.expression = best.name = best.questionDotToken = undefined;
  for (var key in value) if (Object.prototype.hasOwnProperty.call(value, key)) best[key] = value[key];
  best.pos = best.end = -1;
  parents(best, parent);
  return true;
};
