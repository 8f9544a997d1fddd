// The history of a run: what was asked when, and what came back.
//
//   { actor, op, args, id, asked, answered, result }   asked, answered: ms of one clock
//   result undefined: no answer, or an error: it may have happened, whole, or not
'use strict';
const fs = require('node:fs');

class History {
    constructor() {
        this.entries = [];
    }

    add(entry) {
        this.entries.push(entry);
    }

    // Everybody who was asked something, in order.
    actors() {
        return [...new Set(this.entries.map((entry) => entry.actor))].sort();
    }

    save(file) {
        fs.writeFileSync(file, this.entries.map((entry) => JSON.stringify(entry)).join('\n') + '\n');
    }

    static load(file) {
        const history = new History();
        history.entries = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
        return history;
    }
}

module.exports = { History };
