/** iron-session 9 on Node's own server. The app saves what a handler has written, as its users write it in each. */
import type { ServerResponse } from 'node:http';
import { getIronSession, type IronSession } from 'iron-session';
import { listen } from '../../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/iron-session/observe-with.ts';
import { answerRoute } from './answer-route.ts';
import type { Routes, Subject, SubjectSession } from './subject.ts';

const OPTIONS = {
  cookieName: 'iron',
  password: 'a password of at least 32 characters',
  chunk: true,
  cookieOptions: { secure: false },
};

type Data = Record<string, unknown>;

export const IRON_SESSION: Subject = {
  name: 'iron-session on node:http',
  page: 'iron-session.md',
  cookieNames: ['iron', 'iron.0', 'iron.1', 'iron.2', 'iron.3'],
  commit: 'explicit',
  capabilities: {
    rotation: 'the library has none: each save is another cookie',
    expiry: true,
    record: true,
    storeErrors: 'there is no store',
    streaming: true,
  },
  serve(routes, { companion }) {
    const getSession = companion === undefined ? getIronSession : observeWith(companion, getIronSession);
    return listen((request, response) => {
      getSession<Data>(request, response, OPTIONS)
        .then((session) => {
          const of = new Written(session);
          return answerRoute(saving(routes, of, response), request, response, of);
        })
        .catch((error: Error) => response.writeHead(500).end(error.message));
    });
  },
};

/** Saves where a key was written or deleted, as long as the cookie can be set. */
const saving = (routes: Routes, of: Written, response: ServerResponse): Routes =>
  Object.fromEntries(
    Object.entries(routes).map(([path, route]) => [
      path,
      async (context) => {
        const answer = await route(context);
        if (of.isWritten && !response.headersSent) await of.save();
        return answer;
      },
    ]),
  );

class Written implements SubjectSession {
  isWritten = false;
  readonly #session: IronSession<Data>;
  readonly get;
  readonly end;
  readonly save;

  constructor(session: IronSession<Data>) {
    this.#session = session;
    this.get = Reflect.get.bind(undefined, session);
    this.end = session.destroy;
    this.save = session.save;
  }

  get set() {
    this.isWritten = true;
    return Reflect.set.bind(undefined, this.#session);
  }

  get delete() {
    this.isWritten = true;
    return Reflect.deleteProperty.bind(undefined, this.#session);
  }

  rotate = () => undefined;
  has = async (key: string) => key in this.#session;
  keys = async () => Object.keys(this.#session);

  endsIn = async (ms: number) => {
    this.#session.updateConfig({ ...OPTIONS, ttl: ms / 1000 });
    this.isWritten = true;
  };
}
