/** An app under test: Express 4 or 5 with express-session, observed or bare, on a free loopback port. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express5 from 'express';
import express4 from 'express4';
import session from 'express-session';
import type { OperationRecorded, SessionscopeEvent, ExchangeFinished } from '../../protocol/index.ts';
import type { ObservationOptions } from '../../server-companion/node/src/adapters/express-session/observation.ts';
import { observeWith } from '../../server-companion/node/src/adapters/express-session/observe-with.ts';
import { type Companion, createCompanion } from '../../server-companion/node/src/core/companion.ts';
import { loadIdentity } from '../../server-companion/node/src/core/identity.ts';
import type { CompanionOptions } from '../../server-companion/node/src/core/options.ts';

declare module 'express-session' {
  interface SessionData {
    [key: string]: unknown;
  }
}

export const EXPRESS = { 'Express 4': express4, 'Express 5': express5 } as const;
export type ExpressVersion = keyof typeof EXPRESS;

/** Sees everything: a paired panel. */
export const EVERYTHING = { all: true, sessions: new Set<string>(), exchanges: new Set<string>() } as const;

const directory = mkdtempSync(join(tmpdir(), 'sessionscope-test-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

/** A companion of the test's own, whose identity is kept in a folder that goes with the process. */
export const newCompanion = (options: CompanionOptions = {}): Companion =>
  createCompanion(options, loadIdentity(process.cwd(), mkdtempSync(join(directory, 'state-'))));

export interface TestApp {
  readonly origin: string;
  readonly port: number;
  readonly server: Server;
  readonly companion: Companion | undefined;
  /** Requests with the cookies that earlier answers set. */
  get(path: string, init?: RequestInit): Promise<Response>;
  readonly cookies: Map<string, string>;
  /** All that the log holds, oldest first. */
  events(): SessionscopeEvent[];
  /** Operations, of the last exchange only where `path` is given: the last one asked for that path. */
  operations(path?: string): OperationRecorded[];
  /** The last finished exchange, once it has finished. */
  finished(): Promise<ExchangeFinished>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface AppOptions {
  version?: ExpressVersion;
  isObserved?: boolean;
  companion?: CompanionOptions;
  session?: Partial<session.SessionOptions>;
  observation?: ObservationOptions;
}

export type Factory = typeof session;
type Express = ReturnType<typeof express5>;

export const SESSION_OPTIONS: session.SessionOptions = { secret: 'test', resave: false, saveUninitialized: false };

/** Serves what `build` makes; `factory` is express-session, observed where the test wants it. */
export async function serve(
  build: (app: Express, factory: Factory, options: session.SessionOptions) => void,
  {
    version = 'Express 5',
    isObserved = true,
    companion: companionOptions,
    session: options,
    observation,
  }: AppOptions = {},
): Promise<TestApp> {
  const companion = isObserved ? newCompanion(companionOptions) : undefined;
  const factory = companion ? observeWith(companion, session, observation) : session;
  const app = EXPRESS[version]();
  build(app, factory, { ...SESSION_OPTIONS, ...options });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const cookies = new Map<string, string>();
  const events = () => companion!.log.read(null, EVERYTHING, 1_000_000).events;
  return {
    origin,
    port,
    server,
    companion,
    cookies,
    events,
    async get(path, init = {}) {
      const headers = new Headers(init.headers);
      if (cookies.size > 0 && !headers.has('cookie'))
        headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
      const response = await fetch(origin + path, { redirect: 'manual', ...init, headers });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      return response;
    },
    operations(path) {
      const all = events();
      const exchange =
        path === undefined
          ? undefined
          : all.findLast((event) => event.type === 'exchange-started' && event.path === path);
      if (path !== undefined && exchange === undefined) throw new Error(`no exchange for ${path}`);
      return all.filter(
        (event): event is OperationRecorded =>
          event.type === 'operation-recorded' &&
          (exchange === undefined || event.exchange === (exchange as { exchange: string }).exchange),
      );
    },
    async finished() {
      for (let tries = 0; tries < 2_000; tries++) {
        const all = events();
        const started = all.findLast((event) => event.type === 'exchange-started');
        const end = all.findLast((event) => event.type === 'exchange-finished');
        if (started && end && 'exchange' in started && started.exchange === end.exchange) return end;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      throw new Error('the exchange did not finish');
    },
    async [Symbol.asyncDispose]() {
      companion?.endpoint.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** `set cart`, `load found`: an operation in a word or two, for tables. */
export const inShort = ({ operation, path, outcome, hit, inferred }: OperationRecorded): string =>
  [
    operation,
    ...(path ? [path.join('.')] : []),
    ...(outcome ? [outcome] : []),
    ...(hit === false ? ['miss'] : []),
    ...(inferred ? ['inferred'] : []),
  ].join(' ');

/** A session cookie's value as express-session signs it with the secret of `SESSION_OPTIONS`. */
export const signed = (key: string) =>
  encodeURIComponent(`s:${key}.${createHmac('sha256', 'test').update(key).digest('base64').replace(/=+$/, '')}`);
