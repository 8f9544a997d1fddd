// FormData, and forms as bodies in both encodings.
const { parse, serializeMultipart } = (globalThis as any).requireBuiltin('formdata');
const { bytesOf } = (globalThis as any).requireBuiltin('blob');
const MULTI = 'multipart/form-data; boundary=a';
function text(u: Uint8Array) { return new TextDecoder().decode(u); }
function list(f: FormData) {
  return JSON.stringify([...(f as any)].map(([k, v]: any) => [k, typeof v === 'string' ? v : ['FILE', v.name, v.type, text(bytesOf(v))]]));
}
function parsed(body: any, type = MULTI) {
  try { return list(parse(body, type)); } catch (e: any) { return e.name + ': ' + e.message; }
}
const part = (disposition: string, more = '') =>
  '--a\r\nContent-Disposition: form-data; ' + disposition + '\r\n' + more + '\r\nv\r\n--a--';
const one = (head: string) => '--a\r\n' + head + '\r\n\r\nv\r\n--a--';
const noName = 'TypeError: Content-Disposition header in FormData part is missing a name.';
const noEnd = 'TypeError: No subsequent boundary string after multipart message.';
const noStart = 'TypeError: No initial boundary string (or you have a truncated message).';
const badAfter = "TypeError: Boundary string was not succeeded by CRLF, LF, or '--'.";

