/** What the hosts of scenarios share, and how those on Express answer. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Request, RequestHandler } from 'express';
import type { Life, ScenarioContext, ScenarioHost, ScenarioSession, Step, StoreCalls, Variant } from '../scenario.ts';

const MAX_WAIT_MS = 1_000;

/** Where the requests of a scenario wait for each other; what was reached is forgotten when none is under way. */
export class Points {
  readonly #reached = new Map<string, PromiseWithResolvers<void>>();
  /** Run once, whenever it is reached. */
  readonly #then = new Map<string, () => void>();
  #underWay = 0;

  #of(point: string): PromiseWithResolvers<void> {
    let known = this.#reached.get(point);
    if (known === undefined) this.#reached.set(point, (known = Promise.withResolvers<void>()));
    return known;
  }

  reached = (point: string): void => {
    this.#of(point).resolve();
    this.#then.get(point)?.();
    this.#then.delete(point);
  };

  /** What happens to a server once a point is reached, however late that is. */
  onceReached(point: string, run: () => void): void {
    this.#then.set(point, run);
  }

  until = (point: string): Promise<void> => Promise.race([this.#of(point).promise, wait(MAX_WAIT_MS)]);

  begin(): void {
    if (this.#underWay === 0) this.#reached.clear();
    this.#underWay += 1;
  }

  end(sent: string): void {
    this.reached(`${sent} answered`);
    this.#underWay -= 1;
  }
}

export interface Serving {
  sessionOf: (request: Request) => ScenarioSession;
  points?: Points;
  /** What `GET /` answers with. Default: the text alone. */
  page?: (text: string) => string;
  clearStore?: () => unknown;
  storeCalls?: () => StoreCalls;
}

/** A scenario's routes, wherever they are mounted. What a handler throws is the app's to answer. */
export function scenarioRoutes(
  { routes }: Pick<Variant, 'routes'>,
  { sessionOf, points = new Points(), page = (text) => text, clearStore = noStore, storeCalls = noStore }: Serving,
): RequestHandler {
  return (request, response, next) => {
    const sent = `${request.method} ${request.path}`;
    const handler = routes[sent as Step['send']];
    if (handler === undefined) return next();
    points.begin();
    response.once('close', () => points.end(sent));
    const { reached, until } = points;
    const host = request.get('host') ?? '';
    // Express 5 answers what a handler's promise was rejected with.
    return handler({
      session: sessionOf(request),
      request: { host, header: (name) => request.get(name) },
      response,
      home: `${request.baseUrl}/`,
      page,
      reached,
      until,
      ask: askAt(`http://${host}${request.baseUrl}`),
      clearStore,
      storeCalls,
    });
  };
}

/** What is answered before the session library is asked. */
export const routesBefore =
  ({ routesBeforeSession = {} }: Variant): RequestHandler =>
  (request, response, next) => {
    const body = routesBeforeSession[`${request.method} ${request.path}` as Step['send']];
    return body === undefined ? next() : response.send(body);
  };

/** For libraries whose cookie is the record. */
export function noStore(): never {
  throw new Error('There is no store.');
}

/** `ScenarioContext.ask` of a server. */
export const askAt =
  (origin: string): ScenarioContext['ask'] =>
  async (path, cookie) => {
    const response = await fetch(origin + path, { headers: cookie === undefined ? {} : { cookie } });
    return response.text();
  };

/** Long enough for each library. */
const SECRET = 'a secret of a scenario, of 32 characters and more';

/** Of one start of a server. */
export const secretOf = ({ settings }: Variant): string =>
  settings?.secretPerStart === true ? `${randomUUID()}${randomUUID()}` : SECRET;

/** Serves on a port of loopback. */
export async function listen(
  app: RequestListener,
  { port }: Life = { port: 0 },
  onUpgrade?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<ScenarioHost> {
  const server = createServer(app);
  if (onUpgrade !== undefined) server.on('upgrade', onUpgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
