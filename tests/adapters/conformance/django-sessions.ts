/** Django's sessions in TypeScript on four hosts, with a database in memory. */
import type { Session } from '../../../django-sessions/src/session.ts';
import { createSessions } from '../../../django-sessions/src/sessions.ts';
import { observeWith } from '../../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { type HostName, startHost } from '../../django-sessions/hosts.ts';
import type { Subject, SubjectSession } from './subject.ts';

const sessionOf = (session: Session): SubjectSession => ({
  get: (key) => session.get(key),
  set: (key, value) => session.set(key, value),
  delete: (key) => session.delete(key),
  save: () => session.save(),
  rotate: () => session.cycleKey(),
  end: () => session.flush(),
  has: (key) => session.has(key),
  keys: async () => [...(await session.keys())],
  endsIn: (ms) => session.setExpiry(ms / 1000),
});

const subject = (host: HostName): Subject => ({
  name: `django-sessions on ${host}`,
  page: 'django-sessions-observed.md',
  cookieNames: ['sessionid'],
  capabilities: {
    rotation: true,
    expiry: true,
    record: true,
    storeErrors: 'each engine has its own, in tests/django-sessions/engines.test.ts',
    streaming: 'in tests/django-sessions/mounts-and-ends.test.ts, as each host streams in its own way',
  },
  async serve(routes, { companion }) {
    const factory = companion === undefined ? createSessions : observeWith(companion, createSessions);
    const sessions = factory({ secretKey: 'test', database: ':memory:', logger: { warn: () => undefined } });
    await sessions.createTable();
    const running = await startHost(host, sessions, async (path, session) => {
      const given = await routes[path]?.({ session: sessionOf(session), begin: () => undefined });
      if (typeof given === 'number') return { status: given };
      return typeof given === 'object' ? { status: 303, headers: { location: given.to } } : { body: given ?? '' };
    });
    return {
      origin: `http://127.0.0.1:${running.port}`,
      async close() {
        await running.close();
        await sessions.close();
      },
    };
  },
});

export const DJANGO_SESSIONS: readonly Subject[] = ['Express 5', 'Koa', 'Fastify', 'Hono'].map(subject);
