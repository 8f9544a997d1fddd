// services/compiler/js/topawait.js - modules with top-level await.
//
// The module's variables, functions and classes stay at its top, so that exports are live and functions
// hoisted; its statements move into an async function whose promise the module body returns:
//
//     import {get} from "./x";             import {get} from "./x";
//     export const a = await get();   ->   export let a;
//     export function f() {}               export function f() {}
//     console.log(a);                      return (async () => { a = await get(); console.log(a); })();
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var parse = ts.parseNodeFactory;

function awaits(node) {
  if (ts.isFunctionLike(node)) return false;
  switch (node.kind) {
    case K.AwaitExpression: return true;
    case K.ForOfStatement: if (node.awaitModifier) return true; break;
    case K.PropertyDeclaration: return false;
    default: break;
  }
  return !!ts.forEachChild(node, awaits);
}

// Does the module wait at its top level?
exports.found = function (sourceFile) {
  return sourceFile.text.indexOf('await') >= 0 && !!ts.forEachChild(sourceFile, awaits);
};

function ranged(node, at) { return ts.setTextRange(node, at); }
// Without a range: the printer copies the source text of an identifier that has one.
function id(name) { return parse.createIdentifier(name); }
function has(node, flag) { return !!node.modifiers && ts.some(node.modifiers, function (m) { return m.kind === flag; }); }

function without(modifiers) {
  var kept = ts.filter(modifiers, function (m) { return m.kind !== K.ExportKeyword && m.kind !== K.DefaultKeyword; });
  return kept && kept.length ? parse.createNodeArray(kept) : undefined;
}

function letStatement(names, exported, at) {
  var decls = names.map(function (n) { return ranged(parse.createVariableDeclaration(id(n), undefined, undefined, undefined), at); });
  return ranged(parse.createVariableStatement(
    exported ? [parse.createModifier(K.ExportKeyword)] : undefined,
    ranged(parse.createVariableDeclarationList(decls, ts.NodeFlags.Let), at)), at);
}

function exportAsDefault(name, at) {
  return ranged(parse.createExportDeclaration(undefined, false, parse.createNamedExports(
    [ranged(parse.createExportSpecifier(false, id(name), id('default')), at)]), undefined, undefined), at);
}

function assign(name, value, at) {
  return ranged(parse.createExpressionStatement(
    ranged(parse.createBinaryExpression(id(name), K.EqualsToken, value), at)), at);
}

function namesOf(name, out) {
  if (name.kind === K.Identifier) out.push(ts.idText(name));
  else name.elements.forEach(function (el) { if (el.name) namesOf(el.name, out); });
  return out;
}

// A binding pattern as the left side of an assignment.
function target(name) {
  if (name.kind === K.Identifier) return id(ts.idText(name));
  return ranged(name.kind === K.ArrayBindingPattern ?
    parse.createArrayLiteralExpression(name.elements.map(arrayElement)) :
    parse.createObjectLiteralExpression(name.elements.map(objectElement)), name);
}
function withDefault(value, initializer, at) {
  return initializer ? ranged(parse.createBinaryExpression(value, K.EqualsToken, initializer), at) : value;
}
function arrayElement(el) {
  if (el.kind === K.OmittedExpression) return el;
  if (el.dotDotDotToken) return ranged(parse.createSpreadElement(target(el.name)), el);
  return withDefault(target(el.name), el.initializer, el);
}
function objectElement(el) {
  if (el.dotDotDotToken) return ranged(parse.createSpreadAssignment(target(el.name)), el);
  if (!el.propertyName)
    return ranged(parse.createShorthandPropertyAssignment(id(ts.idText(el.name)), el.initializer), el);
  return ranged(parse.createPropertyAssignment(el.propertyName, withDefault(target(el.name), el.initializer, el)), el);
}

function variables(s, outer, body) {
  var exported = has(s, K.ExportKeyword);
  s.declarationList.declarations.forEach(function (d) {
    outer.push(letStatement(namesOf(d.name, []), exported, d));
    if (!d.initializer) return;
    var left = target(d.name);
    var expr = ranged(parse.createBinaryExpression(left, K.EqualsToken, d.initializer), d);
    if (d.name.kind === K.ObjectBindingPattern) expr = ranged(parse.createParenthesizedExpression(expr), d);
    body.push(ranged(parse.createExpressionStatement(expr), d));
  });
}

function classValue(s, name) {
  var decorated = ts.some(s.modifiers, ts.isDecorator) || ts.some(s.members, function (m) { return ts.some(m.modifiers, ts.isDecorator); });
  if (!decorated)
    return ranged(parse.createClassExpression(without(s.modifiers), s.name, s.typeParameters, s.heritageClauses, s.members), s);
  var local = ranged(parse.createClassDeclaration(without(s.modifiers), s.name || id(name), s.typeParameters, s.heritageClauses, s.members), s);
  var fn = ranged(parse.createArrowFunction(undefined, undefined, [], undefined, parse.createToken(K.EqualsGreaterThanToken),
    ranged(parse.createBlock([local, parse.createReturnStatement(id(ts.idText(s.name || id(name))))], true), s)), s);
  return ranged(parse.createCallExpression(ranged(parse.createParenthesizedExpression(fn), s), undefined, []), s);
}

function classes(s, outer, body) {
  var isDefault = has(s, K.DefaultKeyword);
  var name = s.name ? ts.idText(s.name) : '__wk_default';
  outer.push(letStatement([name], has(s, K.ExportKeyword) && !isDefault, s));
  if (isDefault) outer.push(exportAsDefault(name, s));
  body.push(assign(name, classValue(s, name), s));
}

exports.rewrite = function (sourceFile) {
  var outer = [], body = [], list = sourceFile.statements, flags = 0;
  list.forEach(function (s) {
    if (has(s, K.DeclareKeyword)) return;
    switch (s.kind) {
      case K.VariableStatement: variables(s, outer, body); break;
      case K.ClassDeclaration: classes(s, outer, body); break;
      case K.ExportAssignment:
        outer.push(letStatement(['__wk_default'], false, s), exportAsDefault('__wk_default', s));
        body.push(assign('__wk_default', s.expression, s));
        break;
      case K.ImportDeclaration: case K.ImportEqualsDeclaration: case K.ExportDeclaration: case K.FunctionDeclaration:
      case K.InterfaceDeclaration: case K.TypeAliasDeclaration: case K.ModuleDeclaration: case K.EnumDeclaration:
        outer.push(s);
        break;
      default:
        if (ts.isPrologueDirective(s) && !body.length) outer.push(s);
        else body.push(s);
    }
  });
  var whole = { pos: list.pos, end: list.end };
  var fn = ranged(parse.createArrowFunction([parse.createModifier(K.AsyncKeyword)], undefined, [], undefined,
    parse.createToken(K.EqualsGreaterThanToken), ranged(parse.createBlock(body, true), whole)), whole);
  outer.push(ranged(parse.createReturnStatement(
    ranged(parse.createCallExpression(ranged(parse.createParenthesizedExpression(fn), whole), undefined, []), whole)), whole));
  list.length = 0;
  outer.forEach(function (s) { list.push(s); flags |= s.transformFlags; });
  list.transformFlags |= flags;
  sourceFile.transformFlags |= flags;
};
