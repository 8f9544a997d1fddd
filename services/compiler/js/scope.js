// services/compiler/js/scope.js - who declares each name of one file: what the type checker tells the
// transformers, without types and without a checker.
//
// One walk sets parents, opens scopes and notes references, which references.js resolves then; resolver.js
// answers what the transformers ask. A symbol is { name, kind, decl, scope, ... }; the
// identifier and the declaration that belong to it carry it as `wkSymbol`, nodes carry their flags as
// `wkFlags` (NodeCheckFlags). Kinds: var param func let const class catch import enum member ns fexpr.
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var bare = Object.create;
var references = require('references');
var resolver = require('resolver');
var flags = require('flags');
var FLAG = flags.FLAG, LEXICAL = flags.LEXICAL, mark = flags.mark, isAmbient = flags.isAmbient;

// The walk's state; one file at a time.
var scope, parentNode, currentLoop, currentFunction, currentClass, depth, refs, errors, hooks, typeNames;

function Scope(node, kind) {
  this.node = node;
  this.kind = kind; // 'block', 'function', 'module', 'ns', 'name'
  this.names = bare(null);
  this.parent = scope;
  this.vars = kind === 'block' || kind === 'name' ? scope.vars : this;
  this.depth = depth; // functions around, this one included
  this.loop = currentLoop;
  this.shared = null; // of a namespace: what all its declarations export
}

function fail(node, text) { errors.push({ node: node, text: text }); }

// ---- declarations ----

function clashes(old, kind) {
  if (LEXICAL[old.kind] !== true && LEXICAL[kind] !== true) return false;
  return !(kind === 'ns' || old.kind === 'ns' || kind === 'enum' || old.kind === 'enum');
}

function declare(where, nameNode, decl, kind) {
  var name = nameNode.escapedText;
  var symbol = where.names[name];
  if (symbol === undefined) {
    symbol = where.names[name] = {
      name: name, kind: kind, decl: decl, scope: where, exported: false, uses: 0, colliding: undefined, host: null
    };
  } else if (clashes(symbol, kind)) {
    fail(nameNode, "Identifier '" + ts.unescapeLeadingUnderscores(name) + "' has already been declared");
  } else if (kind === 'func' && symbol.kind === 'var' || symbol.kind === 'ns' && kind !== 'ns') {
    symbol.kind = kind;
    symbol.decl = decl;
  }
  nameNode.wkSymbol = symbol;
  if (decl.wkSymbol === undefined) decl.wkSymbol = symbol;
  return symbol;
}

function exportIt(symbol, node) {
  if (!ts.hasSyntacticModifier(node, 1 /* Export */)) return;
  symbol.exported = true;
  if (scope.kind === 'ns') {
    symbol.host = scope.node;
    scope.shared[symbol.name] = symbol;
  }
}

// Declares every name of a binding name; visits initializers and computed keys as expressions.
function declareBinding(name, decl, where, kind, exportedBy) {
  var i, elements;
  if (name.kind === K.Identifier) {
    var symbol = declare(where, name, decl, kind);
    if (exportedBy) exportIt(symbol, exportedBy);
    return;
  }
  elements = name.elements;
  for (i = 0; i < elements.length; i++) {
    var el = elements[i];
    el.parent = name;
    if (el.kind === K.OmittedExpression) continue;
    el.name.parent = el;
    declareBinding(el.name, el, where, kind, exportedBy);
    if (el.propertyName) { child(el, el.propertyName); }
    if (el.initializer) { child(el, el.initializer); }
  }
}

// ---- the walk ----

var on = [];

function visit(node) {
  var handler = on[node.kind];
  if (handler !== undefined) handler(node);
  else if (node.kind > K.LastToken) walk(node);
}

function each(node) {
  node.parent = parentNode;
  if (node.kind < K.FirstTypeNode || node.kind > K.LastTypeNode) visit(node);
}

function walk(node) {
  var saved = parentNode;
  parentNode = node;
  ts.forEachChild(node, each);
  parentNode = saved;
}

function child(parent, node) {
  var saved;
  if (!node) return;
  saved = parentNode;
  parentNode = parent;
  each(node);
  parentNode = saved;
}

function children(parent, nodes) {
  var i, saved = parentNode;
  if (!nodes) return;
  parentNode = parent;
  for (i = 0; i < nodes.length; i++) each(nodes[i]);
  parentNode = saved;
}

function inScope(node, kind, fn) {
  var saved = scope;
  scope = new Scope(node, kind);
  fn(node);
  scope = saved;
}

