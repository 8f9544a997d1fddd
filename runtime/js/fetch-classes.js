// Puts the fetch classes and the streams on the global object.
'use es5';
var expose = require('idl').expose;

expose('Headers', require('headers').Headers);
