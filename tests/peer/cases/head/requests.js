'use strict';
const paths = ['/text', '/empty', '/null', '/none', '/declared', '/declared-zero', '/declared-text', '/bytes', '/stream', '/204', '/304', '/304-declared', '/404',
    '/json', '/blob', '/redirect', '/chunked'];
module.exports = paths.flatMap((path) => [{ method: 'HEAD', path }, path]);
