// Strings, numbers, and how the entries of an object are laid out on lines.
'use es5';
var slice = String.prototype.slice;
var symbolToString = Symbol.prototype.toString;

function repeat(s, n) {
  var out = '';
  for (; n > 0; n--) out += s;
  return out;
}

var names = { 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 92: '\\\\' };
function escapeUnit(c) {
  return names[c] || (c < 256 ? '\\x' + (c < 16 ? '0' : '') + c.toString(16).toUpperCase() : '\\u' + c.toString(16));
}

// The string with control characters, backslashes, lone surrogates and the given quote escaped.
function escape(s, quote) {
  var out = '', from = 0, i, c, d;
  for (i = 0; i < s.length; i++) {
    c = s.charCodeAt(i);
    if (c >= 0xD800 && c <= 0xDFFF) {
      d = s.charCodeAt(i + 1);
      if (c < 0xDC00 && d >= 0xDC00 && d <= 0xDFFF) { i++; continue; }
    } else if (c !== quote && c !== 92 && c >= 32 && (c < 127 || c > 159)) {
      continue;
    }
    out += slice.call(s, from, i) + (c === quote ? '\\' + String.fromCharCode(c) : escapeUnit(c));
    from = i + 1;
  }
  return from === 0 ? s : out + slice.call(s, from);
}

function quote(s) {
  var q = "'";
  if (s.indexOf("'") >= 0) {
    if (s.indexOf('"') < 0) q = '"';
    else if (s.indexOf('`') < 0 && s.indexOf('${') < 0) q = '`';
  }
  return q + escape(s, q.charCodeAt(0)) + q;
}

function number(n) { return n === 0 && 1 / n < 0 ? '-0' : String(n); }

// A long string is broken after each of its newlines.
function string(ctx, s) {
  var more = '', lines, i, at;
  if (s.length > ctx.maxStringLength) {
    more = s.length - ctx.maxStringLength;
    more = '... ' + more + ' more character' + (more > 1 ? 's' : '');
    s = slice.call(s, 0, ctx.maxStringLength);
  }
  if (s.length <= 16 || s.length <= ctx.breakLength - ctx.indent - 4) return quote(s) + more;
  lines = [];
  for (i = 0; i < s.length; i = at + 1) {
    at = s.indexOf('\n', i);
    if (at < 0) at = s.length - 1;
    lines[lines.length] = quote(slice.call(s, i, at + 1));
  }
  return lines.join(' +\n' + repeat(' ', ctx.indent + 2)) + more;
}

function primitive(ctx, v) {
  switch (typeof v) {
  case 'string': return string(ctx, v);
  case 'number': return number(v);
  case 'symbol': return symbolToString.call(v);
  case 'bigint': return String(v) + 'n';
  default: return String(v);
  }
}

function isIdentifier(k) {
  var i, c;
  if (k.length === 0) return false;
  for (i = 0; i < k.length; i++) {
    c = k.charCodeAt(i);
    if (!((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || (i > 0 && c >= 48 && c <= 57))) return false;
  }
  return true;
}

function isIndex(k) { return String(k >>> 0) === k && k >>> 0 !== 4294967295; }

function indentLines(s, indent) {
  return indent === 0 || s.indexOf('\n') < 0 ? s : s.split('\n').join('\n' + repeat(' ', indent));
}

function pad(s, width, left) {
  var space = repeat(' ', width - s.length);
  return left ? space + s : s + space;
}

// Sets many short elements of an array in columns.
function inColumns(ctx, output, v, extra) {
  var n = output.length - extra, total = 0, longest = 0, i, j, wide, bias, columns, widths = [], left = true, rows = [], row, last;
  for (i = 0; i < n; i++) {
    total += output[i].length + 2;
    if (output[i].length > longest) longest = output[i].length;
  }
  wide = longest + 2;
  // Not when one element is far longer than the others: the gaps would be enormous.
  if (wide * 3 + ctx.indent >= ctx.breakLength || (total / wide <= 5 && longest > 6)) return output;
  bias = Math.max(wide - 3 - Math.sqrt(wide - total / output.length), 1);
  columns = Math.min(Math.round(Math.sqrt(2.5 * bias * n) / bias), Math.floor((ctx.breakLength - ctx.indent) / wide),
    ctx.compact * 4, 15);
  if (columns <= 1) return output;
  for (i = 0; i < columns; i++) {
    widths[i] = 0;
    for (j = i; j < n; j += columns) widths[i] = Math.max(widths[i], output[j].length + 2);
  }
  // Numbers are set flush right.
  for (i = 0; v !== undefined && i < output.length; i++) if (typeof v[i] !== 'number') { left = false; break; }
  for (i = 0; i < n; i += columns) {
    row = '';
    last = Math.min(i + columns, n) - 1;
    for (j = i; j < last; j++) row += pad(output[j] + ', ', widths[j - i], left);
    row += left ? pad(output[j], widths[j - i] - 2, true) : output[j];
    rows[rows.length] = row;
  }
  if (extra) rows[rows.length] = output[n];
  return rows;
}

function fitsLine(ctx, output, start, base) {
  var total = output.length + start, i;
  if (total + output.length > ctx.breakLength) return false;
  for (i = 0; i < output.length; i++) {
    total += output[i].length;
    if (total > ctx.breakLength || output[i].indexOf('\n') >= 0) return false;
  }
  return base.indexOf('\n') < 0;
}

// The entries of an object as one text: on one line if it is short and not too deep, else a line each.
function layOut(ctx, output, shape, depth, v) {
  var entries = output.length, head = shape.base ? shape.base + ' ' : '', indent;
  if (shape.array && entries > 6) output = inColumns(ctx, output, v, shape.more ? 1 : 0);
  if (ctx.currentDepth - depth < ctx.compact && entries === output.length &&
      fitsLine(ctx, output, output.length + ctx.indent + shape.open.length + shape.base.length + 10, shape.base))
    return head + shape.open + ' ' + output.join(', ') + ' ' + shape.close;
  indent = '\n' + repeat(' ', ctx.indent);
  return head + shape.open + indent + '  ' + output.join(',' + indent + '  ') + indent + shape.close;
}

exports.quote = quote;
exports.escapePlain = function (s) { return escape(s, -1); };
exports.number = number;
exports.primitive = primitive;
exports.isIdentifier = isIdentifier;
exports.isIndex = isIndex;
exports.indentLines = indentLines;
exports.layOut = layOut;
exports.repeat = repeat;
