// atob and btoa.
test('btoa', () => {
  for (const [text, want] of [['', ''], ['a', 'YQ=='], ['ab', 'YWI='], ['abc', 'YWJj'], ['\xff\xfe\x00', '//4A'], [null, 'bnVsbA=='], [12, 'MTI=']] as any)
    assertEq(btoa(text), want);
  assertThrows(() => btoa('\u0100'), 'InvalidCharacterError: btoa() can only operate on characters in the Latin1 (ISO/IEC 8859-1) range.');
  assertThrows(() => btoa('a\u{1f600}'), /InvalidCharacterError/);
  assertThrows(() => (btoa as any)(), "TypeError: Failed to execute 'btoa' on 'ServiceWorkerGlobalScope': parameter 1 is not of type 'String'.");
});
test('atob forgives white space and missing padding', () => {
  for (const [text, want] of [['', ''], [' Y Q = = ', 'a'], ['YQ', 'a'], ['YWI=', 'ab'], ['YW\tI', 'ab'], ['YWJj\n', 'abc'], ['YR==', 'a'], ['//4A', '\xff\xfe\x00']])
    assertEq(atob(text), want, text);
});
test('atob refuses the rest', () => {
  for (const text of ['Y', 'YQ=', '=', '====', 'Y===', 'YQ==YQ==', 'a-b_', '\u00e9', 'YWJjZ', 'ab=c', 'YWJj='])
    assertThrows(() => atob(text), /^InvalidCharacterError: atob\(\) called with invalid base64-encoded data\. \(Only whitespace/);
});
test('every byte comes back', () => {
  let s = '';
  for (let i = 0; i < 256; i++) s += String.fromCharCode(i);
  for (let n = 0; n < 4; n++) assertEq(atob(btoa(s + s.slice(0, n))), s + s.slice(0, n));
});
