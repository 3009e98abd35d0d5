/** Scenarios on Fastify 5, whichever plugin has the sessions. */
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { answerOf } from './collected-answer.ts';
import { Points } from './serve-routes.ts';

export interface FastifySessions {
  register(app: FastifyInstance): Promise<unknown>;
  sessionOf(request: FastifyRequest): ScenarioSession;
  clearStore?: () => unknown;
}

export async function serveFastify(
  variant: Variant,
  { register, sessionOf, clearStore }: FastifySessions,
  life: Life = { port: 0 },
): Promise<ScenarioHost> {
  const app = fastify({ forceCloseConnections: true });
  const points = new Points();
  for (const [sent, body] of Object.entries(variant.routesBeforeSession ?? {})) {
    const path = sent.slice(sent.indexOf(' ') + 1);
    app.addHook('onRequest', (request, reply, done) => {
      if (request.url === path) void reply.send(body);
      else done();
    });
  }
  await register(app);
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const given = await answerOf(variant, {
      method: request.method,
      path: request.url.split('?', 1)[0]!,
      host: request.host,
      header: (name) => request.headers[name.toLowerCase()] as string | undefined,
      session: sessionOf(request),
      response: reply.raw,
      points,
      ...(clearStore === undefined ? {} : { clearStore }),
    });
    if (given === undefined) return reply.code(404).send();
    for (const [name, value] of given.headers) reply.header(name, value);
    return reply.code(given.code).send(given.body);
  };
  app.route({ method: ['GET', 'POST'], url: '/*', handler: answer });
  await app.listen({ port: life.port, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => app.close() };
}
