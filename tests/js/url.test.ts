// The URL class against the URL standard: each state of the parser, each setter, the params.
// A row is [input, base or null, href or null when invalid].
type Row = [string, string | null, string | null];
const parsing: Record<string, Row[]> = {
  'scheme': [
    ['http://a', null, 'http://a/'],
    ['HTTPS://a', null, 'https://a/'],
    ['h\nttp://a', null, 'http://a/'],
    ['a+b-c.1:x', null, 'a+b-c.1:x'],
    ['1x:y', null, null],
    ['+a:b', null, null],
    ['http', null, null],
    [':', null, null],
    ['://a', null, null],
    ['', 'http://a/b', 'http://a/b'],
    ['http:', 'http://a/b', 'http://a/b'],
    ['http:x', 'http://a/b', 'http://a/x'],
    ['http:x', null, 'http://x/'],
    ['https:x', 'http://a/b', 'https://x/'],
    ['http:/x', 'http://a/b', 'http://a/x'],
    ['http:///x', null, 'http://x/'],
    ['http:\\\\x', null, 'http://x/'],
    ['http:\\x/y\\z', null, 'http://x/y/z'],
    ['foo:', null, 'foo:'],
    ['foo:/', null, 'foo:/'],
    ['foo://', null, 'foo://'],
    ['foo:///', null, 'foo:///'],
    ['foo:/a', null, 'foo:/a'],
    ['foo:a b', null, 'foo:a b'],
    ['  http://a  ', null, 'http://a/'],
    ['\u0000 http://a/\u001f', null, 'http://a/'],
    ['\thttp://a/b\nc\r', null, 'http://a/bc'],
  ],
  'no scheme': [
    ['x', null, null],
    ['x', 'mailto:a', null],
    ['#f', 'mailto:a?q', 'mailto:a?q#f'],
    ['?q', 'mailto:a', null],
    ['#f', 'about:blank', 'about:blank#f'],
    ['x', 'foo:bar', null],
    ['', 'foo:bar', null],
    ['#', 'data:x,y#z', 'data:x,y#'],
  ],
  'relative': [
    ['x', 'http://a/b/c?q#f', 'http://a/b/x'],
    ['/x', 'http://a/b/c?q', 'http://a/x'],
    ['//x', 'http://a/b', 'http://x/'],
    ['///x', 'http://a/b', 'http://x/'],
    ['\\x', 'http://a/b', 'http://a/x'],
    ['\\\\x', 'http://a/b', 'http://x/'],
    ['?x', 'http://a/b?c#d', 'http://a/b?x'],
    ['#x', 'http://a/b?c#d', 'http://a/b?c#x'],
    ['', 'http://a/b?c#d', 'http://a/b?c'],
    ['..', 'http://a/b/c/d', 'http://a/b/'],
    ['../..', 'http://a/b/c/d', 'http://a/'],
    ['.', 'http://a/b/c', 'http://a/b/'],
    ['./x', 'http://u:p@a:81/b/c', 'http://u:p@a:81/b/x'],
    ['x', 'foo://a/b/c', 'foo://a/b/x'],
    ['/x', 'foo://a/b', 'foo://a/x'],
    ['//x', 'foo://a/b', 'foo://x'],
    ['\\x', 'foo://a/b', 'foo://a/\\x'],
    ['x', 'foo:/a/b', 'foo:/a/x'],
    ['x', 'foo://a', 'foo://a/x'],
    ['..', 'foo://a', 'foo://a/'],
    ['x:y', 'http://a', 'x:y'],
    ['./x:y', 'http://a', 'http://a/x:y'],
    ['/..//x', 'foo:/a', 'foo:/.//x'],
    ['//@', 'http://a', null],
  ],
  'authority': [
    ['http://u@h', null, 'http://u@h/'],
    ['http://u:p@h', null, 'http://u:p@h/'],
    ['http://u:@h', null, 'http://u@h/'],
    ['http://:p@h', null, 'http://:p@h/'],
    ['http://:@h', null, 'http://h/'],
    ['http://@h', null, 'http://h/'],
    ['http://a@b@h', null, 'http://a%40b@h/'],
    ['http://a:b:c@h', null, 'http://a:b%3Ac@h/'],
    ['http://@', null, null],
    ['http://u@', null, null],
    ['http://u:p@/x', null, null],
    ['http://\u00e9:;=[]|^@h', null, 'http://%C3%A9:%3B%3D%5B%5D%7C%5E@h/'],
    ['http://u?@h', null, 'http://u/?@h'],
    ['foo://u:p@', null, null],
    ['foo://u@h:1', null, 'foo://u@h:1'],
    ['http://%41@h', null, 'http://%41@h/'],
    ['http://a\'b@h', null, 'http://a\'b@h/'],
  ],
  'host': [
    ['http://EXAMPLE.com', null, 'http://example.com/'],
    ['http://ex%61mple.com', null, 'http://example.com/'],
    ['http://a%2fb', null, null],
    ['http://a%00', null, null],
    ['http://%', null, null],
    ['http://%zz', null, null],
    ['http://a b', null, null],
    ['http://a<b', null, null],
    ['http://a^b', null, null],
    ['http://a|b', null, null],
    ['http://a\\b', null, 'http://a/b'],
    ['http://a_b', null, 'http://a_b/'],
    ['http://*.a', null, 'http://*.a/'],
    ['http://a..b', null, 'http://a..b/'],
    ['http://.', null, 'http://./'],
    ['http://-a-', null, 'http://-a-/'],
    ['http://a;b', null, 'http://a;b/'],
    ['http://a\u007f', null, null],
    ['http://[]', null, null],
    ['http://a]', null, null],
    ['http://a[b', null, null],
    ['foo://A B', null, null],
    ['foo://A%20B', null, 'foo://A%20B'],
    ['foo://\u00c9', null, 'foo://%C3%89'],
    ['foo://a<b', null, null],
    ['foo://1.2.3.4', null, 'foo://1.2.3.4'],
    ['foo://256.0.0.1', null, 'foo://256.0.0.1'],
    ['foo://[::1]', null, 'foo://[::1]'],
    ['foo://%2F', null, 'foo://%2F'],
    ['foo://a|b', null, null],
    ['http://b\u00fccher.de', null, 'http://xn--bcher-kva.de/'],
    ['http://fa\u00df.de', null, 'http://xn--fa-hia.de/'],
    ['http://B\u00dcCHER.de', null, 'http://xn--bcher-kva.de/'],
    ['http://xn--bcher-kva.de', null, 'http://xn--bcher-kva.de/'],
    ['http://\u2603.net/', null, 'http://xn--n3h.net/'],
    ['http://\u65e5\u672c\u8a9e\u3002jp', null, 'http://xn--wgv71a119e.jp/'],
    ['http://\uff27\uff2f.com', null, 'http://go.com/'],
    ['http://a\u00adb', null, 'http://ab/'],
    ['http://\u00ad', null, null],
    ['http://\ud83d\udca9.la', null, 'http://xn--ls8h.la/'],
    ['http://a\u200db', null, null],
    ['http://\ufffd.com', null, null],
    ['http://ab--c.\u00fc', null, 'http://ab--c.xn--tda/'],
    ['http://%E2%98%83.net', null, 'http://xn--n3h.net/'],
    ['http://%ff', null, null],
    ['http://\u064aa', null, null],
  ],
  'ipv4': [
    ['http://1.2.3.4', null, 'http://1.2.3.4/'],
    ['http://1.2.3.4.', null, 'http://1.2.3.4/'],
    ['http://1.2.3.4..', null, 'http://1.2.3.4../'],
    ['http://0x7f.1', null, 'http://127.0.0.1/'],
    ['http://0X7F.0.0.1', null, 'http://127.0.0.1/'],
    ['http://0377.1', null, 'http://255.0.0.1/'],
    ['http://08.1', null, null],
    ['http://256', null, 'http://0.0.1.0/'],
    ['http://4294967295', null, 'http://255.255.255.255/'],
    ['http://4294967296', null, null],
    ['http://1.2.3', null, 'http://1.2.0.3/'],
    ['http://1.2.65535', null, 'http://1.2.255.255/'],
    ['http://1.2.65536', null, null],
    ['http://1.256.3', null, null],
    ['http://1.2.3.4.5', null, null],
    ['http://1.2.3.256', null, null],
    ['http://0x', null, 'http://0.0.0.0/'],
    ['http://0x.0x', null, 'http://0.0.0.0/'],
    ['http://a.1', null, null],
    ['http://a.0x1', null, null],
    ['http://a.09', null, null],
    ['http://1..2', null, null],
    ['http://0xffffffff', null, 'http://255.255.255.255/'],
    ['http://0x100000000', null, null],
    ['http://99999999999999999999', null, null],
    ['http://\uff10\uff38\uff43\uff10\uff0e0250\uff0e01', null, 'http://192.168.0.1/'],
    ['http://1e3', null, 'http://1e3/'],
    ['http://1.2.3.a', null, 'http://1.2.3.a/'],
    ['https://0', null, 'https://0.0.0.0/'],
  ],
  'ipv6': [
    ['http://[::1]', null, 'http://[::1]/'],
    ['http://[1:2:3:4:5:6:7:8]', null, 'http://[1:2:3:4:5:6:7:8]/'],
    ['http://[1:2:3:4:5:6:7]', null, null],
    ['http://[1:2:3:4:5:6:7:8:9]', null, null],
    ['http://[::]', null, 'http://[::]/'],
    ['http://[1::]', null, 'http://[1::]/'],
    ['http://[1::8]', null, 'http://[1::8]/'],
    ['http://[1:0:0:4:5:0:0:8]', null, 'http://[1::4:5:0:0:8]/'],
    ['http://[1:0:0:4:0:0:0:8]', null, 'http://[1:0:0:4::8]/'],
    ['http://[1:0:3:4:5:6:7:8]', null, 'http://[1:0:3:4:5:6:7:8]/'],
    ['http://[::1.2.3.4]', null, 'http://[::102:304]/'],
    ['http://[::ffff:255.255.255.255]', null, 'http://[::ffff:ffff:ffff]/'],
    ['http://[::1.2.3]', null, null],
    ['http://[::1.2.3.256]', null, null],
    ['http://[::01.2.3.4]', null, null],
    ['http://[1:2:3:4:5:6:7:1.2.3.4]', null, null],
    ['http://[1::2::3]', null, null],
    ['http://[:1]', null, null],
    ['http://[1:]', null, null],
    ['http://[12345::]', null, null],
    ['http://[::g]', null, null],
    ['http://[FFFF::00AB]', null, 'http://[ffff::ab]/'],
    ['http://[::1', null, null],
    ['http://[::1]x', null, null],
    ['http://[::1]:80', null, 'http://[::1]/'],
    ['http://[::1]:81', null, 'http://[::1]:81/'],
    ['http://[::%31]', null, null],
    ['http://[1:2:3:4:5:6::7:8]', null, null],
    ['http://[::1%eth0]', null, null],
  ],
  'port': [
    ['http://h:80', null, 'http://h/'],
    ['https://h:443', null, 'https://h/'],
    ['ws://h:80', null, 'ws://h/'],
    ['wss://h:443', null, 'wss://h/'],
    ['ftp://h:21', null, 'ftp://h/'],
    ['http://h:443', null, 'http://h:443/'],
    ['http://h:', null, 'http://h/'],
    ['http://h:0', null, 'http://h:0/'],
    ['http://h:00080', null, 'http://h/'],
    ['http://h:65535', null, 'http://h:65535/'],
    ['http://h:65536', null, null],
    ['http://h:8x', null, null],
    ['http://h: 8', null, null],
    ['http://h:-1', null, null],
    ['http://h:8:9', null, null],
    ['foo://h:80', null, 'foo://h:80'],
    ['foo://h:', null, 'foo://h'],
    ['foo://:80', null, null],
    ['http://:80', null, null],
    ['http://h:99999999999', null, null],
  ],
  'file': [
    ['file:', null, 'file:///'],
    ['file:/', null, 'file:///'],
    ['file://', null, 'file:///'],
    ['file:///', null, 'file:///'],
    ['file:a', null, 'file:///a'],
    ['file:/a', null, 'file:///a'],
    ['file://h/a', null, 'file://h/a'],
    ['file://localhost/a', null, 'file:///a'],
    ['file://LOCALHOST', null, 'file:///'],
    ['file:\\\\h\\a', null, 'file://h/a'],
    ['file:///C:/a', null, 'file:///C:/a'],
    ['file:///C|/a', null, 'file:///C:/a'],
    ['file:C|/a', null, 'file:///C:/a'],
    ['file:/C|', null, 'file:///C:'],
    ['file://C:/a', null, 'file:///C:/a'],
    ['file://C|', null, 'file:///C:'],
    ['file:///C:/..', null, 'file:///C:/'],
    ['file:///C:/../..', null, 'file:///C:/'],
    ['file:///c:/a/../../..', null, 'file:///c:/'],
    ['file:///a/C|/b', null, 'file:///a/C|/b'],
    ['file:///C|a', null, 'file:///C|a'],
    ['C|/x', 'file:///D:/y', 'file:///C:/x'],
    ['C|x', 'file:///D:/y', 'file:///D:/C|x'],
    ['/x', 'file:///D:/y', 'file:///D:/x'],
    ['/x', 'file://h/D:/y', 'file://h/D:/x'],
    ['x', 'file://h/a/b', 'file://h/a/x'],
    ['?q', 'file:///a?b', 'file:///a?q'],
    ['#f', 'file:///a?b', 'file:///a?b#f'],
    ['', 'file:///a?b#c', 'file:///a?b'],
    ['..', 'file:///C:/', 'file:///C:/'],
    ['//h/x', 'file:///a', 'file://h/x'],
    ['///x', 'file://h/a', 'file:///x'],
    ['/C|/x', 'file://h/y', 'file://h/C:/x'],
    ['C:', 'file://h/y', 'c:'],
    ['file://u@h/', null, null],
    ['file://h:80/', null, null],
    ['file://%43%3A/', null, null],
    ['file:x', 'http://a', 'file:///x'],
    ['file:?q', null, 'file:///?q'],
    ['file:#f', null, 'file:///#f'],
    ['file:..', null, 'file:///'],
  ],
  'path': [
    ['http://a/b/./c', null, 'http://a/b/c'],
    ['http://a/b/../c', null, 'http://a/c'],
    ['http://a/b/.', null, 'http://a/b/'],
    ['http://a/b/..', null, 'http://a/'],
    ['http://a/../..', null, 'http://a/'],
    ['http://a/%2e/b', null, 'http://a/b'],
    ['http://a/%2E%2e/b', null, 'http://a/b'],
    ['http://a/b/.%2e', null, 'http://a/'],
    ['http://a/...', null, 'http://a/...'],
    ['http://a/..a', null, 'http://a/..a'],
    ['http://a/%2e%2e%2e', null, 'http://a/%2e%2e%2e'],
    ['http://a//b//', null, 'http://a//b//'],
    ['http://a//..//b', null, 'http://a//b'],
    ['http://a/b\\c', null, 'http://a/b/c'],
    ['foo://a/b\\c', null, 'foo://a/b\\c'],
    ['http://a/ "#', null, 'http://a/%20%22#'],
    ['http://a/<>`{}^|~', null, 'http://a/%3C%3E%60%7B%7D%5E|~'],
    ['http://a/\u00e9\ud83d\udca9!$&\'()*+,;=:@', null, 'http://a/%C3%A9%F0%9F%92%A9!$&\'()*+,;=:@'],
    ['http://a/%zz%', null, 'http://a/%zz%'],
    ['http://a/\ud800', null, 'http://a/%EF%BF%BD'],
    ['http://a/\u007f\u0001', null, 'http://a/%7F'],
    ['foo:/.//p', null, 'foo:/.//p'],
    ['foo:/..//p', null, 'foo:/.//p'],
    ['foo:///.//p', null, 'foo:////p'],
    ['foo:/a/..//b', null, 'foo:/.//b'],
    ['foo://h/..', null, 'foo://h/'],
    ['foo:/..', null, 'foo:/'],
    ['foo:/.', null, 'foo:/'],
    ['foo:/a/%2e', null, 'foo:/a/'],
    ['http://a/b?c/../d', null, 'http://a/b?c/../d'],
    ['http://a/b#c/../d', null, 'http://a/b#c/../d'],
  ],
  'opaque path': [
    ['data:text/html,<b> x</b>', null, 'data:text/html,<b> x</b>'],
    ['data: x ', null, 'data: x'],
    ['data:x  ?y', null, 'data:x %20?y'],
    ['data:x  #y', null, 'data:x %20#y'],
    ['data:\u00e9"<>`{}', null, 'data:%C3%A9"<>`{}'],
    ['mailto:a@b', null, 'mailto:a@b'],
    ['javascript:a\\b/../c', null, 'javascript:a\\b/../c'],
    ['foo:..', null, 'foo:..'],
    ['about:blank', null, 'about:blank'],
    ['data:x\ty', null, 'data:xy'],
  ],
  'query and fragment': [
    ['http://a?b', null, 'http://a/?b'],
    ['http://a/?', null, 'http://a/?'],
    ['http://a/#', null, 'http://a/#'],
    ['http://a/?#', null, 'http://a/?#'],
    ['http://a/?a\'"<>` b', null, 'http://a/?a%27%22%3C%3E`%20b'],
    ['foo://a/?a\'"<>` b', null, 'foo://a/?a\'%22%3C%3E`%20b'],
    ['http://a/?{}|^\\', null, 'http://a/?{}|^\\'],
    ['http://a/?\u00e9\ud83d\udca9\ud800', null, 'http://a/?%C3%A9%F0%9F%92%A9%EF%BF%BD'],
    ['http://a/?a?b#c?d#e', null, 'http://a/?a?b#c?d#e'],
    ['http://a/#"<>`{}|^ \'\u00e9', null, 'http://a/#%22%3C%3E%60{}|^%20\'%C3%A9'],
    ['http://a/?%zz#%zz', null, 'http://a/?%zz#%zz'],
    ['http://a/#\u0000x', null, 'http://a/#%00x'],
    ['mailto:a?b#c', null, 'mailto:a?b#c'],
  ],
};
// [url, value, href after the assignment or null when it throws]
const setting: Record<string, [string, string, string | null][]> = {
  protocol: [
    ['http://a', 'https', 'https://a/'],
    ['http://a:443', 'https', 'https://a/'],
    ['https://a:80', 'http:x', 'http://a/'],
    ['http://a', 'foo', 'http://a/'],
    ['foo://a', 'http', 'foo://a'],
    ['foo://a', 'bar', 'bar://a'],
    ['http://a', 'file', 'file://a/'],
    ['http://u@a', 'file', 'http://u@a/'],
    ['file:///a', 'http', 'file:///a'],
    ['file://h/a', 'http', 'http://h/a'],
    ['http://a', '1x', 'http://a/'],
    ['http://a', '', 'http://a/'],
    ['http://a', 'h\nttps', 'https://a/'],
    ['foo://a', 'b!', 'foo://a'],
  ],
  username: [
    ['http://a', 'u', 'http://u@a/'],
    ['http://a', 'a:b@\u00e9', 'http://a%3Ab%40%C3%A9@a/'],
    ['http://u:p@a', '', 'http://:p@a/'],
    ['file:///a', 'u', 'file:///a'],
    ['mailto:a', 'u', 'mailto:a'],
    ['foo://a', 'u', 'foo://u@a'],
    ['foo:///a', 'u', 'foo:///a'],
  ],
  password: [
    ['http://a', 'p', 'http://:p@a/'],
    ['http://u@a', 'p:q', 'http://u:p%3Aq@a/'],
    ['http://u:p@a', '', 'http://u@a/'],
    ['file:///a', 'p', 'file:///a'],
  ],
  host: [
    ['http://a', 'b', 'http://b/'],
    ['http://a:8', 'b', 'http://b:8/'],
    ['http://a', 'b:9', 'http://b:9/'],
    ['http://a:8', 'b:80', 'http://b/'],
    ['http://a', 'b:x', 'http://b/'],
    ['http://a', 'b:9x', 'http://b:9/'],
    ['http://a', ':9', 'http://a/'],
    ['http://a', '', 'http://a/'],
    ['http://a', 'b/c', 'http://b/'],
    ['http://a', 'b?c', 'http://b/'],
    ['http://a', 'b\\c', 'http://b/'],
    ['http://a', 'b c', 'http://a/'],
    ['http://a', 'u@b', 'http://a/'],
    ['foo://a', '', 'foo://'],
    ['foo://u@a', '', 'foo://u@a'],
    ['foo://a:1', '', 'foo://a:1'],
    ['foo://a', 'b:1', 'foo://b:1'],
    ['foo:/a', 'b', 'foo://b/a'],
    ['foo:/.//p', 'h', 'foo://h//p'],
    ['mailto:a', 'b', 'mailto:a'],
    ['file:///a', 'h', 'file://h/a'],
    ['file://h/a', '', 'file:///a'],
    ['file://h/a', 'localhost', 'file:///a'],
    ['file:///a', 'h:1', 'file:///a'],
    ['http://a', '[::1]:9', 'http://[::1]:9/'],
    ['http://a', '1.256', 'http://1.0.1.0/'],
    ['http://a', '0x1', 'http://0.0.0.1/'],
  ],
  hostname: [
    ['http://a:8', 'b', 'http://b:8/'],
    ['http://a', 'b:9', 'http://a/'],
    ['http://a', ':9', 'http://a/'],
    ['http://a', '', 'http://a/'],
    ['http://a', 'b/c', 'http://b/'],
    ['http://a', '[::1]', 'http://[::1]/'],
    ['http://a', '[::1', 'http://a/'],
    ['foo://a', '', 'foo://'],
    ['foo://a:1', '', 'foo://a:1'],
    ['file:///a', 'b', 'file://b/a'],
    ['http://a', 'b\\c', 'http://b/'],
    ['http://a', 'fa\u00df.de', 'http://xn--fa-hia.de/'],
  ],
  port: [
    ['http://a', '8', 'http://a:8/'],
    ['http://a:8', '', 'http://a/'],
    ['http://a:8', '80', 'http://a/'],
    ['http://a', '65536', 'http://a/'],
    ['http://a:1', 'x', 'http://a:1/'],
    ['http://a:1', '9x', 'http://a:9/'],
    ['http://a:1', '\t9', 'http://a:9/'],
    ['http://a:1', '-9', 'http://a:1/'],
    ['file:///a', '9', 'file:///a'],
    ['mailto:a', '9', 'mailto:a'],
    ['foo://a', '80', 'foo://a:80'],
    ['foo:///a', '80', 'foo:///a'],
    ['http://a', '00008', 'http://a:8/'],
  ],
  pathname: [
    ['http://a/b', 'c', 'http://a/c'],
    ['http://a/b', '/c', 'http://a/c'],
    ['http://a/b', '', 'http://a/'],
    ['http://a/b', '?#', 'http://a/%3F%23'],
    ['http://a/b', '\\c\\..\\d', 'http://a/d'],
    ['foo://a/b', '', 'foo://a'],
    ['foo://a/b', 'c', 'foo://a/c'],
    ['foo:/a', '//b', 'foo:/.//b'],
    ['foo:/a', '', 'foo:/'],
    ['mailto:a', 'b', 'mailto:a'],
    ['file:///a', 'C|/../b', 'file:///C:/b'],
    ['http://a/b', '%2e%2E/\u00e9 "', 'http://a/%C3%A9%20%22'],
    ['foo://a/b', '\\c', 'foo://a/\\c'],
  ],
  search: [
    ['http://a/b', 'q', 'http://a/b?q'],
    ['http://a/b', '?q', 'http://a/b?q'],
    ['http://a/b', '??q', 'http://a/b??q'],
    ['http://a/b?c', '', 'http://a/b'],
    ['http://a/b?c', '?', 'http://a/b?'],
    ['http://a/b', '\'\u00e9 #"', 'http://a/b?%27%C3%A9%20%23%22'],
    ['foo://a/b', '\'\u00e9 #"', 'foo://a/b?\'%C3%A9%20%23%22'],
    ['mailto:a', 'q', 'mailto:a?q'],
    ['data:x  #f', '', 'data:x %20#f'],
  ],
  hash: [
    ['http://a/b', 'f', 'http://a/b#f'],
    ['http://a/b', '#f', 'http://a/b#f'],
    ['http://a/b', '##f', 'http://a/b##f'],
    ['http://a/b#c', '', 'http://a/b'],
    ['http://a/b#c', '#', 'http://a/b#'],
    ['http://a/b', ' "<>`\u00e9', 'http://a/b#%20%22%3C%3E%60%C3%A9'],
    ['mailto:a', 'f', 'mailto:a#f'],
    ['data:x  #f', '', 'data:x %20'],
  ],
  href: [
    ['http://a', 'foo:b', 'foo:b'],
    ['http://a', '', null],
  ],
};

