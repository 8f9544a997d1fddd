// services/compiler/js/flags.js - the marks that the walk and the references leave on nodes: NodeCheckFlags
// of the type checker, as far as the transformers ask for them.
'use strict';

var ts = require('typescript');

exports.FLAG = {
  loopCaptured: 65536, partCaptured: 131072, captured: 262144, inLoop: 524288,
  loopOut: 4194304, classReferenced: 16777216, classReference: 33554432
};
exports.LEXICAL = { let: true, const: true, class: true };
exports.mark = function (node, flags) { node.wkFlags = (node.wkFlags | 0) | flags; };
exports.isAmbient = function (node) { return ts.hasSyntacticModifier(node, 2 /* Ambient */); };
