/** express-session on Express 4 and 5, with its MemoryStore. */
import type { RequestHandler } from 'express';
import session from 'express-session';
import { sessionOf } from '../../../playground/scenarios/hosts/express-session.ts';
import { listen } from '../../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/express-session/observe-with.ts';
import { EXPRESS, type ExpressVersion } from '../../express-session/observed-app.ts';
import { answerRoute } from './answer-route.ts';
import type { Subject } from './subject.ts';

class FailingStore extends session.MemoryStore {
  override set(_key: string, _data: session.SessionData, callback?: (error?: unknown) => void): void {
    callback?.(new Error('the disk is full'));
  }
}

const subject = (version: ExpressVersion): Subject => ({
  name: `express-session on ${version}`,
  page: 'express-session.md',
  cookieNames: ['connect.sid'],
  capabilities: { rotation: true, expiry: true, record: true, storeErrors: true, streaming: true },
  serve(routes, { companion, failing }) {
    const app = EXPRESS[version]();
    const factory = companion === undefined ? session : observeWith(companion, session);
    const store = failing ? new FailingStore() : new session.MemoryStore();
    app.use(factory({ secret: 'test', store, resave: false, saveUninitialized: false }));
    // Express 4 takes no promise.
    const handle: RequestHandler = (request, response, next) => {
      answerRoute(
        routes,
        request,
        response,
        Object.assign(sessionOf(request), {
          has: async (key: string) => key in request.session,
          keys: async () => Object.keys(request.session).filter((key) => key !== 'cookie'),
          endsIn: async (ms: number) => void (request.session.cookie.maxAge = ms),
        }),
      ).then(undefined, next);
    };
    app.use(handle);
    return listen(app);
  },
});

export const EXPRESS_SESSION: readonly Subject[] = [subject('Express 5'), subject('Express 4')];
