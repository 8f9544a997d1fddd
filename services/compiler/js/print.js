// services/compiler/js/print.js - the text of a transformed file, and which source line each line is from.
//
// TypeScript's own printer spends most of its time on comments, source maps and layout. What comes out of
// lowering is ES5 only, and nobody reads it: this printer knows those nodes, and starts a new line where
// the source line changes, so that a line of output has one place in the source.
'use strict';

var ts = require('typescript');
var names = require('names');
var K = ts.SyntaxKind;

var result, file, source, starts; // of the file that is printed
var out, line, lines;             // pieces of text; lines[i]: source line of output line i, from 1
var from, to;                     // bounds of the source line that this output line stands for
var atStart;

function newline() {
  if (atStart) return;
  out.push('\n');
  line++;
  from = to = -1;
  atStart = true;
}

function w(text) {
  out.push(text);
  atStart = false;
}

// Says that what follows on this output line is from source position pos.
function place(pos) {
  var at = ts.computeLineOfPosition(starts, pos);
  lines[line] = at + 1;
  from = starts[at];
  to = at + 1 < starts.length ? starts[at + 1] : source.length + 1;
}

function begin(node) {
  newline();
  if (node.pos >= 0) place(ts.skipTrivia(source, node.pos));
}

// A line may be broken here: it is if node starts on another source line.
function breakBefore(node) {
  var pos = node.pos, start;
  if (pos < 0 || pos >= from && node.end <= to) return;
  start = ts.skipTrivia(source, pos);
  if (start >= from && start < to) return;
  if (from >= 0) newline();
  place(start);
}

// ---- expressions ----

var on = [];      // printers by kind
var SUBSTITUTED = [];
[K.Identifier, K.BinaryExpression, K.CallExpression, K.PrefixUnaryExpression, K.PostfixUnaryExpression, K.ThisKeyword,
  K.PropertyAccessExpression, K.ElementAccessExpression].forEach(function (k) { SUBSTITUTED[k] = true; });
var NOTIFIED = [];
[K.FunctionExpression, K.FunctionDeclaration, K.GetAccessor, K.SetAccessor].forEach(function (k) { NOTIFIED[k] = true; });
var LOOSE = []; // what a name must not turn into without parentheses
[K.BinaryExpression, K.ConditionalExpression, K.CommaListExpression].forEach(function (k) { LOOSE[k] = true; });

function print(node) {
  var printer = on[node.kind];
  if (printer === undefined) throw new Error('no printer for ' + ts.Debug.formatSyntaxKind(node.kind));
  printer(node);
}

function substituted(hint, node) {
  if (SUBSTITUTED[node.kind] === true) {
    var other = result.substituteNode(1, node);
    if (other !== node) {
      if (LOOSE[other.kind] === true && !inStatement) {
        w('(');
        print(other);
        w(')');
      } else {
        print(other);
      }
      return;
    }
  }
  print(node);
}

var inStatement = false; // the expression is a whole statement: no parentheses around it

function expr(node) {
  inStatement = false;
  whole(node);
}

function whole(node) {
  if (from < 0 && node.pos >= 0) place(ts.skipTrivia(source, node.pos));
  if ((node.emitNode !== undefined || NOTIFIED[node.kind] === true) && result.isEmitNotificationEnabled(node))
    result.emitNodeWithNotification(1, node, substituted);
  else substituted(1, node);
}

// The name in a declaration: renamed where it would hide another.
function declared(node) {
  var other = result.substituteNode(4, node);
  w(names.text(other));
}

function list(nodes) {
  for (var i = 0; i < nodes.length; i++) {
    if (i > 0) w(', ');
    breakBefore(nodes[i]);
    expr(nodes[i]);
  }
}

function literalText(node) {
  var of = node.textSourceNode;
  if (node.kind === K.StringLiteral && of) {
    if (of.kind === K.Identifier || of.kind === K.PrivateIdentifier) return '"' + ts.escapeString(names.text(of)) + '"';
    if (of.kind === K.NumericLiteral) return '"' + of.text + '"';
    return literalText(of);
  }
  return ts.getLiteralText(node, file, 1 /* NeverAsciiEscape */);
}

