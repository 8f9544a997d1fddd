// services/compiler/js/scope.js - who declares each name of one file: what the type checker tells the
// transformers, without types and without a checker.
//
// One walk sets parents, opens scopes and notes references; then every reference is resolved and marks
// what lowering must know: loops whose variables are captured, block variables that need another name,
// imports that are used as values, exported names. A symbol is { name, kind, decl, scope, ... }; the
// identifier and the declaration that belong to it carry it as `wkSymbol`, nodes carry their flags as
// `wkFlags` (NodeCheckFlags). Kinds: var param func let const class catch import enum member ns fexpr.
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var bare = Object.create;

var FLAG = {
  loopCaptured: 65536, partCaptured: 131072, captured: 262144, inLoop: 524288,
  loopOut: 4194304, classReferenced: 16777216, classReference: 33554432
};

// The walk's state; one file at a time.
var jsxFactory, jsxFragment; // entity names, set by the options
var file, scope, parentNode, currentLoop, currentFunction, currentClass, depth, refs, errors, hooks, globals, typeNames;

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

function mark(node, flags) { node.wkFlags = (node.wkFlags | 0) | flags; }

function fail(node, text) { errors.push({ node: node, text: text }); }

// ---- declarations ----

var LEXICAL = { let: true, const: true, class: true };

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

function isAmbient(node) { return ts.hasSyntacticModifier(node, 2 /* Ambient */); }

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

// ---- resolution ----

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
  fail(node, symbol.kind === 'const' ?
    'Cannot assign to "' + symbol.name + '" because it is a constant' :
    'Cannot assign to import "' + symbol.name + '"');
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

// ---- what the transformers ask ----

function symbolOf(node) {
  var original = node && ts.getParseTreeNode(node);
  return original ? original.wkSymbol : undefined;
}

function identifierSymbol(node) {
  if (ts.isGeneratedIdentifier(node)) return undefined;
  var original = ts.getParseTreeNode(node, ts.isIdentifier);
  return original ? original.wkSymbol : undefined;
}

// The declaration of host's namespace or enum, which may have several, that node stands in.
function around(node, host) {
  for (var n = ts.getParseTreeNode(node).parent; n; n = n.parent)
    if (n === host || n.kind === host.kind && n.wkSymbol === host.wkSymbol) return n;
  return undefined;
}

function exportContainer(node, prefixLocals) {
  var symbol = identifierSymbol(node), kind;
  if (!symbol) return undefined;
  kind = symbol.kind;
  if (kind === 'member') return around(node, symbol.host);
  if (!symbol.exported) return undefined;
  if (!prefixLocals && (kind === 'func' || kind === 'class' || kind === 'enum' || kind === 'ns')) return undefined;
  return symbol.host ? around(node, symbol.host) : file;
}

function isUsedAlias(node) {
  var symbol = node.wkSymbol;
  switch (node.kind) {
    case K.ImportClause: return !node.isTypeOnly && !!symbol && symbol.uses > 0;
    case K.NamespaceImport: case K.ImportSpecifier: return !!symbol && symbol.uses > 0;
    case K.ImportEqualsDeclaration: return !!symbol && (symbol.uses > 0 || symbol.exported);
    default: return true;
  }
}

function isValueName(node) {
  return node.wkSymbol !== undefined || typeNames[node.escapedText] !== true;
}

function isValueAlias(node) {
  switch (node.kind) {
    case K.ExportSpecifier:
      return !node.isTypeOnly && (!!node.parent.parent.moduleSpecifier || isValueName(node.propertyName || node.name));
    case K.ExportAssignment: return node.expression.kind !== K.Identifier || isValueName(node.expression);
    case K.ExportDeclaration:
      return !!node.exportClause && (node.exportClause.kind === K.NamespaceExport || node.exportClause.elements.some(isValueAlias));
    case K.ImportClause: case K.NamespaceImport: case K.ImportSpecifier: return !!node.wkSymbol;
    default: return true;
  }
}

var constants = require('enums');

