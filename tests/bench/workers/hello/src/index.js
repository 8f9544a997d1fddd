// The smallest answer.
export default {
    async fetch() {
        return new Response('Hello World!');
    },
};
