// Text in a language, by ICU (runtime/locale): Intl.Collator, PluralRules and Segmenter, and what String.prototype
// has of them.
'use es5';
'use strict';

var locale = native('locale');
var define = Object.defineProperty;
var isArray = Array.isArray;
var upper = String.prototype.toUpperCase, lower = String.prototype.toLowerCase;
var SELF = native('webidl').hidden('intl');
var Intl = globalThis.Intl;

function hide(object, name, value) {
  define(object, name, { value: value, writable: true, enumerable: false, configurable: true });
}
function method(object, name, length, f) {
  define(f, 'name', { value: name, configurable: true });
  define(f, 'length', { value: length, configurable: true });
  hide(object, name, f);
}
function text(self, name) {
  if (self === null || self === undefined) throw new TypeError('String.prototype.' + name + ' called on null or undefined');
  return String(self);
}

// ---- locales ----

function canonicalList(locales) {
  var out = [], i, n, tag, canonical;
  if (locales === undefined) return out;
  if (locales === null) throw new TypeError('Cannot convert undefined or null to object');
  if (typeof locales === 'string') locales = [locales];
  for (i = 0, n = locales.length >>> 0; i < n; i++) {
    if (!isArray(locales) && !(i in locales)) continue;
    tag = locales[i];
    if (typeof tag !== 'string' && (typeof tag !== 'object' || tag === null) && typeof tag !== 'function')
      throw new TypeError('Language ID should be string or object.');
    canonical = locale.canonical(String(tag));
    if (canonical === undefined) throw new RangeError('Invalid language tag: ' + tag);
    if (out.indexOf(canonical) < 0) out.push(canonical);
  }
  return out;
}
method(Intl, 'getCanonicalLocales', 1, function (locales) { return canonicalList(locales); });
function supportedLocalesOf(locales) { return canonicalList(locales).filter(locale.known); }
['Collator', 'PluralRules', 'Segmenter', 'NumberFormat', 'DateTimeFormat'].forEach(function (name) {
  if (Intl[name] === undefined) hide(Intl, name, classes()[name]);
  define(Intl[name], 'name', { value: name, configurable: true });
  define(Intl[name], 'length', { value: 0, configurable: true });
  define(Intl[name].prototype, Symbol.toStringTag, { value: 'Intl.' + name, configurable: true });
  method(Intl[name], 'supportedLocalesOf', 1, function (locales) { return supportedLocalesOf(locales); });
});

// The own data of an Intl object, or a TypeError.
function own(self, what) {
  var data = self === null || self === undefined ? undefined : self[SELF];
  if (data === undefined)
    throw new TypeError('Method ' + what + ' called on incompatible receiver ' + (typeof self === 'object' ? '#<Object>' : String(self)));
  return data;
}
function option(options, name, words, otherwise, type) {
  var value = options === undefined ? undefined : options[name];
  if (value === undefined) return otherwise;
  value = String(value);
  if (words.indexOf(value) < 0)
    throw new RangeError('Value ' + value + ' out of range for Intl.' + type + ' options property ' + name);
  return value;
}
function checked(options) {
  if (options === null) throw new TypeError('Cannot convert undefined or null to object');
  return options;
}

function classes() {
  return {
    Collator: function (locales, options) {
      var self = this instanceof Intl.Collator ? this : Object.create(Intl.Collator.prototype);
      hide(self, SELF, locale.collator(locales, options));
      return self;
    },
    PluralRules: function (locales, options) {
      if (!(this instanceof Intl.PluralRules)) throw new TypeError("Constructor Intl.PluralRules requires 'new'");
      hide(this, SELF, {
        locale: locale.resolve(locales), type: option(checked(options), 'type', ['cardinal', 'ordinal'], 'cardinal', 'PluralRules'),
      });
    },
    Segmenter: function (locales, options) {
      if (!(this instanceof Intl.Segmenter)) throw new TypeError("Constructor Intl.Segmenter requires 'new'");
      hide(this, SELF, {
        locale: locale.resolve(locales),
        granularity: option(checked(options), 'granularity', ['grapheme', 'word', 'sentence'], 'grapheme', 'Segmenter'),
      });
    },
  };
}

// ---- Collator ----

define(Intl.Collator.prototype, 'compare', {
  get: function () { return own(this, 'get Intl.Collator.prototype.compare'); }, enumerable: false, configurable: true,
});
method(Intl.Collator.prototype, 'resolvedOptions', 0, function () {
  var r = locale.collatorResolved(own(this, 'Intl.Collator.prototype.resolvedOptions'));
  return { locale: r.locale, usage: r.usage, sensitivity: r.sensitivity, ignorePunctuation: r.ignorePunctuation,
    collation: r.collation, numeric: r.numeric, caseFirst: r.caseFirst };
});

// ---- PluralRules ----

