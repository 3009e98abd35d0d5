/** Scenarios on express-session, Express 5 and its MemoryStore. */
import { promisify } from 'node:util';
import express, { type Request } from 'express';
import session from 'express-session';
import type { ScenarioHost, ScenarioSession, Variant } from '../scenario.ts';
import { listen, Points, scenarioRoutes } from './serve-routes.ts';

/** MemoryStore, slow to write where the scenario wants it. */
function storeOf(writesAfter: string | undefined, points: Points): session.Store {
  const store = new session.MemoryStore();
  if (writesAfter === undefined) return store;
  const set = store.set.bind(store);
  store.set = (key, data, callback) => void points.until(writesAfter).then(() => set(key, data, callback));
  return store;
}

/** `req.session` changes with `regenerate`: it is asked for each time. */
export const sessionOf = (request: Request): ScenarioSession => ({
  get get() {
    return Reflect.get.bind(undefined, request.session);
  },
  get set() {
    return Reflect.set.bind(undefined, request.session);
  },
  get delete() {
    return Reflect.deleteProperty.bind(undefined, request.session);
  },
  get save() {
    return promisify(request.session.save).bind(request.session);
  },
  get rotate() {
    return promisify(request.session.regenerate).bind(request.session);
  },
  get end() {
    return promisify(request.session.destroy).bind(request.session);
  },
});

/** `factory`: express-session, observed or bare. */
export function startExpressSession(variant: Variant, factory: typeof session = session): Promise<ScenarioHost> {
  const { secure, maxAgeMs, saveEmpty = false, saveAlways = false, writesAfter } = variant.settings ?? {};
  const points = new Points();
  const app = express();
  app.use(
    factory({
      secret: 'scenario',
      store: storeOf(writesAfter, points),
      resave: saveAlways,
      saveUninitialized: saveEmpty,
      cookie: { ...(secure ? { secure } : {}), ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs }) },
    }),
  );
  app.use(scenarioRoutes(variant, { sessionOf, points }));
  return listen(app);
}
