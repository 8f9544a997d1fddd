// Installs the Web APIs on the global object: called once, after 'language'.
'use es5';
var idl = require('webidl');
idl.expose('DOMException', require('domexception').DOMException);
idl.expose('URL', require('url').URL);
idl.expose('URLSearchParams', require('url').URLSearchParams);
require('fetch-classes');
