/** Scenarios on h3 1, as Nitro 2 and Nuxt 3 have it: a page that renders on the server asks its own API without a connection. */
import { createApp, createError, eventHandler, toNodeListener, useSession } from 'h3v1';
import { fetchNodeRequestHandler } from 'node-mock-http';
import type { Life, ScenarioHost, Step, Variant } from '../scenario.ts';
import { answerOf } from './collected-answer.ts';
import { h3Session } from './h3.ts';
import { listen, Points, secretOf } from './serve-routes.ts';

/** `use`: `useSession` of h3 1, observed or bare. */
export function startH31(variant: Variant, use: typeof useSession = useSession, life?: Life): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, cookieName = 'h3', cookiePath = '/', savesWhenAsked } = variant.settings ?? {};
  const app = createApp();
  const listener = toNodeListener(app);
  const points = new Points();
  const config = {
    password: secretOf(variant),
    name: cookieName,
    cookie: { secure, path: cookiePath },
    ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs / 1000 }),
  };
  app.use(
    eventHandler(async (event) => {
      const { req, res } = event.node;
      const path = event.path.split('?', 1)[0]!;
      const before = variant.routesBeforeSession?.[`${event.method} ${path}` as Step['send']];
      if (before !== undefined) return before;
      const session = await use<Record<string, unknown>>(event, config);
      const answer = await answerOf(variant, {
        method: event.method,
        path,
        host: req.headers.host ?? '',
        header: (name) => req.headers[name.toLowerCase()] as string | undefined,
        session: h3Session(session, savesWhenAsked),
        response: res,
        points,
        ask: async (to, cookie) => {
          const headers = cookie === undefined ? {} : { cookie };
          return (await fetchNodeRequestHandler(listener as never, to, { headers })).text();
        },
      });
      if (answer === undefined) throw createError({ statusCode: 404 });
      res.statusCode = answer.code;
      for (const [name, value] of answer.headers) res.appendHeader(name, value);
      return answer.body;
    }),
  );
  return listen(listener, life);
}
