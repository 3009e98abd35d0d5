/** Several workers, real ones: each says that its view is partial, and each has a direct listener of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Discovery,
  eventsAnswer,
  helloAnswer,
  type HelloAnswer,
  parseDiscovery,
  parseText,
  PROTOCOL_VERSION,
} from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';

const EXTENSION = 'moz-extension://01234567-89ab-cdef-0123-456789abcdef';

const state = mkdtempSync(join(tmpdir(), 'sessionscope-cluster-'));
let child: ChildProcess;
let port: number;

beforeAll(async () => {
  child = spawn(process.execPath, [join(ROOT, 'tests/express-session/cluster-app.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'development', XDG_STATE_HOME: state },
  });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  port = Number(line);
});

afterAll(() => {
  child.kill();
  rmSync(state, { recursive: true, force: true });
});

/** One request on a connection of its own: the primary hands connections out in turn. */
const ask = (path: string, body?: unknown, at = { host: '127.0.0.1', port }) =>
  new Promise<{ discovery: string; text: string }>((resolve, reject) => {
    const asked = request(
      {
        ...at,
        path,
        agent: false,
        method: body === undefined ? 'GET' : 'POST',
        headers: body === undefined ? {} : { 'content-type': 'application/json', origin: EXTENSION, host: 'localhost' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ discovery: String(response.headers['sessionscope']), text }));
      },
    );
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });

async function visit(): Promise<Discovery> {
  const parsed = parseDiscovery((await ask('/')).discovery);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.items[0]!;
}

async function hello(): Promise<HelloAnswer> {
  const { text } = await ask('/__sessionscope__/v1/hello', { versions: [PROTOCOL_VERSION] });
  const parsed = parseText(helloAnswer, text);
  if (!parsed.ok) throw new Error(`${parsed.fault}: ${text}`);
  return parsed.value;
}

test('each worker reports that it is one of several, at a direct listener of its own', async () => {
  const visits = [await visit(), await visit(), await visit(), await visit()];
  expect(new Set(visits.map(({ app }) => app)).size).toBe(1);
  expect(new Set(visits.map(({ epoch }) => epoch)).size).toBe(2);
  const companions = new Map<string, HelloAnswer>();
  for (let count = 0; count < 4; count++) {
    const answer = await hello();
    companions.set(answer.epoch, answer);
  }
  expect(companions.size).toBe(2);
  expect(new Set([...companions.values()].map(({ directListener }) => directListener?.origin)).size).toBe(2);
  for (const { epoch, exchange } of visits) {
    const { directListener } = companions.get(epoch)!;
    const { hostname, port: directPort } = new URL(directListener!.origin);
    const { text } = await ask(
      `${directListener!.path}/v1/events`,
      { v: PROTOCOL_VERSION, proofs: { exchanges: [exchange] }, after: null, wait: false },
      { host: hostname, port: Number(directPort) },
    );
    const parsed = parseText(eventsAnswer, text);
    if (!parsed.ok) throw new Error(`${parsed.fault}: ${text}`);
    const { events } = parsed.value;
    expect(events[0]).toMatchObject({
      type: 'epoch-started',
      epoch,
      partial: expect.stringContaining('several workers'),
    });
    expect(events.some((event) => event.type === 'exchange-started' && event.exchange === exchange)).toBe(true);
  }
});
