// tests/lowering/run.js LOWER_RUN [FILTER] - the cases of tests/lowering/*.cases on Node and on our engine.
//
// A case starts with "//// title" and may hold more files, each started by "//// file: name". The first is
// main.ts when the title ends in "(ts)", main.js otherwise; all are ES modules unless named otherwise.
// A case that has "//// expect" is not run on Node: what follows is the expected output. log(...) prints.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const ts = require('typescript');

const [tool, filter = ''] = process.argv.slice(2);
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wk-lowering-'));
const PRELUDE = `
function show(v, deep) {
  if (typeof v === 'string') return deep ? JSON.stringify(v) : v;
  if (typeof v === 'function') return '[function ' + v.name + ']';
  if (typeof v === 'symbol') return v.toString();
  if (v === null || typeof v !== 'object') return Object.is(v, -0) ? '-0' : String(v);
  if (v instanceof Error) return v.name + ': ' + v.message;
  if (Array.isArray(v)) { const o = []; for (let i = 0; i < v.length; i++) o.push(i in v ? show(v[i], 1) : '<hole>'); return '[' + o.join(',') + ']'; }
  if (typeof v.then === 'function') return '[promise]';
  return '{' + Object.keys(v).map((k) => k + ':' + show(v[k], 1)).join(',') + '}';
}
globalThis.log = (...a) => process.stdout.write(a.map((v) => show(v)).join(' ') + '\\n');
process.on('unhandledRejection', (e) => process.stdout.write('rejected ' + show(e) + '\\n'));
import(process.argv[2]).catch((e) => process.stdout.write('threw ' + e + '\\n'));
`;

function parse(file) {
  const cases = [];
  let current, target;
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const head = /^\/\/\/\/ (.*)$/.exec(line);
    if (!head) { if (target) target.text += line + '\n'; continue; }
    if (head[1].startsWith('file: ')) current.files.push(target = { name: head[1].slice(6), text: '' });
    else if (head[1] === 'expect') current.expect = target = { text: '' };
    else {
      target = { name: head[1].endsWith('(ts)') ? 'main.ts' : head[1].endsWith('(cjs)') ? 'main.cjs' : head[1].endsWith('(tsx)') ? 'main.tsx' : 'main.js', text: '' };
      cases.push(current = { title: path.basename(file, '.cases') + ': ' + head[1], files: [target] });
    }
  }
  return cases;
}

// Node runs TypeScript as TypeScript itself would print it for a current engine.
function forNode(file, root) {
  const tsx = /\.[mc]?tsx?$/.test(file.name);
  const name = file.name.replace(/\.ts$/, '.js').replace(/\.tsx$/, '.js');
  const text = !tsx ? file.text : ts.transpileModule(file.text, { fileName: file.name, compilerOptions: {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, experimentalDecorators: true, jsx: ts.JsxEmit.React,
    isolatedModules: true, useDefineForClassFields: true } }).outputText.replace(/from '(\.\/\w+)'/g, "from '$1.js'");
  const at = path.join(root, name);
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.writeFileSync(at, text);
  return at;
}

function onNode(one, root) {
  fs.mkdirSync(root, { recursive: true });
  fs.writeFileSync(path.join(root, 'package.json'), '{"type":"module"}');
  const main = one.files.map((f) => forNode(f, root))[0];
  const run = spawnSync(process.execPath, ['--no-warnings', path.join(dir, 'prelude.mjs'), main], { encoding: 'utf8', timeout: 20000 });
  return run.stdout + (run.status ? run.stderr : '');
}

fs.writeFileSync(path.join(dir, 'prelude.mjs'), PRELUDE);
const cases = fs.readdirSync(__dirname).filter((f) => f.endsWith('.cases')).sort().flatMap((f) => parse(path.join(__dirname, f)))
  .filter((c) => c.title.includes(filter));
cases.forEach((one, i) => {
  one.root = path.join(dir, 'c' + i);
  for (const f of one.files) {
    const at = path.join(one.root, f.name);
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.writeFileSync(at, f.text);
  }
});
const ours = spawnSync(tool, [path.join(dir, 'cache'), ...cases.map((c) => c.root)], { stdio: ['ignore', 'inherit', 'inherit'], timeout: 300000 });
let failed = ours.status === 0 ? 0 : 1;
if (failed) console.log('FAIL lower-run ended with', ours.status, ours.signal);
cases.forEach((one, i) => {
  const expected = one.expect ? one.expect.text.replace(/\n+$/, '\n') : onNode(one, path.join(dir, 'n' + i));
  const at = path.join(one.root, 'actual');
  const actual = fs.existsSync(at) ? fs.readFileSync(at, 'utf8') : '(not run)';
  if (actual === expected) { console.log('ok   ' + one.title); return; }
  failed++;
  console.log(`FAIL ${one.title}\n--- expected\n${expected}--- actual\n${actual}---`);
});
console.log(`${cases.length - failed} passed, ${failed} failed`);
if (!process.env.KEEP) fs.rmSync(dir, { recursive: true, force: true });
else console.log('kept in ' + dir);
process.exit(failed ? 1 : 0);
