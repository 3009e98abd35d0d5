import { type Handler, LIBRARIES, type Scenario } from './scenario.ts';

/** What a server answers that lets pages of another origin in. */
const visit: Handler = async ({ session, request, response }) => {
  response.set('Access-Control-Allow-Origin', request.header('origin') ?? '*');
  response.set('Access-Control-Allow-Credentials', 'true');
  const visits = Number((await session.get('visits')) ?? 0) + 1;
  await session.set('visits', visits);
  response.send(`Visits: ${visits}.`);
};

/** Problem 3: the page and its API have two origins, and the page's requests go without cookies. */
export const cookieNotReturned: Scenario = {
  id: 'cookie-not-returned',
  title: 'Cookie not sent back',
  symptom: 'each call to the API starts a new session',
  cause: 'The page fetches from another origin without credentials: the browser neither sends nor keeps a cookie.',
  libraries: LIBRARIES,
  routes: { 'GET /api': visit },
  steps: [1, 2, 3].map(() => [{ send: 'GET /api', by: 'fetch' }]),
  isSeen: (answers) => answers.every(({ body }) => body === 'Visits: 1.'),
  fixed: { steps: [1, 2, 3].map(() => [{ send: 'GET /api', by: 'fetch-with-credentials' }]) },
};
