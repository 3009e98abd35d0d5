/** React Router's cookie storage on Node's own server. The app commits what a handler has written, as its users do. */
import type { ServerResponse } from 'node:http';
import { createCookieSessionStorage, type Session } from 'react-router';
import { listen } from '../../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/react-router/observe-with.ts';
import { answerRoute } from './answer-route.ts';
import type { Routes, Subject, SubjectSession } from './subject.ts';

export const REACT_ROUTER: Subject = {
  name: 'React Router on node:http',
  page: 'react-router.md',
  cookieNames: ['__session'],
  commit: 'explicit',
  capabilities: {
    rotation: 'a sealed cookie has no key: each commit is another cookie',
    expiry: 'the cookie alone has an end',
    record: true,
    storeErrors: 'there is no store',
    streaming: true,
  },
  serve(routes, { companion }) {
    const create =
      companion === undefined ? createCookieSessionStorage : observeWith(companion, createCookieSessionStorage);
    const storage = create({ cookie: { secrets: ['of this test'] } });
    return listen((request, response) => {
      storage
        .getSession(request.headers.cookie)
        .then((session) => {
          const written = new Written(session);
          const setCookie = (line: string) => void response.appendHeader('Set-Cookie', line);
          const commit = async () => {
            if (written.isEnded) setCookie(await storage.destroySession(session));
            else if (written.isWritten && !response.headersSent) setCookie(await storage.commitSession(session));
          };
          return answerRoute(committing(routes, commit), request, response, written);
        })
        .catch((error: Error) => failed(response, error));
    });
  },
};

function failed(response: ServerResponse, { message }: Error): void {
  response.writeHead(500).end(message);
}

const committing = (routes: Routes, commit: () => Promise<void>): Routes =>
  Object.fromEntries(
    Object.entries(routes).map(([path, route]) => [
      path,
      async (context) => {
        const answer = await route(context);
        await commit();
        return answer;
      },
    ]),
  );

class Written implements SubjectSession {
  isWritten = false;
  isEnded = false;
  readonly #session: Session;
  readonly get;
  readonly has;

  constructor(session: Session) {
    this.#session = session;
    this.get = session.get;
    this.has = async (key: string) => session.has(key);
  }

  get set() {
    this.isWritten = true;
    return this.#session.set;
  }

  get delete() {
    this.isWritten = true;
    return this.#session.unset;
  }

  save = () => undefined;
  rotate = () => undefined;
  end = () => void (this.isEnded = true);
  keys = async () => Object.keys(this.#session.data);
  endsIn = async () => undefined;
}
