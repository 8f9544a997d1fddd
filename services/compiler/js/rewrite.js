// services/compiler/js/rewrite.js - what is changed in the parse tree before TypeScript transforms it.
//
// Nodes are changed where they stand, so that the scope analysis and the transformers see one tree:
//   { __proto__: p }  -> Object.setPrototypeOf({}, p)
//   /re/g            -> __wk_regexp("re", "g")        (Duktape's own regexes are never used)
//   import(x)        -> __wk_import(x)                import.meta -> __wk_meta     (ES modules)
//   { function f(){} } -> { let f = function f(){} }  (strict code: blocks scope functions)
//   () => arguments  -> captured in a variable of the function around
// and imports are collected. Called from scope.js's walk.
'use strict';

var ts = require('typescript');
var define = require('define');
var K = ts.SyntaxKind;
var parse = ts.parseNodeFactory;
var T = ts.TransformFlags;

// State of the file at hand.
var state;

// Makes the ancestors of node know of syntax that was put in below them.
function addFlags(node, flags) {
  for (var n = node; n; n = n.parent) n.transformFlags |= flags;
}

function morph(node, kind, fields) {
  state.changed = true;
  node.kind = kind;
  node.text = undefined;
  for (var name in fields) node[name] = fields[name];
}

function identifier(name, parent) {
  var id = parse.createIdentifier(name);
  id.parent = parent;
  return id;
}

function literal(text, parent) {
  var lit = parse.createStringLiteral(text);
  lit.parent = parent;
  return lit;
}

function morphCall(node, callee, texts) {
  var args = [];
  for (var i = 0; i < texts.length; i++) args.push(literal(texts[i], node));
  morph(node, K.CallExpression, {
    expression: identifier(callee, node), questionDotToken: undefined, typeArguments: undefined,
    arguments: parse.createNodeArray(args), transformFlags: 0
  });
}

exports.regex = function (node) {
  var text = node.text, end = text.lastIndexOf('/');
  morphCall(node, '__wk_regexp', [text.slice(1, end), text.slice(end + 1)]);
};

exports.bigint = function (node) {
  state.problems.push({
    node: node, warning: !state.ours, text: 'BigInt literals are not supported'
  });
  morphCall(node, 'BigInt', [node.text.replace(/n$/, '')]);
};

exports.metaProperty = function (node) {
  if (node.keywordToken !== K.ImportKeyword || !state.esm) return;
  morph(node, K.Identifier, { escapedText: '__wk_meta', originalKeywordKind: undefined, pos: -1, end: -1, transformFlags: 0 });
};

exports.superAccess = function (node) {
  var p = node.parent;
  if (!(p.kind === K.CallExpression && p.expression === node)) {
    state.superProperties = true;
  } else {
    var container = ts.getSuperContainer(node, true);
    if (container && container.parent && container.parent.kind === K.ObjectLiteralExpression) state.superProperties = true;
  }
};

// Duktape takes __proto__ in an object literal for a property like any other.
exports.objectLiteral = function (node) {
  var list = node.properties, at = -1, i;
  for (i = 0; i < list.length; i++) {
    var name = list[i].kind === K.PropertyAssignment && list[i].name;
    if (name && (name.kind === K.StringLiteral ? name.text : name.escapedText && ts.unescapeLeadingUnderscores(name.escapedText)) === '__proto__') at = i;
  }
  if (at < 0 || ts.getAssignmentTargetKind(node) !== 0) return;
  var rest = ts.setTextRange(parse.createObjectLiteralExpression(list.slice(0, at).concat(list.slice(at + 1)), node.multiLine), node);
  var callee = parse.createPropertyAccessExpression(identifier('Object', null), parse.createIdentifier('setPrototypeOf'));
  callee.expression.parent = callee.name.parent = callee;
  callee.parent = rest.parent = node;
  var args = parse.createNodeArray([rest, list[at].initializer]);
  morph(node, K.CallExpression, {
    properties: undefined, expression: callee, questionDotToken: undefined, typeArguments: undefined, arguments: args
  });
};

// A function or class at the module's top that takes its name from where it is assigned.
exports.unnamed = function () { state.unnamed = true; };

exports.jsx = function () { state.jsx = true; };

// Specifiers: kind is 'import' (static), 'dynamic' or 'require'.
exports.importFrom = function (node, specifier, isValue) {
  if (specifier.kind !== K.StringLiteral && specifier.kind !== K.NoSubstitutionTemplateLiteral) return;
  state.imports.push({ specifier: specifier.text, node: specifier, kind: 'import', statement: node, isValue: isValue });
};

