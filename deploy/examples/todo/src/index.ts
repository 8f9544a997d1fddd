// To-do lists in SQL, one database a list: GET /LIST, POST /LIST {"title": "..."}, PATCH /LIST/ID {"done": true},
// DELETE /LIST/ID.
import { DurableObject } from 'cloudflare:workers';

interface Env {
    LISTS: DurableObjectNamespace<TodoList>;
}

type Todo = { id: number; title: string; done: number };

export class TodoList extends DurableObject<Env> {
    private sql: SqlStorage;

    constructor(ctx: DurableObjectState, env: Env) {
        super(ctx, env);
        this.sql = ctx.storage.sql;
        this.sql.exec('CREATE TABLE IF NOT EXISTS todo (id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)');
    }

    all(): Todo[] {
        return this.sql.exec<Todo>('SELECT id, title, done FROM todo ORDER BY id').toArray();
    }

    add(title: string): Todo {
        return this.sql.exec<Todo>('INSERT INTO todo (title) VALUES (?) RETURNING id, title, done', title).one();
    }

    set(id: number, done: boolean): Todo | undefined {
        return this.sql.exec<Todo>('UPDATE todo SET done = ? WHERE id = ? RETURNING id, title, done', done ? 1 : 0, id).toArray()[0];
    }

    remove(id: number): boolean {
        return this.sql.exec('DELETE FROM todo WHERE id = ? RETURNING id', id).toArray().length > 0;
    }
}

export default {
    async fetch(request: Request, env: Env): Promise<Response> {
        const [name, id] = new URL(request.url).pathname.slice(1).split('/');
        const list = env.LISTS.getByName(name || 'main');
        const none = () => new Response('no such entry\n', { status: 404 });
        switch (request.method) {
            case 'GET':
                return Response.json(await list.all());
            case 'POST': {
                const { title } = await request.json<{ title?: string }>();
                return title ? Response.json(await list.add(title), { status: 201 }) : new Response('a title is needed\n', { status: 400 });
            }
            case 'PATCH': {
                const { done } = await request.json<{ done?: boolean }>();
                const todo = await list.set(Number(id), done === true);
                return todo ? Response.json(todo) : none();
            }
            case 'DELETE':
                return (await list.remove(Number(id))) ? new Response(null, { status: 204 }) : none();
            default:
                return new Response('method not allowed\n', { status: 405 });
        }
    },
};
