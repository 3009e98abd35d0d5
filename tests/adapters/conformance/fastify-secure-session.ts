/** @fastify/secure-session 8 on Fastify 5. */
import type { FastifyReply } from 'fastify';
import { listenOn, type Request } from '../../fastify-secure-session/observed-app.ts';
import type { Answer, Subject, SubjectSession } from './subject.ts';

/** The library deletes no single key: it clears all but those that a list includes. */
const allBut = (key: string): string[] => Object.assign([], { includes: (other: string) => other !== key });

const sessionOf = ({ session }: Request): SubjectSession => ({
  get: session.get,
  set: session.set,
  delete: (key) => session.regenerate(allBut(key)),
  save: () => undefined,
  rotate: () => undefined,
  end: session.delete,
  has: async (key) => session.get(key) !== undefined,
  keys: async () => Object.keys(session.data()),
  endsIn: async () => undefined,
});

function respond(reply: FastifyReply, given: Answer): FastifyReply {
  if (typeof given === 'object') return reply.redirect(given.to, 303);
  if (typeof given === 'number') return reply.code(given).send();
  if (given !== undefined) return reply.type('text/plain').send(given);
  reply.raw.end();
  return reply;
}

export const FASTIFY_SECURE_SESSION: Subject = {
  name: '@fastify/secure-session on Fastify 5',
  page: 'fastify-secure-session.md',
  cookieNames: ['sealed'],
  capabilities: {
    rotation: 'the library has none: each save is another cookie',
    expiry: 'one end for all sessions, from the options',
    record: true,
    storeErrors: 'there is no store',
    streaming: true,
  },
  serve: (routes, { companion }) =>
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
      { options: { cookieName: 'sealed' } },
    ),
};
