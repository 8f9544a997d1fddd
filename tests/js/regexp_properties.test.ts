// \p{..} and \P{..}; the expectations are V8's.
const rows: [string, string, string, string][] = [
  ["\\p{L}+", "u", "a\u00e9\u04149", "{\"at\":0,\"m\":[\"a\u00e9\u0414\"]}"],
  ["\\P{L}+", "u", "a12\u00e9", "{\"at\":1,\"m\":[\"12\"]}"],
  ["\\p{Lu}", "u", "a\u00c9", "{\"at\":1,\"m\":[\"\u00c9\"]}"],
  ["\\p{Script=Greek}+", "u", "ab\u03b3\u03b4", "{\"at\":2,\"m\":[\"\u03b3\u03b4\"]}"],
  ["\\p{sc=Cyrl}", "u", "\u0414", "{\"at\":0,\"m\":[\"\u0414\"]}"],
  ["\\p{scx=Deva}", "u", "\u0964", "{\"at\":0,\"m\":[\"\u0964\"]}"],
  ["\\p{Emoji}", "u", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["\\p{Emoji}", "u", "1", "{\"at\":0,\"m\":[\"1\"]}"],
  ["\\p{ASCII}+", "u", "abc\u00e9", "{\"at\":0,\"m\":[\"abc\"]}"],
  ["\\p{Any}", "u", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["\\p{Assigned}", "u", "a", "{\"at\":0,\"m\":[\"a\"]}"],
  ["\\p{Assigned}", "u", "\u0378", "null"],
  ["\\p{General_Category=Uppercase_Letter}", "u", "aB", "{\"at\":1,\"m\":[\"B\"]}"],
  ["\\p{gc=Lu}", "u", "aB", "{\"at\":1,\"m\":[\"B\"]}"],
  ["\\p{L}", "", "p{L}", "{\"at\":0,\"m\":[\"p{L}\"]}"],
  ["\\P{Lu}", "iu", "A", "{\"at\":0,\"m\":[\"A\"]}"],
  ["\\P{Lu}", "iu", "a", "{\"at\":0,\"m\":[\"a\"]}"],
  ["[^\\P{Lu}]", "iu", "A", "null"],
  ["[^\\P{Lu}]", "iu", "a", "null"],
  ["\\p{Lu}", "iu", "a", "{\"at\":0,\"m\":[\"a\"]}"],
  ["\\p{Lu}", "iu", "A", "{\"at\":0,\"m\":[\"A\"]}"],
  ["[^\\p{Lu}]", "iu", "a", "null"],
  ["[^\\p{Lu}]", "iu", "A", "null"],
  ["[^\\p{Lu}]", "iu", "1", "{\"at\":0,\"m\":[\"1\"]}"],
  ["[\\p{L}\\d_-]+", "u", "a\u00e9-_9!", "{\"at\":0,\"m\":[\"a\u00e9-_9\"]}"],
  ["\\p{Lowercase}", "iu", "A", "{\"at\":0,\"m\":[\"A\"]}"],
  ["\\p{Alphabetic}", "u", "\u00e9", "{\"at\":0,\"m\":[\"\u00e9\"]}"],
  ["\\p{ID_Start}\\p{ID_Continue}*", "u", "1\u00e9a2", "{\"at\":1,\"m\":[\"\u00e9a2\"]}"],
  ["\\p{White_Space}", "u", "\u00a0", "{\"at\":0,\"m\":[\"\u00a0\"]}"],
  ["\\p{Letter}", "u", "x", "{\"at\":0,\"m\":[\"x\"]}"],
  ["\\p{LC}", "u", "x", "{\"at\":0,\"m\":[\"x\"]}"],
  ["\\p{Changes_When_NFKC_Casefolded}", "u", "A", "{\"at\":0,\"m\":[\"A\"]}"],
  ["\\p{Script_Extensions=Latin}", "u", "a", "{\"at\":0,\"m\":[\"a\"]}"],
];

// One match as JSON; with g or y, what replace and split make of the string.
function outcome(source: string, flags: string, subject: string): string {
  const re = new RegExp(source, flags);
  if (/[gy]/.test(flags)) return JSON.stringify([subject.replace(re, '[$&]'), subject.split(re)]);
  const m: any = re.exec(subject);
  return JSON.stringify(m && { at: m.index, m: Array.prototype.slice.call(m), g: m.groups, x: m.indices });
}

for (const [source, flags, subject, want] of rows)
  test(`/${source}/${flags} on ${JSON.stringify(subject)}`, () => {
    assertEq(JSON.stringify(JSON.parse(outcome(source, flags, subject))), JSON.stringify(JSON.parse(want)));
  });
