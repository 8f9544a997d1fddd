// UTF-16 units without the u flag, code points with it; the expectations are V8's.
const rows: [string, string, string, string][] = [
  ["a.b", "u", "a\ud83d\ude00b", "{\"at\":0,\"m\":[\"a\ud83d\ude00b\"]}"],
  ["a.b", "u", "a\ud800b", "{\"at\":0,\"m\":[\"a\\ud800b\"]}"],
  ["[^]", "u", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["\\u{61}", "u", "a", "{\"at\":0,\"m\":[\"a\"]}"],
  ["\\u{1F600}+", "u", "\ud83d\ude00\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\ud83d\ude00\"]}"],
  ["\\ud83d\\ude00", "u", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["\\ud83d", "u", "\ud83d\ude00", "null"],
  ["\\ud83d", "u", "\ud83d", "{\"at\":0,\"m\":[\"\\ud83d\"]}"],
  ["\\ud83d", "", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\\ud83d\"]}"],
  ["^[^x]$", "u", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["[\\ud83d\\ude00]", "u", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["[\\u{1f600}-\\u{1f64f}]", "u", "\ud83d\ude10", "{\"at\":0,\"m\":[\"\ud83d\ude10\"]}"],
  ["(?<\ud835\udc9c>.)", "u", "q", "{\"at\":0,\"m\":[\"q\",\"q\"],\"g\":{\"\ud835\udc9c\":\"q\"}}"],
  ["(?<\ud835\udc9c>.)", "", "q", "{\"at\":0,\"m\":[\"q\",\"q\"],\"g\":{\"\ud835\udc9c\":\"q\"}}"],
  ["(?<\\u{61}b>.)", "u", "q", "{\"at\":0,\"m\":[\"q\",\"q\"],\"g\":{\"ab\":\"q\"}}"],
  ["[\\-]", "u", "-", "{\"at\":0,\"m\":[\"-\"]}"],
  ["\\/", "u", "/", "{\"at\":0,\"m\":[\"/\"]}"],
  ["", "gu", "\ud83d\ude00a", "[\"[]\ud83d\ude00[]a[]\",[\"\ud83d\ude00\",\"a\"]]"],
  ["x*", "gu", "\ud83d\ude00", "[\"[]\ud83d\ude00[]\",[\"\ud83d\ude00\"]]"],
  ["(.)", "du", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\",\"\ud83d\ude00\"],\"x\":[[0,2],[0,2]]}"],
  ["[\\w-]", "u", "-", "{\"at\":0,\"m\":[\"-\"]}"],
  ["\\ud83d\\ude00", "", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["\ud83d\ude00", "", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["\ud83d\ude00{2}", "", "\ud83d\ude00\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\\ude00\"]}"],
  ["\ud83d\ude00{2}", "u", "\ud83d\ude00\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\ud83d\ude00\"]}"],
  ["[\ud83d\ude00]", "", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\\ud83d\"]}"],
  ["\\udf06", "u", "\ud834\udf06", "null"],
  ["^[^x]", "u", "\ud834\udf06", "{\"at\":0,\"m\":[\"\ud834\udf06\"]}"],
  ["\\S", "u", "\ud83d\ude00", "{\"at\":0,\"m\":[\"\ud83d\ude00\"]}"],
  ["\\ud834", "", "\ud834\udf06", "{\"at\":0,\"m\":[\"\\ud834\"]}"],
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
