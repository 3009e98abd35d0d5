/** With and without the companion an app answers the same bytes, but for one header, and its database gets the same calls. */
import { expect, test } from 'vitest';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { ask, Jar } from '../adapters/conformance/running.ts';
import { newCompanion } from '../express-session/observed-app.ts';
import { ADA, type AppOptions, type Handler, headersOf, listenOn, postOf } from './observed-app.ts';

const ROUTES: Record<string, Handler> = {
  '/me': async (auth, request) => auth.api.getSession({ headers: headersOf(request) }),
  '/list': async (auth, request) => (await auth.api.listSessions({ headers: headersOf(request) })).length,
  '/login': async (auth, _request, response) => {
    const { headers, response: given } = await auth.api.signInEmail({ body: ADA, returnHeaders: true });
    response.setHeader('set-cookie', headers.getSetCookie());
    return given.user.name;
  },
  '/refused': async (auth) =>
    auth.api
      .signInEmail({ body: { ...ADA, password: 'another one' } })
      .catch((error: Error) => [error.name, error.message]),
  '/api': (auth) => [Object.keys(auth.api).length, typeof auth.handler],
};
const WALK: [path: string, body?: object][] = [
  ['/me'],
  ['/api/auth/get-session'],
  ['/api/auth/sign-up/email', ADA],
  ['/api/auth/sign-up/email', ADA],
  ['/me'],
  ['/api/auth/get-session'],
  ['/api/auth/get-session?disableCookieCache=true'],
  ['/login'],
  ['/list'],
  ['/refused'],
  ['/api'],
  ['/api/auth/update-user', { name: 'Ada Lovelace' }],
  ['/api/auth/get-session'],
  [
    '/api/auth/change-password',
    { newPassword: 'a new password', currentPassword: ADA.password, revokeOtherSessions: true },
  ],
  ['/api/auth/revoke-other-sessions', {}],
  ['/api/auth/sign-out', {}],
  ['/me'],
  ['/api/auth/sign-in/email', { ...ADA, password: 'a new password', rememberMe: false }],
  ['/api/auth/revoke-sessions', {}],
  ['/api/auth/get-session'],
  ['/api/auth/nowhere'],
  ['/api/auth/ok'],
];

async function run(companion: Companion | undefined, options: AppOptions) {
  const calls: string[] = [];
  const { origin, close } = await listenOn(ROUTES, companion, {
    ...options,
    fails: (method) => void calls.push(method),
  });
  const jar = new Jar();
  const ids: string[] = [];
  const named = (id: string): string => {
    if (!ids.includes(id)) ids.push(id);
    return `id ${ids.indexOf(id)}`;
  };
  const steady = (text: string): string =>
    text
      .replace(/(session_data=)[^;]+/, '$1<data>')
      .replace(/\.[\w%]{43,60}(?=;)/, '.<signature>')
      .replaceAll(/\b[A-Za-z0-9]{32}\b/g, named)
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
  const answers: unknown[] = [];
  let announced = 0;
  for (const [path, body] of WALK) {
    const answer = await ask(origin, path, body === undefined ? { headers: jar.headers } : postOf(jar.headers, body));
    jar.keep(answer);
    const isOurs = ([name]: [string, string]) => name.toLowerCase() === 'sessionscope';
    announced += answer.headers.filter(isOurs).length;
    const kept = answer.headers.filter((one) => !isOurs(one) && one[0].toLowerCase() !== 'date');
    answers.push([path, answer.status, steady(answer.body), kept.map(([name, text]) => `${name}: ${steady(text)}`)]);
  }
  await close();
  companion?.endpoint.close();
  return { answers, announced, calls };
}

const SETTINGS: Record<string, AppOptions> = {
  'a database': {},
  'a cookie cache': { session: { cookieCache: { enabled: true, maxAge: 300 } } },
  'an end that moves with each request': { session: { updateAge: 0, freshAge: 0 } },
};

test.each(Object.entries(SETTINGS))('%s: the same bytes, the same calls', async (_name, options) => {
  const bare = await run(undefined, options);
  const observed = await run(newCompanion(), options);
  expect(bare.announced).toBe(0);
  expect(observed.announced).toBe(observed.answers.length);
  expect(observed.answers).toEqual(bare.answers);
  expect(observed.calls).toEqual(bare.calls);
});

const boom = () => {
  throw new Error('planted');
};
const FAULTS: Record<string, (companion: Companion) => void> = {
  'log.append': ({ log }) => void Object.assign(log, { append: boom }),
  'sources.take': ({ sources }) => void Object.assign(sources, { take: boom }),
  'identity.fingerprint': ({ identity }) => void Object.assign(identity, { fingerprint: boom }),
  'identity.digest': ({ identity }) => void Object.assign(identity, { digest: boom }),
  'endpoint.handle': ({ endpoint }) => void Object.assign(endpoint, { handle: boom }),
};

test.each(Object.entries(FAULTS))('a fault in %s changes nothing', async (_name, plant) => {
  const bare = await run(undefined, {});
  const companion = newCompanion();
  plant(companion);
  const observed = await run(companion, {});
  expect(observed.answers).toEqual(bare.answers);
  expect(observed.calls).toEqual(bare.calls);
});
