// services/compiler/js/names.js - the names of identifiers that transformers made up.
//
// TypeScript's printer reuses temporary names from function to function; here every made-up name is
// unique in its file, which needs no bookkeeping of scopes. Names of the file level ("_super", "_this")
// go by their text alone, as different nodes mean the same variable.
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;
var bare = Object.create;

var file, hasGlobal, taken, byId, byNode, byText, temps;

exports.begin = function (sourceFile, hasGlobalName) {
  file = sourceFile;
  hasGlobal = hasGlobalName;
  taken = bare(null);
  byId = bare(null);
  byNode = bare(null);
  byText = bare(null);
  temps = 0;
};

function isFree(name) { return !file.identifiers.has(name) && !hasGlobal(name); }

function take(name) {
  taken[name] = true;
  return name;
}

function unique(base, optimistic, prefix, suffix) {
  if (base.charAt(0) === '#') base = base.slice(1);
  var name = prefix + base + suffix, i;
  if (optimistic && isFree(name) && !taken[name]) return take(name);
  if (base.charAt(base.length - 1) !== '_') base += '_';
  for (i = 1; ; i++) {
    name = prefix + base + i + suffix;
    if (isFree(name) && !taken[name]) return take(name);
  }
}

function ofFile(base, optimistic) {
  var name = byText[base], i;
  if (name !== undefined) return name;
  if (optimistic && isFree(base)) return byText[base] = base;
  for (i = 1; !isFree(base + '_' + i); i++);
  return byText[base] = base + '_' + i;
}

function temporary(prefix, suffix) {
  for (;;) {
    var n = temps++;
    var name = prefix + (prefix ? '' : '_') + (n < 26 ? String.fromCharCode(97 + n) : '' + (n - 25)) + suffix;
    if (isFree(name) && !taken[name]) return take(name);
  }
}

function part(p) {
  if (typeof p === 'object' && p !== null) return part(p.prefix) + text(p.node) + part(p.suffix);
  return typeof p === 'string' ? p.replace(/^#/, '') : '';
}

function ofNode(node, flags, prefix, suffix) {
  switch (node.kind) {
    case K.Identifier: case K.PrivateIdentifier: return unique(text(node), (flags & 16) !== 0, prefix, suffix);
    case K.ModuleDeclaration: case K.EnumDeclaration: return unique(ts.idText(node.name), false, '', '');
    case K.ImportDeclaration: case K.ExportDeclaration:
      var module = ts.getExternalModuleName(node);
      return unique(module && module.kind === K.StringLiteral ? ts.makeIdentifierFromModuleName(module.text) : 'module', false, '', '');
    case K.FunctionDeclaration: case K.ClassDeclaration: case K.ExportAssignment: return unique('default', false, '', '');
    case K.ClassExpression: return unique('class', false, '', '');
    case K.MethodDeclaration: case K.GetAccessor: case K.SetAccessor:
      return node.name.kind === K.Identifier ? cached(node.name, flags, '', '') : temporary(prefix, suffix);
    default: return temporary(prefix, suffix);
  }
}

function cached(node, flags, prefix, suffix) {
  var key = ts.getNodeId(node) + '/' + prefix + '/' + suffix;
  return byNode[key] || (byNode[key] = ofNode(node, flags, prefix, suffix));
}

function generated(id) {
  var flags = id.autoGenerateFlags, prefix = part(id.autoGeneratePrefix), suffix = part(id.autoGenerateSuffix);
  switch (flags & 7) {
    case 4: return cached(ts.getNodeForGeneratedName(id), flags, prefix, suffix);
    case 3: return flags & 32 ? ofFile(ts.idText(id), (flags & 16) !== 0) : unique(ts.idText(id), (flags & 16) !== 0, prefix, suffix);
    default: return temporary(prefix, suffix);
  }
}

// The text of an identifier, made up or the author's.
function text(id) {
  var flags = id.autoGenerateFlags, name;
  if (flags === undefined || (flags & 7) === 0) return ts.idText(id);
  name = byId[id.autoGenerateId];
  return name !== undefined ? name : byId[id.autoGenerateId] = generated(id);
}
exports.text = text;