var categories = ['zero', 'one', 'two', 'few', 'many', 'other'];
method(Intl.PluralRules.prototype, 'select', 1, function (n) {
  var data = own(this, 'Intl.PluralRules.prototype.select');
  return locale.plural(data.locale, data.type === 'ordinal', +n);
});
method(Intl.PluralRules.prototype, 'resolvedOptions', 0, function () {
  var data = own(this, 'Intl.PluralRules.prototype.resolvedOptions');
  var known = locale.plural(data.locale, data.type === 'ordinal');
  return { locale: data.locale, type: data.type, notation: 'standard', minimumIntegerDigits: 1, minimumFractionDigits: 0,
    maximumFractionDigits: 3, pluralCategories: categories.filter(function (c) { return known.indexOf(c) >= 0; }),
    roundingIncrement: 1, roundingMode: 'halfExpand', roundingPriority: 'auto', trailingZeroDisplay: 'auto' };
});

// ---- Segmenter ----

var granularities = { grapheme: 0, word: 1, sentence: 2 };
function Segments(data, input) {
  hide(this, SELF, { input: input, word: data.granularity === 'word', breaks: locale.breaks(data.locale, granularities[data.granularity], input) });
}
// The segment that ends at break number i; they come in pairs with whether it is a word.
function segment(data, i) {
  var from = i === 0 ? 0 : data.breaks[i - 2];
  var out = { segment: data.input.slice(from, data.breaks[i]), index: from, input: data.input };
  if (data.word) out.isWordLike = data.breaks[i + 1];
  return out;
}
method(Segments.prototype, 'containing', 1, function (at) {
  var data = own(this, '%SegmentsPrototype%.containing'), i;
  at = Math.trunc(+at) || 0;
  if (at < 0 || at >= data.input.length) return undefined;
  for (i = 0; data.breaks[i] <= at; i += 2) continue;
  return segment(data, i);
});
var iteratorProto = Object.create(Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
method(iteratorProto, 'next', 0, function () {
  var state = own(this, '%SegmentIteratorPrototype%.next'), value;
  if (state.at >= state.data.breaks.length) return { value: undefined, done: true };
  value = segment(state.data, state.at);
  state.at += 2;
  return { value: value, done: false };
});
define(iteratorProto, Symbol.toStringTag, { value: 'Segmenter String Iterator', configurable: true });
define(Segments.prototype, Symbol.iterator, {
  value: function () {
    var iterator = Object.create(iteratorProto);
    hide(iterator, SELF, { data: own(this, '%SegmentsPrototype%[Symbol.iterator]'), at: 0 });
    return iterator;
  }, writable: true, enumerable: false, configurable: true,
});
define(Segments.prototype[Symbol.iterator], 'name', { value: '[Symbol.iterator]', configurable: true });
delete Segments.prototype.constructor;
method(Intl.Segmenter.prototype, 'segment', 1, function (input) {
  return new Segments(own(this, 'Intl.Segmenter.prototype.segment'), String(input));
});
method(Intl.Segmenter.prototype, 'resolvedOptions', 0, function () {
  var data = own(this, 'Intl.Segmenter.prototype.resolvedOptions');
  return { locale: data.locale, granularity: data.granularity };
});

// ---- String.prototype ----

var forms = ['NFC', 'NFD', 'NFKC', 'NFKD'];
method(String.prototype, 'normalize', 0, function (form) {
  var self = text(this, 'normalize'), i = form === undefined ? 0 : forms.indexOf(String(form));
  if (i < 0) throw new RangeError('The normalization form should be one of NFC, NFD, NFKC, NFKD.');
  return locale.normalize(self, i);
});
method(String.prototype, 'localeCompare', 1, locale.localeCompare);

// The languages whose letters have another case than elsewhere.
function special(locales) {
  var list = canonicalList(locales), language = list.length ? list[0].split('-')[0] : '';
  return language === 'tr' || language === 'az' || language === 'lt' || language === 'el' ? language : '';
}
method(String.prototype, 'toLocaleUpperCase', 0, function (locales) {
  var self = text(this, 'toLocaleUpperCase'), language = locales === undefined ? '' : special(locales);
  return language ? locale.cased(self, true, language) : upper.call(self);
});
method(String.prototype, 'toLocaleLowerCase', 0, function (locales) {
  var self = text(this, 'toLocaleLowerCase'), language = locales === undefined ? '' : special(locales);
  return language ? locale.cased(self, false, language) : lower.call(self);
});

// ECMA-262 B.2.2: 'a'.anchor('x') is <a name="x">a</a>.
var html = { anchor: 'a name', big: 'big', blink: 'blink', bold: 'b', fixed: 'tt', fontcolor: 'font color', fontsize: 'font size',
  italics: 'i', link: 'a href', small: 'small', strike: 'strike', sub: 'sub', sup: 'sup' };
Object.keys(html).forEach(function (name) {
  var tag = html[name].split(' ');
  method(String.prototype, name, tag.length - 1, function (value) {
    var self = text(this, name);
    return '<' + tag[0] + (tag.length > 1 ? ' ' + tag[1] + '="' + String(value).replaceAll('"', '&quot;') + '"' : '') + '>' + self + '</' + tag[0] + '>';
  });
});
