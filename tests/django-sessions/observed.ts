/** An observed app under test: sessions of any engine on any host, and what its companion's log holds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSessions, type Sessions } from '../../django-sessions/src/sessions.ts';
import type { SessionsOptions } from '../../django-sessions/src/sessions.ts';
import type { ExchangeFinished, OperationRecorded, Position, SessionscopeEvent } from '../../protocol/index.ts';
import { parseEvent } from '../../protocol/index.ts';
import { observeWith } from '../../server-companion/node/src/adapters/django-sessions/observe-with.ts';
import { type Companion, createCompanion } from '../../server-companion/node/src/core/companion.ts';
import { loadIdentity } from '../../server-companion/node/src/core/identity.ts';
import type { CompanionOptions } from '../../server-companion/node/src/core/options.ts';
import { until } from '../browsers/until.ts';
import { type HostName, type Routes, startHost } from './hosts.ts';

/** Sees everything: a paired panel. */
export const EVERYTHING = { all: true, sessions: new Set<string>(), exchanges: new Set<string>() } as const;

const directory = mkdtempSync(join(tmpdir(), 'sessionscope-test-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

/** A companion of the test's own, whose identity is kept in a folder that goes with the process. */
export const newCompanion = (options: CompanionOptions = {}): Companion =>
  createCompanion(options, loadIdentity(process.cwd(), mkdtempSync(join(directory, 'state-'))));

/** All that a companion's log holds, oldest first: an answer is bounded by bytes, and read on from there. */
export function readAll({ log }: Companion): SessionscopeEvent[] {
  const all: SessionscopeEvent[] = [];
  for (let after: Position | null = null; ;) {
    const { events, next, more } = log.read(after, EVERYTHING, 1_000_000);
    all.push(...events);
    if (!more) return all;
    after = next;
  }
}

export interface ObservedApp {
  readonly port: number;
  readonly origin: string;
  readonly sessions: Sessions;
  readonly companion: Companion;
  /** The cookie that the last answers set, as a `Cookie` header; empty: none. */
  cookie: string;
  /** Asks with the cookie that is kept, and keeps what comes back. */
  get(path: string, init?: RequestInit): Promise<Response>;
  /** All that the log holds, oldest first, each checked as the panel checks it. */
  events(): SessionscopeEvent[];
  /** Operations of the last exchange for a path, once it has finished. */
  operations(path: string): Promise<OperationRecorded[]>;
  /** How the last exchange for a path finished. */
  finished(path: string): Promise<ExchangeFinished>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ObservedOptions {
  host?: HostName;
  options: SessionsOptions;
  companion?: CompanionOptions;
}

export async function observedApp(
  routes: Routes,
  { host = 'Express 5', options, companion: companionOptions = {} }: ObservedOptions,
): Promise<ObservedApp> {
  const companion = newCompanion(companionOptions);
  const sessions = observeWith(companion, createSessions)(options);
  await sessions.createTable();
  const running = await startHost(host, sessions, routes);
  const origin = `http://127.0.0.1:${running.port}`;
  const events = () =>
    readAll(companion).map((event) => {
      const parsed = parseEvent(event);
      if (!parsed.ok) throw new Error(`${parsed.fault}: ${JSON.stringify(event).slice(0, 2_000)}`);
      return event;
    });
  const lastOf = (path: string) => {
    const started = events().findLast((event) => event.type === 'exchange-started' && event.path === path);
    return started?.type === 'exchange-started' ? started.exchange : undefined;
  };
  const finished = (path: string) =>
    until(
      () =>
        events().find(
          (event): event is ExchangeFinished => event.type === 'exchange-finished' && event.exchange === lastOf(path),
        ),
      `the end of ${path}`,
    );
  const app: ObservedApp = {
    port: running.port,
    origin,
    sessions,
    companion,
    cookie: '',
    async get(path, init = {}) {
      const headers = new Headers(init.headers);
      if (app.cookie !== '' && !headers.has('cookie')) headers.set('cookie', app.cookie);
      const response = await fetch(origin + path, { redirect: 'manual', ...init, headers });
      const { cookieName } = sessions.settings;
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        if (pair.startsWith(`${cookieName}=`)) app.cookie = pair === `${cookieName}=` ? '' : pair;
      }
      await response.clone().text();
      return response;
    },
    events,
    async operations(path) {
      const { exchange } = await finished(path);
      return events().filter(
        (event): event is OperationRecorded => event.type === 'operation-recorded' && event.exchange === exchange,
      );
    },
    finished,
    async [Symbol.asyncDispose]() {
      companion.endpoint.close();
      await running.close();
      await sessions.close();
    },
  };
  return app;
}

/** `set cart`, `load found`: an operation in a word or two, for tables. */
export const inShort = ({ operation, call, path, outcome, hit, inferred, actor }: OperationRecorded): string =>
  [
    operation,
    ...(call === operation ? [] : [`(${call})`]),
    ...(path ? [path.join('.')] : []),
    ...(outcome ? [outcome] : []),
    ...(hit === false ? ['miss'] : []),
    ...(inferred ? ['inferred'] : []),
    ...(actor === 'app' ? [] : [actor]),
  ].join(' ');
