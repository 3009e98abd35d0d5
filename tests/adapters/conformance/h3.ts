/** h3's sessions on its own apps, version 1 and 2. The app updates what a handler has written, as its users do. */
import { H3, type H3Event, toNodeHandler, useSession } from 'h3';
import { createApp, eventHandler, toNodeListener, useSession as useSession1 } from 'h3v1';
import { listen } from '../../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/h3/observe-with.ts';
import type { Companion } from '../../../server-companion/node/src/core/companion.ts';
import { answerRoute } from './answer-route.ts';
import type { Answer, Routes, Subject, SubjectSession } from './subject.ts';

/** Each seal of h3 2 costs milliseconds by its defaults, and the suite makes thousands: they are tried in tests/h3. */
const ONE_ROUND = {
  ttl: 0,
  timestampSkewSec: 60,
  localtimeOffsetMsec: 0,
  encryption: { saltBits: 256, algorithm: 'aes-256-cbc', iterations: 1, minPasswordlength: 32 },
  integrity: { saltBits: 256, algorithm: 'sha256', iterations: 1, minPasswordlength: 32 },
} as const;

const CONFIG = { password: 'a password of at least 32 characters', cookie: { secure: false } };

type Data = Record<string, unknown>;

/** What both versions give; each event is used by its own version. */
interface Manager {
  readonly data: Data;
  update(change?: Data): Promise<unknown>;
  clear(): Promise<unknown>;
}

const observed = <Functions extends object>(companion: Companion | undefined, functions: Functions): Functions =>
  companion === undefined ? functions : observeWith(companion, functions);

const SHARED = {
  page: 'h3.md',
  commit: 'explicit',
  capabilities: {
    rotation: 'a sealed cookie has no key: each update is another cookie',
    expiry: 'its end is counted from when it was made, and moves by no call',
    record: true,
    storeErrors: 'there is no store',
    streaming: true,
  },
} as const;

const H3_1: Subject = {
  ...SHARED,
  name: 'h3 1',
  cookieNames: ['h3'],
  capabilities: { ...SHARED.capabilities, streaming: 'a new session has its cookie before the head is sent' },
  serve(routes, { companion }) {
    const functions = observed(companion, { useSession: useSession1 });
    const app = createApp();
    app.use(
      eventHandler(async (event) => {
        const session = new Written((await functions.useSession<Data>(event, CONFIG)) as Manager);
        const { req, res } = event.node;
        // h3 1 would print each error.
        await answerRoute(
          saving(routes, session, () => res.headersSent),
          req,
          res,
          session,
        ).catch((error: Error) => res.writeHead(500).end(error.message));
      }),
    );
    return listen(toNodeListener(app));
  },
};

const H3_2: Subject = {
  ...SHARED,
  name: 'h3 2',
  cookieNames: ['h3', ...Array.from({ length: 15 }, (_, at) => `h3.${at + 1}`)],
  capabilities: { ...SHARED.capabilities, streaming: 'a handler returns its stream, and the head is sent after that' },
  serve(routes, { companion }) {
    const functions = observed(companion, { useSession });
    const app = new H3({ silent: true });
    app.all('/**', async (event) => {
      const session = new Written((await functions.useSession<Data>(event, { ...CONFIG, seal: ONE_ROUND })) as Manager);
      const route = saving(routes, session, () => false)[event.url.pathname];
      return respond(event, route === undefined ? 404 : await route({ session, begin: () => undefined }));
    });
    return listen(toNodeHandler(app));
  },
};

export const H3_SESSIONS = [H3_1, H3_2];

function respond(event: H3Event, given: Answer): string {
  const { res } = event;
  if (typeof given === 'string') res.headers.set('content-type', 'text/plain');
  if (typeof given === 'number') res.status = given;
  if (typeof given !== 'object') return typeof given === 'string' ? given : '';
  res.status = 303;
  res.headers.set('location', given.to);
  return `See ${given.to}`;
}

/** Seals where a key was written or deleted, as long as the cookie can be set. */
const saving = (routes: Routes, of: Written, isLate: () => boolean): Routes =>
  Object.fromEntries(
    Object.entries(routes).map(([path, route]) => [
      path,
      async (context) => {
        const answer = await route(context);
        if (of.isWritten && !isLate()) await of.update();
        return answer;
      },
    ]),
  );

class Written implements SubjectSession {
  isWritten = false;
  readonly #session: Manager;
  readonly end;

  constructor(session: Manager) {
    this.#session = session;
    this.end = session.clear as () => Promise<undefined>;
  }

  update = () => this.#session.update();

  get get() {
    return Reflect.get.bind(undefined, this.#session.data) as SubjectSession['get'];
  }

  get set() {
    this.isWritten = true;
    return Reflect.set.bind(undefined, this.#session.data) as SubjectSession['set'];
  }

  get delete() {
    this.isWritten = true;
    return Reflect.deleteProperty.bind(undefined, this.#session.data) as SubjectSession['delete'];
  }

  save = () => undefined;
  rotate = () => undefined;
  has = async (key: string) => key in this.#session.data;
  keys = async () => Object.keys(this.#session.data);
  endsIn = async () => undefined;
}
