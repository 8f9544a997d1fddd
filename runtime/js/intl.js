// A small Intl: en-US, UTC. Enough for libraries that ask for the time zone or format a plain number.
'use es5';

var define = Object.defineProperty;
function hide(object, name, value) {
  define(object, name, { value: value, writable: true, enumerable: false, configurable: true });
}
function pad(n) { return n < 10 ? '0' + n : String(n); }
function group(digits) { return digits.replace(/\B(?=(\d{3})+$)/g, ','); }

function formatNumber(value, options) {
  var o = options || {};
  if (value !== value) return 'NaN';
  if (value === Infinity || value === -Infinity) return value < 0 ? '-∞' : '∞';
  var percent = o.style === 'percent', currency = o.style === 'currency';
  var min = o.minimumFractionDigits !== undefined ? +o.minimumFractionDigits : currency ? 2 : 0;
  var max = o.maximumFractionDigits !== undefined ? +o.maximumFractionDigits : Math.max(min, currency ? 2 : percent ? 0 : 3);
  var text = Math.abs(percent ? value * 100 : value).toFixed(Math.min(max, 20)), dot = text.indexOf('.');
  var whole = dot < 0 ? text : text.slice(0, dot), part = dot < 0 ? '' : text.slice(dot + 1);
  while (part.length > min && part.charAt(part.length - 1) === '0') part = part.slice(0, -1);
  text = (o.useGrouping === false ? whole : group(whole)) + (part ? '.' + part : '');
  if (currency) text = (o.currency === 'USD' ? '$' : o.currency + ' ') + text;
  return (value < 0 ? '-' : '') + text + (percent ? '%' : '');
}

function formatDate(date, o) {
  var d = date === undefined ? new Date() : new Date(+date);
  if (isNaN(+d)) throw new RangeError('Invalid time value');
  var day = (d.getUTCMonth() + 1) + '/' + d.getUTCDate() + '/' + d.getUTCFullYear();
  var hours = d.getUTCHours(), time = (hours % 12 || 12) + ':' + pad(d.getUTCMinutes()) + ':' + pad(d.getUTCSeconds()) + (hours < 12 ? ' AM' : ' PM');
  return o === 'time' ? time : o === 'both' ? day + ', ' + time : day;
}

function formatter(name, format, resolved) {
  var C = function (locales, options) {
    var self = this instanceof C ? this : Object.create(C.prototype);
    hide(self, 'options', Object.assign({}, options));
    define(self, 'format', { value: function (value) { return format(value, self.options); }, configurable: true });
    return self;
  };
  define(C, 'name', { value: name, configurable: true });
  define(C.prototype, Symbol.toStringTag, { value: 'Intl.' + name, configurable: true });
  hide(C.prototype, 'resolvedOptions', function () { return Object.assign({ locale: 'en-US' }, resolved, this.options); });
  hide(C.prototype, 'formatToParts', function (value) { return [{ type: 'literal', value: this.format(value) }]; });
  hide(C, 'supportedLocalesOf', function (locales) { return locales === undefined ? [] : [].concat(locales); });
  return C;
}

var Intl = {};
define(Intl, Symbol.toStringTag, { value: 'Intl', configurable: true });
hide(Intl, 'NumberFormat', formatter('NumberFormat', function (v, o) { return formatNumber(+v, o); }, { numberingSystem: 'latn', style: 'decimal' }));
hide(Intl, 'DateTimeFormat', formatter('DateTimeFormat', function (v, o) {
  return formatDate(v, o.timeStyle || o.hour ? (o.dateStyle || o.year || o.day ? 'both' : 'time') : 'date');
}, { calendar: 'gregory', numberingSystem: 'latn', timeZone: 'UTC' }));
hide(globalThis, 'Intl', Intl);

hide(Number.prototype, 'toLocaleString', function toLocaleString(locales, options) { return formatNumber(+this, options); });
hide(Date.prototype, 'toLocaleDateString', function toLocaleDateString() { return formatDate(this, 'date'); });
hide(Date.prototype, 'toLocaleTimeString', function toLocaleTimeString() { return formatDate(this, 'time'); });
hide(Date.prototype, 'toLocaleString', function toLocaleString() { return formatDate(this, 'both'); });
