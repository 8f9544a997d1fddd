// TextEncoder and TextDecoder.
const bytes = (...b: number[]) => new Uint8Array(b);
const decode = (label: string, b: number[], o?: any) => new TextDecoder(label, o).decode(new Uint8Array(b));
const hex = (u: Uint8Array) => Array.prototype.map.call(u, (b: number) => (b + 256).toString(16).slice(1)).join(' ');

test('encodes characters of every length, and lone surrogates as U+FFFD', () => {
  const e = new TextEncoder();
  assertEq(hex(e.encode('a\u00e9\u20ac\u{1f600}')), '61 c3 a9 e2 82 ac f0 9f 98 80');
  assertEq(hex(e.encode('\ud800a\udc00')), 'ef bf bd 61 ef bf bd');
  assertEq(hex(e.encode('\udc00\ud800')), 'ef bf bd ef bf bd');
  assertEq(e.encode().length + e.encode(undefined).length, 0);
  assertEq(e.encode(null as any).length, 4);
  assert(e.encode('x') instanceof Uint8Array);
  assertEq(e.encoding, 'utf-8');
});
test('encodeInto writes whole characters only', () => {
  const e = new TextEncoder(), to = new Uint8Array(6);
  assertEq(e.encodeInto('a\u00e9\u{1f600}b', to), { read: 2, written: 3 });
  assertEq(hex(to), '61 c3 a9 00 00 00');
  assertEq(e.encodeInto('\u{1f600}', to.subarray(1)), { read: 2, written: 4 });
  assertEq(hex(to), '61 f0 9f 98 80 00');
  assertThrows(() => (e as any).encodeInto('a', new Uint16Array(1)), "TypeError: Failed to execute 'encodeInto' on 'TextEncoder': parameter 2 is not of type 'Uint8Array'.");
});
test('decodes UTF-8, ill-formed parts as U+FFFD', () => {
  assertEq(decode('utf-8', [0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80]), 'a\u00e9\u{1f600}');
  assertEq(decode('utf-8', [0xf0, 0x9f, 0x98, 0x80]).length, 2);
  assertEq(decode('utf-8', [0xed, 0xa0, 0x80]), '\ufffd\ufffd\ufffd');
  assertEq(decode('utf-8', [0xf0, 0x9f, 0x98, 0x41]), '\ufffdA');
  assertEq(decode('utf-8', [0xc0, 0x80, 0xff, 0xf5, 0x80, 0xe0, 0x80]), '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd');
  assertEq(decode('utf-8', [0xe2, 0x82]), '\ufffd');
  assertEq(decode('utf-8', [0xf4, 0x90, 0x80, 0x80]), '\ufffd\ufffd\ufffd\ufffd');
});
test('byte order marks', () => {
  assertEq(decode('utf-8', [0xef, 0xbb, 0xbf, 0x41]), 'A');
  assertEq(decode('utf-8', [0xef, 0xbb, 0xbf, 0x41], { ignoreBOM: true }), '\ufeffA');
  assertEq(decode('utf-8', [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf]), '\ufeff');
  assertEq(decode('utf-16le', [0xff, 0xfe, 0x41, 0]), 'A');
  assertEq(decode('utf-16be', [0xfe, 0xff, 0, 0x41]), 'A');
});
test('chunks may end inside a character', () => {
  const text = 'a\u00e9\u20ac\u{1f600}z', all = new TextEncoder().encode('\ufeff' + text);
  for (let n = 1; n <= 5; n++) {
    const d = new TextDecoder();
    for (let round = 0; round < 2; round++) {
      let s = '';
      for (let i = 0; i < all.length; i += n) s += d.decode(all.subarray(i, i + n), { stream: true });
      assertEq(s + d.decode(), text, 'chunks of ' + n);
    }
  }
  const d16 = new TextDecoder('utf-16le');
  let s = '';
  for (const b of [0x3d, 0xd8, 0x00, 0xde, 0x41, 0x00, 0x00, 0xd8]) s += d16.decode(bytes(b), { stream: true });
  assertEq(s + d16.decode(), '\u{1f600}A\ufffd');
  const d = new TextDecoder();
  assertEq(d.decode(bytes(0xf0, 0x9f), { stream: true }) + d.decode(bytes(0x41), { stream: true }), '\ufffdA');
});
test('fatal decoders throw, and work again afterwards', () => {
  const d = new TextDecoder('utf-8', { fatal: true });
  assertThrows(() => d.decode(bytes(0xff)), 'TypeError: Failed to decode input.');
  assertEq(d.decode(bytes(0xf0, 0x9f), { stream: true }), '');
  assertThrows(() => d.decode(), 'TypeError: Failed to decode input.');
  assertEq(d.decode(bytes(0x41)), 'A');
  assertThrows(() => decode('shift_jis', [0x82], { fatal: true }), 'TypeError: Failed to decode input.');
  assertThrows(() => decode('windows-1253', [0xaa], { fatal: true }), 'TypeError: Failed to decode input.');
  assertThrows(() => decode('utf-16le', [0x41], { fatal: true }), 'TypeError: Failed to decode input.');
  assertEq(decode('big5', [0xa7, 0x41], { fatal: true }), '\u4f60');
});
test('older encodings', () => {
  const rows: [string, number[], string][] = [
    ['latin1', [0x80, 0x9f, 0xe9, 0x81], '\u20ac\u0178\u00e9\u0081'],
    ['ibm866', [0x80, 0xff], '\u0410\u00a0'],
    ['iso-8859-2', [0xa1], '\u0104'],
    ['iso-8859-16', [0xa4, 0xfe], '\u20ac\u021b'],
    ['koi8-r', [0xc1], '\u0430'],
    ['koi8-u', [0xae, 0xa4], '\u045e\u0454'],
    ['windows-874', [0xa1, 0xdb], '\u0e01\ufffd'],
    ['windows-1255', [0xca], '\u05ba'],
    ['macintosh', [0x80], '\u00c4'],
    ['x-user-defined', [0x41, 0x80, 0xff], 'A\uf780\uf7ff'],
    ['shift_jis', [0x82, 0xa0, 0x5c, 0x7e, 0xa1, 0x81, 0x60], '\u3042\\~\uff61\uff5e'],
    ['euc-jp', [0xa4, 0xa2, 0x8e, 0xb1, 0x8f, 0xb0, 0xa1, 0xa4], '\u3042\uff71\u4e02\ufffd'],
    ['gbk', [0xc4, 0xe3, 0xa2, 0xe3], '\u4f60\u20ac'],
    ['gb18030', [0x84, 0x31, 0xa4, 0x37, 0x94, 0x39, 0xda, 0x33], '\ufffd\u{1f4a9}'],
    ['big5', [0xa7, 0x41, 0x87, 0x40], '\u4f60\u43f0'],
    ['euc-kr', [0xb0, 0xa1, 0x81, 0x41], '\uac00\uac02'],
    ['iso-2022-jp', [0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42, 0x41], '\u3042A'],
  ];
  for (const [label, b, want] of rows) assertEq(decode(label, b), want, label);
  const d = new TextDecoder('euc-jp');
  assertEq(d.decode(bytes(0xa4), { stream: true }) + d.decode(bytes(0xa2)), '\u3042');
});
test('labels', () => {
  for (const [label, name] of [['UTF8', 'utf-8'], [' utf-8\n', 'utf-8'], ['latin1', 'windows-1252'], ['ascii', 'windows-1252'],
    ['utf-16', 'utf-16le'], ['sjis', 'shift_jis'], ['GB2312', 'gbk'], ['iso-8859-8-i', 'iso-8859-8-i'], ['korean', 'euc-kr']])
    assertEq(new TextDecoder(label).encoding, name, label);
  for (const label of ['foo', '', 'replacement', 'utf-7', 'hz-gb-2312', 'utf-8 x', 'utf\u20118', 'e'])
    assertThrows(() => new TextDecoder(label), 'RangeError: "' + label + '" is not a valid encoding.');
});
test('what decode takes', () => {
  const d = new TextDecoder();
  assertEq(d.decode(), '');
  assertEq(d.decode(new Uint8Array([65, 66]).buffer as ArrayBuffer), 'AB');
  assertEq(d.decode(new DataView(new Uint8Array([65, 66, 67]).buffer, 1)), 'BC');
  assertEq(d.decode(new Uint8Array([65, 66, 67]).subarray(1, 2)), 'B');
  assertEq([d.encoding, d.fatal, d.ignoreBOM].join(), 'utf-8,false,false');
  assertThrows(() => d.decode('x' as any), "TypeError: Failed to execute 'decode' on 'TextDecoder': parameter 1 is not of type 'Array'.");
  assertThrows(() => (TextDecoder as any)(), /Please use the 'new' operator/);
  assertThrows(() => TextDecoder.prototype.decode.call({} as any), /Illegal invocation/);
  assertEq(Object.prototype.toString.call(d) + new TextEncoder(), '[object TextDecoder][object TextEncoder]');
});
