// runtime/tools/regexp_literals.js - a TypeScript transformer: /source/flags becomes
// __wk_regexp("source", "flags"), because Duktape's compiler knows only ES5 literals. Build time only.
'use strict';
const ts = require('typescript');

module.exports = (context) => (file) => {
  const visit = (node) => {
    if (!ts.isRegularExpressionLiteral(node)) return ts.visitEachChild(node, visit, context);
    const text = node.text;
    const end = text.lastIndexOf('/');
    return ts.factory.createCallExpression(ts.factory.createIdentifier('__wk_regexp'), undefined, [
      ts.factory.createStringLiteral(text.slice(1, end)),
      ts.factory.createStringLiteral(text.slice(end + 1)),
    ]);
  };
  return ts.visitNode(file, visit);
};
