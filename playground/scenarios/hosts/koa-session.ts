/** Scenarios on koa-session 7, Koa 3: the cookie as the record, or a store. */
import Koa, { type Context } from 'koa';
import session from 'koa-session';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { answerOf } from './collected-answer.ts';
import { listen, Points, secretOf } from './serve-routes.ts';
import { KoaSqliteStore } from './sqlite-records.ts';

type KoaSession = Record<string, unknown> & { save(): Promise<void>; regenerate(): Promise<void> };
/** Its types leave out the shapes that an observer keeps. */
export type KoaSessionFactory = (options: Record<string, unknown>, app: Koa) => Koa.Middleware;

/** A store as koa-session wants it. */
class MemoryStore {
  readonly #records = new Map<string, string>();
  get = async (key: string): Promise<unknown> => JSON.parse(this.#records.get(key) ?? 'null');
  set = async (key: string, value: unknown): Promise<void> => void this.#records.set(key, JSON.stringify(value));
  destroy = async (key: string): Promise<void> => void this.#records.delete(key);
}

/** `context.session` is asked for each time: a rotation gives another. */
function sessionOf(context: Context): ScenarioSession {
  const held = () => context['session'] as KoaSession;
  return {
    get get() {
      return Reflect.get.bind(undefined, held());
    },
    get set() {
      return Reflect.set.bind(undefined, held());
    },
    get delete() {
      return Reflect.deleteProperty.bind(undefined, held());
    },
    save: () => held().save(),
    rotate: () => held().regenerate(),
    end: Reflect.set.bind(undefined, context, 'session', null),
  };
}

/** `factory`: koa-session, observed or bare. */
export function startKoaSession(
  variant: Variant,
  { factory = session as unknown as KoaSessionFactory, isStored = false, life }: KoaOptions = {},
): Promise<ScenarioHost> {
  const { secure, maxAgeMs, rolling = false, cookieName, cookiePath } = variant.settings ?? {};
  const app = new Koa();
  app.silent = true;
  app.keys = [secretOf(variant)];
  const store = life?.recordsAt === undefined ? new MemoryStore() : new KoaSqliteStore(life.recordsAt);
  const points = new Points();
  app.use((context, next) => {
    const body = variant.routesBeforeSession?.[`${context.method} ${context.path}` as `GET /${string}`];
    if (body === undefined) return next();
    context.body = body;
  });
  app.use(
    factory(
      {
        rolling,
        ...(isStored ? { store } : {}),
        ...(secure ? { secure } : { secure: false }),
        ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs }),
        ...(cookieName === undefined ? {} : { key: cookieName }),
        ...(cookiePath === undefined ? {} : { path: cookiePath }),
      },
      app,
    ),
  );
  app.use(async (context) => {
    const answer = await answerOf(variant, {
      method: context.method,
      path: context.path,
      host: context.host,
      header: (name) => context.get(name) || undefined,
      session: sessionOf(context),
      response: context.res,
      points,
    });
    if (answer === undefined) return;
    context.status = answer.code;
    for (const [name, value] of answer.headers) context.append(name, value);
    context.body = answer.body;
  });
  return listen(app.callback(), life);
}

export interface KoaOptions {
  factory?: KoaSessionFactory;
  isStored?: boolean;
  life?: Life | undefined;
}
