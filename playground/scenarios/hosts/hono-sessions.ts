/** Scenarios on hono-sessions 0.8 and its MemoryStore, Hono 4. */
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { MemoryStore, type Session, sessionMiddleware } from 'hono-sessions';
import type { Life, ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { answerOf } from './collected-answer.ts';
import { listen, Points, secretOf } from './serve-routes.ts';
import { HonoSqliteStore } from './sqlite-records.ts';

interface Env {
  Variables: { session: Session<Record<string, unknown>>; session_key_rotation: boolean };
}

function sessionOf(context: Context<Env>): ScenarioSession {
  const session = context.get('session');
  return {
    get: (key) => session.get(key) ?? undefined,
    set: session.set.bind(session),
    delete: session.forget.bind(session),
    // It saves once the handler has ended.
    save: () => undefined,
    rotate: () => context.set('session_key_rotation', true),
    end: session.deleteSession.bind(session),
  };
}

/** `factory`: hono-sessions, observed or bare. */
export function startHonoSessions(
  variant: Variant,
  factory: typeof sessionMiddleware = sessionMiddleware,
  life?: Life,
): Promise<ScenarioHost> {
  const { secure = false, maxAgeMs, cookieName = 'hono', cookiePath = '/' } = variant.settings ?? {};
  const app = new Hono<Env>();
  const points = new Points();
  const { routesBeforeSession = {} } = variant;
  app.use('*', async (context, next) => {
    const body = routesBeforeSession[`${context.req.method} ${context.req.path}` as `GET /${string}`];
    return body === undefined ? next() : context.html(body);
  });
  app.use(
    '*',
    factory({
      store: life?.recordsAt === undefined ? new MemoryStore() : (new HonoSqliteStore(life.recordsAt) as never),
      encryptionKey: secretOf(variant),
      sessionCookieName: cookieName,
      // By default it stores where the time of the access, in ms, is another.
      autoExtendExpiration: false,
      ...(maxAgeMs === undefined ? {} : { expireAfterSeconds: maxAgeMs / 1000 }),
      cookieOptions: { path: cookiePath, httpOnly: true, sameSite: 'Lax', ...(secure ? { secure } : {}) },
    }),
  );
  app.all('*', async (context) => {
    const { host, pathname: path } = new URL(context.req.url);
    const answer = await answerOf(variant, {
      method: context.req.method,
      path,
      host,
      header: (name) => context.req.header(name),
      session: sessionOf(context),
      response: (context.env as { outgoing?: Parameters<typeof answerOf>[1]['response'] }).outgoing,
      points,
    });
    if (answer === undefined) return context.notFound();
    for (const [name, value] of answer.headers) context.header(name, value, { append: true });
    return context.body(answer.body, answer.code as 200);
  });
  app.onError((error, context) => context.text(error.message, 500));
  return listen(getRequestListener(app.fetch, { overrideGlobalObjects: false }), life);
}
