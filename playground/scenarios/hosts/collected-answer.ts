/** A scenario's routes on frameworks that take an answer in one piece: what a handler says is collected for them. */
import type { ServerResponse } from 'node:http';
import type { ScenarioContext, ScenarioResponse, ScenarioSession, Step, Variant } from '../scenario.ts';
import { askAt, noStore, type Points } from './serve-routes.ts';

class CollectedAnswer implements ScenarioResponse {
  code = 200;
  body = '';
  readonly headers: [name: string, value: string][] = [];
  readonly #given = Promise.withResolvers<void>();
  /** The handler has answered; it may still be running. */
  readonly given = this.#given.promise;

  status(code: number): this {
    this.code = code;
    return this;
  }

  set(name: string, value: string): void {
    const others = this.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
    this.headers.splice(0, Number.POSITIVE_INFINITY, ...others, [name, value]);
  }

  append(name: string, value: string): void {
    this.headers.push([name, value]);
  }

  send(body: string): void {
    this.set('Content-Type', 'text/html; charset=utf-8');
    this.body = body;
    this.#given.resolve();
  }

  redirect(status: number, url: string): void {
    this.code = status;
    this.set('Location', url);
    this.send(`See ${url}`);
  }

  write(): never {
    throw new Error('This host answers in one piece.');
  }

  end(body = ''): void {
    this.send(body);
  }
}

export interface Asked {
  method: string;
  path: string;
  host: string;
  header: (name: string) => string | undefined;
  session: ScenarioSession;
  /** Node's own, for its end. */
  response: Pick<ServerResponse, 'once'> | undefined;
  points: Points;
  ask?: ScenarioContext['ask'];
  clearStore?: () => unknown;
}

/** What the handler of a request says; `undefined`: there is none. Rejects with what it throws before it answers. */
export async function answerOf(
  { routes }: Pick<Variant, 'routes'>,
  { method, path, host, header, session, response, points, ask = askAt(`http://${host}`), clearStore = noStore }: Asked,
): Promise<Pick<CollectedAnswer, 'code' | 'body' | 'headers'> | undefined> {
  const sent = `${method} ${path}`;
  const handler = routes[sent as Step['send']];
  if (handler === undefined) return undefined;
  points.begin();
  response?.once('close', () => points.end(sent));
  const { reached, until } = points;
  const answer = new CollectedAnswer();
  const done = (async () =>
    handler({
      session,
      request: { host, header },
      response: answer,
      home: '/',
      page: (text) => text,
      reached,
      until,
      ask,
      clearStore,
      storeCalls: noStore,
    }))();
  await Promise.race([done, answer.given]);
  return answer;
}
