// Installs the Web APIs on the global object: called once, after 'language'.
'use es5';
