// Array.prototype.sort, stable: Duktape's own is not. Short runs by insertion, then merged bottom up.
'use es5';
var RUN = 6;


function has(o, i) { return i in o; }

function byText(a, b) { return a.text < b.text ? -1 : a.text > b.text ? 1 : 0; }

function insertion(list, from, to, compare) {
  var i, k, value;
  for (i = from + 1; i < to; i++) {
    value = list[i];
    for (k = i; k > from && compare(list[k - 1], value) > 0; k--) list[k] = list[k - 1];
    list[k] = value;
  }
}

function merge(list, out, from, mid, to, compare) {
  var a = from, b = mid, at = from;
  if (mid >= to || compare(list[mid - 1], list[mid]) <= 0) { // in order already
    for (; at < to; at++) out[at] = list[at];
    return;
  }
  while (a < mid && b < to) out[at++] = compare(list[b], list[a]) < 0 ? list[b++] : list[a++];
  while (a < mid) out[at++] = list[a++];
  while (b < to) out[at++] = list[b++];
}

function sorted(list, compare) {
  var n = list.length, out = new Array(n), width, from, swap;
  for (from = 0; from < n; from += RUN) insertion(list, from, Math.min(from + RUN, n), compare);
  for (width = RUN; width < n; width *= 2) {
    for (from = 0; from < n; from += 2 * width)
      merge(list, out, from, Math.min(from + width, n), Math.min(from + 2 * width, n), compare);
    swap = list;
    list = out;
    out = swap;
  }
  return list;
}

function sort(compare) {
  var o, n, list = [], missing = 0, i, value;
  if (compare !== undefined && typeof compare !== 'function')
    throw new TypeError('The comparison function must be either a function or undefined: ' + String(compare));
  if (this === null || this === undefined) throw new TypeError('Array.prototype.sort called on null or undefined');
  o = Object(this);
  n = Math.min(Math.max(Math.floor(+o.length) || 0, 0), 9007199254740991);
  for (i = 0; i < n; i++) {
    if (!has(o, i)) continue;
    value = o[i];
    if (value === undefined) missing++;
    else list[list.length] = compare === undefined ? { text: String(value), value: value } : value;
  }
  list = sorted(list, compare === undefined ? byText : compare);
  for (i = 0; i < list.length; i++) o[i] = compare === undefined ? list[i].value : list[i];
  for (; missing > 0; missing--) o[i++] = undefined;
  for (; i < n; i++) if (has(o, i)) delete o[i];
  return o;
}

Object.defineProperty(Array.prototype, 'sort', { value: sort, writable: true, enumerable: false, configurable: true });
