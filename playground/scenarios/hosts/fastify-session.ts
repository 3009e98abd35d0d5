/** Scenarios on @fastify/session 11 and its MemoryStore, Fastify 5. */
import fastifyCookie from '@fastify/cookie';
import fastifySession from '@fastify/session';
import type { FastifyRequest } from 'fastify';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { secretOf } from './serve-routes.ts';
import { serveFastify } from './serve-fastify.ts';
import { FastifySqliteStore } from './sqlite-records.ts';

type Session = Record<string, unknown> & {
  save(): Promise<void>;
  regenerate(): Promise<void>;
  destroy(): Promise<void>;
};

/** `request.session` is another after a rotation: it is asked for each time. */
function sessionOf(request: FastifyRequest): ScenarioSession {
  const held = () => request.session as unknown as Session;
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
    end: () => held().destroy(),
  };
}

/** `plugin`: @fastify/session, observed or bare. */
export function startFastifySession(
  variant: Variant,
  plugin: typeof fastifySession = fastifySession,
  life?: Life,
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, rolling = false, saveEmpty = false, cookieName } = variant.settings ?? {};
  return serveFastify(
    variant,
    {
      async register(app) {
        await app.register(fastifyCookie);
        await app.register(plugin, {
          secret: secretOf(variant),
          saveUninitialized: saveEmpty,
          rolling,
          ...(life?.recordsAt === undefined ? {} : { store: new FastifySqliteStore(life.recordsAt) as never }),
          ...(cookieName === undefined ? {} : { cookieName }),
          cookie: {
            secure,
            path: variant.settings?.cookiePath ?? '/',
            ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs }),
          },
        });
      },
      sessionOf,
    },
    life,
  );
}
