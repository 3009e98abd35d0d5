/** Scenarios on @fastify/secure-session 8, Fastify 5. */
import secureSession from '@fastify/secure-session';
import type { FastifyRequest } from 'fastify';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { secretOf } from './serve-routes.ts';
import { serveFastify } from './serve-fastify.ts';

interface Session {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  delete(): void;
}

function sessionOf(request: FastifyRequest): ScenarioSession {
  const session = request.session as unknown as Session;
  return {
    get: session.get,
    set: session.set,
    delete: (key) => session.set(key, undefined),
    // It saves as the response leaves, and has no key that could be another.
    save: () => undefined,
    rotate: () => undefined,
    end: session.delete,
  };
}

/** `plugin`: @fastify/secure-session, observed or bare. */
export function startFastifySecureSession(
  variant: Variant,
  plugin: typeof secureSession = secureSession,
  life?: Life,
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, cookieName = 'sealed', cookiePath = '/' } = variant.settings ?? {};
  return serveFastify(
    variant,
    {
      register: async (app) =>
        app.register(plugin, {
          key: Buffer.from(secretOf(variant)).subarray(0, 32),
          cookieName,
          cookie: { secure, path: cookiePath, ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs / 1000 }) },
        }),
      sessionOf,
    },
    life,
  );
}
