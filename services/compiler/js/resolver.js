// services/compiler/js/resolver.js - what the transformers ask about names, answered from the marks of
// scope.js and references.js. Good for one file, until the next is analysed.
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var constants = require('enums');
var flags = require('flags');
var isColliding = require('references').isColliding;

var jsxFactory, jsxFragment; // entity names, set by the options
var file, globals, typeNames;

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

// A namespace of types only is not there when it runs.
function isInstantiated(node) {
  var body = node.body;
  if (!body) return false;
  if (body.kind === K.ModuleDeclaration) return isInstantiated(body);
  return ts.some(body.statements, function (s) {
    return s.kind === K.ModuleDeclaration ? isInstantiated(s) :
      s.kind !== K.InterfaceDeclaration && s.kind !== K.TypeAliasDeclaration && !flags.isAmbient(s);
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

exports.forFile = function (sourceFile, globalNames, namesOfTypes) {
  file = sourceFile;
  globals = globalNames;
  typeNames = namesOfTypes;
  return resolver;
};
exports.setJsx = function (factory, fragment) {
  jsxFactory = factory ? ts.parseIsolatedEntityName(factory, ts.ScriptTarget.Latest) : undefined;
  jsxFragment = fragment ? ts.parseIsolatedEntityName(fragment, ts.ScriptTarget.Latest) : undefined;
};
// Is name used in the file without being declared there?
exports.usesGlobal = function (name) { return globals[name] === true; };
