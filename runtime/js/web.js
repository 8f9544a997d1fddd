// Installs the Web APIs on the global object: called once, after 'language'.
'use es5';
require('fetch-classes');