test('parameters of Content-Disposition', () => {
  const rows: [string, string][] = [
    ['name="x"', '[["x","v"]]'],
    ['name="x%22y"', '[["x%22y","v"]]'],
    ['name="x\\"y"', '[["x\\"y","v"]]'],
    ['name="x\\\\y"', '[["x\\\\y","v"]]'],
    ['name="x"; filename=""', '[["x","v"]]'],
    ['name="x"; filename="f"; foo=bar', '[["x",["FILE","f","","v"]]]'],
    ['filename="f"; name="x"', '[["x",["FILE","f","","v"]]]'],
    ['name ="x"', '[["x","v"]]'],
    ['name= "x"', '[["x","v"]]'],
    ['name="x" ;filename="y"', '[["x",["FILE","y","","v"]]]'],
    ['name="x"; filename=y', '[["x","v"]]'],
    ['xname="x"; name="z"', '[["z","v"]]'],
    ['name="x"; name="z"', '[["z","v"]]'],
    ['name="x"; filename="q\\"', '[["x","v"]]'],
    ['name=x', noName], ['NAME="x"', noName], ['name="x', noName], ['', noName], ['name=""', noName],
  ];
  for (const [disposition, want] of rows) assertEq(parsed(part(disposition)), want, disposition);
  assertEq(parsed(part('name="\u00e9\u{1f600}"; filename="\u00e9"')), '[["\u00e9\u{1f600}",["FILE","\u00e9","","v"]]]');
});
test('headers of a part', () => {
  assertEq(parsed(part('name="x"; filename="f"', 'Content-Type: Text/Plain; a=b\r\n')), '[["x",["FILE","f","Text/Plain; a=b","v"]]]');
  assertEq(parsed(part('name="x"', 'content-transfer-encoding: base64\r\nX:y\r\n')), '[["x","v"]]');
  assertEq(parsed(one('content-disposition:form-data;name="x"')), '[["x","v"]]');
  assertEq(parsed(one('foo')), 'TypeError: FormData part had invalid headers.');
  assertEq(parsed(one('Content-Disposition: form-data; name="x"\r\n folded')), 'TypeError: FormData part had invalid headers.');
  assertEq(parsed(one('Bad Header: 1')), 'TypeError: FormData part had invalid headers.');
  assertEq(parsed(one('X: y')), 'TypeError: No valid Content-Disposition header found in FormData part.');
  assertEq(parsed(one('Content-Disposition: ; name="x"')), 'TypeError: Invalid Content-Disposition header found in FormData part.');
  assertEq(parsed(one('Content-Disposition: FORM-DATA; name="x"')), 'TypeError: Content-Disposition header for FormData part must have the value ' +
    '"form-data", possibly followed by parameters. Got: "FORM-DATA"');
  assertEq(parsed('--a\r\nfoo'), 'TypeError: No multipart message header termination found.');
  assertEq(parsed('--a\r\n\r\nv\r\n--a--'), 'TypeError: No multipart message header termination found.');
});
test('boundaries', () => {
  const x = '--a\r\nContent-Disposition: form-data; name="x"\r\n\r\n', y = '--a\r\nContent-Disposition: form-data; name="y"\r\n\r\n';
  assertEq(parsed(x + 'v\r\n' + y + 'w\r\n--a--\r\n'), '[["x","v"],["y","w"]]');
  assertEq(parsed(x + 'v\n--a--'), '[["x","v"]]');
  assertEq(parsed(x + '\r\n--a--'), '[["x",""]]');
  assertEq(parsed(x + 'a--a-\r\r\n--a--'), '[["x","a--a-\\r"]]');
  assertEq(parsed('--a\nContent-Disposition: form-data; name="x"\n\nv\n--a--'), '[["x","v"]]');
  assertEq(parsed('pre\r\n' + x + 'v\r\n--a--'), '[["x","v"]]');
  assertEq(parsed('pre' + x + 'v\r\n--a--post'), '[["x","v"]]');
  assertEq(parsed('--b' + x + 'v\r\n--a--'), '[["x","v"]]');
  assertEq(parsed('--a--'), '[]');
  assertEq(parsed(''), noStart);
  assertEq(parsed('x'), noStart);
  assertEq(parsed('--ax'), badAfter);
  assertEq(parsed('--a \r\n'), badAfter);
  assertEq(parsed(x + 'v\r\n--a'), noEnd);
  assertEq(parsed(x + 'v\r\n--a-'), badAfter);
  assertEq(parsed(x + 'v\r\n--ab\r\n--a--'), badAfter);
  assertEq(parsed(x + 'v\r\n'), noEnd);
  assertEq(parsed(x + '--a--'), noEnd);
});
test('the content type decides', () => {
  const body = part('name="x"'), ok = '[["x","v"]]';
  for (const type of ['multipart/form-data; boundary="a"', 'multipart/form-data;BOUNDARY=a', 'Multipart/Form-Data; charset=utf-8; boundary=a; boundary=b'])
    assertEq(parsed(body, type), ok, type);
  for (const type of ['', 'foo', 'text/plain', 'multipart/form-datax; boundary=a'])
    assertEq(parsed(body, type), 'TypeError: Unrecognized Content-Type header value. FormData can only parse the following MIME types: ' +
      'multipart/form-data, application/x-www-form-urlencoded', type);
  for (const type of ['multipart/form-data', 'multipart/form-data; boundary='])
    assertEq(parsed(body, type), "TypeError: No boundary string in Content-Type header. The multipart/form-data MIME type requires a " +
      "boundary parameter, e.g. 'Content-Type: multipart/form-data; boundary=\"abcd\"'. See RFC 7578, section 4.", type);
});
test('urlencoded bodies', () => {
  const type = 'application/x-www-form-urlencoded';
  assertEq(parsed('a=b&c=%20+&%C3%A9', type), '[["a","b"],["c","  "],["\u00e9",""]]');
  assertEq(parsed(new TextEncoder().encode('a=\u00e9'), type + ';charset=UTF8'), '[["a","\u00e9"]]');
  assertEq(parsed('a=b', type + ';charset=latin1'), 'TypeError: Non-utf-8 application/x-www-form-urlencoded body.');
});
test('bytes that are no UTF-8', () => {
  const body = new Uint8Array([...new TextEncoder().encode('--a\r\nContent-Disposition: form-data; name="x"\r\n\r\n'), 255,
    ...new TextEncoder().encode('\r\n--a--')]);
  assertEq(parsed(body), '[["x","\ufffd"]]');
});
test('serializes, and reads back what it wrote', () => {
  const f = new FormData();
  f.append('a', 'b\nc');
  f.append('q"\r\nx', '\u00e9\ud800');
  f.append('f', new File(['\u{1f600}'], 'n"m.txt', { type: 't/x' }));
  f.append('g', new Blob([new Uint8Array([0, 13, 10, 255])]), 'g.bin');
  const { bytes, boundary } = serializeMultipart(f);
  assert(/^[0-9a-f]{32}$/.test(boundary), boundary);
  const b = '--' + boundary, d = '\r\nContent-Disposition: form-data; name=';
  assert(text(bytes).indexOf(b + d + '"a"\r\n\r\nb\nc\r\n' + b + d + '"q%22%0D%0Ax"\r\n\r\n\u00e9\ufffd\r\n' + b + d +
    '"f"; filename="n%22m.txt"\r\nContent-Type: t/x\r\n\r\n\u{1f600}\r\n' + b + d +
    '"g"; filename="g.bin"\r\nContent-Type: application/octet-stream\r\n\r\n') === 0, text(bytes));
  const back = parse(bytes, 'multipart/form-data; boundary=' + boundary);
  assertEq([...bytesOf(back.get('g'))].join(), '0,13,10,255');
  assertEq(back.get('a'), 'b\nc');
  assertEq(text(serializeMultipart(new FormData(), 'zz').bytes), '--zz--');
  const bad = new FormData();
  bad.append('x\\', 'y');
  assertThrows(() => serializeMultipart(bad), "TypeError: Name or filename can't end with backslash");
});
test('entries', () => {
  const f = new FormData();
  f.append('a', '1'); f.append('b', '2'); f.append('a', '3');
  assertEq([f.get('a'), f.getAll('a').join('+'), f.has('b'), f.has('x'), f.get('x')].join(), '1,1+3,true,false,');
  f.set('a', '4');
  assertEq(list(f), '[["a","4"],["b","2"]]');
  f.delete('b');
  f.append('o', {} as any); f.append('n', null as any);
  assertEq(list(f), '[["a","4"],["o","[object Object]"],["n","null"]]');
  assertEq([...(f as any).keys()].join() + [...(f as any).values()].join(), 'a,o,n4,[object Object],null');
  let each = '';
  f.forEach(function (this: any, v, k, self) { each += this + k + v + (self === f); }, 9);
  assertEq(each.slice(0, 7), '9a4true');
});
test('a Blob becomes a File', () => {
  const f = new FormData(), file = new File(['x'], 'gg', { lastModified: 5 });
  f.append('a', new Blob(['x'], { type: 't/x' }));
  f.append('b', file);
  f.append('c', file, 'nn');
  const a = f.get('a') as File, c = f.get('c') as File;
  assert(a instanceof File);
  assertEq([a.name, a.type].join(), 'a,t/x');
  assert(f.get('b') === file);
  assertEq(c.name + c.lastModified, 'nn5');
});
test('errors', () => {
  const F: any = FormData, f: any = new FormData();
  assertThrows(() => F(), /Please use the 'new' operator/);
  assertThrows(() => f.append(), "TypeError: Failed to execute 'append' on 'FormData': parameter 1 is not of type 'string'.");
  assertThrows(() => f.append('a'), "TypeError: Failed to execute 'append' on 'FormData': parameter 2 is not of type 'File or Blob or string'.");
  assertThrows(() => f.delete(), "TypeError: Failed to execute 'delete' on 'FormData': parameter 1 is not of type 'string'.");
  assertThrows(() => F.prototype.get.call({}, 'a'), /Illegal invocation/);
  assertEq(Object.prototype.toString.call(f), '[object FormData]');
});
