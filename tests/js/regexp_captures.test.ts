// What loops leave in captures: each pass clears those inside, and an empty pass does not count.
// PCRE2 does neither; callouts that write into its vector do (runtime/regexp/run_width.h).
const rows: [string, string, string, string][] = [
  ["(?=(a))*", "", "a", "{\"at\":0,\"m\":[\"\",null]}"],
  ["(?=(a))+a", "", "a", "{\"at\":0,\"m\":[\"a\",\"a\"]}"],
  ["(?=(a)){2}a", "", "a", "{\"at\":0,\"m\":[\"a\",\"a\"]}"],
  ["(?:(a)|b)*", "", "ab", "{\"at\":0,\"m\":[\"ab\",null]}"],
  ["(?:(a)|b)*", "", "ba", "{\"at\":0,\"m\":[\"ba\",\"a\"]}"],
  ["(?:(a)|b)*", "", "aba", "{\"at\":0,\"m\":[\"aba\",\"a\"]}"],
  ["(?:(a)|(b))*", "", "ab", "{\"at\":0,\"m\":[\"ab\",null,\"b\"]}"],
  ["(?:(a)|(b))*", "", "aabb", "{\"at\":0,\"m\":[\"aabb\",null,\"b\"]}"],
  ["(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", "{\"at\":0,\"m\":[\"zaacbbbcac\",\"z\",\"ac\",\"a\",null,\"c\"]}"],
  ["(a*)*", "", "b", "{\"at\":0,\"m\":[\"\",null]}"],
  ["(a*)*", "", "aa", "{\"at\":0,\"m\":[\"aa\",\"aa\"]}"],
  ["(a*)+", "", "b", "{\"at\":0,\"m\":[\"\",\"\"]}"],
  ["(a*)+", "", "ab", "{\"at\":0,\"m\":[\"a\",\"a\"]}"],
  ["(a?)*?b", "", "aab", "{\"at\":0,\"m\":[\"aab\",\"a\"]}"],
  ["(a*)?", "", "b", "{\"at\":0,\"m\":[\"\",null]}"],
  ["(a*){0,3}", "", "b", "{\"at\":0,\"m\":[\"\",null]}"],
  ["(a*){0,3}", "", "aaa", "{\"at\":0,\"m\":[\"aaa\",\"aaa\"]}"],
  ["(a*){2,3}", "", "b", "{\"at\":0,\"m\":[\"\",\"\"]}"],
  ["(a*){2,3}", "", "aaa", "{\"at\":0,\"m\":[\"aaa\",\"\"]}"],
  ["(?:(a)|(b)|(c))+?d", "", "abcd", "{\"at\":0,\"m\":[\"abcd\",null,null,\"c\"]}"],
  ["((a)|b)*", "", "ab", "{\"at\":0,\"m\":[\"ab\",\"b\",null]}"],
  ["(?:(a)\\1?|b)*", "", "aabab", "{\"at\":0,\"m\":[\"aabab\",null]}"],
  ["(a\\1)+", "", "aaa", "{\"at\":0,\"m\":[\"aaa\",\"a\"]}"],
  ["(?:(x)|(y)\\1)*", "", "xyx", "{\"at\":0,\"m\":[\"xyx\",\"x\",null]}"],
  ["((?:(a)|b)*c)*", "", "acbc", "{\"at\":0,\"m\":[\"acbc\",\"bc\",null]}"],
  ["(?=(a+))a*b\\1", "", "baaabac", "{\"at\":3,\"m\":[\"aba\",\"a\"]}"],
  ["(?=(a+))", "", "baaabac", "{\"at\":1,\"m\":[\"\",\"aaa\"]}"],
  ["(.*?)a(?!(a+)b\\2c)\\2(.*)", "", "baaabaac", "{\"at\":0,\"m\":[\"baaabaac\",\"ba\",null,\"abaac\"]}"],
  ["(?:(?!(a))b)*", "", "bb", "{\"at\":0,\"m\":[\"bb\",null]}"],
  ["((a)?)*", "", "ab", "{\"at\":0,\"m\":[\"a\",\"a\",\"a\"]}"],
  ["(?:(a)?b)*", "", "abb", "{\"at\":0,\"m\":[\"abb\",null]}"],
  ["(()|.)+?$", "", "ab", "{\"at\":0,\"m\":[\"ab\",\"b\",null]}"],
  ["(?:(a|)b?)*", "", "abab", "{\"at\":0,\"m\":[\"abab\",\"a\"]}"],
  ["(?:(a|)b?)*", "", "ba", "{\"at\":0,\"m\":[\"ba\",\"a\"]}"],
  ["(a|ab)(c|bcd)(d*)", "", "abcd", "{\"at\":0,\"m\":[\"abcd\",\"a\",\"bcd\",\"\"]}"],
  ["((.*?)a)*", "", "xaya", "{\"at\":0,\"m\":[\"xaya\",\"ya\",\"y\"]}"],
  ["(\\w+\\s*)*", "", "ab cd", "{\"at\":0,\"m\":[\"ab cd\",\"cd\"]}"],
  ["(?:()|a)*b", "", "aab", "{\"at\":0,\"m\":[\"aab\",null]}"],
  ["(?:(?:(a)|b){2})*", "", "abba", "{\"at\":0,\"m\":[\"abba\",\"a\"]}"],
  ["(?:(?:(a)|b){2})*", "", "abb", "{\"at\":0,\"m\":[\"ab\",null]}"],
  ["(?:(a)|b){2}", "", "ab", "{\"at\":0,\"m\":[\"ab\",null]}"],
  ["(?:(a)|b){1,3}?c", "", "abc", "{\"at\":0,\"m\":[\"abc\",null]}"],
  ["()*", "", "a", "{\"at\":0,\"m\":[\"\",null]}"],
  ["(?:a|()){3}", "", "aa", "{\"at\":0,\"m\":[\"aa\",\"\"]}"],
  ["(?:a|()){3}", "", "b", "{\"at\":0,\"m\":[\"\",\"\"]}"],
  ["(a??)*", "", "aa", "{\"at\":0,\"m\":[\"aa\",\"a\"]}"],
  ["(a{0}b)*", "", "bb", "{\"at\":0,\"m\":[\"bb\",\"b\"]}"],
  ["(a){0}b\\1", "", "ab", "{\"at\":1,\"m\":[\"b\",null]}"],
  ["\\B(?=(\\d{3})+(?!\\d))", "g", "1234567.12", "[\"1[]234[]567.12\",[\"1\",\"567\",\"234\",\"567\",\"567.12\"]]"],
  ["(\\d+)-(\\d+)", "g", "1-2 33-44", "[\"[1-2] [33-44]\",[\"\",\"1\",\"2\",\" \",\"33\",\"44\",\"\"]]"],
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
