// Routes with itty-router's AutoRouter: objects become JSON, nothing found becomes 404.
//   cd deploy/examples/itty-router && npm ci && wkctl start .
//   curl http://localhost:8787/todos/2
import { AutoRouter, error, json } from 'itty-router';

const todos = [
    { id: '1', text: 'read the manual', done: true },
    { id: '2', text: 'write a worker', done: false },
];

const router = AutoRouter();

router
    .get('/', () => 'try /todos\n')
    .get('/todos', ({ query }) => todos.filter((todo) => !query.open || !todo.done))
    .get('/todos/:id', ({ id }) => todos.find((todo) => todo.id === id) ?? error(404, 'no such todo'))
    .post('/echo', async (request) => json(await request.json(), { status: 201 }));

export default router;
