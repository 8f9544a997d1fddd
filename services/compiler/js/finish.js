// services/compiler/js/finish.js - how our output differs from TypeScript's own ES5.
//
//   super(...)             tslib.__wkSuper(_super, this, [...]): built-in classes can be extended
//   super.x, super.x = v   tslib.__wkSuperGet / __wkSuperSet: accessors see the right `this`
//   class methods          tslib.__wkMethod(proto, "name", function ...): named, not enumerable
//   var f = function ...   tslib.__wkNamed(function ..., "f"): at the module's top, for stack traces
//   exports.f = f          before the module's first require(): functions are hoisted across cycles
//   helpers                from "wk:tslib", which is the runtime's own, whatever "tslib" resolves to
'use strict';

var ts = require('typescript');
var K = ts.SyntaxKind;

ts.externalHelpersModuleNameText = 'wk:tslib';

var context; // of the transformation that runs

function helper(name) {
  context.requestEmitHelper({ name: 'wk:' + name, importName: name, scoped: false, text: '' });
  return context.getEmitHelperFactory().getUnscopedHelperName(name);
}

function isSuper(node) {
  return node.kind === K.Identifier && node.escapedText === '_super' && ts.isGeneratedIdentifier(node);
}

// The factory that the transformers build with.
var factory = Object.create(ts.factory);
factory.createFunctionCallCall = function (target, thisArg, args) {
  if (!isSuper(target)) return ts.factory.createFunctionCallCall(target, thisArg, args);
  return ts.factory.createCallExpression(helper('__wkSuper'), undefined,
    [target, thisArg, ts.factory.createArrayLiteralExpression(args)]);
};
factory.createFunctionApplyCall = function (target, thisArg, args) {
  if (!isSuper(target)) return ts.factory.createFunctionApplyCall(target, thisArg, args);
  return ts.factory.createCallExpression(helper('__wkSuper'), undefined, [target, thisArg, args]);
};
factory.createUniqueName = function (text, flags, prefix, suffix) {
  return ts.factory.createUniqueName(text === 'wk:tslib' ? 'tslib' : text, flags, prefix, suffix);
};
function methodOf(attributes) {
  var first = attributes.kind === K.ObjectLiteralExpression && attributes.properties;
  for (var i = 0; first && i < first.length; i++) {
    var p = first[i];
    if (p.name && p.name.escapedText === 'value') return p.initializer.kind === K.FunctionExpression ? p.initializer : undefined;
  }
  return undefined;
}
factory.createObjectDefinePropertyCall = function (target, name, attributes) {
  var fn = methodOf(attributes);
  if (!fn) return ts.factory.createObjectDefinePropertyCall(target, name, attributes);
  return ts.factory.createCallExpression(helper('__wkMethod'), undefined, [target, name, fn]);
};
exports.factory = factory;

// First in the chain: notes the context, asks for the helpers that finish() uses.
exports.start = function (state) {
  return function (ctx) {
    context = ctx;
    return function (sourceFile) {
      if (state.unnamed) {
        helper('__wkNamed');
        ts.addEmitHelpers(sourceFile, ctx.readEmitHelpers());
      }
      return sourceFile;
    };
  };
};

