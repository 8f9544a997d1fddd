// runtime/tools/lower.js IN OUT - lowers one test file to what an isolate runs. Build time only.
'use strict';
const fs = require('fs');
const ts = require('typescript');
const [input, output] = process.argv.slice(2);
const source = fs.readFileSync(input, 'utf8');
fs.writeFileSync(output, /_native\.test\.js$/.test(input) ? source : ts.transpileModule(source, {
  fileName: input,
  transformers: { before: [require('./regexp_literals.js')] },
  compilerOptions: {
    target: ts.ScriptTarget.ES5, module: ts.ModuleKind.CommonJS, downlevelIteration: true,
    importHelpers: true, noEmitHelpers: true, allowJs: true, esModuleInterop: true,
  },
}).outputText);
