// Dates as text: Duktape writes all of them in the ISO form.
'use es5';
var DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
var MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
var INVALID = 'Invalid Date';
var getTime = Date.prototype.getTime, P = Date.prototype;
var day = P.getUTCDay, date = P.getUTCDate, month = P.getUTCMonth, year = P.getUTCFullYear;
var hours = P.getUTCHours, minutes = P.getUTCMinutes, seconds = P.getUTCSeconds;
var call = Function.prototype.call;

function get(method, d) { return call.call(method, d); }
function two(n) { return (n < 10 ? '0' : '') + n; }
function years(n) {
  var text = String(n < 0 ? -n : n);
  while (text.length < 4) text = '0' + text;
  return (n < 0 ? '-0' : '') + text;
}
function isInvalid(d) {
  var t = get(getTime, d);
  return t !== t;
}
function dateText(d) {
  return DAYS[get(day, d)] + ' ' + MONTHS[get(month, d)] + ' ' + two(get(date, d)) + ' ' + years(get(year, d));
}
function clock(d) { return two(get(hours, d)) + ':' + two(get(minutes, d)) + ':' + two(get(seconds, d)); }
function timeText(d) { return clock(d) + ' GMT+0000 (Coordinated Universal Time)'; }

function hide(name, value) {
  Object.defineProperty(P, name, { value: value, writable: true, enumerable: false, configurable: true });
}
hide('toString', function toString() { return isInvalid(this) ? INVALID : dateText(this) + ' ' + timeText(this); });
hide('toDateString', function toDateString() { return isInvalid(this) ? INVALID : dateText(this); });
hide('toTimeString', function toTimeString() { return isInvalid(this) ? INVALID : timeText(this); });
hide('toUTCString', function toUTCString() {
  if (isInvalid(this)) return INVALID;
  return DAYS[get(day, this)] + ', ' + two(get(date, this)) + ' ' + MONTHS[get(month, this)] + ' ' + years(get(year, this)) +
    ' ' + clock(this) + ' GMT';
});
hide('toGMTString', P.toUTCString);