// Before ES2015 goes: super.x that is not called, and every super of an object literal's methods, which
// ES5 output knows nothing of: { m() { super.m(); } } -> (_o => _o = { m() { get(proto of _o, "m", this)... } })()
exports.superProperties = function (ctx) {
  var f = ctx.factory, home; // of the object literal around, { name, used }; null inside a class
  function keyOf(node) {
    return node.kind === K.ElementAccessExpression ? ts.visitNode(node.argumentExpression, visit) : f.createStringLiteral(ts.idText(node.name));
  }
  function isSuperAccess(node) {
    return (node.kind === K.PropertyAccessExpression || node.kind === K.ElementAccessExpression) && node.expression.kind === K.SuperKeyword;
  }
  function homeOf(node) {
    if (!home) return node.expression;
    home.used = true;
    return f.createCallExpression(f.createPropertyAccessExpression(f.createIdentifier('Object'), 'getPrototypeOf'), undefined, [home.name]);
  }
  function call(name, node, more) {
    return ts.setTextRange(f.createCallExpression(helper(name), undefined, [homeOf(node), keyOf(node), f.createThis()].concat(more)), node);
  }
  function within(newHome, node) {
    var saved = home, result;
    home = newHome;
    result = ts.visitEachChild(node, visit, ctx);
    home = saved;
    return result;
  }
  function objectLiteral(node) {
    var own = { name: f.createUniqueName('_o'), used: false };
    var result = within(own, node);
    if (!own.used) return result;
    return ts.setTextRange(f.createCallExpression(f.createParenthesizedExpression(f.createArrowFunction(undefined, undefined,
      [f.createParameterDeclaration(undefined, undefined, own.name)], undefined, undefined,
      f.createParenthesizedExpression(f.createAssignment(own.name, result)))), undefined, []), node);
  }
  function visit(node) {
    if (node.kind === K.ObjectLiteralExpression) return objectLiteral(node);
    if (ts.isClassLike(node)) return within(null, node);
    if (node.kind === K.CallExpression && isSuperAccess(node.expression)) {
      if (home)
        return f.createFunctionCallCall(call('__wkSuperGet', node.expression, []), f.createThis(), ts.visitNodes(node.arguments, visit));
      return f.updateCallExpression(node, node.expression, node.typeArguments, ts.visitNodes(node.arguments, visit));
    }
    if (node.kind === K.BinaryExpression && isSuperAccess(node.left) && ts.isAssignmentOperator(node.operatorToken.kind)) {
      var op = node.operatorToken.kind, right = ts.visitNode(node.right, visit);
      if (op !== K.EqualsToken)
        right = f.createBinaryExpression(call('__wkSuperGet', node.left, []), ts.getNonAssignmentOperatorForCompoundAssignment(op), right);
      return call('__wkSuperSet', node.left, [right]);
    }
    if (isSuperAccess(node)) return call('__wkSuperGet', node, []);
    return ts.visitEachChild(node, visit, ctx);
  }
  return function (sourceFile) {
    home = null;
    var result = ts.visitEachChild(sourceFile, visit, ctx);
    ts.addEmitHelpers(result, ctx.readEmitHelpers());
    return result;
  };
};

// ---- names of what stands at the module's top ----

function isNameless(node) {
  if (node.kind === K.FunctionExpression) return !node.name;
  var original = ts.getOriginalNode(node);
  return original.kind === K.ClassExpression && !original.name && node.kind === K.CallExpression;
}

// value, with the name it is assigned to; members of an object literal get theirs.
function named(f, value, name) {
  if (value.kind === K.ParenthesizedExpression && isNameless(value.expression)) value = value.expression;
  if (isNameless(value)) return f.createCallExpression(helper('__wkNamed'), undefined, [value, f.createStringLiteral(name)]);
  if (value.kind === K.ObjectLiteralExpression) {
    value.properties.forEach(function (p) {
      if (p.kind === K.PropertyAssignment && !ts.isComputedPropertyName(p.name) && p.name.escapedText !== '__proto__')
        p.initializer = named(f, p.initializer, ts.isIdentifier(p.name) ? ts.idText(p.name) : p.name.text);
    });
  } else if (value.kind === K.BinaryExpression && value.operatorToken.kind === K.EqualsToken) {
    if (value.left.kind === K.PropertyAccessExpression) name = ts.idText(value.left.name);
    value.right = named(f, value.right, name);
  } else if (value.kind === K.BinaryExpression && value.operatorToken.kind === K.CommaToken) {
    value.left = named(f, value.left, name); // an object literal with computed keys
    value.right = named(f, value.right, name);
  } else if (value.kind === K.CommaListExpression) {
    value.elements.forEach(function (e) { named(f, e, name); });
  } else if (value.kind === K.ParenthesizedExpression) {
    value.expression = named(f, value.expression, name);
  }
  return value;
}

function nameStatement(f, s) {
  if (s.kind === K.VariableStatement) {
    s.declarationList.declarations.forEach(function (d) {
      if (d.initializer && d.name.kind === K.Identifier && !ts.isGeneratedIdentifier(d.name)) d.initializer = named(f, d.initializer, ts.idText(d.name));
    });
    return;
  }
  var e = s.kind === K.ExpressionStatement && s.expression;
  if (!e || e.kind !== K.BinaryExpression || e.operatorToken.kind !== K.EqualsToken) return;
  if (e.left.kind === K.Identifier && !ts.isGeneratedIdentifier(e.left)) e.right = named(f, e.right, ts.idText(e.left));
  else if (e.left.kind === K.PropertyAccessExpression && e.left.expression.escapedText === 'exports') e.right = nameExport(f, e);
}

