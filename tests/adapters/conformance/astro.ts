/** Astro 7's own session, in an app that is built for Node: only where the npm registry answers. */
import { type Handler, hasRegistry, listenOn } from '../../astro/built-app.ts';
import type { Routes, Subject } from './subject.ts';

class FailingRecords extends Map<string, unknown> {
  override set(): never {
    throw new Error('the disk is full');
  }
}

const ASTRO_SESSION: Subject = {
  name: 'Astro 7',
  page: 'astro.md',
  cookieNames: ['astro-session'],
  capabilities: {
    rotation: true,
    expiry: 'each key has an end of its own, and the session none',
    record: true,
    storeErrors: true,
    streaming: 'an endpoint returns its stream, and Astro stores the session before the head is sent',
    valueBefore: 'what is written without having been read is not loaded',
  },
  serve: (routes, { companion, failing }) =>
    listenOn(handlers(routes), companion, { records: failing ? new FailingRecords() : new Map() }),
};

/** Without a registry it can't be installed, and the docs' table is not made again. */
export const ASTRO: readonly Subject[] = hasRegistry ? [ASTRO_SESSION] : [];

const handlers = (routes: Routes): Record<string, Handler> =>
  Object.fromEntries(
    Object.entries(routes).map(([path, route]): [string, Handler] => [
      path,
      async (raw, context) => {
        const session = {
          get: (key: string) => raw.get(key),
          // It takes no empty key.
          set: (key: string, value: unknown) => raw.set(key || ' ', value),
          delete: (key: string) => raw.delete(key),
          save: () => undefined,
          rotate: () => raw.regenerate() as Promise<undefined>,
          end: () => raw.destroy(),
          has: (key: string) => raw.has(key),
          keys: async () => [...(await raw.keys())],
          endsIn: async () => undefined,
        };
        const answer = await route({ session, begin: () => undefined });
        if (typeof answer === 'object') return context.redirect(answer.to, 303);
        return typeof answer === 'number' ? new Response(null, { status: answer }) : new Response(answer ?? '');
      },
    ]),
  );
