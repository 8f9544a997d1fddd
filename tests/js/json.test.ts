// What JSON.parse and JSON.stringify say, in the peer's words.
const parsed: [string, string][] = [
  ["{", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
  ["{\"a\":}", "Unexpected token '}', \"{\"a\":}\" is not valid JSON"],
  ["", "Unexpected end of JSON input"],
  ["{a", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
  ["not json", "Unexpected token 'o', \"not json\" is not valid JSON"],
  ["[1,]", "Unexpected token ']', \"[1,]\" is not valid JSON"],
  ["[1 2]", "Expected ',' or ']' after array element in JSON at position 3 (line 1 column 4)"],
  ["{\"a\" 1}", "Expected ':' after property name in JSON at position 5 (line 1 column 6)"],
  ["{\"a\":1,}", "Expected double-quoted property name in JSON at position 7 (line 1 column 8)"],
  ["\"abc", "Unterminated string in JSON at position 4 (line 1 column 5)"],
  ["\"a\nb\"", "Bad control character in string literal in JSON at position 2 (line 1 column 3)"],
  ["\"\\x\"", "Bad escaped character in JSON at position 2 (line 1 column 3)"],
  ["\"\\u12\"", "Bad Unicode escape in JSON at position 5 (line 1 column 6)"],
  ["tru", "Unexpected end of JSON input"],
  ["trux", "Unexpected token 'x', \"trux\" is not valid JSON"],
  ["nul", "Unexpected end of JSON input"],
  ["01", "Unexpected number in JSON at position 1 (line 1 column 2)"],
  ["1.", "Unterminated fractional number in JSON at position 2 (line 1 column 3)"],
  ["1e", "Exponent part is missing a number in JSON at position 2 (line 1 column 3)"],
  ["-", "No number after minus sign in JSON at position 1 (line 1 column 2)"],
  ["+1", "Unexpected token '+', \"+1\" is not valid JSON"],
  [".5", "Unexpected token '.', \".5\" is not valid JSON"],
  ["[", "Unexpected end of JSON input"],
  ["[1", "Expected ',' or ']' after array element in JSON at position 2 (line 1 column 3)"],
  ["[1,", "Unexpected end of JSON input"],
  ["{\"a\"", "Expected ':' after property name in JSON at position 4 (line 1 column 5)"],
  ["{\"a\":", "Unexpected end of JSON input"],
  ["{\"a\":1", "Expected ',' or '}' after property value in JSON at position 6 (line 1 column 7)"],
  ["{\"a\":1 ", "Expected ',' or '}' after property value in JSON at position 7 (line 1 column 8)"],
  ["{\"a\":1 \"b\"", "Expected ',' or '}' after property value in JSON at position 7 (line 1 column 8)"],
  ["1 2", "Unexpected non-whitespace character after JSON at position 2 (line 1 column 3)"],
  ["{} x", "Unexpected non-whitespace character after JSON at position 3 (line 1 column 4)"],
  ["undefined", "\"undefined\" is not valid JSON"],
  ["NaN", "\"NaN\" is not valid JSON"],
  ["\u0001", "Unexpected token '\u0001', \"\u0001\" is not valid JSON"],
  ["\"\u0001\"", "Bad control character in string literal in JSON at position 1 (line 1 column 2)"],
  ["\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\" y", "Unexpected non-whitespace character after JSON at position 103 (line 1 column 104)"],
  ["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "Unexpected token 'x', \"xxxxxxxxxx\"... is not valid JSON"],
  ["{\"k\":\"vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv\", bad}", "Expected double-quoted property name in JSON at position 69 (line 1 column 70)"],
  ["{\n  \"a\": 1,\n  b: 2\n}", "Expected double-quoted property name in JSON at position 14 (line 3 column 3)"],
  ["[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20, x, 21,22,23,24,25,26,27,28]", "Unexpected token 'x', ...\"18,19,20, x, 21,22,2\"... is not valid JSON"],
  ["\u00e9", "Unexpected token '\u00e9', \"\u00e9\" is not valid JSON"],
  ["\"\u00e9\" \u00e9", "Unexpected non-whitespace character after JSON at position 4 (line 1 column 5)"],
  ["\ud83d\udca9", "Unexpected token '\ud83d', \"\ud83d\udca9\" is not valid JSON"],
  ["\"\\", "Unexpected end of JSON input"],
  ["\"\\u", "Bad Unicode escape in JSON at position 3 (line 1 column 4)"],
  ["1.5.2", "Unexpected non-whitespace character after JSON at position 3 (line 1 column 4)"],
  ["1e+", "Exponent part is missing a number in JSON at position 3 (line 1 column 4)"],
  ["-x", "No number after minus sign in JSON at position 1 (line 1 column 2)"],
  ["--1", "No number after minus sign in JSON at position 1 (line 1 column 2)"],
  ["[,1]", "Unexpected token ',', \"[,1]\" is not valid JSON"],
  ["{,}", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
  ["{\"a\":1,,}", "Expected double-quoted property name in JSON at position 7 (line 1 column 8)"],
  ["]", "Unexpected token ']', \"]\" is not valid JSON"],
  ["}", "Unexpected token '}', \"}\" is not valid JSON"],
  ["{]", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
  ["[}", "Unexpected token '}', \"[}\" is not valid JSON"],
  ["{\"a\":1]", "Expected ',' or '}' after property value in JSON at position 6 (line 1 column 7)"],
  ["[1}", "Expected ',' or ']' after array element in JSON at position 2 (line 1 column 3)"],
  ["'a'", "Unexpected token ''', \"'a'\" is not valid JSON"],
  ["\"a\" \"b\"", "Unexpected non-whitespace character after JSON at position 4 (line 1 column 5)"],
  ["123abc", "Unexpected non-whitespace character after JSON at position 3 (line 1 column 4)"],
  ["truefalse", "Unexpected non-whitespace character after JSON at position 4 (line 1 column 5)"],
  ["\"\t\"", "Bad control character in string literal in JSON at position 1 (line 1 column 2)"],
  ["{\"a\":tru}", "Unexpected token '}', \"{\"a\":tru}\" is not valid JSON"],
  ["{\"a\":\"\n\"}", "Bad control character in string literal in JSON at position 6 (line 1 column 7)"],
  ["{1:2}", "Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
  ["{\"x\":1}}", "Unexpected non-whitespace character after JSON at position 7 (line 1 column 8)"],
  ["[\n1,\n2,\n,3]", "Unexpected token ',', \"[\n1,\n2,\n,3]\" is not valid JSON"],
  ["  ", "Unexpected end of JSON input"],
  ["/* c */1", "Unexpected token '/', \"/* c */1\" is not valid JSON"],
  ["\ufeff1", "Unexpected token '\ufeff', \"\ufeff1\" is not valid JSON"],
  ["{\"a\":1}\u00a0", "Unexpected non-whitespace character after JSON at position 7 (line 1 column 8)"],
  ["[1,2", "Expected ',' or ']' after array element in JSON at position 4 (line 1 column 5)"],
  ["\"\\uD83D\"", "OK \"\\ud83d\""],
  ["-Infinity", "No number after minus sign in JSON at position 1 (line 1 column 2)"],
  ["1_0", "Unexpected non-whitespace character after JSON at position 1 (line 1 column 2)"],
  ["0x10", "Unexpected non-whitespace character after JSON at position 1 (line 1 column 2)"],
  ["00", "Unexpected number in JSON at position 1 (line 1 column 2)"],
  ["-01", "Unexpected number in JSON at position 2 (line 1 column 3)"],
  ["1.e5", "Unterminated fractional number in JSON at position 2 (line 1 column 3)"],
  ["nulls", "Unexpected non-whitespace character after JSON at position 4 (line 1 column 5)"],
  ["{\"a\":01}", "Unexpected number in JSON at position 6 (line 1 column 7)"],
];
function message(f: () => unknown) {
  try { return 'OK ' + JSON.stringify(f()); } catch (e) { return (e as Error).message; }
}
test('what is wrong with a text', () => {
  for (const [text, expected] of parsed) assertEq(message(() => JSON.parse(text)), expected);
});
test('deep texts', () => {
  assertEq(message(() => JSON.parse('['.repeat(500) + ']'.repeat(499) + '}')), 'Expected \',\' or \']\' after array element in JSON at position 999 (line 1 column 1000)');
  assertThrows(() => JSON.parse('['.repeat(100000)), /./);
});
test('the way round a circle', () => {
  class Foo { x: any = { y: { z: { w: this } } }; }
  const a: any = {}, b: any = { b: { c: [1, {}] } }, list: any[] = [], far: any = { a: { b: { c: { d: { e: {} } } } } };
  a.a = a;
  b.b.c[1].d = b.b;
  list.push(list);
  far.a.b.c.d.e.f = far;
  const start = 'Converting circular structure to JSON\n    --> starting at object with constructor ';
  assertEq(message(() => JSON.stringify(a)), start + "'Object'\n    --- property 'a' closes the circle");
  assertEq(message(() => JSON.stringify(b)), start + "'Object'\n    |     property 'c' -> object with constructor 'Array'\n    |     index 1 -> object with constructor 'Object'\n    --- property 'd' closes the circle");
  assertEq(message(() => JSON.stringify(new Foo())), start + "'Foo'\n    |     property 'x' -> object with constructor 'Object'\n    |     property 'y' -> object with constructor 'Object'\n    |     property 'z' -> object with constructor 'Object'\n    --- property 'w' closes the circle");
  assertEq(message(() => JSON.stringify(list)), start + "'Array'\n    --- index 0 closes the circle");
  assertEq(message(() => JSON.stringify(far)), start + "'Object'\n    |     property 'a' -> object with constructor 'Object'\n    |     property 'b' -> object with constructor 'Object'\n    |     ...\n    |     property 'e' -> object with constructor 'Object'\n    --- property 'f' closes the circle");
  const hidden: any = { get b() { return { c: hidden }; } };
  assertEq(message(() => JSON.stringify(hidden)), 'Converting circular structure to JSON');
  let deep: any = {};
  const top = deep;
  for (let i = 0; i < 100; i++) deep = deep.x = {};
  deep.x = top;
  assertEq(message(() => JSON.stringify(top)).split('\n')[0], 'Converting circular structure to JSON');
});
test('surrogates without a partner are escaped, others are not', () => {
  const text = '\u2028\ud800"\udc00\ud83d\udca9\ud800\ud800\udc00\u007f\u001f\b';
  assertEq(JSON.stringify(text), '"\u2028\\ud800\\"\\udc00\ud83d\udca9\\ud800\ud800\udc00\u007f\\u001f\\b"');
  assertEq(JSON.stringify('\udc00\ud800'), '"\\udc00\\ud800"');
  for (let n = 0; n < 200; n++) assertEq(JSON.parse(JSON.stringify('x'.repeat(n) + '\ud83d\udca9\ud83d')), 'x'.repeat(n) + '\ud83d\udca9\ud83d');
});
