/** What the hosts of scenarios share, all of them on Express. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Request, RequestHandler } from 'express';
import type { ScenarioHost, ScenarioSession, Step, Variant } from '../scenario.ts';

const MAX_WAIT_MS = 1_000;

/** Where the requests of a scenario wait for each other; what was reached is forgotten when none is under way. */
export class Points {
  readonly #reached = new Map<string, PromiseWithResolvers<void>>();
  #underWay = 0;

  #of(point: string): PromiseWithResolvers<void> {
    let known = this.#reached.get(point);
    if (known === undefined) this.#reached.set(point, (known = Promise.withResolvers<void>()));
    return known;
  }

  reached = (point: string): void => this.#of(point).resolve();

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
}

/** A scenario's routes, wherever they are mounted. What a handler throws is the app's to answer. */
export function scenarioRoutes(
  { routes }: Pick<Variant, 'routes'>,
  { sessionOf, points = new Points(), page = (text) => text }: Serving,
): RequestHandler {
  return (request, response, next) => {
    const sent = `${request.method} ${request.path}`;
    const handler = routes[sent as Step['send']];
    if (handler === undefined) return next();
    points.begin();
    response.once('close', () => points.end(sent));
    const { reached, until } = points;
    // Express 5 answers what a handler's promise was rejected with.
    return handler({ session: sessionOf(request), response, home: `${request.baseUrl}/`, page, reached, until });
  };
}

/** Serves on a free port of loopback. */
export async function listen(app: RequestListener): Promise<ScenarioHost> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
