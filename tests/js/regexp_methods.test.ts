// exec, test, match, matchAll, replace, replaceAll, search, split.
const j = (v: any) => JSON.stringify(v);
const list = (s: string, re: RegExp) => j(Array.from(s.matchAll(re), (m) => [m[0], m.index]));

test('exec with g walks by lastIndex and starts over', () => {
  const re = /a(\d)/g;
  assertEq(j([re.exec('a1a2')![1], re.lastIndex, re.exec('a1a2')![1], re.lastIndex, re.exec('a1a2'), re.lastIndex]), '["1",2,"2",4,null,0]');
});
test('exec without g leaves lastIndex alone', () => {
  const re = /a/;
  re.lastIndex = 7;
  assertEq(re.exec('ba')!.index, 1);
  assertEq(re.lastIndex, 7);
});
test('a sticky regexp matches at lastIndex only', () => {
  const re = /foo/y;
  re.lastIndex = 3;
  assertEq(re.test('barfoo'), true);
  assertEq(re.lastIndex, 6);
  assertEq(re.test('barfoo'), false);
  assertEq(re.lastIndex, 0);
});
test('a sticky tokenizer', () => {
  const re = /\s*(?:(\d+)|(\w+)|(.))/y, out: string[] = [];
  let m;
  while ((m = re.exec('let x1 = 42;')) !== null) out.push(m[1] ? 'n' + m[1] : m[2] ? 'w' + m[2] : 'p' + m[3]);
  assertEq(out.join(' '), 'wlet wx1 p= n42 p;');
});
test('lastIndex is taken as a length', () => {
  for (const [index, want] of [[-5, 1], [0.9, 1], [NaN, 1], ['1', 2], [1e300, 0], [Infinity, 0]] as [any, number][]) {
    const re = /a/g;
    re.lastIndex = index;
    re.test('aaa');
    assertEq(re.lastIndex, want);
  }
});
test('the result has index, input, groups and, with d, indices', () => {
  const m: any = /(?<y>\d{4})-(?<m>\d\d)?/d.exec('on 2024-');
  assertEq(j(Object.keys(m)), '["0","1","2","index","input","groups","indices"]');
  assertEq(j([m.index, m.input, m.groups.y, m.groups.m, 'm' in m.groups]), '[3,"on 2024-","2024",null,true]');
  assertEq(Object.getPrototypeOf(m.groups), null);
  assertEq(j(m.indices), '[[3,8],[3,7],null]');
  assertEq(j(m.indices.groups.y), '[3,7]');
  assertEq(/a/.exec('a')!.groups, undefined);
  assertEq(Array.isArray(m), true);
});
test('match', () => {
  assertEq(j('a1b22'.match(/\d+/g)), '["1","22"]');
  assertEq('abc'.match(/x/g), null);
  assertEq(j('aaa'.match(/a*?/g)), '["","","",""]');
  assertEq('a+b'.match('a+')![0], 'a');
  assertEq(j(('abc' as any).match()), '[""]');
  assertEq(j('\u{1f600}'.match(/(?:)/gu)), '["",""]');
  assertEq(j('\u{1f600}'.match(/(?:)/g)), '["","",""]');
});
test('matchAll iterates over a copy', () => {
  const re = /(?<d>\d)/g;
  re.lastIndex = 1;
  const it: any = 'a1b2'.matchAll(re);
  re.lastIndex = 4;
  assertEq(it[Symbol.iterator](), it);
  assertEq(Object.prototype.toString.call(it), '[object RegExp String Iterator]');
  assertEq(it.next().value.groups.d, '1');
  assertEq(it.next().value.index, 3);
  assertEq(j(it.next()), '{"done":true}');
  assertEq(re.lastIndex, 4);
  assertEq(list('aXbX', /X|$/g), '[["X",1],["X",3],["",4]]');
  assertThrows(() => 'a'.matchAll(/a/), 'TypeError: String.prototype.matchAll called with a non-global RegExp argument');
  assertEq(j(Array.from('a.a'.matchAll('.' as any), (m: any) => m.index)), '[0,1,2]');
});
test('search ignores lastIndex', () => {
  const re = /b/g;
  re.lastIndex = 2;
  assertEq('abab'.search(re), 1);
  assertEq(re.lastIndex, 2);
  assertEq('abab'.search('z'), -1);
  assertEq('\u00e9\u{1f600}b'.search(/b/u), 3);
});
test('replacement patterns', () => {
  assertEq('abc'.replace(/(b)/, "[$1$&$`$'$$$0$2$]"), "[bbac$$0$2$]".replace('$$0', '$$$0').replace(/^/, 'a') + 'c');
  assertEq('abc'.replace(/(b)(x)?/, '<$1$2>'), 'a<b>c');
  assertEq('abc'.replace(/b/, '$1'), 'a$1c');
  assertEq('abcdefghijk'.replace(/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)/, '$11-$10-$1'), 'k-j-a');
  assertEq('abc'.replace(/(b)/, '$10$01$001'), 'ab0b$001c');
  assertEq('2024-05'.replace(/(?<y>\d+)-(?<m>\d+)/, '$<m>/$<y>$<z>$<'), '05/2024$<');
  assertEq('abc'.replace(/b/, '$<b>'), 'a$<b>c');
  assertEq('aXbX'.replace(/X/g, "($`|$')"), 'a(a|bX)b(aXb|)');
});
test('replace with a function', () => {
  const seen: any[] = [];
  'x1y2'.replace(/([a-z])(?<n>\d)(z)?/g, function () { seen.push(Array.prototype.slice.call(arguments)); return ''; });
  assertEq(j(seen), '[["x1","x","1",null,0,"x1y2",{"n":"1"}],["y2","y","2",null,2,"x1y2",{"n":"2"}]]');
  assertEq('abc'.replace(/b/, () => '$&'), 'a$&c');
  assertEq('abc'.replace(/b/, (() => undefined) as any), 'aundefinedc');
  assertEq('\u00e9b\u{1f600}b'.replace(/b/gu, ((m: string, at: number) => String(at)) as any), '\u00e91\u{1f600}4');
});
test('a replacer may use regexps itself', () => {
  const re = /\w/g;
  assertEq('ab cd'.replace(re, (c) => c.replace(re, 'x') + String(re.lastIndex)), 'x0x0 x0x0');
  assertEq('\u00e9b'.replace(/./g, (c) => '\u00fc\u00e9'.replace(/\u00e9/g, c)), '\u00fc\u00e9\u00fcb');
  assertThrows(() => 'a'.replace(/a/g, () => { throw new Error('mine'); }), 'Error: mine');
});
test('replace moves lastIndex as exec does', () => {
  const sticky = /a/y;
  sticky.lastIndex = 1;
  assertEq('aaa'.replace(sticky, 'b'), 'aba');
  assertEq(sticky.lastIndex, 2);
  const global = /a/g;
  global.lastIndex = 2;
  assertEq('aaa'.replace(global, 'b'), 'bbb');
  assertEq(global.lastIndex, 0);
});
test('replace and replaceAll of a string', () => {
  assertEq('a.b.c'.replace('.', '$&$&'), 'a..b.c');
  assertEq('a.b.c'.replaceAll('.', "[$`]"), 'a[a]b[a.b]c');
  assertEq('abc'.replaceAll('', '-'), '-a-b-c-');
  assertEq('\u00e9\u4e2d'.replaceAll('', '-'), '-\u00e9-\u4e2d-');
  assertEq('aXbX'.replaceAll('X', ((m: string, at: number, s: string) => at + s.length) as any), 'a5b7');
  assertEq('\u00e9X'.replace('X', ((m: string, at: number) => at) as any), '\u00e91');
  assertEq('aaa'.replaceAll(/a/g, 'b'), 'bbb');
  assertEq('a$1'.replace('$1', '$$'), 'a$');
  assertThrows(() => 'a'.replaceAll(/a/, 'b'), 'TypeError: String.prototype.replaceAll called with a non-global RegExp argument');
  assertThrows(() => String.prototype.replace.call(null as any, 'a', 'b'), 'TypeError: String.prototype.replace called on null or undefined');
});
test('split by a regexp', () => {
  assertEq(j('a1b2c'.split(/\d/)), '["a","b","c"]');
  assertEq(j('A<B>bold</B>and<CODE>coded</CODE>'.split(/<(\/)?([^<>]+)>/)), '["A",null,"B","bold","/","B","and",null,"CODE","coded","/","CODE",""]');
  assertEq(j('ab'.split(/(?:)/)), '["a","b"]');
  assertEq(j('ab'.split(/a*?/)), '["a","b"]');
  assertEq(j('ab'.split(/a*/)), '["","b"]');
  assertEq(j(''.split(/a/)), '[""]');
  assertEq(j(''.split(/(?:)/)), '[]');
  assertEq(j('a,b,c'.split(/,/, 2)), '["a","b"]');
  assertEq(j('a,b'.split(/(,)/, 2)), '["a",","]');
  assertEq(j('a,b'.split(/,/, 0)), '[]');
  assertEq(j('a,b,c'.split(/,/, -1)), '["a","b","c"]');
  assertEq(j('a,b'.split(/,/y)), '["a","b"]');
  assertEq(j('\u{1f600}a'.split(/(?:)/u)), '["\u{1f600}","a"]');
  assertEq(j('test'.split(/(?=s)|$/)), '["te","st"]');
  const g = /,/g;
  g.lastIndex = 2;
  assertEq(j('a,b,c'.split(g)), '["a","b","c"]');
  assertEq(g.lastIndex, 2);
});
test('split by a string', () => {
  assertEq(j('a,b,,c'.split(',')), '["a","b","","c"]');
  assertEq(j('abc'.split('')), '["a","b","c"]');
  assertEq(j('\u00e9\u4e2d'.split('')), '["\u00e9","\u4e2d"]');
  assertEq(j((''.split as any)('')), '[]');
  assertEq(j(''.split(',')), '[""]');
  assertEq(j(('a,b' as any).split()), '["a,b"]');
  assertEq(j(('a,b' as any).split(undefined, 0)), '[]');
  assertEq(j('a,b,c'.split(',', 2)), '["a","b"]');
  assertEq(j('anullb'.split(null as any)), '["a","b"]');
});
test('non-ASCII subjects keep their indices', () => {
  const s = '\u00e9\u{1f600}x\u4e2dy';
  assertEq(/x/.exec(s)!.index, 3);
  assertEq(/x/u.exec(s)!.index, 3);
  const re = /[xy]/gu;
  assertEq(j([re.exec(s)!.index, re.lastIndex, re.exec(s)!.index, re.lastIndex]), '[3,4,5,6]');
  assertEq(s.replace(/\W/g, '.'), '...x.y');
  assertEq(s.replace(/[^\x00-\x7f]/gu, '.'), '..x.y');
  assertEq(j(/(?<=x)./d.exec(s)!.index), '4');
});
test('two subjects at once do not disturb each other', () => {
  const re = /./gu, out: string[] = [];
  let m;
  while ((m = re.exec('\u00e9a\u{1f600}')) !== null) out.push(m[0] + '\u4e2d\u4e2dx'.replace(/x/, '\u00fc').length);
  assertEq(out.join(), '\u00e93,a3,\u{1f600}3');
});
test('long strings are built in linear time', () => {
  const part = 'some text & more <b>bold</b> \u00e9 ', big = new Array(20001).join(part);
  const out = big.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' } as any)[c]);
  assertEq(out.length, big.length + 20000 * (4 + 3 * 4));
  assertEq(big.split(/ /).length, 20000 * 6 + 1);
});
