// Text in the languages of people: order, normal forms, case, plurals, segments. What is expected here is what the peer gives.
test('localeCompare orders as people do', () => {
  assertEq(['ä', 'a', 'z', 'Z', 'A', 'o', 'ö', '_', '-', '1', '~', '$'].sort((a, b) => a.localeCompare(b)).join(''), '_-~$1aAäoözZ');
  assertEq(['ä', 'a', 'z', 'Z', 'A', 'o', 'ö'].sort((a, b) => a.localeCompare(b, 'sv')).join(''), 'aAozZäö');
  assertEq(['ab'.localeCompare('AB'), 'a b'.localeCompare('ab'), 'a-b'.localeCompare('ab'), 'b'.localeCompare('a')].join(), '-1,-1,-1,1');
  assertEq('co-op'.localeCompare('coop', undefined, { ignorePunctuation: true }), 0);
  assertEq('a'.localeCompare('A', undefined, { sensitivity: 'base' }), 0);
  assertEq('a'.localeCompare('á', undefined, { sensitivity: 'base' }), 0);
  assertEq('a'.localeCompare('á', 'en', { sensitivity: 'accent' }), -1);
  assertEq('a'.localeCompare('A', 'en', { sensitivity: 'accent' }), 0);
  assertEq('a'.localeCompare('A', 'en', { sensitivity: 'case' }) + 'a'.localeCompare('á', 'en', { sensitivity: 'case' }), -1);
  assertEq('a\u0001'.localeCompare('a') + '|' + '\t'.localeCompare(' '), '0|-1');
  assertEq('e\u0301'.localeCompare('\u00e9'), 0);
  assertEq('\u{1F600}'.localeCompare('\u{1F601}') + '|' + '\ud800'.localeCompare('a'), '-1|1');
  assertEq('a'.localeCompare(undefined as any), -1);
  assertEq('résumé'.localeCompare('resume') + 'resume'.localeCompare('résumé'), 0);
});
test('localeCompare refuses what it must', () => {
  assertThrows(() => 'a'.localeCompare('b', 'xx-invalid-'), /RangeError: Invalid language tag: xx-invalid-/);
  assertThrows(() => 'a'.localeCompare('b', 'de-phonebook'), /RangeError: Invalid language tag: de-phonebook/);
  assertThrows(() => 'a'.localeCompare('b', 'a'.repeat(5000)), /RangeError/);
  assertThrows(() => 'a'.localeCompare('b', [5] as any), /TypeError: Language ID should be string or object/);
  assertThrows(() => 'a'.localeCompare('b', null as any), /TypeError: Cannot convert undefined or null to object/);
  assertThrows(() => 'a'.localeCompare('b', 'en', null as any), /TypeError: Cannot convert undefined or null to object/);
  assertThrows(() => ''.localeCompare.call(null, 'a'), /TypeError: String.prototype.localeCompare called on null or undefined/);
  assertThrows(() => 'a'.localeCompare('b', 'en', { sensitivity: 'x' as any }), /RangeError: Value x out of range for Intl.Collator options property sensitivity/);
  assertEq(String.prototype.localeCompare.length + String.prototype.localeCompare.name, '1localeCompare');
});
test('Intl.Collator', () => {
  const options = (locale?: any, o?: any) => JSON.stringify(Object.values(new Intl.Collator(locale, o).resolvedOptions()));
  assertEq(options('de-u-co-phonebk', { numeric: true }), '["de-u-co-phonebk","sort","variant",false,"phonebk",true,"false"]');
  assertEq(options(), '["en-US","sort","variant",false,"default",false,"false"]');
  assertEq(options('sv'), '["sv","sort","variant",false,"default",false,"false"]');
  assertEq(options('en-u-kn-true-kf-upper'), '["en-u-kf-upper-kn","sort","variant",false,"default",true,"upper"]');
  assertEq(options('tlh'), '["en-US","sort","variant",false,"default",false,"false"]');
  assertEq(options('en', { usage: 'search' }), '["en","search","variant",false,"default",false,"false"]');
  assertEq(new Intl.Collator(['tlh', 'de']).resolvedOptions().locale, 'de');
  assertEq(['a10', 'a9', 'a1'].sort(new Intl.Collator(undefined, { numeric: true }).compare).join(), 'a1,a9,a10');
  assertEq(['ä', 'af', 'ad'].sort(new Intl.Collator('de-u-co-phonebk').compare).join(), 'ad,ä,af');
  assertEq(['b', 'B', 'a', 'A'].sort(new Intl.Collator('en', { caseFirst: 'upper' }).compare).join(), 'A,a,B,b');
  assertEq(['Z', 'Y', 'S', 'T'].sort(new Intl.Collator('et').compare).join(), 'S,Z,T,Y');
  const collator = (Intl as any).Collator();
  assertEq(Object.keys(collator).join() + collator.compare.length + collator.compare.name, '2');
  assert(collator.compare === collator.compare && collator instanceof Intl.Collator);
  assertEq(Object.prototype.toString.call(collator) + Intl.Collator.name + Intl.Collator.length, '[object Intl.Collator]Collator0');
  assertThrows(() => (Intl.Collator.prototype as any).compare, /TypeError: Method get Intl.Collator.prototype.compare called on incompatible receiver/);
  assertEq(Intl.Collator.supportedLocalesOf(['de', 'xx', 'zh-Hant-TW', 'en-us']).join(), 'de,zh-Hant-TW,en-US');
  assertEq((Intl as any).getCanonicalLocales(['EN-us', 'zh-hant']).join(), 'en-US,zh-Hant');
  assertThrows(() => (Intl as any).getCanonicalLocales('x_y'), /RangeError: Invalid language tag: x_y/);
});
test('more collators than are kept open', () => {
  const all = ['de', 'sv', 'fr', 'da', 'et', 'lt', 'pl', 'cs', 'hu', 'tr', 'ja', 'ko'].map((l) => new Intl.Collator(l));
  for (let i = 0; i < 3; i++) for (const c of all) assertEq(c.compare('á', 'b') + c.compare('ö', 'ö'), -1);
});
test('normalize', () => {
  assertEq('é'.normalize('NFD').length + 'e\u0301'.normalize().length, 3);
  assertEq('\u1E9B\u0323'.normalize('NFKD'), 's\u0323\u0307');
  assertEq('\ufdfa'.repeat(40).normalize('NFKC').length, 720);
  assertEq('\ud800e\u0301'.normalize(), '\ud800é');
  assertEq('\u{1D15E}'.normalize('NFD').length, 4);
  assertEq('ascii'.normalize('NFKD') + ''.normalize(), 'ascii');
  assertThrows(() => 'x'.normalize('NF'), /RangeError: The normalization form should be one of NFC, NFD, NFKC, NFKD\./);
  assertThrows(() => ''.normalize.call(undefined), /TypeError: String.prototype.normalize called on null or undefined/);
});
test('case in a language', () => {
  assertEq('iI'.toLocaleUpperCase('tr') + 'Iİ'.toLocaleLowerCase('tr') + 'i'.toLocaleUpperCase(['az', 'en']), 'İIıiİ');
  assertEq('iß'.toLocaleUpperCase() + 'i'.toLocaleUpperCase('de') + 'i'.toLocaleUpperCase('xx') + 'i'.toLocaleUpperCase(5 as any), 'ISSIII');
  assertEq('ά'.toLocaleUpperCase('el') + 'Ì'.toLocaleLowerCase('lt'), 'Αi̇̀');
  assertThrows(() => 'i'.toLocaleUpperCase(''), /RangeError: Invalid language tag: /);
});
test('Intl.PluralRules', () => {
  const en = new Intl.PluralRules('en', { type: 'ordinal' });
  assertEq([1, 2, 3, 4, 11, 21].map((n) => en.select(n)).join(), 'one,two,few,other,other,one');
  assertEq(new Intl.PluralRules('ar').select(3) + new Intl.PluralRules().select(1) + new Intl.PluralRules('ja').select(1), 'fewoneother');
  assertEq(JSON.stringify([en.resolvedOptions().pluralCategories, en.resolvedOptions().type]), '[["one","two","few","other"],"ordinal"]');
  assertThrows(() => (Intl as any).PluralRules(), /TypeError: Constructor Intl.PluralRules requires 'new'/);
});
test('Intl.Segmenter', () => {
  const word = new (Intl as any).Segmenter('en', { granularity: 'word' });
  const parts = [...word.segment('Hi, you 👨‍👩‍👧!')];
  assertEq(parts.map((p: any) => p.segment).join('|'), 'Hi|,| |you| |👨‍👩‍👧|!');
  assertEq(parts.map((p: any) => p.index + (p.isWordLike ? 'w' : '')).join(), '0w,2,3,4w,7,8,16');
  assertEq(JSON.stringify(new (Intl as any).Segmenter().segment('e\u0301x').containing(1)), '{"segment":"e\u0301","index":0,"input":"e\u0301x"}');
  assertEq([...new (Intl as any).Segmenter('en', { granularity: 'sentence' }).segment('One. Two? Three')].length, 3);
  assertEq([...word.segment('')].length + String(word.segment('a').containing(5)), '0undefined');
  assertEq(JSON.stringify(word.resolvedOptions()), '{"locale":"en","granularity":"word"}');
});
