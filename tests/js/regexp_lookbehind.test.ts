// Lookbehind, of fixed and of other lengths; the expectations are V8's.
const rows: [string, string, string, string][] = [
  ["(?<=a)b", "", "ab", "{\"at\":1,\"m\":[\"b\"]}"],
  ["(?<=a)b", "", "cb", "null"],
  ["(?<!a)b", "", "ab", "null"],
  ["(?<!a)b", "", "cb", "{\"at\":1,\"m\":[\"b\"]}"],
  ["(?<=^|,)x", "g", "x,x;x", "[\"[x],[x];x\",[\"\",\",\",\";x\"]]"],
  ["(?<=(?:ab|c))x", "", "abx", "{\"at\":2,\"m\":[\"x\"]}"],
  ["(?<=(?:ab|c))x", "", "cx", "{\"at\":1,\"m\":[\"x\"]}"],
  ["(?<=a+)b", "", "aab", "{\"at\":2,\"m\":[\"b\"]}"],
  ["(?<=a+)b", "", "b", "null"],
  ["(?<=\\$\\d*)x", "", "$12x", "{\"at\":3,\"m\":[\"x\"]}"],
  ["(?<=\\$\\d*)x", "", "12x", "null"],
  ["(?<!\\$\\d*)x", "", "$12x", "null"],
  ["(?<!\\$\\d*)x", "", "12x", "{\"at\":2,\"m\":[\"x\"]}"],
  ["(?<=[\\s\\S]*foo)x", "", "foo x", "null"],
  ["(?<=[\\s\\S]*foo)x", "", "foox", "{\"at\":3,\"m\":[\"x\"]}"],
  ["(?<=a{1,3})b", "", "aab", "{\"at\":2,\"m\":[\"b\"]}"],
  ["(?<=\\bfoo\\s+)bar", "", "foo   bar", "{\"at\":6,\"m\":[\"bar\"]}"],
  ["(?<=\\bfoo\\s+)bar", "", "xfoo bar", "null"],
  ["(?<=(a))b", "", "ab", "{\"at\":1,\"m\":[\"b\",\"a\"]}"],
  ["(?<=a(?=b))b", "", "ab", "{\"at\":1,\"m\":[\"b\"]}"],
  ["(?<=a(?=bc)\\w?)c", "", "abc", "{\"at\":2,\"m\":[\"c\"]}"],
  ["(?<=\u00e9+)b", "", "\u00e9b", "{\"at\":1,\"m\":[\"b\"]}"],
  ["(?<=\\u{1f600}?)b", "u", "\ud83d\ude00b", "{\"at\":2,\"m\":[\"b\"]}"],
  ["(?<=(?<!x)a*)b", "", "aab", "{\"at\":2,\"m\":[\"b\"]}"],
  ["(?<=^a*)b", "", "aab", "{\"at\":2,\"m\":[\"b\"]}"],
  ["(?<=^a*)b", "", "caab", "null"],
  ["(?<=a$)", "m", "a\n", "{\"at\":1,\"m\":[\"\"]}"],
  ["(?<!^)(?=(\\d{3})+$)", "g", "1234567", "[\"1[]234[]567\",[\"1\",\"567\",\"234\",\"567\",\"567\"]]"],
  ["(?<=\\ud834)\\udf06", "", "\ud834\udf06", "{\"at\":1,\"m\":[\"\\udf06\"]}"],
  ["(?<=\\ud834)\\udf06", "u", "\ud834\udf06", "null"],
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