// A namespace of types only is not there when it runs.
function isInstantiated(node) {
  var body = node.body;
  if (!body) return false;
  if (body.kind === K.ModuleDeclaration) return isInstantiated(body);
  return ts.some(body.statements, function (s) {
    return s.kind === K.ModuleDeclaration ? isInstantiated(s) :
      s.kind !== K.InterfaceDeclaration && s.kind !== K.TypeAliasDeclaration && !isAmbient(s);
  });
}
ts.isInstantiatedModule = function (node) { return isInstantiated(node); };

var resolver = {
  getNodeCheckFlags: function (node) {
    var original = ts.getParseTreeNode(node);
    return original ? original.wkFlags | 0 : 0;
  },
  isDeclarationWithCollidingName: function (node) {
    var symbol = symbolOf(node);
    return symbol !== undefined && isColliding(symbol);
  },
  getReferencedDeclarationWithCollidingName: function (node) {
    var symbol = identifierSymbol(node);
    return symbol !== undefined && isColliding(symbol) ? symbol.decl : undefined;
  },
  isArgumentsLocalBinding: function (node) {
    if (node.escapedText !== 'arguments' || ts.isGeneratedIdentifier(node)) return false;
    var original = ts.getParseTreeNode(node, ts.isIdentifier);
    return !!original && original.wkArguments === true;
  },
  isBindingCapturedByNode: function (node, decl) {
    var list = node.wkCaptured, symbol = symbolOf(decl);
    return list !== undefined && list.indexOf(symbol) >= 0;
  },
  getReferencedExportContainer: exportContainer,
  getReferencedImportDeclaration: function (node) {
    if (node.generatedImportReference) return node.generatedImportReference;
    var symbol = identifierSymbol(node);
    return symbol !== undefined && symbol.kind === 'import' ? symbol.decl : undefined;
  },
  getReferencedValueDeclaration: function (node) {
    var symbol = identifierSymbol(node);
    return symbol !== undefined ? symbol.decl : undefined;
  },
  isValueAliasDeclaration: function (node) {
    var original = ts.getParseTreeNode(node);
    return !original || isValueAlias(original);
  },
  isReferencedAliasDeclaration: function (node) {
    var original = ts.getParseTreeNode(node);
    return !original || isUsedAlias(original);
  },
  isTopLevelValueImportEqualsWithEntityName: function () { return true; },
  getConstantValue: constants.valueOf,
  getExternalModuleFileFromDeclaration: function () { return undefined; },
  hasGlobalName: function (name) { return globals[name] === true; },
  getJsxFactoryEntity: function () { return jsxFactory; },
  getJsxFragmentFactoryEntity: function () { return jsxFragment; },
  getTypeReferenceSerializationKind: function () { return 0; }
};

// Analyses a parsed file. hooks are called during the walk (see rewrite.js); errors found are pushed to
// errorList as { node, text }. Gives the resolver for ts.transformNodes; good until the next file.
exports.analyse = function (sourceFile, walkHooks, errorList) {
  file = sourceFile;
  hooks = walkHooks;
  errors = errorList;
  scope = null;
  depth = 0;
  currentLoop = currentFunction = currentClass = parentNode = undefined;
  refs = [];
  globals = bare(null);
  typeNames = bare(null);
  scope = new Scope(sourceFile, 'module');
  children(sourceFile, sourceFile.statements);
  sourceFile.endOfFileToken.parent = sourceFile;
  for (var i = 0; i < refs.length; i++) resolveOne(refs[i]);
  return resolver;
};
exports.setJsx = function (factory, fragment) {
  jsxFactory = factory ? ts.parseIsolatedEntityName(factory, ts.ScriptTarget.Latest) : undefined;
  jsxFragment = fragment ? ts.parseIsolatedEntityName(fragment, ts.ScriptTarget.Latest) : undefined;
};
// Is name used in the file without being declared there?
exports.usesGlobal = function (name) { return globals[name] === true; };
exports.mark = mark;
exports.FLAG = FLAG;
