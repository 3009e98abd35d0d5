/** The two servers that run programs over HTTP: real Django, and ours. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { nodeSessions } from '../src/middleware/node-http.ts';
import { CreateError, MissingKeyError, UpdateError } from '../src/errors.ts';
import type { Session } from '../src/session.ts';
import type { Sessions } from '../src/core.ts';
import { createSessions } from '../src/sessions.ts';
import type { SessionsOptions } from '../src/sessions.ts';
import { OPTIONS, type RequestPlan, type Step, UNKNOWN_KEY } from './programs.ts';
import { pythonFile } from './python.ts';
import { SECRET, type TestStore } from './stores.ts';

export interface Peer {
  port: number;
  /** The end of what it printed of errors that no program had it make. */
  errors?(): string;
  close(): Promise<void>;
}

/** Django on a store; resolves when it listens. */
export async function startDjango(
  python: string,
  store: TestStore,
  extra: { settings?: Record<string, unknown>; fallbacks?: string[] } = {},
): Promise<Peer> {
  const config = { secret_key: SECRET, ...store.django, ...extra };
  const child: ChildProcess = spawn(python, [pythonFile('project.py'), JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4_000)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve(Number(line)));
    child.once('close', () => reject(new Error(`Django ended:\n${errors}`)));
  });
  return {
    port,
    errors: () => errors,
    async close() {
      child.kill();
      await ended;
    },
  };
}

/** Each has connections of its own, and a database has only so many. */
const MAX_SETTINGS = 8;

/** Ours on a store, with the settings that the request names. */
export async function startOurs(store: TestStore): Promise<Peer> {
  const bySettings = new Map<string, { sessions: Sessions; listener: ReturnType<typeof nodeSessions> }>();
  const sessionsFor = (text: string) => {
    let found = bySettings.get(text);
    if (found === undefined) {
      const overrides = Object.entries(JSON.parse(text) as Record<string, unknown>).flatMap(([name, value]) =>
        name in OPTIONS ? [[OPTIONS[name], value]] : [],
      );
      const sessions = createSessions({
        ...store.options,
        ...Object.fromEntries(overrides),
        logger: { warn() {} },
      } as SessionsOptions);
      const listener = nodeSessions(sessions, async (request, response, session) => {
        const plan = JSON.parse(request.headers['x-program'] as string) as RequestPlan;
        const results: unknown[] = [];
        for (const instruction of plan.steps) results.push(await runStep(session, instruction));
        if (plan.raises) throw Object.assign(new Error('as planned'), { isExpected: true });
        const body = Buffer.from(JSON.stringify(results, refuseFunctions));
        response.statusCode = plan.status;
        response.setHeader('Content-Type', 'application/json');
        if (plan.vary !== null) response.setHeader('Vary', plan.vary);
        response.setHeader('Set-Cookie', 'other=kept; Path=/');
        if (!plan.streams) return response.end(body);
        response.write(body.subarray(0, 5));
        return response.end(body.subarray(5));
      });
      bySettings.set(text, (found = { sessions, listener }));
      const [oldest] = bySettings;
      if (bySettings.size > MAX_SETTINGS && oldest !== undefined) {
        bySettings.delete(oldest[0]);
        void oldest[1].sessions.close();
      }
    }
    return found;
  };
  await sessionsFor('{}').sessions.createTable();
  const server: Server = createServer((request, response) =>
    sessionsFor((request.headers['x-settings'] as string | undefined) ?? '{}').listener(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...bySettings.values()].map(({ sessions }) => sessions.close()));
    },
  };
}

/** Python's JSON refuses what is none; JavaScript's leaves it out. */
function refuseFunctions(_key: string, value: unknown): unknown {
  if (typeof value === 'function') throw new TypeError('a function is not JSON');
  return value;
}

async function runStep(session: Session, [name, ...args]: Step): Promise<unknown> {
  try {
    const result = await call(session, name, args);
    return result instanceof Map ? Object.fromEntries(result) : (result ?? null);
  } catch (error) {
    for (const expected of [MissingKeyError, UpdateError, CreateError])
      if (error instanceof expected) return error.name;
    throw error;
  }
}

async function call(session: Session, name: string, args: unknown[]): Promise<unknown> {
  switch (name) {
    case 'accessed':
    case 'modified':
      return session[name];
    case 'setModified':
      session.modified = args[0] as boolean;
      return null;
    case 'hasKey':
      return session.sessionKey !== null;
    case 'nested': {
      const held = await session.get(args[0] as string);
      if (Array.isArray(held)) held.push('nested');
      return null;
    }
    case 'setExpiryDate':
      return session.setExpiry(new Date(Date.now() + (args[0] as number) * 1000));
    case 'getExpiryAge':
      return { seconds: await session.getExpiryAge() };
    case 'getExpiryDate':
      return { seconds: ((await session.getExpiryDate()).getTime() - Date.now()) / 1000 };
    case 'exists':
      return session.exists(session.sessionKey ?? UNKNOWN_KEY);
    case 'saveNew':
      return session.save({ mustCreate: true });
    case 'setUnserializable':
      return session.set('odd', () => 1);
    default:
      return (session as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!(...args);
  }
}
