// One inserted row a request.
export class Table {
    constructor(state) {
        this.sql = state.storage.sql;
        this.sql.exec('CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY, at INTEGER, text TEXT)');
    }

    async fetch() {
        this.sql.exec('INSERT INTO entry (at, text) VALUES (?, ?)', Date.now(), 'some text of a usual length');
        return new Response('ok');
    }
}

export default {
    async fetch(request, env) {
        const { pathname } = new URL(request.url);
        return env.TABLES.get(env.TABLES.idFromName(pathname)).fetch(request);
    },
};
