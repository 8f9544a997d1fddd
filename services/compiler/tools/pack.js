// services/compiler/tools/pack.js OUT NAME=FILE... - "name\nbytes\ncontent" records for runtime/tools/mkboot.
'use strict';
const fs = require('fs');
const [out, ...modules] = process.argv.slice(2);
fs.writeFileSync(out, Buffer.concat(modules.flatMap((m) => {
  const at = m.indexOf('=');
  const content = fs.readFileSync(m.slice(at + 1));
  return [Buffer.from(`${m.slice(0, at)}\n${content.length}\n`), content];
})));
