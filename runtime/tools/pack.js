// runtime/tools/pack.js OUT ROOT ENTRY... - packs the built-in modules for runtime/tools/mkboot.c.
//
// Takes every module under ROOT (runtime/js), and what they require from npm packages, lowers what is
// newer than ES5 with TypeScript, and writes "name\nbytes\nsource" one after the other. Build time only.
'use strict';
const fs = require('fs');
const path = require('path');
const ts = require('typescript');

const [out, root] = process.argv.slice(2);
const modules = new Map();

function lower(file, source) {
  return ts.transpileModule(source, {
    fileName: file,
    transformers: { before: [require('./regexp_literals.js')] },
    compilerOptions: {
      target: ts.ScriptTarget.ES5, module: ts.ModuleKind.CommonJS, downlevelIteration: true,
      importHelpers: true, noEmitHelpers: true, allowJs: true, esModuleInterop: true, removeComments: true,
    },
  }).outputText;
}

function add(name, file) {
  if (modules.has(name)) return;
  let source = fs.readFileSync(file, 'utf8');
  const ours = !file.includes('node_modules');
  // A first line "'use es5';" says that the file is ES5 already and is taken as it stands.
  if (ours && !/^\s*(\/\*[\s\S]*?\*\/\s*|\/\/[^\n]*\n\s*)*'use es5';/.test(source)) source = lower(file, source);
  modules.set(name, null);
  source = source.replace(/\brequire\((['"])([^'"]+)\1\)/g, (all, q, spec) => {
    if (ours && !/^[./]/.test(spec) && fs.existsSync(find(path.resolve(root, spec)))) return `require("${spec}")`;
    const target = spec.startsWith('.') ? find(path.resolve(path.dirname(file), spec)) : require.resolve(spec);
    const targetName = nameOf(target);
    add(targetName, target);
    return `require("${targetName}")`;
  });
  modules.set(name, source);
}

function find(base) {
  for (const f of [base, base + '.js', base + '.ts', path.join(base, 'index.js')])
    if (fs.existsSync(f) && fs.statSync(f).isFile()) return f;
  return base;
}

function nameOf(file) {
  const rel = path.relative(path.resolve(root), file);
  if (!rel.startsWith('..')) return rel.replace(/\.(js|ts)$/, '');
  return 'npm:' + file.slice(file.lastIndexOf('node_modules/') + 'node_modules/'.length).replace(/\.js$/, '');
}

function walk(dir) {
  for (const entry of fs.readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) walk(file);
    else if (/\.(js|ts)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) add(nameOf(file), file);
  }
}

walk(path.resolve(root));
const parts = [];
for (const [name, source] of modules) {
  const bytes = Buffer.from(source);
  parts.push(Buffer.from(`${name}\n${bytes.length}\n`), bytes);
}
fs.writeFileSync(out, Buffer.concat(parts));
