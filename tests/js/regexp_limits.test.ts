// A pattern that backtracks without end ends with an error, soon; memory stays bounded.
const ms = (f: () => void) => { const t = Date.now(); f(); return Date.now() - t; };

for (const source of ['^(a+)+$', '^(?:a|aa)+$', '^(a|a?)+$', '^(?:a+)+$', '(?:(a)|a|b)*c$x|^(?:a|a)*$', '^(?:(a)|(?:a))*$', '(?<!(?:a|a)*b)^(?:a+)*!?$x|^(?:a+)+$'])
  for (const [kind, subject] of [['ASCII', 'a'.repeat(40) + '!'], ['wide', 'a'.repeat(40) + '\u4e2d']] as const)
    test(`/${source}/ on ${kind} text is stopped`, () => {
      const took = ms(() => assertThrows(() => new RegExp(source).test(subject), 'RangeError: regular expression exceeded its match limit'));
      assert(took < 5000, String(took));
    });
test('a lookbehind that searches far is stopped', () => {
  const s = 'ab'.repeat(20000);
  assertThrows(() => s.replace(/(?<=x[^]*)b/g, ''), 'RangeError: regular expression exceeded its match limit');
});
test('every method is stopped', () => {
  const re = /^(a+)+$/g, s = 'a'.repeat(40) + '!', limit = 'RangeError: regular expression exceeded its match limit';
  assertThrows(() => re.exec(s), limit);
  assertThrows(() => s.match(re), limit);
  assertThrows(() => s.replace(re, ''), limit);
  assertThrows(() => s.search(re), limit);
  assertThrows(() => s.split(re), limit);
  assertEq(/^(a+)+$/.test('aaa'), true);
});
test('a group over a long string is fine, or out of backtracking memory', () => {
  assertEq(/^(?:a|b)*$/.test('ab'.repeat(50000)), true);
  assertThrows(() => /^(?:(a)|(b)|(c))*$/.test('ab'.repeat(5000000)), /^RangeError: regular expression exceeded its (memory|match) limit$/);
  assertEq(/(?:)/.test(''), true);
});
test('a pattern beyond all size is refused', () => {
  assertThrows(() => new RegExp('(?:(?:(?:a{1000}){1000}){1000}){1000}'), /^SyntaxError: Invalid regular expression: .*: Regular expression too large$/);
  assertThrows(() => new RegExp(new Array(5000).join('(')), /Regular expression too large$/);
  assertThrows(() => new RegExp(new Array(300001).join('a')), /Regular expression too large$/);
});
test('a pattern too large for the narrow form uses the wide one', () => {
  const words: string[] = [];
  for (let i = 0; i < 9000; i++) words.push('word' + i);
  const re = new RegExp('\\b(?:' + words.join('|') + ')\\b', 'g');
  assertEq(JSON.stringify('a word17 and word8999 or word9000'.match(re)), '["word17","word8999"]');
});
test('nesting is fine up to a depth', () => {
  const deep = new Array(301).join('(') + 'a' + new Array(301).join(')');
  assertEq(new RegExp(deep).exec('a')!.length, 301);
});
