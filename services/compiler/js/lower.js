// services/compiler/js/lower.js - one module: TypeScript or modern JavaScript in, ES5 out.
//
// lower(input) takes
//   { name, source, kind: 'esm' | 'cjs' | 'auto' | 'script', ours, jsx: 'preserve' | 'react' | 'react-jsx' | ...,
//     jsxImportSource, jsxFactory, jsxFragmentFactory, defineFields, define: { name: text } }
// and gives
//   { type: 'es' | 'es_async' | 'cjs' | 'script', code, lines: [source line of each line],
//     imports: [{ specifier, kind: 'import' | 'dynamic' | 'require', line, column }],
//     exported: bool, diagnostics: [{ error, line, column, text }] }
// With an error among the diagnostics code is ''.
'use strict';

var ts = require('typescript');
var scopes = require('scope');
var resolver = require('resolver');
var rewrite = require('rewrite');
var topAwait = require('topawait');
var finish = require('finish');
var printing = require('print');
var forgive = require('forgive');
var K = ts.SyntaxKind;

// Comments carry nothing that lowering needs; parsing their tags would take a fifth of the time.
ts.getJSDocCommentRanges = function () { return undefined; };
// A hashbang line would not be the first of the function that a module becomes.
ts.getShebang = function () { return undefined; };

var SCRIPT_KINDS = {
  '.ts': ts.ScriptKind.TS, '.mts': ts.ScriptKind.TS, '.cts': ts.ScriptKind.TS, '.tsx': ts.ScriptKind.TSX
};
var JSX = { react: ts.JsxEmit.React, 'react-jsx': ts.JsxEmit.ReactJSX, 'react-jsxdev': ts.JsxEmit.ReactJSX };

function extension(name) {
  var at = name.lastIndexOf('.');
  return at < 0 ? '' : name.slice(at);
}

function indicator(kind) {
  return function (file) {
    if (kind === 'esm') file.externalModuleIndicator = file;
    else if (kind === 'auto') file.externalModuleIndicator = ts.isFileProbablyExternalModule(file);
  };
}

function place(sourceFile, pos) {
  var at = ts.getLineAndCharacterOfPosition(sourceFile, pos);
  return { line: at.line + 1, column: at.character + 1 };
}

function diagnostic(sourceFile, pos, text, warning) {
  var at = place(sourceFile, pos);
  return { error: !warning, line: at.line, column: at.column, text: text };
}

function startOf(sourceFile, node) {
  return ts.skipTrivia(sourceFile.text, node.pos);
}

function compilerOptions(input) {
  return {
    target: ts.ScriptTarget.ES5, module: ts.ModuleKind.CommonJS, downlevelIteration: true, importHelpers: true,
    noEmitHelpers: true, esModuleInterop: true, allowJs: true, removeComments: true, isolatedModules: true,
    experimentalDecorators: true, useDefineForClassFields: input.defineFields !== false, noLib: true, noResolve: true,
    newLine: ts.NewLineKind.LineFeed, alwaysStrict: false,
    jsx: JSX[input.jsx] || ts.JsxEmit.React, jsxImportSource: input.jsxImportSource || undefined,
    jsxFactory: input.jsxFactory || undefined, jsxFragmentFactory: input.jsxFragmentFactory || undefined
  };
}

// Methods are never enumerable, also where fields are assigned instead of defined.
function withDefine(transformer) {
  return function (context) {
    var own = Object.create(context), options;
    own.getCompilerOptions = function () {
      if (!options) {
        options = ts.clone(context.getCompilerOptions());
        options.useDefineForClassFields = true;
      }
      return options;
    };
    Object.defineProperty(own, 'onSubstituteNode', {
      get: function () { return context.onSubstituteNode; }, set: function (f) { context.onSubstituteNode = f; }
    });
    Object.defineProperty(own, 'onEmitNode', {
      get: function () { return context.onEmitNode; }, set: function (f) { context.onEmitNode = f; }
    });
    return transformer(own);
  };
}

function transformers(state, options) {
  var list = [finish.start(state), ts.transformTypeScript, ts.transformLegacyDecorators, ts.transformClassFields];
  if (state.jsx) list.push(ts.transformJsx);
  list.push(ts.transformESNext, ts.transformES2021, ts.transformES2020, ts.transformES2019, ts.transformES2018,
    ts.transformES2017, ts.transformES2016);
  if (state.superProperties) list.push(finish.superProperties);
  list.push(options.useDefineForClassFields ? ts.transformES2015 : withDefine(ts.transformES2015));
  list.push(ts.transformGenerators, ts.transformModule, finish.finish(state));
  return list;
}

function isStrictText(sourceFile) {
  var first = sourceFile.statements[0];
  return !!first && ts.isPrologueDirective(first) && first.expression.text === 'use strict';
}

function hasExports(sourceFile) {
  return ts.some(sourceFile.statements, function (s) {
    return s.kind === K.ExportAssignment || s.kind === K.ExportDeclaration || ts.hasSyntacticModifier(s, 1 /* Export */);
  });
}

