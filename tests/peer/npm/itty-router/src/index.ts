// itty-router as it comes from npm.
import { AutoRouter, Router, cors, error, html, json, status, text, withContent, withCookies, withParams } from 'itty-router';

const { preflight, corsify } = cors({ origin: 'https://a.test' });
const inner = Router({ base: '/inner' });
inner.get('/:x', ({ params }) => json(params));
const router = AutoRouter({ before: [preflight, withParams], finally: [corsify] });
router.get('/', () => 'text').get('/json', () => ({ a: 1 })).get('/users/:id', ({ id }) => ({ id })).get('/opt/:a?', ({ a }) => a ?? 'none')
    .get('/file/:name.:ext', ({ params }) => params).get('/greedy/:rest+', ({ rest }) => rest).get('/query', ({ query }) => query)
    .get('/error', () => error(418, 'teapot')).get('/throw', () => { throw new Error('thrown'); }).get('/status', () => status(204)).get('/html', () => html('<p>')).get('/text', () => text('t', { status: 201 }))
    .post('/content', withContent, ({ content }) => ({ content })).get('/cookies', withCookies, ({ cookies }) => cookies).all('/inner/*', inner.fetch);
export default router;
