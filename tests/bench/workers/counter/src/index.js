// One read and one durable write a request, in the actor that the path names.
export class Counter {
    constructor(state) {
        this.storage = state.storage;
    }

    async fetch() {
        const value = ((await this.storage.get('value')) || 0) + 1;
        await this.storage.put('value', value);
        return new Response(String(value));
    }
}

export default {
    async fetch(request, env) {
        const { pathname } = new URL(request.url);
        return env.COUNTERS.get(env.COUNTERS.idFromName(pathname)).fetch(request);
    },
};
