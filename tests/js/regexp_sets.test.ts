// The v flag: nested classes, set operations, strings.
const at = (source: string, flags: string, s: string) => { const m = new RegExp(source, flags).exec(s); return m && m.index + ':' + m[0]; };

test('difference and intersection', () => {
  assertEq(at('[\\w--[a-z]]+', 'v', 'abcDEF_1'), '3:DEF_1');
  assertEq(at('[\\p{L}--\\p{Script=Latin}]+', 'v', 'ab\u03b3\u03b4'), '2:\u03b3\u03b4');
  assertEq(at('[[a-z]&&[aeiou]]+', 'v', 'xyzaeb'), '3:ae');
  assertEq(at('[^[a-z]&&[aeiou]]+', 'v', 'aexyz'), '2:xyz');
  assertEq(at('[[a-z]--[b-d]--e]+', 'v', 'bcdefg'), '4:fg');
});
test('unions and nesting', () => {
  assertEq(at('[[a-c][0-9]_]+', 'v', '-a1_d'), '1:a1_');
  assertEq(at('[a-c[^a-z]]+', 'v', 'xa-1x'), '1:a-1');
  assertEq(at('[]', 'v', 'a'), null);
  assertEq(at('[^]', 'v', '\n'), '0:\n');
});
test('strings are tried longest first', () => {
  assertEq(at('[\\q{ab|abc|}x]', 'v', 'abcx'), '0:abc');
  assertEq(at('^[\\q{ab|a}b]$', 'v', 'ab'), '0:ab');
  assertEq(at('\\p{RGI_Emoji}', 'v', 'x\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'), '1:\u{1f468}\u200d\u{1f469}\u200d\u{1f467}');
  assertEq(at('[\\p{RGI_Emoji}--\\q{\u{1f600}}]', 'v', '\u{1f600}\u{1f601}'), '2:\u{1f601}');
  assertEq(at('\\p{Emoji_Keycap_Sequence}', 'v', '1\ufe0f\u20e3'), '0:1\ufe0f\u20e3');
});
test('with i', () => {
  assertEq(at('[^\\P{Lowercase_Letter}]', 'vi', 'A'), '0:A');
  assertEq(at('[\\w--[a-c]]+', 'vi', 'ABcd'), '3:d');
  assertEq(at('[\\q{KM|a}]', 'vi', 'km'), '0:km');
});
test('what v refuses', () => {
  for (const source of ['[(]', '[a--b&&c]', '[a&&&b]', '[a-z--b]', '[^\\q{ab}]', '[^\\p{RGI_Emoji}]', '[a', '[&&a]', '[a!!b]', '\\P{RGI_Emoji}', '[|]', '[a-[b]]'])
    assertThrows(() => new RegExp(source, 'v'), /^SyntaxError: Invalid regular expression: /);
});
test('properties', () => {
  const re: any = /[a]/v;
  assertEq(re.flags, 'v');
  assertEq(re.unicodeSets, true);
  assertEq(re.unicode, false);
  assertEq('\u{1f600}a'.replace(/(?:)/gv, '-'), '-\u{1f600}-a-');
});
