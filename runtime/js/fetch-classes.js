// Puts the fetch classes and the streams on the global object.
'use es5';
var expose = require('webidl').expose;

expose('Headers', require('headers').Headers);
expose('Body', require('body').Body);
expose('Request', require('request').Request);
expose('Response', require('response').Response);
