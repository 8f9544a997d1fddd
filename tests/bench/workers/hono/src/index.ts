// A route with a parameter that answers JSON.
import { Hono } from 'hono';

const app = new Hono();
app.get('/', (c) => c.text('index'));
app.get('/users/:id', (c) => c.json({ id: c.req.param('id'), name: 'Ada Lovelace', tags: ['a', 'b'] }));
export default app;