function reference(node) {
  refs.push({ node: node, scope: scope, depth: depth, cls: currentClass, fn: currentFunction, loop: currentLoop });
}

on[K.Identifier] = function (node) { reference(node); };
on[K.PropertyAccessExpression] = function (node) {
  child(node, node.expression);
  node.name.parent = node;
  if (node.questionDotToken) node.questionDotToken.parent = node;
  if (node.expression.kind === K.SuperKeyword) hooks.superAccess(node);
};
on[K.ElementAccessExpression] = function (node) {
  walk(node);
  if (node.expression.kind === K.SuperKeyword) hooks.superAccess(node);
};
on[K.QualifiedName] = function (node) {
  // import A = B.C: only the leftmost is a name of this file
  child(node, node.left);
  node.right.parent = node;
};
on[K.PropertyAssignment] = function (node) {
  memberName(node);
  child(node, node.initializer);
};
on[K.ShorthandPropertyAssignment] = function (node) { walk(node); };
on[K.ObjectLiteralExpression] = function (node) {
  hooks.objectLiteral(node);
  walk(node);
};
on[K.LabeledStatement] = function (node) {
  node.label.parent = node;
  child(node, node.statement);
};
on[K.BreakStatement] = on[K.ContinueStatement] = function (node) { if (node.label) node.label.parent = node; };
on[K.MetaProperty] = function (node) {
  node.name.parent = node;
  hooks.metaProperty(node);
};
on[K.RegularExpressionLiteral] = function (node) { hooks.regex(node); };
on[K.BigIntLiteral] = function (node) { hooks.bigint(node); };
on[K.TaggedTemplateExpression] = function (node) { walk(node); };
on[K.CallExpression] = function (node) {
  walk(node);
  hooks.call(node);
};
on[K.JSDoc] = function () {};

function memberName(node) {
  var name = node.name;
  name.parent = node;
  if (name.kind === K.ComputedPropertyName) child(name, name.expression);
}

function assertNoTypes() {}
on[K.InterfaceDeclaration] = on[K.TypeAliasDeclaration] = function (node) {
  if (scope.parent === null) typeNames[node.name.escapedText] = true;
};
on[K.TypeParameter] = on[K.IndexSignature] = assertNoTypes;
on[K.NamespaceExportDeclaration] = assertNoTypes;

on[K.VariableStatement] = function (node) {
  var list = node.declarationList;
  if (isAmbient(node)) return;
  if (node.modifiers) children(node, node.modifiers);
  list.parent = node;
  variableList(list, node);
};
on[K.VariableDeclarationList] = function (node) { variableList(node, null); };

function variableList(list, statement) {
  var i, flags = list.flags & ts.NodeFlags.BlockScoped;
  var kind = flags === 0 ? 'var' : flags & ts.NodeFlags.Const ? 'const' : 'let';
  var where = flags === 0 ? scope.vars : scope;
  for (i = 0; i < list.declarations.length; i++) {
    var decl = list.declarations[i];
    decl.parent = list;
    decl.name.parent = decl;
    declareBinding(decl.name, decl, where, kind, statement);
    if (decl.initializer) child(decl, decl.initializer);
  }
}

function functionLike(node) {
  var savedLoop = currentLoop, savedFunction = currentFunction, savedScope = scope, i;
  if (depth === 0 && !node.name || node.parent.kind === K.ObjectLiteralExpression) hooks.unnamed(node);
  node.type = undefined; // ES5 would look for the promise constructor in it
  if (node.modifiers) children(node, node.modifiers);
  depth++;
  currentLoop = undefined;
  currentFunction = node;
  if (node.kind === K.FunctionExpression && node.name) {
    scope = new Scope(node, 'name');
    scope.vars = savedScope.vars;
    node.name.parent = node;
    declare(scope, node.name, node, 'fexpr');
  }
  scope = new Scope(node, 'function');
  for (i = 0; i < node.parameters.length; i++) {
    var p = node.parameters[i];
    p.parent = node;
    if (p.modifiers) children(p, p.modifiers);
    p.name.parent = p;
    if (p.name.escapedText !== 'this') declareBinding(p.name, p, scope, 'param', null);
    if (p.initializer) child(p, p.initializer);
  }
  if (node.body) {
    node.body.parent = node;
    if (node.body.kind === K.Block) children(node.body, node.body.statements);
    else child(node, node.body);
  }
  scope = savedScope;
  depth--;
  currentLoop = savedLoop;
  currentFunction = savedFunction;
}

