'use strict';
module.exports = ['/sync', { method: 'POST', path: '/async', body: 'body' }, '/reject', '/throw', '/not-response', '/count', '/twice', '/count', '/event', '/wait'];
