// Loads the language: called once, before any other built-in module.
'use es5';
require('corejs');
require('unsupported');
require('date');
require('sort');
require('intl');
require('intl-text');
require('typedarray');
require('arrayasync');