// exports.default = function default_1 ... is called "default".
function nameExport(f, e) {
  var name = ts.idText(e.left.name);
  if (name === 'default' && e.right.kind === K.Identifier && ts.isGeneratedIdentifier(e.right))
    return f.createCallExpression(helper('__setFunctionName'), undefined, [e.right, f.createStringLiteral(name)]);
  return named(f, e.right, name);
}

function exportOfFunction(s, functions) {
  var e = s.kind === K.ExpressionStatement && s.expression;
  return e && e.kind === K.BinaryExpression && e.operatorToken.kind === K.EqualsToken &&
    e.left.kind === K.PropertyAccessExpression && e.left.expression.escapedText === 'exports' &&
    e.right.kind === K.Identifier && functions[ts.getNodeId(ts.getOriginalNode(e.right))] === true && e.left;
}

// A CommonJS module takes its helpers by require(), a script from the global __wk_tslib.
function helperVariables(f, sourceFile, state) {
  var tslib = state.script ? f.createIdentifier('__wk_tslib') : f.createCallExpression(f.createIdentifier('require'), undefined,
    [f.createStringLiteral('wk:tslib')]);
  var names = Object.create(null), out = [];
  (ts.getEmitHelpers(sourceFile) || []).forEach(function (h) {
    if (h.scoped || !h.importName || names[h.importName]) return;
    names[h.importName] = true;
    out.push(f.createVariableStatement(undefined, f.createVariableDeclarationList([f.createVariableDeclaration(h.importName, undefined,
      undefined, f.createPropertyAccessExpression(tslib, h.importName))])));
  });
  return out;
}

// The helpers that the module transformer asks require() for; a script has none.
function withoutRequire(f, s) {
  var d = s.kind === K.VariableStatement && s.declarationList.declarations[0], call = d && d.initializer;
  if (!call || call.kind !== K.CallExpression || call.expression.escapedText !== 'require' ||
      call.arguments.length !== 1 || call.arguments[0].text !== 'wk:tslib') return s;
  return f.createVariableStatement(undefined, f.createVariableDeclarationList([f.createVariableDeclaration(d.name, undefined, undefined,
    f.createIdentifier('__wk_tslib'))]));
}

// Last in the chain: works on the module's own statements only.
exports.finish = function (state) {
  return function (ctx) {
    var f = ts.factory;
    return function (sourceFile) {
      var list = sourceFile.statements, head = [], moved = [], rest = [], i, inHead = true;
      var functions = Object.create(null);
      for (i = 0; i < list.length; i++)
        if (list[i].kind === K.FunctionDeclaration && list[i].name)
          functions[ts.getNodeId(ts.getOriginalNode(list[i].name))] = true;
      for (i = 0; i < list.length; i++) {
        var s = state.script ? helpersOfScript(f, list[i]) : list[i];
        if (state.unnamed) nameStatement(f, s);
        if (inHead && (ts.isPrologueDirective(s) || state.esm && isMarker(s))) head.push(s);
        else if (state.esm && exportOfFunction(s, functions)) moved.push(s);
        else { inHead = false; rest.push(state.script ? withoutRequire(f, s) : s); }
      }
      if (!state.esm) moved = helperVariables(f, sourceFile, state);
      state.usesHelpers = !state.esm ? moved.length > 0 : !!(sourceFile.emitNode && sourceFile.emitNode.helpers);
      return ts.factory.updateSourceFile(sourceFile, ts.setTextRange(f.createNodeArray(head.concat(moved, rest)), list));
    };
  };
};

// var tslib_1 = require("wk:tslib") in a script, which has no require(): from the global.
function helpersOfScript(f, s) {
  var d = s.kind === K.VariableStatement && s.declarationList.declarations[0], call = d && d.initializer;
  if (!call || call.kind !== K.CallExpression || !call.arguments[0] || call.arguments[0].text !== 'wk:tslib') return s;
  return f.createVariableStatement(undefined, f.createVariableDeclarationList([f.createVariableDeclaration(d.name, undefined,
    undefined, f.createIdentifier('__wk_tslib'))]));
}

// Object.defineProperty(exports, "__esModule", ...) and exports.a = exports.b = void 0
function isMarker(s) {
  var e = s.kind === K.ExpressionStatement && s.expression;
  if (!e) return false;
  if (e.kind === K.CallExpression) return e.arguments.length > 1 && e.arguments[1].text === '__esModule';
  while (e.kind === K.BinaryExpression) e = e.right;
  return e.kind === K.VoidExpression;
}
