/** A subject under test: a client that keeps cookies as a browser does, and what its companion's log holds. */
import { type Agent, request as send } from 'node:http';
import type {
  ExchangeFinished,
  ExchangeStarted,
  OperationRecorded,
  Position,
  SessionscopeEvent,
} from '../../../protocol/index.ts';
import { parseEvent } from '../../../protocol/index.ts';
import type { Companion } from '../../../server-companion/node/src/core/companion.ts';
import { until } from '../../browsers/until.ts';
import { EVERYTHING, newCompanion } from '../../express-session/observed-app.ts';
import type { Routes, ServeOptions, Subject } from './subject.ts';

export interface Answered {
  status: number;
  headers: [name: string, value: string][];
  body: string;
}

/** Asks as it is: no cookie is added, no header hidden, no redirect followed. Without an `agent`, by a connection of its own. */
export const ask = (
  origin: string,
  path: string,
  {
    headers = {},
    agent,
    method = 'GET',
    body = '',
  }: { headers?: Record<string, string>; agent?: Agent; method?: string; body?: string } = {},
): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const sent = send(origin + path, { method, headers, agent: agent ?? false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.once('error', reject);
      response.once('end', () => {
        const { rawHeaders, statusCode = 0 } = response;
        const pairs: [string, string][] = [];
        for (let at = 0; at < rawHeaders.length; at += 2) pairs.push([rawHeaders[at]!, rawHeaders[at + 1]!]);
        resolve({ status: statusCode, headers: pairs, body: text });
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });

/** Cookies by name, as a browser keeps them. */
export class Jar extends Map<string, string> {
  keep({ headers }: Answered): void {
    for (const [name, line] of headers) {
      if (name.toLowerCase() !== 'set-cookie') continue;
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const ends = /expires=([^;]+)/i.exec(line)?.[1];
      const isOver = /max-age=0(?:;|$)/i.test(line) || (ends !== undefined && Date.parse(ends) <= Date.now());
      if (isOver) this.delete(pair.slice(0, at));
      else this.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  get headers(): Record<string, string> {
    return this.size === 0 ? {} : { cookie: [...this].map(([name, value]) => `${name}=${value}`).join('; ') };
  }
}

export interface Running extends AsyncDisposable {
  readonly origin: string;
  readonly companion: Companion;
  readonly jar: Jar;
  get(path: string): Promise<Answered>;
  events(): SessionscopeEvent[];
  /** Of the last request for a path, once it is over. */
  operations(path: string): Promise<OperationRecorded[]>;
  finished(path: string): Promise<ExchangeFinished>;
  started(path: string): ExchangeStarted | undefined;
}

/** All that a log holds, oldest first, each checked as the panel checks it. */
function readAll({ log }: Companion): SessionscopeEvent[] {
  const all: SessionscopeEvent[] = [];
  for (let after: Position | null = null; ;) {
    const { events, next, more } = log.read(after, EVERYTHING, 1_000_000);
    for (const event of events) {
      const parsed = parseEvent(event);
      if (!parsed.ok) throw new Error(`${parsed.fault}: ${JSON.stringify(event).slice(0, 1_000)}`);
      all.push(event);
    }
    if (!more) return all;
    after = next;
  }
}

export async function run(
  subject: Subject,
  routes: Routes,
  { companion = newCompanion(), ...options }: Partial<ServeOptions> = {},
): Promise<Running> {
  const { origin, close } = await subject.serve(routes, { companion, ...options });
  const jar = new Jar();
  const events = () => readAll(companion);
  const started = (path: string) =>
    events().findLast((event): event is ExchangeStarted => event.type === 'exchange-started' && event.path === path);
  const running: Running = {
    origin,
    companion,
    jar,
    events,
    started,
    async get(path) {
      const answer = await ask(origin, path, { headers: jar.headers });
      jar.keep(answer);
      return answer;
    },
    async operations(path) {
      const { exchange } = await running.finished(path);
      return events().filter(
        (event): event is OperationRecorded => event.type === 'operation-recorded' && event.exchange === exchange,
      );
    },
    finished: (path) =>
      until(() => {
        const exchange = started(path)?.exchange;
        return events().findLast(
          (event): event is ExchangeFinished => event.type === 'exchange-finished' && event.exchange === exchange,
        );
      }, `the end of ${path}`),
    async [Symbol.asyncDispose]() {
      companion.endpoint.close();
      await close();
    },
  };
  return running;
}
