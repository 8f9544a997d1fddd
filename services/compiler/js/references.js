// services/compiler/js/references.js - which declaration each reference of a file means, and what follows
// for lowering: captured loop variables, block variables that need another name, writes to constants.
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var flags = require('flags');
var FLAG = flags.FLAG, LEXICAL = flags.LEXICAL, mark = flags.mark;

// Of the file that is analysed: names that nothing in it declares, hooks (rewrite.js), errors found.
var globals, hooks, errors;

function find(from, name) {
  for (var s = from; s !== null; s = s.parent) {
    var symbol = s.names[name];
    if (symbol !== undefined) return symbol;
    if (s.shared !== null && s.shared[name] !== undefined) return s.shared[name];
  }
  return undefined;
}

function resolveOne(ref) {
  var node = ref.node, name = node.escapedText;
  var symbol = find(ref.scope, name);
  if (symbol === undefined) {
    globals[name] = true;
    if (hooks.defines !== undefined) hooks.globalUsed(node);
    if (name === 'arguments' && ref.fn) hooks.argumentsUsed(node, ref.fn);
    return;
  }
  node.wkSymbol = symbol;
  symbol.uses++;
  if (symbol.kind === 'class') classReference(ref, symbol);
  if (LEXICAL[symbol.kind] === true) blockReference(ref, symbol);
  if (symbol.kind === 'const' || symbol.kind === 'import') constReference(node, symbol);
}

function isWrite(node) {
  var current = node, p;
  while (current.parent.kind === K.ParenthesizedExpression) current = current.parent;
  if (ts.isAssignmentTarget(current)) return true;
  p = current.parent;
  return (p.kind === K.PrefixUnaryExpression || p.kind === K.PostfixUnaryExpression) &&
    (p.operator === K.PlusPlusToken || p.operator === K.MinusMinusToken);
}

function constReference(node, symbol) {
  var p = node.parent.kind;
  if (p === K.PropertyAccessExpression || p === K.CallExpression || p === K.ExportSpecifier) return;
  if (!isWrite(node)) return;
  errors.push({ node: node, text: symbol.kind === 'const' ?
    'Cannot assign to "' + symbol.name + '" because it is a constant' :
    'Cannot assign to import "' + symbol.name + '"' });
}

function classReference(ref, symbol) {
  var decl = symbol.decl, node = ref.node, c;
  if (decl.kind === K.ClassDeclaration) {
    if (!decl.modifiers || !ts.nodeIsDecorated(decl)) return;
    for (c = ref.cls; c; c = ts.getContainingClass(c)) {
      if (c === decl && decl.name !== node) {
        mark(decl, FLAG.classReferenced);
        mark(node, FLAG.classReference);
        return;
      }
    }
  } else if (decl.kind === K.ClassExpression) {
    for (c = ts.getThisContainer(node, false); c && c.kind !== K.SourceFile; c = ts.getThisContainer(c, false)) {
      if (c.parent !== decl) continue;
      if (c.kind === K.PropertyDeclaration && ts.isStatic(c) || c.kind === K.ClassStaticBlockDeclaration) {
        mark(decl, FLAG.classReferenced);
        mark(node, FLAG.classReference);
      }
      return;
    }
  }
}

function forPart(node, container) {
  for (var n = node.parent; n !== container; n = n.parent)
    if (n === container.initializer || n === container.condition || n === container.incrementor || n === container.statement)
      return n;
  return node === container.condition || node === container.incrementor ? node : undefined;
}

function blockReference(ref, symbol) {
  var decl = symbol.decl, container = symbol.scope.node, around = symbol.scope.loop;
  var isCaptured = ref.depth > symbol.scope.depth, inHead = false;
  if (decl.parent.kind === K.CatchClause) return;
  if (around !== undefined) {
    if (container.kind === K.ForStatement) {
      var list = ts.getAncestor(decl, K.VariableDeclarationList);
      inHead = !!list && list.parent === container;
    }
    if (isCaptured) {
      var inBody = true;
      if (inHead) {
        var part = forPart(ref.node, container);
        if (part) {
          mark(part, FLAG.partCaptured);
          if (!part.wkCaptured) part.wkCaptured = [];
          if (part.wkCaptured.indexOf(symbol) < 0) part.wkCaptured.push(symbol);
          if (part === container.initializer) inBody = false;
        }
      }
      if (inBody) mark(around, FLAG.loopCaptured);
    }
    if (inHead && isWrite(ref.node) && ts.findAncestor(ref.node, function (n) { return n === container ? 'quit' : n === container.statement; }))
      mark(decl, FLAG.loopOut);
    mark(decl, FLAG.inLoop);
  }
  if (isCaptured) mark(decl, FLAG.captured);
}

function isColliding(symbol) {
  var container, flags, kind = symbol.kind;
  if (symbol.colliding !== undefined) return symbol.colliding;
  symbol.colliding = false;
  if (LEXICAL[kind] !== true && kind !== 'enum' && !(kind === 'catch' && symbol.decl.kind === K.BindingElement)) return false;
  if (symbol.decl.kind === K.ClassExpression) return false;
  container = symbol.scope.node;
  if (!ts.isStatementWithLocals(container) && kind !== 'catch') return false;
  flags = symbol.decl.wkFlags | 0;
  if (find(symbol.scope.parent, symbol.name) !== undefined || globals[symbol.name] === true) {
    symbol.colliding = true;
  } else if (flags & FLAG.captured) {
    var inLoop = flags & FLAG.inLoop;
    var head = ts.isIterationStatement(container, false);
    var body = container.kind === K.Block && ts.isIterationStatement(container.parent, false);
    symbol.colliding = !inLoop || !head && !body;
  }
  return symbol.colliding;
}

// Resolves { node, scope, fn, cls, depth } of the walk, in its order. Gives the names that are not declared.
exports.resolve = function (refs, walkHooks, errorList) {
  hooks = walkHooks;
  errors = errorList;
  globals = Object.create(null);
  for (var i = 0; i < refs.length; i++) resolveOne(refs[i]);
  return globals;
};
exports.isColliding = isColliding;
