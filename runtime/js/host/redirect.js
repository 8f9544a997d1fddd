// Where a redirect leads: from a request that was sent and the head of its response to the next request.
//   hop: { method, url, list, kind, body, redirect, cf }, never changed once it was sent
'use es5';
var urls = require('url');

var URL = urls.URL;
var hrefOf = Object.getOwnPropertyDescriptor(URL.prototype, 'href').get;
var originOf = Object.getOwnPropertyDescriptor(URL.prototype, 'origin').get;
var toLowerCase = String.prototype.toLowerCase;
var indexOf = String.prototype.indexOf;
var slice = String.prototype.slice;
var ONE_TIME = 'A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a redirect ' +
  'requiring the body to be retransmitted. To avoid this error in the future, construct this request from a buffer-like ' +
  'body initializer.';

function header(flat, name) {
  for (var i = 0; i < flat.length; i += 2)
    if (flat[i].length === name.length && toLowerCase.call(flat[i]) === name) return flat[i + 1];
  return undefined;
}

function without(flat, name) {
  var out = [];
  for (var i = 0; i < flat.length; i += 2)
    if (toLowerCase.call(flat[i]) !== name) out[out.length] = flat[i], out[out.length] = flat[i + 1];
  return out;
}

// An URL as responses tell it.
exports.withoutFragment = function (url) {
  var hash = indexOf.call(url, '#');
  return hash < 0 ? url : slice.call(url, 0, hash);
};

// The next hop; null if the response is to be handed over as it is. Throws what fetch() rejects with.
exports.next = function (hop, status, flat) {
  var location, from, to, next, keeps;
  if (hop.redirect !== 'follow' || status < 301 || status > 308 || (status > 303 && status < 307)) return null;
  location = header(flat, 'location');
  if (location === undefined) return null;
  try {
    from = new URL(hop.url);
    to = new URL(location, hop.url);
  } catch (e) {
    throw new TypeError('Invalid Location header; unable to follow redirect.');
  }
  keeps = status === 303 ? hop.method === 'GET' || hop.method === 'HEAD' : status > 303 || hop.method !== 'POST';
  if (keeps && (hop.kind === 'stream' || hop.kind === 'source')) throw new TypeError(ONE_TIME);
  next = { method: hop.method, url: exports.withoutFragment(hrefOf.call(to)), list: hop.list, kind: hop.kind, body: hop.body,
    redirect: hop.redirect, cf: hop.cf };
  if (!keeps) {
    next.method = 'GET';
    next.kind = 'none';
    next.body = null;
  }
  if (originOf.call(from) !== originOf.call(to)) next.list = without(hop.list, 'authorization');
  return next;
};
