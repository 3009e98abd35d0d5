/** Scenarios on express-session, Express 5 and its MemoryStore. */
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import express, { type Request, type Response } from 'express';
import session from 'express-session';
import { SqliteStore } from '../../express/sqlite-store.ts';
import type { Life, ScenarioHost, ScenarioSession, ScenarioSettings, StoreCalls, Variant } from '../scenario.ts';
import { openSocket } from './open-socket.ts';
import { listen, Points, routesBefore, scenarioRoutes, secretOf } from './serve-routes.ts';

/** MemoryStore, or one that outlives the server; slow to write, or lost, where the scenario wants it. */
function storeOf(
  { writesAfter, storeDownAfter, storeTouches }: ScenarioSettings,
  points: Points,
  life: Life | undefined,
) {
  const store: session.Store & { sessions?: object } =
    life?.recordsAt === undefined ? new session.MemoryStore() : new SqliteStore(new DatabaseSync(life.recordsAt));
  if (writesAfter !== undefined) {
    const set = store.set.bind(store);
    store.set = (key, data, callback) => void points.until(writesAfter).then(() => set(key, data, callback));
  }
  if (storeTouches === false) Object.assign(store, { touch: undefined });
  // As connect-redis and its kind do.
  if (storeDownAfter !== undefined) points.onceReached(storeDownAfter, () => store.emit('disconnect'));
  return store;
}

/** The same store, which counts. */
function counted<Store extends session.Store>(store: Store, calls: StoreCalls): Store {
  const { get, set } = store;
  store.get = (...args) => {
    calls.reads += 1;
    get.apply(store, args);
  };
  store.set = (...args) => {
    calls.writes += 1;
    set.apply(store, args);
  };
  return store;
}

/** `req.session` changes with `regenerate`: it is asked for each time. */
export const sessionOf = (request: Request): ScenarioSession => ({
  get get() {
    // As an app writes it that copes with a store which is down: `req.session?.user`.
    const held: object | undefined = request.session;
    return held === undefined ? () => undefined : Reflect.get.bind(undefined, held);
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
export function startExpressSession(
  variant: Variant,
  factory: typeof session = session,
  life?: Life,
): Promise<ScenarioHost> {
  const { settings = {} } = variant;
  const { secure, maxAgeMs, rolling = false, saveEmpty = false, saveAlways = false, cookieName, cookiePath } = settings;
  const points = new Points();
  const calls: StoreCalls = { reads: 0, writes: 0 };
  const store = counted(storeOf(settings, points, life), calls);
  const app = express();
  app.use(routesBefore(variant));
  const sessions = factory({
    secret: secretOf(variant),
    store,
    resave: saveAlways,
    saveUninitialized: saveEmpty,
    rolling,
    ...(cookieName === undefined ? {} : { name: cookieName }),
    cookie: {
      ...(secure ? { secure } : {}),
      ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs }),
      ...(cookiePath === undefined ? {} : { path: cookiePath }),
    },
  });
  app.use(sessions);
  app.use(
    scenarioRoutes(variant, {
      sessionOf,
      points,
      // Its own object of records, as somebody else's job would empty it.
      clearStore: () => void (store.sessions = {}),
      storeCalls: () => calls,
    }),
  );
  const onUpgrade = openSocket(variant, {
    load: (request, then) => sessions(request as Request, {} as Response, then),
    sessionOf: (request) => sessionOf(request as Request),
    points,
  });
  return listen(app, life, onUpgrade);
}
