/** @hono/session 0.2 on Hono 4: with the cookie as the record, and with a storage. The app updates what a handler writes. */
import type { Storage } from '@hono/session';
import { type Data, type Handler, listenOn, MapStorage, type Sessions } from '../../hono-session/observed-app.ts';
import type { Capabilities, Routes, Subject, SubjectSession } from './subject.ts';

class FailingStorage extends MapStorage {
  override set(): void {
    throw new Error('the disk is full');
  }
}

const subject = (
  name: string,
  makeStorage: ((failing: boolean) => Storage<Data>) | undefined,
  differing: Partial<Capabilities>,
): Subject => ({
  name,
  page: 'hono-session.md',
  cookieNames: ['sid'],
  capabilities: {
    rotation: 'the library has none',
    expiry: 'its end is counted from when it was made, and moves by no call',
    record: true,
    storeErrors: true,
    streaming: 'a handler returns its stream, and the library stores before the head is sent',
    ...differing,
  },
  serve(routes, { companion, failing }) {
    const storage = makeStorage?.(failing === true);
    return listenOn(handlers(routes), companion, storage === undefined ? {} : { storage });
  },
});

export const HONO_SESSION: readonly Subject[] = [
  subject('@hono/session with its cookie', undefined, { storeErrors: 'there is no storage' }),
  subject('@hono/session with a storage', (failing) => (failing ? new FailingStorage() : new MapStorage()), {}),
];

const handlers = (routes: Routes): Record<string, Handler> =>
  Object.fromEntries(
    Object.entries(routes).map(([path, route]): [string, Handler] => [
      path,
      async (raw, context) => {
        const answer = await route({ session: new Updated(raw), begin: () => undefined });
        if (typeof answer === 'object') return context.redirect(answer.to, 303);
        return typeof answer === 'number' ? context.body(null, answer as 200) : (answer ?? '');
      },
    ]),
  );

/** Each write is an update with all that the session is to hold: the library takes none on top of another. */
class Updated implements SubjectSession {
  readonly #session: Sessions;
  #isLoaded = false;
  #written: Data = {};

  constructor(session: Sessions) {
    this.#session = session;
  }

  async #loaded(): Promise<Data> {
    if (this.#isLoaded) return this.#session.data ?? {};
    this.#isLoaded = true;
    return (await this.#session.get()) ?? {};
  }

  get = async (key: string) => (await this.#loaded())[key];
  has = async (key: string) => (await this.get(key)) !== undefined;
  keys = async () => Object.keys(await this.#loaded());
  save = () => undefined;
  rotate = () => undefined;
  endsIn = async () => undefined;
  end = () => this.#session.delete();
  delete = (key: string) => this.set(key, undefined);

  get set() {
    return async (key: string, value: unknown) => {
      this.#isLoaded = true;
      this.#written = { ...this.#written, [key]: value };
      await this.#session.update((previous) => ({ ...previous, ...this.#written }));
    };
  }
}