function hrefOf(input: string, base: string | null): string | null {
  try { return (base === null ? new URL(input) : new URL(input, base)).href; } catch (e) { return null; }
}
for (const state of Object.keys(parsing)) {
  test('parses: ' + state, () => {
    for (const [input, base, href] of parsing[state]) {
      assertEq(hrefOf(input, base), href, JSON.stringify([input, base]));
      assertEq(base === null ? URL.canParse(input) : URL.canParse(input, base), href !== null, 'canParse ' + input);
      if (href !== null) assertEq(new URL(href).href, href, 'again');
    }
  });
}
for (const which of Object.keys(setting)) {
  test('sets: ' + which, () => {
    for (const [url, value, href] of setting[which]) {
      let got: string | null;
      try { const u: any = new URL(url); u[which] = value; got = u.href; } catch (e) { got = null; }
      assertEq(got, href, JSON.stringify([url, which, value]));
    }
  });
}

test('components of a URL with everything', () => {
  const u = new URL('https://u:p@h.example:81/a/b?q=1#f');
  assertEq([u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash].join(' '),
    'https://h.example:81 https: u p h.example:81 h.example 81 /a/b ?q=1 #f');
  assertEq(String(u), u.href);
  assertEq(JSON.stringify({ u }), '{"u":"https://u:p@h.example:81/a/b?q=1#f"}');
});
test('origins', () => {
  for (const [href, origin] of [['http://a:80/x', 'http://a'], ['ftp://a:1', 'ftp://a:1'], ['file:///x', 'null'],
    ['data:x', 'null'], ['foo://a', 'null'], ['blob:https://a.b:1/x', 'https://a.b:1'], ['blob:ftp://a/x', 'null'],
    ['blob:x', 'null'], ['ws://a', 'ws://a'], ['http://u:p@a', 'http://a']])
    assertEq(new URL(href).origin, origin, href);
});
test('errors have the texts of the platform', () => {
  assertThrows(() => new URL('x'), 'TypeError: Invalid URL string.');
  assertThrows(() => new URL('http://a', 'x'), 'TypeError: Invalid URL string.');
  assertThrows(() => new (URL as any)(), "TypeError: Failed to construct 'URL': constructor parameter 1 is not of type 'USVString'.");
  assertThrows(() => (URL as any)('http://a'), /Please use the 'new' operator/);
  assertThrows(() => { new URL('http://a').href = 'x'; }, /Failed to set the 'href' property on 'URL'/);
  const get = Object.getOwnPropertyDescriptor(URL.prototype, 'href')!.get!;
  assertThrows(() => get.call({}), /Illegal invocation/);
  assertThrows(() => get.call(Object.create(new URL('http://a'))), /Illegal invocation/);
  assertEq(URL.parse('x'), null);
  assertEq(URL.parse('/y', 'http://a')!.href, 'http://a/y');
  assert(URL.parse('http://a') instanceof URL);
});
test('a class may extend URL', () => {
  class Sub extends URL { twice() { return this.href + this.href; } }
  const u = new Sub('http://a');
  assert(u instanceof Sub && u instanceof URL);
  assertEq(u.twice(), 'http://a/http://a/');
});
test('searchParams and search follow each other', () => {
  const u = new URL('http://a/?x=1&y=2');
  const p = u.searchParams;
  assert(u.searchParams === p, 'the same object');
  p.append('z', 'é &');
  assertEq(u.search, '?x=1&y=2&z=%C3%A9+%26');
  u.search = '?q=5';
  assertEq([...p].join(';'), 'q,5');
  u.href = 'http://b/?r';
  assertEq(p.get('r'), '');
  p.delete('r');
  assertEq(u.href, 'http://b/');
  u.hash = 'f';
  p.set('k', 'v');
  assertEq(u.href, 'http://b/?k=v#f');
});
test('URLSearchParams: what it can be made of', () => {
  const of = (init?: any) => new URLSearchParams(init).toString();
  assertEq(of(), '');
  assertEq(of('?a=b&c'), 'a=b&c=');
  assertEq(of('??a'), '%3Fa=');
  assertEq(of('a=b=c&&=d&+=%20'), 'a=b%3Dc&=d&+=+');
  assertEq(of('%zz=%4&%41=%ff'), '%25zz=%254&A=%EF%BF%BD');
  assertEq(of({ a: 1, b: [2, 3] }), 'a=1&b=2%2C3');
  assertEq(of([['a', 'b'], new Set(['c', 'd'])]), 'a=b&c=d');
  assertEq(of(new URLSearchParams('x=y')), 'x=y');
  assertEq(of(null), 'null=');
  assertEq(of("*-._!'()~ \u{1f4a9}\ud800"), '*-._%21%27%28%29%7E+%F0%9F%92%A9%EF%BF%BD=');
  assertThrows(() => of([['a']]), 'TypeError: Invalid URL search params sequence.');
  assertThrows(() => of([1]), /not of type 'Sequence'/);
});
test('URLSearchParams: reading and changing', () => {
  const p = new URLSearchParams('a=1&b=2&a=3');
  assertEq(p.size, 3);
  assertEq(p.get('a'), '1');
  assertEq(p.get('x'), null);
  assertEq(p.getAll('a').join(), '1,3');
  assertEq([p.has('a'), p.has('x'), p.has('a', '3'), p.has('a', '2'), p.has('a', undefined)].join(), 'true,false,true,false,true');
  p.set('a', '9');
  assertEq(String(p), 'a=9&b=2');
  p.append('b', '3');
  p.delete('b', '2');
  assertEq(String(p), 'a=9&b=3');
  p.set('n', 'v');
  p.delete('a');
  assertEq(String(p), 'b=3&n=v');
  assertThrows(() => (p as any).append('a'), "TypeError: Failed to execute 'append' on 'URLSearchParams': parameter 2 is not of type 'USVString'.");
});
test('URLSearchParams: sorts by code units, stable', () => {
  const p = new URLSearchParams('z=1&\uffff=2&\u{1f4a9}=3&a=4&z=0&a=1');
  p.sort();
  assertEq([...p].map(([k, v]) => k + v).join(), 'a4,a1,z1,z0,\u{1f4a9}3,\uffff2');
});
test('URLSearchParams: iteration is live', () => {
  const p = new URLSearchParams('a=1&b=2');
  const seen: string[] = [];
  for (const [k, v] of p) { if (k === 'a') p.append('c', '3'); seen.push(k + v); }
  assertEq(seen.join(), 'a1,b2,c3');
  assertEq([...p.keys()].join() + [...p.values()].join(), 'a,b,c1,2,3');
  const each: string[] = [];
  p.forEach(function (this: any, v, k, self) { each.push(this.x + k + v + (self === p)); }, { x: '-' });
  assertEq(each.join(), '-a1true,-b2true,-c3true');
  assertEq(Object.prototype.toString.call(p), '[object URLSearchParams]');
});
