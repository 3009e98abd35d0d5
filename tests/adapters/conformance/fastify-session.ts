/** @fastify/session 11 on Fastify 5, with its MemoryStore. */
import fastifySession from '@fastify/session';
import type { FastifyReply } from 'fastify';
import { listenOn, type Request } from '../../fastify-session/observed-app.ts';
import type { Answer, Subject, SubjectSession } from './subject.ts';

class FailingStore extends (fastifySession.MemoryStore as unknown as new () => object) {
  set(_key: string, _session: object, callback: (error?: unknown) => void): void {
    callback(new Error('the disk is full'));
  }
}

const dataKeys = ({ session }: Request): string[] => Object.keys(session).filter((key) => key !== 'cookie');

/** `request.session` is another after a rotation: it is asked for each time. */
const sessionOf = (request: Request): SubjectSession => ({
  get get() {
    return Reflect.get.bind(undefined, request.session);
  },
  get set() {
    return Reflect.set.bind(undefined, request.session);
  },
  get delete() {
    return Reflect.deleteProperty.bind(undefined, request.session);
  },
  save: () => request.session.save(),
  // A session of which nothing is kept loses its cookie: see the library's page.
  rotate: () => request.session.regenerate(dataKeys(request)),
  end: () => request.session.destroy(),
  has: async (key) => key in request.session,
  keys: async () => dataKeys(request),
  endsIn: async (ms) => void (request.session.cookie.maxAge = ms),
});

function respond(reply: FastifyReply, given: Answer): FastifyReply {
  if (typeof given === 'object') return reply.redirect(given.to, 303);
  if (typeof given === 'number') return reply.code(given).send();
  if (given !== undefined) return reply.type('text/plain').send(given);
  reply.raw.end();
  return reply;
}

export const FASTIFY_SESSION: Subject = {
  name: '@fastify/session on Fastify 5',
  page: 'fastify-session.md',
  cookieNames: ['sessionId'],
  capabilities: { rotation: true, expiry: true, record: true, storeErrors: true, streaming: true },
  serve: (routes, { companion, failing }) =>
    listenOn(
      Object.fromEntries(
        Object.entries(routes).map(([path, route]) => [
          path,
          async (request, reply) => {
            const begin = (text: string) => {
              reply.hijack();
              reply.raw.writeHead(200, { 'Content-Type': 'text/plain' });
              reply.raw.write(text);
            };
            return respond(reply, await route({ session: sessionOf(request), begin }));
          },
        ]),
      ),
      companion,
      { options: { saveUninitialized: false, rolling: false, ...(failing ? { store: new FailingStore() } : {}) } },
    ),
};