on[K.FunctionDeclaration] = function (node) {
  if (node.name) {
    node.name.parent = node;
    if (node.body && !isAmbient(node)) {
      var symbol = declare(scope, node.name, node, 'func');
      if (!ts.hasSyntacticModifier(node, 1024 /* Default */)) exportIt(symbol, node);
    }
  }
  if (node.body && !isAmbient(node)) functionLike(node);
};
on[K.FunctionExpression] = on[K.ArrowFunction] = functionLike;
on[K.MethodDeclaration] = on[K.GetAccessor] = on[K.SetAccessor] = on[K.Constructor] = function (node) {
  if (node.name) {
    memberName(node);
    privateMember(node);
  }
  if (node.body) functionLike(node);
};

// What a private member or a computed field name of a class expression needs in a loop.
function privateMember(node) {
  var name = node.name;
  if (currentLoop === undefined || node.parent.kind !== K.ClassExpression) return;
  if (name.kind === K.PrivateIdentifier) {
    mark(name, FLAG.inLoop);
    mark(currentLoop, FLAG.loopCaptured);
  } else if (name.kind === K.ComputedPropertyName && node.kind === K.PropertyDeclaration && !ts.hasStaticModifier(node)) {
    mark(currentLoop, FLAG.loopCaptured);
    mark(name, FLAG.inLoop);
    mark(node.parent, FLAG.inLoop);
  }
}

on[K.PropertyDeclaration] = function (node) {
  var savedFunction = currentFunction, instance = !ts.hasStaticModifier(node);
  if (node.modifiers) children(node, node.modifiers);
  memberName(node);
  privateMember(node);
  if (!node.initializer || isAmbient(node)) return;
  currentFunction = node;
  if (instance) depth++;
  inScope(node, 'function', function () { child(node, node.initializer); });
  if (instance) depth--;
  currentFunction = savedFunction;
};
on[K.ClassStaticBlockDeclaration] = function (node) {
  var savedFunction = currentFunction;
  currentFunction = node;
  node.body.parent = node;
  inScope(node, 'function', function () { children(node.body, node.body.statements); });
  currentFunction = savedFunction;
};

function classBody(node) {
  var saved = currentClass;
  currentClass = node;
  if (node.heritageClauses) {
    for (var i = 0; i < node.heritageClauses.length; i++) {
      var clause = node.heritageClauses[i];
      clause.parent = node;
      if (clause.token === K.ExtendsKeyword) children(clause, clause.types);
    }
  }
  children(node, node.members);
  currentClass = saved;
}
on[K.ExpressionWithTypeArguments] = function (node) { child(node, node.expression); };
on[K.ClassDeclaration] = function (node) {
  if (isAmbient(node)) return;
  if (node.modifiers) children(node, node.modifiers);
  if (node.name) {
    node.name.parent = node;
    var symbol = declare(scope, node.name, node, 'class');
    if (!ts.hasSyntacticModifier(node, 1024 /* Default */)) exportIt(symbol, node);
  } else {
    hooks.unnamed(node);
  }
  classBody(node);
};
on[K.ClassExpression] = function (node) {
  if (!node.name) {
    hooks.unnamed(node);
    classBody(node);
    return;
  }
  node.name.parent = node;
  inScope(node, 'name', function () {
    scope.node = scope.parent.node; // the block the class stands in, as for a declaration
    declare(scope, node.name, node, 'class');
    classBody(node);
  });
};

on[K.Block] = function (node) {
  hooks.block(node, scope);
  inScope(node, 'block', walk);
};
on[K.CaseBlock] = function (node) { inScope(node, 'block', walk); };
on[K.CatchClause] = function (node) {
  inScope(node, 'block', function () {
    var decl = node.variableDeclaration;
    if (decl) {
      decl.parent = node;
      decl.name.parent = decl;
      declareBinding(decl.name, decl, scope, 'catch', null);
    }
    child(node, node.block);
  });
};

function loop(node) {
  var saved = currentLoop;
  currentLoop = node;
  if (node.kind === K.WhileStatement || node.kind === K.DoStatement) walk(node);
  else inScope(node, 'block', walk);
  currentLoop = saved;
}
on[K.ForStatement] = on[K.ForInStatement] = on[K.ForOfStatement] = on[K.WhileStatement] = on[K.DoStatement] = loop;

