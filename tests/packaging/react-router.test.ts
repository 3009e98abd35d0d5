/** A real app of React Router in framework mode on its own dev server: a loader, an action, and an edit of its code. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DevServer, linesOf, LOG, startDevServer } from './dev-server.ts';
import { registryAnswers } from './packed.ts';

const hasRegistry = registryAnswers();
const reason = hasRegistry ? '' : ': the npm registry does not answer, so React Router can`t be installed';

const HOME = `import { Form, redirect } from 'react-router';
import { commitSession, getSession } from '../sessions.server';

export async function loader({ request }) {
  const session = await getSession(request.headers.get('Cookie'));
  return { visits: session.get('visits') ?? 0 };
}

export async function action({ request }) {
  const session = await getSession(request.headers.get('Cookie'));
  session.set('visits', (session.get('visits') ?? 0) + 1);
  return redirect('/', { headers: { 'Set-Cookie': await commitSession(session) } });
}

export default ({ loaderData }) => <Form method="post">visits {loaderData.visits}</Form>;
`;
const SESSIONS = `import { createCookieSessionStorage } from 'react-router';
import { observe } from 'sessionscope/react-router';

export const { getSession, commitSession, destroySession } = observe(createCookieSessionStorage)({
  cookie: { name: 'rr', secrets: ['of this test'] },
});
`;

const APP: Record<string, string> = {
  'vite.config.js': `import { reactRouter } from '@react-router/dev/vite';
export default { plugins: [reactRouter()] };`,
  'app/root.jsx': `import { Outlet } from 'react-router';
export default () => <html><body><Outlet /></body></html>;`,
  'app/routes.js': `import { index, route } from '@react-router/dev/routes';
export default [index('routes/home.jsx'), route('api/log', 'routes/log.js')];`,
  'app/sessions.server.js': SESSIONS,
  'app/routes/home.jsx': HOME,
  'app/routes/log.js': `export function loader() {
  ${LOG}
}`,
};

describe.skipIf(!hasRegistry)(`React Router${reason}`, () => {
  let server: DevServer;
  beforeAll(async () => {
    server = await startDevServer({
      lock: 'react-router',
      files: APP,
      program: (port) => ['node_modules/@react-router/dev/bin.cjs', 'dev', '--host', '127.0.0.1', '--port', port],
      ready: /Local:\s+http/,
    });
    // The server's own code is loaded with its first request.
    await server.ask('/');
  }, 300_000);
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('a loader and an action: each operation with its line of the code as it was written', async () => {
    expect((await server.ask('/')).headers.get('sessionscope')).toContain('exchange=');
    expect(linesOf((await server.exchangeOf('/')).operations)).toEqual([
      'create app/routes/home.jsx:5',
      'get app/routes/home.jsx:6',
    ]);
    await server.ask('/?index', { method: 'POST', body: new URLSearchParams() });
    const { operations, finished } = await server.exchangeOf('/');
    expect(linesOf(operations)).toEqual([
      'create app/routes/home.jsx:10',
      'get app/routes/home.jsx:11',
      'set app/routes/home.jsx:11',
      'save app/routes/home.jsx:12',
    ]);
    expect(finished).toMatchObject({
      location: '/',
      verdict: { record: { outcome: 'saved' }, cookie: { outcome: 'set' } },
    });
    expect((await server.ask('/')).body).toMatch(/visits (?:<!-- -->)?1/);
    expect((await server.exchangeOf('/')).operations[0]).toMatchObject({ operation: 'load', outcome: 'found' });
  });

  test('an edit loads the code again: one log, one middleware, and nothing is seen twice', async () => {
    for (let edit = 1; edit <= 3; edit++)
      await server.edit(
        {
          'app/sessions.server.js': `${SESSIONS}export const edit = ${edit};\n`,
          'app/routes/home.jsx': HOME.replace('>visits', `>edit ${edit} visits`),
        },
        async () => (await server.ask('/')).body.includes(`edit ${edit} visits`),
      );
    const { operations } = await server.exchangeOf('/');
    expect(operations.map(({ operation }) => operation)).toEqual(['load', 'get']);
    const all = await server.events();
    expect(new Set(all.map(({ epoch }) => epoch)).size).toBe(1);
    expect(all.findLast((event) => event.type === 'epoch-started')).toMatchObject({
      middlewares: [{ library: 'react-router', libraryVersion: '8.4.0' }],
    });
  });
});
