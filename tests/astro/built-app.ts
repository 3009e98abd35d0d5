/** A real app of Astro, built for Node, whose server runs in this process: its session, observed or bare. */
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { listen } from '../../playground/scenarios/hosts/serve-routes.ts';
import { observeWith } from '../../server-companion/node/src/adapters/astro/observe-with.ts';
import type { Session } from '../../server-companion/node/src/adapters/astro/types.ts';
import type { Companion } from '../../server-companion/node/src/core/companion.ts';
import { run, type Running } from '../adapters/conformance/running.ts';
import { writeAll } from '../packaging/forms-app.ts';
import { inTurn, installLocked, mustRun, registryAnswers } from '../packaging/packed.ts';

export const hasRegistry = registryAnswers();

export interface Context {
  readonly session: Session;
  readonly url: URL;
  readonly cookies: { set(name: string, value: string): void };
  redirect(path: string, status: number): Response;
}
export type Handler = (session: Session, context: Context) => unknown;

/** What the app's driver keeps its records in. */
export interface Records {
  get(key: string): unknown;
  set(key: string, value: unknown): unknown;
  delete(key: string): unknown;
}

const HELD = Symbol.for('sessionscope.test.astro');
const held = globalThis as { [HELD]?: Records };

export const holdRecords = (records: Records): void => void (held[HELD] = records);

const FILES = {
  'package.json': JSON.stringify({ name: 'built', private: true, type: 'module' }),
  'astro.config.mjs': `import { defineConfig } from 'astro/config';
import node from '@astrojs/node';
export default defineConfig({
  output: 'server',
  adapter: node({ mode: 'middleware' }),
  session: { driver: { entrypoint: new URL('./records.mjs', import.meta.url) }, cookie: { secure: false } },
});`,
  'records.mjs': `const held = () => globalThis[Symbol.for('sessionscope.test.astro')];
export default () => ({
  getItem: async (key) => held().get(key),
  setItem: async (key, value) => void held().set(key, value),
  removeItem: async (key) => void held().delete(key),
});`,
  'src/middleware.js': `export const onRequest = (context, next) => context.locals.onRequest(context, next);`,
  'src/pages/[...path].js': `export const ALL = (context) => context.locals.answer(context);`,
  'src/pages/500.js': `export const ALL = () => new Response('an error', { status: 500 });`,
  'src/components/Late.astro': `---
await Astro.locals.late?.(Astro.session);
---
<p>late</p>`,
  'src/pages/page.astro': `---
import Late from '../components/Late.astro';
await Astro.locals.early?.(Astro.session);
---
<html><body><Late /></body></html>`,
};

type NodeHandler = (request: IncomingMessage, response: ServerResponse, next: undefined, locals: object) => void;

/** Built once: its files say no more than what a test hands over with each request. */
export async function built(): Promise<NodeHandler> {
  const folder = join(installLocked('astro'), 'built');
  const entry = join(folder, 'dist', 'server', 'entry.mjs');
  inTurn(folder, JSON.stringify(FILES), () => {
    writeAll(folder, FILES);
    mustRun(process.execPath, [join(folder, '..', 'node_modules', 'astro', 'bin', 'astro.mjs'), 'build'], {
      cwd: folder,
      env: { ASTRO_TELEMETRY_DISABLED: '1' },
    });
    writeFileSync(join(folder, 'dist', 'package.json'), '{"type":"module"}');
  });
  return ((await import(/* @vite-ignore */ pathToFileURL(entry).href)) as { handler: NodeHandler }).handler;
}

export interface AppOptions {
  records?: Records;
  /** Of the page at `/page`: in its own code, and in a component of it. */
  early?: (session: Session) => unknown;
  late?: (session: Session) => unknown;
}

const bare = (_context: unknown, next: () => Promise<Response>) => next();

/** Serves the routes; `companion` absent: bare. */
export async function listenOn(
  routes: Record<string, Handler>,
  companion: Companion | undefined,
  { records = new Map(), early, late }: AppOptions = {},
): Promise<{ origin: string; close(): Promise<void> }> {
  const handler = await built();
  holdRecords(records);
  const onRequest = companion === undefined ? bare : observeWith(companion);
  const answer = async (context: Context): Promise<Response> => {
    const route = routes[context.url.pathname];
    if (route === undefined) return new Response('nothing', { status: 404 });
    const given = await route(context.session, context);
    if (given instanceof Response) return given;
    return typeof given === 'string' ? new Response(given) : Response.json(given ?? null);
  };
  return listen((request, response) => handler(request, response, undefined, { onRequest, answer, early, late }));
}

export function serve(routes: Record<string, Handler>, options: AppOptions = {}): Promise<Running> {
  const subject = {
    name: 'Astro',
    page: '',
    cookieNames: [],
    capabilities: { rotation: true, expiry: '', record: true, storeErrors: true, streaming: true } as const,
    serve: (_routes: object, { companion }: { companion: Companion | undefined }) =>
      listenOn(routes, companion, options),
  };
  return run(subject, {});
}
