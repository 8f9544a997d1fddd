// Serialized values against V8 itself, both ways: node tests/serialize/run.js JS_TEST
//
// Node writes every value of the corpus; js-test writes it too and must come to the same bytes, and must read
// Node's and write them again alike. What js-test writes Node reads, and must find the value it started from.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');
const { spawnSync } = require('node:child_process');
const { corpus, helpers } = require('./corpus');

function serialize(value) {
    const serializer = new v8.Serializer(); // not v8.serialize(): that writes views in a way of Node's own
    serializer.writeHeader();
    serializer.writeValue(value);
    return serializer.releaseBuffer().toString('hex');
}
function deserialize(hex) {
    const deserializer = new v8.Deserializer(Buffer.from(hex, 'hex'));
    deserializer.readHeader();
    return deserializer.readValue();
}

const evaluate = (source) => vm.runInThisContext(`(function () { ${helpers}\nreturn ${source}; })()`);
const cases = corpus.map(([source, exact]) => ({ source, exact, hex: serialize(evaluate(source)) }));

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'wk-serialize-'));
const file = path.join(dir, 'corpus.js');
fs.writeFileSync(file, `${helpers}
enhancedErrors(false);
${cases.map(({ source, exact, hex }, i) => `test(${i}, function () {
  var made = toHex(${source}), read = toHex(fromHex(${JSON.stringify(hex)}));
  print('made ${i} ' + made);
  ${exact ? `assertEq(made, ${JSON.stringify(hex)}); ${exact === 'written' ? '' : `assertEq(read, ${JSON.stringify(hex)});`}` : 'assertEq(read, made);'}
});`).join('\n')}
`);
const ran = spawnSync(process.argv[2], [file], { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120000 });
fs.rmSync(dir, { recursive: true });

const failures = new Map();
const fail = (i, why) => failures.set(Number(i), why);
let seen = 0;
for (const line of ran.stdout.split('\n')) {
    const made = /^made (\d+) (\w+)$/.exec(line), failed = /^FAIL (\d+): (.*)/.exec(line);
    if (failed) fail(failed[1], failed[2]);
    if (!made) continue;
    seen++;
    // Compared as Node writes what it has read: an array that was read is of another kind than a literal.
    try {
        if (serialize(deserialize(made[2])) !== serialize(deserialize(cases[made[1]].hex))) fail(made[1], 'Node reads another value');
    } catch (error) {
        fail(made[1], `Node cannot read it: ${error.message}`);
    }
}
for (const [i, why] of failures) console.log(`FAIL ${cases[i].source.slice(0, 300)}: ${why.slice(0, 600)}`);
if (ran.status === null || seen + failures.size < cases.length) console.log(`FAIL js-test ended early: ${ran.stdout.slice(-300)} ${ran.stderr.slice(-2000)}`), fail(-1, '');
console.log(`${cases.length - failures.size} passed, ${failures.size} failed`);
process.exitCode = failures.size ? 1 : 0;