on[K.ImportDeclaration] = function (node) {
  var clause = node.importClause, i, bindings;
  hooks.importFrom(node, node.moduleSpecifier, !clause || !clause.isTypeOnly);
  node.moduleSpecifier.parent = node;
  if (!clause) return;
  clause.parent = node;
  if (clause.name) {
    clause.name.parent = clause;
    importName(clause.name, clause, clause.isTypeOnly);
  }
  bindings = clause.namedBindings;
  if (!bindings) return;
  bindings.parent = clause;
  if (bindings.kind === K.NamespaceImport) {
    bindings.name.parent = bindings;
    importName(bindings.name, bindings, clause.isTypeOnly);
    return;
  }
  for (i = 0; i < bindings.elements.length; i++) {
    var el = bindings.elements[i];
    el.parent = bindings;
    el.name.parent = el;
    if (el.propertyName) el.propertyName.parent = el;
    importName(el.name, el, clause.isTypeOnly || el.isTypeOnly);
  }
};
function importName(name, decl, typeOnly) {
  if (typeOnly) typeNames[name.escapedText] = true;
  else declare(scope, name, decl, 'import');
}
on[K.ImportEqualsDeclaration] = function (node) {
  node.name.parent = node;
  node.moduleReference.parent = node;
  if (node.isTypeOnly) return;
  exportIt(declare(scope, node.name, node, 'import'), node);
  if (node.moduleReference.kind === K.ExternalModuleReference) {
    hooks.importFrom(node, node.moduleReference.expression, true);
    node.moduleReference.expression.parent = node.moduleReference;
  } else {
    visit(node.moduleReference);
  }
};
on[K.ExportDeclaration] = function (node) {
  var clause = node.exportClause, i;
  if (node.moduleSpecifier) {
    node.moduleSpecifier.parent = node;
    hooks.importFrom(node, node.moduleSpecifier, !node.isTypeOnly);
  }
  if (!clause) return;
  clause.parent = node;
  if (clause.kind === K.NamespaceExport) {
    clause.name.parent = clause;
    return;
  }
  for (i = 0; i < clause.elements.length; i++) {
    var el = clause.elements[i], local = el.propertyName || el.name;
    el.parent = clause;
    el.name.parent = el;
    local.parent = el;
    if (!node.moduleSpecifier && !node.isTypeOnly && !el.isTypeOnly) reference(local);
  }
};
on[K.ExportAssignment] = function (node) { child(node, node.expression); };

on[K.EnumDeclaration] = function (node) {
  var i;
  if (isAmbient(node)) return;
  node.name.parent = node;
  exportIt(declare(scope, node.name, node, 'enum'), node);
  inScope(node, 'name', function () {
    for (i = 0; i < node.members.length; i++) {
      var m = node.members[i];
      m.parent = node;
      m.name.parent = m;
      if (m.name.kind === K.Identifier) declare(scope, m.name, m, 'member').host = node;
      child(m, m.initializer);
    }
  });
};
on[K.ModuleDeclaration] = function (node) {
  var savedLoop = currentLoop, symbol;
  if (isAmbient(node) || node.name.kind !== K.Identifier || !node.body) return;
  node.name.parent = node;
  symbol = declare(scope, node.name, node, 'ns');
  exportIt(symbol, node);
  if (!symbol.shared) symbol.shared = bare(null);
  currentLoop = undefined;
  inScope(node, 'ns', function () {
    scope.shared = symbol.shared;
    node.body.parent = node;
    if (node.body.kind === K.ModuleBlock) children(node.body, node.body.statements);
    else child(node, node.body);
  });
  currentLoop = savedLoop;
};
on[K.JsxOpeningElement] = on[K.JsxSelfClosingElement] = function (node) {
  hooks.jsx(node);
  jsxTag(node);
  child(node, node.attributes);
};
on[K.JsxClosingElement] = jsxTag;
function jsxTag(node) {
  var tag = node.tagName;
  tag.parent = node;
  if (tag.kind === K.Identifier && ts.isIntrinsicJsxName(tag.escapedText)) return;
  child(node, tag);
}
on[K.JsxOpeningFragment] = function (node) { hooks.jsx(node); };
on[K.JsxAttribute] = function (node) {
  node.name.parent = node;
  child(node, node.initializer);
};

// Analyses a parsed file. hooks are called during the walk (see rewrite.js); errors found are pushed to
// errorList as { node, text }. Gives the resolver for ts.transformNodes; good until the next file.
exports.analyse = function (sourceFile, walkHooks, errorList) {
  hooks = walkHooks;
  errors = errorList;
  scope = null;
  depth = 0;
  currentLoop = currentFunction = currentClass = parentNode = undefined;
  refs = [];
  typeNames = bare(null);
  scope = new Scope(sourceFile, 'module');
  children(sourceFile, sourceFile.statements);
  sourceFile.endOfFileToken.parent = sourceFile;
  return resolver.forFile(sourceFile, references.resolve(refs, hooks, errors), typeNames);
};