exports.call = function (node) {
  var callee = node.expression, arg = node.arguments[0];
  if (callee.kind === K.ImportKeyword) {
    if (arg && ts.isStringLiteralLike(arg))
      state.imports.push({ specifier: arg.text, node: arg, kind: 'dynamic' });
    if (state.esm || state.script) {
      node.expression = identifier('__wk_import', node);
      node.arguments = parse.createNodeArray(arg ? [arg] : []);
    }
  } else if (callee.kind === K.Identifier && callee.escapedText === 'require' && node.arguments.length === 1 &&
             ts.isStringLiteralLike(arg)) {
    state.imports.push({ specifier: arg.text, node: arg, kind: 'require', callee: callee });
  }
};

// Strict code: a function in a block belongs to the block, and is there from its start.
exports.block = function (block) {
  var list = block.statements, found = [], i;
  if (!state.strict && !inClass(block)) return;
  for (i = 0; i < list.length; i++)
    if (list[i].kind === K.FunctionDeclaration && list[i].body && list[i].name) found.push(i);
  if (!found.length) return;
  for (i = 0; i < found.length; i++) {
    var statement = letFunction(list[found[i]]);
    statement.parent = block;
    list.splice(found[i], 1);
    list.splice(i, 0, statement);
  }
  addFlags(block, T.ContainsES2015 | T.ContainsBlockScopedBinding);
  list.transformFlags |= T.ContainsES2015 | T.ContainsBlockScopedBinding;
};

function inClass(node) {
  for (var n = node; n; n = n.parent) if (ts.isClassLike(n)) return true;
  return false;
}

function letFunction(fn) {
  var name = parse.createIdentifier(ts.idText(fn.name));
  var expr = parse.createFunctionExpression(fn.modifiers, fn.asteriskToken, fn.name, undefined, fn.parameters, undefined, fn.body);
  ts.setTextRange(expr, fn);
  var decl = ts.setTextRange(parse.createVariableDeclaration(name, undefined, undefined, expr), fn);
  var list = ts.setTextRange(parse.createVariableDeclarationList([decl], ts.NodeFlags.Let), fn);
  return ts.setTextRange(parse.createVariableStatement(undefined, list), fn);
}

// `arguments` inside arrows is the surrounding function's, inside lowered generators the outer one's: it
// is kept in a variable there.
exports.argumentsUsed = function (node, fn) {
  var owner = fn, through = false;
  node.wkArguments = true;
  while (owner && (owner.kind === K.ArrowFunction || owner.kind === K.PropertyDeclaration)) {
    if (owner.kind === K.ArrowFunction) through = true;
    owner = ts.getContainingFunction(owner);
  }
  if (!owner || !owner.body) return;
  // the body of an async function or a generator becomes a function of its own
  if (!through && !owner.asteriskToken && !ts.hasSyntacticModifier(owner, 512 /* Async */)) return;
  node.escapedText = '__wk_arguments';
  node.pos = node.end = -1; // or the printer would copy the source's text
  node.wkArguments = false;
  if (!owner.wkArgumentsKept) {
    owner.wkArgumentsKept = true;
    state.argumentOwners.push(owner);
  }
};

function keepArguments(owner) {
  var value = identifier('arguments', null), list = owner.body.statements, at = 0;
  var decl = parse.createVariableDeclaration(parse.createIdentifier('__wk_arguments'), undefined, undefined, value);
  var statement = parse.createVariableStatement(undefined, parse.createVariableDeclarationList([decl], ts.NodeFlags.None));
  value.parent = decl;
  value.wkArguments = true;
  decl.name.parent = decl;
  decl.parent = statement.declarationList;
  statement.declarationList.parent = statement;
  statement.parent = owner.body;
  // async and generator transformers leave a prologue outside of what they wrap
  statement.emitNode = { flags: ts.EmitFlags.CustomPrologue };
  while (at < list.length && ts.isPrologueDirective(list[at])) at++;
  list.splice(at, 0, statement);
}

// ES modules evaluate what they import before anything of their own: imports go first, in their order.
function hoistImports(sourceFile) {
  var list = sourceFile.statements, head = [], imports = [], rest = [], i, moved = false;
  for (i = 0; i < list.length; i++) {
    var s = list[i];
    if (ts.isPrologueDirective(s) && !rest.length && !imports.length) {
      head.push(s);
    } else if (s.kind === K.ImportDeclaration || s.kind === K.ExportDeclaration && s.moduleSpecifier) {
      if (rest.length) moved = true;
      imports.push(s);
    } else {
      rest.push(s);
    }
  }
  if (!moved) return;
  var all = head.concat(imports, rest);
  for (i = 0; i < all.length; i++) list[i] = all[i];
}

// A name that nothing in the file declares.
exports.globalUsed = function (node) { if (define.replace(node, state.defines)) state.changed = true; };

exports.begin = function (fileState, sourceFile) {
  state = fileState;
  exports.defines = state.defines;
  if (state.esm) hoistImports(sourceFile);
};
exports.end = function () {
  state.argumentOwners.forEach(keepArguments);
};
