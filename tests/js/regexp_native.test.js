// RegExp objects that Duktape's own compiler made, as in npm's built-in modules, behave like the others.
// (*_native.test.js files are not lowered.)
'use strict';
function make() { return /a(b)?/g; }
function inner() { return /[\/]x\/y/im; }

test('their methods are ours', function () {
  var re = make();
  assert(re instanceof RegExp);
  assertEq(re.exec('xab').index, 1);
  assertEq(re.lastIndex, 3);
  assertEq(re.flags, 'g');
  assertEq(re.source, 'a(b)?');
  assertEq(String(inner()), '/[\\/]x\\/y/im');
  assertEq('xabxa'.replace(make(), '<$1>'), 'x<b>x<>');
  assertEq(JSON.stringify('1a2ab3'.split(make())), '["1",null,"2","b","3"]');
  assertEq(JSON.stringify('aab'.match(make())), '["a","ab"]');
  assertEq(new RegExp(make(), 'i').test('A'), true);
  assertEq(RegExp.prototype.toString.call(make()), '/a(b)?/g');
});
