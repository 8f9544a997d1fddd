// The constructor, the properties, the protocol of symbols, subclasses.
const j = (v: any) => JSON.stringify(v);

test('the constructor', () => {
  assertEq(String(new RegExp('a', 'g')), '/a/g');
  assertEq(String(RegExp('a/b')), '/a\\/b/');
  assertEq(String(new (RegExp as any)()), '/(?:)/');
  assertEq(String(new RegExp(undefined as any, undefined)), '/(?:)/');
  assertEq(String(new RegExp(null as any)), '/null/');
  const re = /x/gi;
  assertEq(RegExp(re), re);
  assert(new RegExp(re) !== re);
  assertEq(String(new RegExp(re)), '/x/gi');
  assertEq(String(RegExp(re, 'm')), '/x/m');
  assertThrows(() => new RegExp('a', 'gg'), "SyntaxError: Invalid flags supplied to RegExp constructor 'gg'");
  assertThrows(() => new RegExp('a', 'q'), "SyntaxError: Invalid flags supplied to RegExp constructor 'q'");
  assertThrows(() => new RegExp('a', 'uv'), "SyntaxError: Invalid flags supplied to RegExp constructor 'uv'");
  assertThrows(() => new RegExp('('), 'SyntaxError: Invalid regular expression: /(/: Unterminated group');
  assertEq(RegExp.length, 2);
  assertEq(RegExp.name, 'RegExp');
  assertEq(RegExp.prototype.constructor, RegExp);
});
test('a regexp-like object is taken by its source and flags', () => {
  const like = { [Symbol.match]: true, source: 'ab', flags: 'i', constructor: Object };
  assertEq(String(new RegExp(like as any)), '/ab/i');
  const same = { [Symbol.match]: true, constructor: RegExp };
  assertEq(RegExp(same as any), same);
});
test('class and toString', () => {
  assertEq(Object.prototype.toString.call(/a/), '[object RegExp]');
  assert(/a/ instanceof RegExp);
  assert(new RegExp('a') instanceof RegExp);
  assertEq(RegExp.prototype.toString.call({ source: 'a', flags: 'b' }), '/a/b');
  assertEq(typeof /a/, 'object');
});
test('flags', () => {
  const re: any = new RegExp('a', 'ysmiugd');
  assertEq(re.flags, 'dgimsuy');
  assertEq(j([re.hasIndices, re.global, re.ignoreCase, re.multiline, re.dotAll, re.unicode, re.sticky, re.unicodeSets]), '[true,true,true,true,true,true,true,false]');
  assertEq((RegExp.prototype as any).global, undefined);
  assertEq(RegExp.prototype.flags, '');
  assertEq(RegExp.prototype.source, '(?:)');
  const get = Object.getOwnPropertyDescriptor(RegExp.prototype, 'global')!.get as any;
  assertEq(get.name, 'get global');
  assertThrows(() => get.call({}), 'TypeError: RegExp.prototype.global getter called on non-RegExp object');
  const flags = Object.getOwnPropertyDescriptor(RegExp.prototype, 'flags')!.get as any;
  assertEq(flags.call({ global: 1, sticky: 'x' }), 'gy');
});
test('source can be written between slashes', () => {
  assertEq(new RegExp('/').source, '\\/');
  assertEq(new RegExp('[/]').source, '[/]');
  assertEq(new RegExp('\\/').source, '\\/');
  assertEq(new RegExp('\n\r').source, '\\n\\r');
  assertEq(new RegExp('\u2028').source, '\\u2028');
  assertEq(new RegExp('').source, '(?:)');
  assertEq(/[/\]/]/.source, '[/\\]/]');
});
test('lastIndex is an own, writable, hidden property', () => {
  const d = Object.getOwnPropertyDescriptor(/a/g, 'lastIndex');
  assertEq(j(d), '{"value":0,"writable":true,"enumerable":false,"configurable":false}');
  assertEq(j(Object.keys(/a/)), '[]');
  assertEq(j(Object.getOwnPropertyNames(/a/)), '["lastIndex"]');
});
test('literals in a function are new objects each time', () => {
  const make = () => /a/g, a = make(), b = make();
  assert(a !== b);
  a.test('a');
  assertEq(b.lastIndex, 0);
  (a as any).extra = 1;
  assertEq((make() as any).extra, undefined);
});
test('the wrong receiver', () => {
  assertThrows(() => RegExp.prototype.exec.call({} as any, ''), 'TypeError: Method RegExp.prototype.exec called on incompatible receiver #<Object>');
  assertThrows(() => (RegExp.prototype as any)[Symbol.match].call(null, ''), 'TypeError: Method RegExp.prototype.@@match called on incompatible receiver null');
  assertThrows(() => RegExp.prototype.test.call({ exec: () => 1 } as any, 'a'), 'TypeError: RegExp exec method returned something other than an Object or null');
});
test('an exec of the object\'s own is used', () => {
  const re: any = /a/;
  re.exec = () => { const m: any = ['zz']; m.index = 1; return m; };
  assertEq(re.test(''), true);
  assertEq('abcd'.replace(re, '[$&]'), 'a[zz]d');
  assertEq('abcd'.search(re), 1);
  assertEq(j('abcd'.match(re)), '["zz"]');
});
test('a slow replace gives what a fast one gives', () => {
  const slow = (source: string, flags: string) => { const re: any = new RegExp(source, flags); re.exec = function (s: string) { return RegExp.prototype.exec.call(this, s); }; return re; };
  for (const [source, flags, s, r] of [['(b)(?<n>x)?', 'g', 'abcb', "[$1$2$&$`$'$<n>]"], ['', 'gu', '\u{1f600}a', '-'], ['(.)', '', '\u00e9', '$1$1'], ['z', 'g', 'a', '-'], ['a', 'y', 'ba', '-']])
    assertEq(s.replace(slow(source, flags), r), s.replace(new RegExp(source, flags), r));
  const args: any[] = [];
  'ab'.replace(slow('(?<n>b)', 'g'), function () { args.push(Array.prototype.slice.call(arguments)); return ''; } as any);
  assertEq(j(args), '[["b","b",1,"ab",{"n":"b"}]]');
  for (const [source, flags, s] of [[',', '', 'a,b'], ['(,)', 'g', 'a,b'], ['', 'u', '\u{1f600}a'], ['', '', ''], ['b*', '', 'abba']]) {
    class Own extends RegExp {}
    assertEq(j(s.split(new Own(source, flags))), j(s.split(new RegExp(source, flags))));
    assertEq(j(s.match(slow(source, flags + (flags === 'g' ? '' : 'g')))), j(s.match(new RegExp(source, flags + (flags === 'g' ? '' : 'g')))));
  }
});
test('the protocol of symbols', () => {
  const seen: string[] = [];
  const like: any = {};
  for (const name of ['match', 'matchAll', 'replace', 'search', 'split'])
    like[(Symbol as any)[name]] = function () { seen.push(name + Array.prototype.slice.call(arguments).join()); return name; };
  like.flags = 'g';
  assertEq('a'.match(like) as any, 'match');
  assertEq(('a' as any).matchAll(like), 'matchAll');
  assertEq('a'.replace(like, 'b'), 'replace');
  assertEq('a'.replaceAll(like, 'c'), 'replace');
  assertEq('a'.search(like) as any, 'search');
  assertEq('a'.split(like, 3) as any, 'split');
  assertEq(seen.join('|'), 'matcha|matchAlla|replacea,b|replacea,c|searcha|splita,3');
  assertEq(typeof (RegExp.prototype as any)[Symbol.matchAll], 'function');
  assertEq((RegExp.prototype as any)[Symbol.replace].name, '[Symbol.replace]');
  assertEq((RegExp as any)[Symbol.species], RegExp);
});
test('class X extends RegExp', () => {
  class Counting extends RegExp {
    count = 0;
    constructor(source: string | RegExp, flags?: string) { super(source, flags); }
    exec(s: string) { this.count++; return super.exec(s); }
    get kind() { return 'counting'; }
  }
  const re = new Counting('a', 'g');
  assert(re instanceof Counting);
  assert(re instanceof RegExp);
  assertEq(re.kind, 'counting');
  assertEq(Object.prototype.toString.call(re), '[object RegExp]');
  assertEq('aXa'.replace(re, 'b'), 'bXb');
  assertEq(re.count, 3);
  assertEq(re.test('a'), true);
  assertEq(re.count, 4);
  assertEq(String(new Counting(/x/i)), '/x/i');
  assertEq(j('1a2'.split(re)), '["1","2"]');
  re.lastIndex = 0;
  const all = Array.from('aa'.matchAll(re) as any);
  assertEq(all.length, 2);
});
test('legacy statics', () => {
  const R: any = RegExp;
  /(\d+)-(\w)?/.exec('on 12-x.');
  assertEq(j([R.$1, R.$2, R.$3, R.lastMatch, R['$&'], R.input, R.leftContext, R.rightContext, R.lastParen]), '["12","x","","12-x","12-x","on 12-x.","on ",".","x"]');
  'ab\u00e9'.replace(/(b)/, '');
  assertEq(j([R.$1, R['$`'], R["$'"]]), '["b","a","\u00e9"]');
  /nothing/.test('else');
  assertEq(R.$1, 'b');
});
test('compile takes another pattern over', () => {
  const re: any = /a/g;
  re.lastIndex = 3;
  assertEq(re.compile('b', 'i'), re);
  assertEq(String(re), '/b/i');
  assertEq(re.lastIndex, 0);
  assertEq(re.test('B'), true);
  assertThrows(() => re.compile(/b/, 'g'), 'TypeError: Cannot supply flags when constructing one RegExp from another');
});
test('a frozen global regexp cannot move', () => {
  const re = Object.freeze(/a/g);
  assertThrows(() => re.test('a'), /TypeError/);
  assertEq(Object.freeze(/a/).test('a'), true);
});
test('source and flags of one pattern share one code, whatever is collected', () => {
  for (let i = 0; i < 3000; i++) {
    const re = new RegExp('x' + (i % 1500) + '(y)?', i % 2 ? 'g' : '');
    assertEq(re.test('x' + (i % 1500)), true);
  }
});
