/** cookie-session on Express 5. */
import cookieSession from 'cookie-session';
import express from 'express';
import { sessionOf } from '../../../playground/scenarios/hosts/cookie-session.ts';
import { listen } from '../../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/cookie-session/observe-with.ts';
import { answerRoute } from './answer-route.ts';
import type { Subject } from './subject.ts';

export const COOKIE_SESSION: Subject = {
  name: 'cookie-session on Express 5',
  page: 'cookie-session.md',
  cookieNames: ['session', 'session.sig'],
  capabilities: {
    rotation: 'the library has none: each save is another cookie',
    expiry: 'the cookie alone has an end',
    record: true,
    storeErrors: 'there is no store',
    streaming: true,
  },
  serve(routes, { companion }) {
    const app = express();
    const factory = companion === undefined ? cookieSession : observeWith(companion, cookieSession);
    app.use(factory({ keys: ['test'] }));
    app.use((request, response) => {
      const data = () => request.session as unknown as Record<string, unknown>;
      return answerRoute(
        routes,
        request,
        response,
        Object.assign(sessionOf(request), {
          has: async (key: string) => key in data(),
          keys: async () => Object.keys(data()),
          endsIn: async () => undefined,
        }),
      );
    });
    return listen(app);
  },
};
