// A small JSON service with Hono: routes with parameters, middleware, validation, errors.
//   cd deploy/examples/hono && npm ci && wkctl start .
//   curl http://localhost:8787/notes/1
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { HTTPException } from 'hono/http-exception';
import { notes, type Note } from './notes';

type Env = { Bindings: { OWNER: string }; Variables: { started: number } };

const app = new Hono<Env>();

app.use(async (c, next) => {
    c.set('started', Date.now());
    await next();
    c.header('x-took-ms', String(Date.now() - c.get('started')));
});
app.use('/notes/*', cors());

app.get('/', (c) => c.text(`Notes of ${c.env.OWNER}\n`));
app.get('/notes', (c) => c.json([...notes.values()]));
app.get('/notes/:id{[0-9]+}', (c) => {
    const note = notes.get(Number(c.req.param('id')));
    if (!note) throw new HTTPException(404, { message: 'no such note' });
    return c.json(note);
});
app.post('/notes', async (c) => {
    const { title, text = '' } = await c.req.json<Partial<Note>>();
    if (!title) throw new HTTPException(400, { message: 'a note needs a title' });
    const note = { id: notes.size + 1, title, text };
    notes.set(note.id, note);
    return c.json(note, 201, { location: `/notes/${note.id}` });
});

app.notFound((c) => c.json({ error: 'not found', path: c.req.path }, 404));
app.onError((error, c) => {
    const status = error instanceof HTTPException ? error.status : 500;
    return c.json({ error: error.message }, status);
});

export default app;