function importList(state, sourceFile) {
  var seen = Object.create(null), out = [];
  state.imports.forEach(function (i) {
    if (i.kind === 'require' && i.callee.wkSymbol) return; // somebody's own require
    if (i.kind === 'import' && (!i.isValue || isElided(i.statement))) return;
    var key = i.kind + ':' + i.specifier;
    if (seen[key]) return;
    seen[key] = true;
    var at = place(sourceFile, startOf(sourceFile, i.node));
    out.push({ specifier: i.specifier, kind: i.kind, line: at.line, column: at.column });
  });
  if (state.autoImport) out.push({ specifier: state.autoImport, kind: 'import', line: 1, column: 1 });
  if (state.usesHelpers) out.push({ specifier: 'wk:tslib', kind: 'import', line: 0, column: 0 });
  return out;

  // In TypeScript an import whose names are types only is not there when it runs.
  function isElided(s) {
    if (!state.typescript) return false;
    if (s.kind === K.ImportDeclaration) {
      var c = s.importClause;
      if (!c) return false;
      if (state.resolver.isReferencedAliasDeclaration(c) && c.name) return false;
      if (!c.namedBindings) return true;
      if (c.namedBindings.kind === K.NamespaceImport) return !state.resolver.isReferencedAliasDeclaration(c.namedBindings);
      return !ts.some(c.namedBindings.elements, state.resolver.isReferencedAliasDeclaration);
    }
    if (s.kind === K.ImportEqualsDeclaration) return !state.resolver.isReferencedAliasDeclaration(s);
    return s.kind === K.ExportDeclaration && !!s.exportClause && !state.resolver.isValueAliasDeclaration(s);
  }
}

function failed(list) {
  return {
    type: 'es', code: '', lines: [], imports: [], exported: false,
    diagnostics: list
  };
}

// Code that is ES5 already goes through as it stands: much of what npm packages hold.
function isPlain(state, sourceFile) {
  var T = ts.TransformFlags;
  return !state.esm && !state.changed && (sourceFile.transformFlags & (T.ContainsTypeScript | T.ContainsJsx | T.ContainsESNext |
    T.ContainsES2022 | T.ContainsES2021 | T.ContainsES2020 | T.ContainsES2019 | T.ContainsES2018 | T.ContainsES2017 |
    T.ContainsES2016 | T.ContainsES2015 | T.ContainsGenerator | T.ContainsDynamicImport | T.ContainsYield)) === 0;
}

function asItStands(state, sourceFile) {
  var count = ts.getLineStarts(sourceFile).length, lines = [];
  for (var i = 1; i <= count; i++) lines.push(i);
  return { code: sourceFile.text.replace(/^#!/, '//'), lines: lines };
}

function transformed(input, state, sourceFile) {
  var options = compilerOptions(input);
  resolver.setJsx(input.jsxFactory, input.jsxFragmentFactory);
  var result = ts.transformNodes(state.resolver, host(options), finish.factory, options, [sourceFile], transformers(state, options), false);
  var printed = printing.print(result, sourceFile, state.resolver);
  result.dispose();
  return printed;
}

exports.lower = function (input) {
  var ext = extension(input.name);
  var sourceFile = ts.createSourceFile(input.name, input.source,
    { languageVersion: ts.ScriptTarget.Latest, setExternalModuleIndicator: indicator(input.kind) }, false,
    SCRIPT_KINDS[ext] || ts.ScriptKind.JS);
  var diagnostics = forgive.errors(sourceFile).map(function (d) {
    return diagnostic(sourceFile, d.start, typeof d.messageText === 'string' ? d.messageText : d.messageText.messageText);
  });
  if (diagnostics.length) return failed(diagnostics);

  var state = {
    esm: !!sourceFile.externalModuleIndicator, strict: !!sourceFile.externalModuleIndicator || isStrictText(sourceFile),
    ours: input.ours !== false, typescript: ext in SCRIPT_KINDS, imports: [], problems: [], argumentOwners: [], changed: false,
    script: input.kind === 'script', defines: input.define && Object.keys(input.define).length ? input.define : undefined, jsx: false, superProperties: false, unnamed: false, usesHelpers: false, autoImport: '', resolver: null
  };
  var exported = hasExports(sourceFile), isAsync = state.esm && topAwait.found(sourceFile);
  if (isAsync) topAwait.rewrite(sourceFile);
  rewrite.begin(state, sourceFile);
  state.resolver = scopes.analyse(sourceFile, rewrite, state.problems);
  rewrite.end();
  state.problems.forEach(function (p) {
    diagnostics.push(diagnostic(sourceFile, startOf(sourceFile, p.node), p.text, p.warning));
  });
  if (ts.some(diagnostics, function (d) { return d.error; })) return failed(diagnostics);

  var printed = isPlain(state, sourceFile) ? asItStands(state, sourceFile) : transformed(input, state, sourceFile);
  if (state.jsx && (input.jsx === 'react-jsx' || input.jsx === 'react-jsxdev'))
    state.autoImport = (input.jsxImportSource || 'react') + '/jsx-runtime';
  return {
    type: !state.esm ? (input.kind === 'script' ? 'script' : 'cjs') : isAsync ? 'es_async' : 'es',
    code: printed.code, lines: printed.lines, imports: importList(state, sourceFile),
    exported: exported || !state.esm && (resolver.usesGlobal('module') || resolver.usesGlobal('exports')),
    diagnostics: diagnostics
  };
};

function host(options) {
  return {
    getCompilerOptions: function () { return options; },
    getCurrentDirectory: function () { return ''; },
    getCanonicalFileName: function (name) { return name; },
    useCaseSensitiveFileNames: function () { return true; }
  };
}
