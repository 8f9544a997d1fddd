// Runs the same workers on the peer's binary and on ours, and compares.
//
//   node tests/peer/run.js [-v] [FILTER]
//
// -v shows what is known to differ, too.
//
// cases/NAME/       worker.js, or config.capnp with what it embeds; the same configuration for both
// npm/NAME/         a Wrangler project that imports npm packages as they are; for the peer it is bundled
//                   requests.js beside it lists requests, else each path of the worker's /routes is asked
// import/           what the peer stored is taken over by `wkctl import`
// wd/NAME.wd-test   run by `workerd test` and by `wkctl test`: both must pass every handler
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { missing, root, scratch } = require('./lib/paths');
const { compareCase } = require('./lib/case');
const { compareVerdicts } = require('./lib/verdict');
const { compareImport } = require('./lib/import');

function list(dir, wanted) {
    const at = path.join(__dirname, dir);
    return fs.existsSync(at) ? fs.readdirSync(at).filter(wanted).sort().map((name) => path.join(at, name)) : [];
}

async function main() {
    const why = missing();
    if (why) return console.log(`peer: skipped, ${why}`), 0;
    const args = process.argv.slice(2), verbose = args[0] === '-v' && args.shift();
    const filter = args[0] || '';
    const dir = scratch('peer');
    const all = [
        ...list('cases', (name) => !name.includes('.')).map((at) => [at, compareCase]),
        ...list('npm', (name) => !name.includes('.')).map((at) => [at, compareCase]),
        ...list('wd', (name) => name.endsWith('.wd-test')).map((at) => [at, compareVerdicts]),
        [path.join(__dirname, 'import'), compareImport],
    ].filter(([at]) => path.relative(__dirname, at).includes(filter));
    // What is known to differ, and why: it is counted, and fails nothing. What is new fails.
    const known = JSON.parse(fs.readFileSync(path.join(__dirname, 'known.json'), 'utf8'));
    let asked = 0, differ = 0, excused = 0;
    for (const [at, compare] of all) {
        const name = path.relative(__dirname, at);
        const result = await compare(at, path.join(dir, name.replace(/\W/g, '_'))).catch((error) => ({ asked: 1, failures: [error.stack] }));
        const isKnown = (failure) => known[`${name} ${failure.split('\n')[0].split(': ours')[0]}`];
        const fresh = result.failures.filter((failure) => !isKnown(failure));
        asked += result.asked;
        differ += fresh.length;
        excused += result.failures.length - fresh.length;
        console.log(`${fresh.length ? 'FAIL' : 'ok  '} ${name} (${result.asked})`);
        for (const failure of result.failures.filter(isKnown))
            console.log(`     known: ${verbose ? failure.replaceAll('\n', '\n     ') : failure.split('\n')[0]}: ${isKnown(failure)}`);
        for (const failure of fresh) console.log(`     ${failure.replaceAll('\n', '\n     ')}`);
    }
    console.log(`${asked - differ - excused} passed, ${differ} failed, ${excused} skipped`);
    return differ || !asked ? 1 : 0;
}

process.chdir(root);
main().then((code) => process.exit(code));
