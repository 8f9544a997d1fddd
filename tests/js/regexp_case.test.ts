// The i flag: which characters are equal; the expectations are V8's.
const rows: [string, string, string, string][] = [
  ["\\w+", "i", "\u017fK", "{\"at\":1,\"m\":[\"K\"]}"],
  ["\\w+", "iu", "\u017fK", "{\"at\":0,\"m\":[\"\u017fK\"]}"],
  ["\\W+", "iu", "\u017fK-", "{\"at\":2,\"m\":[\"-\"]}"],
  ["\\W", "iu", "s", "null"],
  ["\\W", "iu", "S", "null"],
  ["\\W", "iu", "\u017f", "null"],
  ["[^\\W]", "iu", "\u017f", "{\"at\":0,\"m\":[\"\u017f\"]}"],
  ["\\b", "giu", "\u017f a", "[\"[]\u017f[] []a[]\",[\"\u017f\",\" \",\"a\"]]"],
  ["k", "i", "\u212a", "null"],
  ["k", "i", "K", "{\"at\":0,\"m\":[\"K\"]}"],
  ["k", "iu", "\u212a", "{\"at\":0,\"m\":[\"\u212a\"]}"],
  ["k", "iu", "K", "{\"at\":0,\"m\":[\"K\"]}"],
  ["\u212a", "i", "k", "null"],
  ["\u212a", "iu", "k", "{\"at\":0,\"m\":[\"k\"]}"],
  ["s", "iu", "\u017f", "{\"at\":0,\"m\":[\"\u017f\"]}"],
  ["\u017f", "iu", "s", "{\"at\":0,\"m\":[\"s\"]}"],
  ["\u017f", "i", "s", "null"],
  ["\u017f", "i", "S", "null"],
  ["\u00df", "i", "\u1e9e", "null"],
  ["\u00df", "i", "SS", "null"],
  ["\u00df", "iu", "\u1e9e", "{\"at\":0,\"m\":[\"\u1e9e\"]}"],
  ["\u00e9", "i", "\u00c9", "{\"at\":0,\"m\":[\"\u00c9\"]}"],
  ["[\u00e0-\u00fd]+", "i", "\u00c0\u00c9", "{\"at\":0,\"m\":[\"\u00c0\u00c9\"]}"],
  ["[^\u00e9]", "i", "\u00c9", "null"],
  ["[^\u00e9]", "i", "a", "{\"at\":0,\"m\":[\"a\"]}"],
  ["\u03c3", "i", "\u03c2", "{\"at\":0,\"m\":[\"\u03c2\"]}"],
  ["\u03c3", "i", "\u03a3", "{\"at\":0,\"m\":[\"\u03a3\"]}"],
  ["\u03c2", "iu", "\u03c3", "{\"at\":0,\"m\":[\"\u03c3\"]}"],
  ["\u01c6", "i", "\u01c5", "{\"at\":0,\"m\":[\"\u01c5\"]}"],
  ["\u01c6", "i", "\u01c4", "{\"at\":0,\"m\":[\"\u01c4\"]}"],
  ["\u01c5", "i", "\u01c6", "{\"at\":0,\"m\":[\"\u01c6\"]}"],
  ["\u0131", "i", "I", "null"],
  ["\u0131", "i", "i", "null"],
  ["\u0130", "i", "i", "null"],
  ["\u0130", "iu", "i", "null"],
  ["\u0390", "i", "\u1fd3", "null"],
  ["\ud801\udc00", "iu", "\ud801\udc28", "{\"at\":0,\"m\":[\"\ud801\udc28\"]}"],
  ["\ud801\udc00", "i", "\ud801\udc28", "null"],
  ["(\u00e9)\\1", "i", "\u00e9\u00c9", "{\"at\":0,\"m\":[\"\u00e9\u00c9\",\"\u00e9\"]}"],
  ["(.)\\1", "i", "aA", "{\"at\":0,\"m\":[\"aA\",\"a\"]}"],
  ["(.)\\1", "i", "\u00e9\u00c9", "{\"at\":0,\"m\":[\"\u00e9\u00c9\",\"\u00e9\"]}"],
  ["(.)\\1", "i", "\u03c2\u03c3", "{\"at\":0,\"m\":[\"\u03c2\u03c3\",\"\u03c2\"]}"],
  ["(k)\\1", "iu", "kK", "{\"at\":0,\"m\":[\"kK\",\"k\"]}"],
  ["(k)\\1", "iu", "k\u212a", "{\"at\":0,\"m\":[\"k\u212a\",\"k\"]}"],
  ["[a-z]", "iu", "\u212a", "{\"at\":0,\"m\":[\"\u212a\"]}"],
  ["[a-z]", "i", "\u212a", "null"],
  ["[^a-z]", "i", "K", "null"],
  ["[^a-z]", "i", "\u212a", "{\"at\":0,\"m\":[\"\u212a\"]}"],
  ["[^a-z]", "iu", "\u212a", "null"],
  ["[Z-a]", "i", "z", "{\"at\":0,\"m\":[\"z\"]}"],
  ["[Z-a]", "i", "_", "{\"at\":0,\"m\":[\"_\"]}"],
  ["[Z-a]", "i", "A", "{\"at\":0,\"m\":[\"A\"]}"],
  ["\u03bc", "i", "\u00b5", "{\"at\":0,\"m\":[\"\u00b5\"]}"],
  ["\u00c5", "i", "\u00c5", "{\"at\":0,\"m\":[\"\u00c5\"]}"],
  ["\u00c5", "iu", "\u00c5", "{\"at\":0,\"m\":[\"\u00c5\"]}"],
  ["\\u1e9e", "iu", "\u00df", "{\"at\":0,\"m\":[\"\u00df\"]}"],
  ["\u1fb3", "i", "\u1fbc", "null"],
  ["\u1fb3", "iu", "\u1fbc", "{\"at\":0,\"m\":[\"\u1fbc\"]}"],
  ["\u10d0", "i", "\u1c90", "{\"at\":0,\"m\":[\"\u1c90\"]}"],
  ["\u10d0", "iu", "\u1c90", "{\"at\":0,\"m\":[\"\u1c90\"]}"],
  ["\uab70", "i", "\u13a0", "{\"at\":0,\"m\":[\"\u13a0\"]}"],
  ["\uab70", "iu", "\u13a0", "{\"at\":0,\"m\":[\"\u13a0\"]}"],
  ["^(?:[a-z0-9-]+\\.)+[a-z]{2,}$", "i", "www.Example.com", "{\"at\":0,\"m\":[\"www.Example.com\"]}"],
  ["^(?:[a-z0-9-]+\\.)+[a-z]{2,}$", "i", "-", "null"],
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