// Literals copied from the source may hold line breaks.
function literal(node) {
  var text = literalText(node), at;
  w(text);
  for (at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines[++line] = 0;
}

on[K.Identifier] = function (node) { w(names.text(node)); };
on[K.PrivateIdentifier] = on[K.Identifier];
on[K.StringLiteral] = on[K.NumericLiteral] = on[K.NoSubstitutionTemplateLiteral] = on[K.RegularExpressionLiteral] = literal;
on[K.ThisKeyword] = function () { w('this'); };
on[K.NullKeyword] = function () { w('null'); };
on[K.TrueKeyword] = function () { w('true'); };
on[K.FalseKeyword] = function () { w('false'); };
on[K.SuperKeyword] = function () { w('super'); };
on[K.ImportKeyword] = function () { w('import'); };
on[K.OmittedExpression] = function () {};
on[K.ParenthesizedExpression] = function (node) {
  w('(');
  breakBefore(node.expression);
  expr(node.expression);
  w(')');
};
on[K.PartiallyEmittedExpression] = function (node) { expr(node.expression); };
on[K.ArrayLiteralExpression] = function (node) {
  w('[');
  list(node.elements);
  var last = node.elements[node.elements.length - 1];
  w(last && last.kind === K.OmittedExpression ? ',]' : ']');
};
on[K.ObjectLiteralExpression] = function (node) {
  var i, p;
  w('{');
  for (i = 0; i < node.properties.length; i++) {
    p = node.properties[i];
    if (i > 0) w(', ');
    breakBefore(p);
    if (p.kind === K.GetAccessor || p.kind === K.SetAccessor) {
      accessor(p);
    } else if (p.kind === K.ShorthandPropertyAssignment) {
      w(ts.idText(p.name) + ': ');
      expr(p.name);
    } else {
      propertyName(p.name);
      w(': ');
      expr(p.initializer);
    }
  }
  w('}');
};
function propertyName(name) {
  if (name.kind === K.Identifier) w(names.text(name));
  else if (name.kind === K.ComputedPropertyName) throw new Error('a computed name was not lowered');
  else literal(name);
}
function accessor(node) {
  function body() {
    w(node.kind === K.GetAccessor ? 'get ' : 'set ');
    propertyName(node.name);
    signature(node);
  }
  if (result.isEmitNotificationEnabled(node)) result.emitNodeWithNotification(4, node, body);
  else body();
}
on[K.PropertyAccessExpression] = function (node) {
  var left = node.expression;
  expr(left);
  if (left.kind === K.NumericLiteral && /^\d+$/.test(literalText(left))) w(' ');
  breakBefore(node.name);
  w('.' + names.text(node.name));
};
on[K.ElementAccessExpression] = function (node) {
  expr(node.expression);
  w('[');
  expr(node.argumentExpression);
  w(']');
};
on[K.CallExpression] = function (node) {
  if (ts.getEmitFlags(node) & 536870912 /* IndirectCall */) {
    w('(0, ');
    expr(node.expression);
    w(')');
  } else {
    expr(node.expression);
  }
  w('(');
  list(node.arguments);
  w(')');
};
on[K.NewExpression] = function (node) {
  w('new ');
  expr(node.expression);
  w('(');
  if (node.arguments) list(node.arguments);
  w(')');
};
on[K.FunctionExpression] = function (node) {
  w('function ');
  if (node.name) declared(node.name);
  signature(node);
};
function signature(node) {
  var i;
  w('(');
  for (i = 0; i < node.parameters.length; i++) {
    if (i > 0) w(', ');
    declared(node.parameters[i].name);
  }
  w(') {');
  statements(node.body.statements);
  newline();
  w('}');
}
on[K.DeleteExpression] = function (node) { w('delete '); expr(node.expression); };
on[K.TypeOfExpression] = function (node) { w('typeof '); expr(node.expression); };
on[K.VoidExpression] = function (node) { w('void '); expr(node.expression); };
on[K.PrefixUnaryExpression] = function (node) {
  var inner = node.operand;
  w(ts.tokenToString(node.operator));
  // - -x and + ++x
  if (inner.kind === K.PrefixUnaryExpression && ts.tokenToString(inner.operator).charAt(0) === ts.tokenToString(node.operator).charAt(0) ||
      inner.kind === K.NumericLiteral && inner.text.charAt(0) === '-') w(' ');
  expr(inner);
};
on[K.PostfixUnaryExpression] = function (node) {
  expr(node.operand);
  w(ts.tokenToString(node.operator));
};
on[K.BinaryExpression] = function (node) {
  var op = node.operatorToken.kind;
  expr(node.left);
  w(op === K.CommaToken ? ', ' : ' ' + ts.tokenToString(op) + ' ');
  breakBefore(node.right);
  expr(node.right);
};
on[K.CommaListExpression] = function (node) { list(node.elements); };
on[K.ConditionalExpression] = function (node) {
  expr(node.condition);
  w(' ? ');
  breakBefore(node.whenTrue);
  expr(node.whenTrue);
  w(' : ');
  breakBefore(node.whenFalse);
  expr(node.whenFalse);
};

// ---- statements ----

function statement(node) {
  if (node.kind === K.NotEmittedStatement || node.kind === K.EndOfDeclarationMarker || node.kind === K.MergeDeclarationMarker) return;
  begin(node);
  if ((node.emitNode !== undefined || NOTIFIED[node.kind] === true) && result.isEmitNotificationEnabled(node))
    result.emitNodeWithNotification(4, node, notifiedStatement);
  else print(node);
}
function notifiedStatement(hint, node) { print(node); }

function statements(nodes) {
  for (var i = 0; i < nodes.length; i++) statement(nodes[i]);
}

// The body of an if or a loop; "" after an else must not touch what follows.
function body(node) {
  if (node.kind === K.Block) {
    w(' ');
    on[K.Block](node);
  } else {
    statement(node);
    if (node.kind === K.NotEmittedStatement) w(';');
  }
}

on[K.Block] = function (node) {
  w('{');
  statements(node.statements);
  newline();
  w('}');
};
on[K.VariableStatement] = function (node) {
  on[K.VariableDeclarationList](node.declarationList);
  w(';');
};
on[K.VariableDeclarationList] = function (node) {
  var i, d;
  w('var ');
  for (i = 0; i < node.declarations.length; i++) {
    d = node.declarations[i];
    if (i > 0) w(', ');
    breakBefore(d);
    declared(d.name);
    if (d.initializer) {
      w(' = ');
      breakBefore(d.initializer);
      expr(d.initializer);
    }
  }
};
on[K.EmptyStatement] = function () { w(';'); };
on[K.ExpressionStatement] = function (node) {
  inStatement = true;
  whole(node.expression);
  w(';');
};
on[K.IfStatement] = function (node) {
  w('if (');
  expr(node.expression);
  w(')');
  body(node.thenStatement);
  if (!node.elseStatement) return;
  newline();
  w('else');
  if (node.elseStatement.kind === K.IfStatement) {
    w(' ');
    print(node.elseStatement);
  } else {
    body(node.elseStatement);
  }
};
function initializer(node) {
  if (!node) return;
  if (node.kind === K.VariableDeclarationList) on[K.VariableDeclarationList](node);
  else expr(node);
}
on[K.ForStatement] = function (node) {
  w('for (');
  initializer(node.initializer);
  w('; ');
  if (node.condition) expr(node.condition);
  w('; ');
  if (node.incrementor) expr(node.incrementor);
  w(')');
  body(node.statement);
};
on[K.ForInStatement] = function (node) {
  w('for (');
  initializer(node.initializer);
  w(' in ');
  expr(node.expression);
  w(')');
  body(node.statement);
};
on[K.WhileStatement] = function (node) {
  w('while (');
  expr(node.expression);
  w(')');
  body(node.statement);
};
on[K.DoStatement] = function (node) {
  w('do');
  body(node.statement);
  newline();
  w('while (');
  expr(node.expression);
  w(');');
};
on[K.WithStatement] = function (node) {
  w('with (');
  expr(node.expression);
  w(')');
  body(node.statement);
};
function jump(word) {
  return function (node) {
    w(node.label ? word + ' ' + names.text(node.label) + ';' : word + ';');
  };
}
on[K.BreakStatement] = jump('break');
on[K.ContinueStatement] = jump('continue');
on[K.ReturnStatement] = function (node) {
  w(node.expression ? 'return ' : 'return');
  if (node.expression) expr(node.expression);
  w(';');
};
on[K.ThrowStatement] = function (node) {
  w('throw ');
  expr(node.expression);
  w(';');
};
on[K.DebuggerStatement] = function () { w('debugger;'); };
on[K.LabeledStatement] = function (node) {
  w(names.text(node.label) + ':');
  body(node.statement);
};
on[K.SwitchStatement] = function (node) {
  w('switch (');
  expr(node.expression);
  w(') {');
  node.caseBlock.clauses.forEach(function (clause) {
    begin(clause);
    if (clause.kind === K.CaseClause) {
      w('case ');
      expr(clause.expression);
      w(':');
    } else {
      w('default:');
    }
    statements(clause.statements);
  });
  newline();
  w('}');
};
on[K.TryStatement] = function (node) {
  w('try ');
  on[K.Block](node.tryBlock);
  if (node.catchClause) {
    newline();
    w('catch (');
    declared(node.catchClause.variableDeclaration.name);
    w(') ');
    on[K.Block](node.catchClause.block);
  }
  if (node.finallyBlock) {
    newline();
    w('finally ');
    on[K.Block](node.finallyBlock);
  }
};
on[K.FunctionDeclaration] = function (node) {
  w('function ');
  declared(node.name);
  signature(node);
};

// Prints what ts.transformNodes made of sourceFile. Gives { code, lines }: lines[i] is the source line,
// from 1, of output line i, 0 where it is that of the line before.
exports.print = function (transformation, sourceFile, resolver) {
  var tree = transformation.transformed[0], i;
  result = transformation;
  file = sourceFile;
  source = sourceFile.text;
  starts = ts.getLineStarts(sourceFile);
  out = [];
  lines = [];
  line = 0;
  from = to = -1;
  atStart = true;
  inStatement = false;
  names.begin(sourceFile, resolver.hasGlobalName);
  function all() { statements(tree.statements); }
  if (result.isEmitNotificationEnabled(tree)) result.emitNodeWithNotification(0, tree, all);
  else all();
  for (i = 0; i <= line; i++) if (lines[i] === undefined) lines[i] = 0;
  result = undefined;
  return { code: out.join(''), lines: lines };
};
