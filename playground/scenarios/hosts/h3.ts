/**
 * Scenarios on h3 2 and its sealed sessions. It seals when it is asked to: what a handler writes is sealed at once, where
 * the scenario doesn't ask itself.
 */
import { H3, toNodeHandler, useSession } from 'h3';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { answerOf } from './collected-answer.ts';
import { listen, Points, secretOf } from './serve-routes.ts';

/** Its default costs some hundred ms of work with each seal. */
const ONE_ROUND = {
  ttl: 0,
  timestampSkewSec: 60,
  localtimeOffsetMsec: 0,
  encryption: { saltBits: 256, algorithm: 'aes-256-cbc', iterations: 1, minPasswordlength: 32 },
  integrity: { saltBits: 256, algorithm: 'sha256', iterations: 1, minPasswordlength: 32 },
} as const;

/** What both versions give. */
interface Manager {
  readonly data: Record<string, unknown>;
  update(change: Record<string, unknown>): Promise<unknown>;
  clear(): Promise<unknown>;
}

export function h3Session(session: Manager, savesWhenAsked = false): ScenarioSession {
  return {
    get get() {
      return Reflect.get.bind(undefined, session.data);
    },
    get set() {
      if (savesWhenAsked) return Reflect.set.bind(undefined, session.data);
      return (key: string, value: unknown) => session.update({ [key]: value });
    },
    delete: async (key) => {
      delete session.data[key];
      if (!savesWhenAsked) await session.update({});
    },
    save: () => session.update({}),
    rotate: () => undefined,
    end: () => session.clear(),
  };
}

/** `use`: `useSession` of h3, observed or bare. */
export function startH3(variant: Variant, use: typeof useSession = useSession, life?: Life): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, cookieName = 'h3', cookiePath = '/', savesWhenAsked } = variant.settings ?? {};
  const app = new H3({ silent: true });
  const points = new Points();
  const config = {
    password: secretOf(variant),
    name: cookieName,
    cookie: { secure, path: cookiePath },
    seal: ONE_ROUND,
    ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs / 1000 }),
  };
  app.all('/**', async (event) => {
    const { pathname: path, host } = event.url;
    const before = variant.routesBeforeSession?.[`${event.req.method} ${path}` as `GET /${string}`];
    if (before !== undefined) return before;
    const session = (await use<Record<string, unknown>>(event, config)) as Manager;
    const answer = await answerOf(variant, {
      method: event.req.method,
      path,
      host,
      header: (name) => event.req.headers.get(name) ?? undefined,
      session: h3Session(session, savesWhenAsked),
      response: event.runtime?.node?.res as Parameters<typeof answerOf>[1]['response'],
      points,
      // As a page that renders on the server asks its own API: no connection is made.
      ask: async (to, cookie) => (await app.request(to, { headers: cookie === undefined ? {} : { cookie } })).text(),
    });
    if (answer === undefined) return new Response(null, { status: 404 });
    event.res.status = answer.code;
    for (const [name, value] of answer.headers)
      if (name.toLowerCase() === 'set-cookie') event.res.headers.append(name, value);
      else event.res.headers.set(name, value);
    return answer.body;
  });
  return listen(toNodeHandler(app), life);
}
