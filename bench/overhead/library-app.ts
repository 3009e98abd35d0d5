/**
 * A library's app, asked from within its own process: `node library-app.ts <library> <variant>`. Run by
 * `../overhead-by-library.ts`, which says over IPC how many requests to make and gets what they cost.
 */
import { createRequire } from 'node:module';
import { connect } from './fake-socket.ts';
import type { Answer, Held, Observe } from './library-hosts.ts';

export type Variant = 'bare' | 'ours' | 'opentelemetry' | 'bare again';

const [library, variant] = process.argv.slice(2) as [string, Variant];

/** As in `in-process-app.ts`: what is budgeted by the second costs each request the same, on a busy machine too. */
const REQUESTS_PER_SECOND = 12_000;
const startedAt = Date.now();
let made = 0;
Date.now = () => startedAt + Math.floor((made * 1000) / REQUESTS_PER_SECOND);

if (variant === 'opentelemetry') {
  await import('./opentelemetry.ts');
  // Its hook sees what is required from now on.
  createRequire(import.meta.url)('node:http');
}
const { HOSTS } = await import('./library-hosts.ts');
const host = HOSTS[library]!;

async function observing(): Promise<Observe> {
  if (variant !== 'ours') return (bare) => bare;
  const module = (await import(`../../server-companion/node/dist/${host.module}.js`)) as {
    observe<Library>(library: Library, options: object): Library;
  };
  return (bare) => module.observe(bare, { enabled: true });
}

const BEGIN = { user: { id: 7, name: 'Ada' }, visits: 0, cart: { items: [{ sku: 'A-1', count: 1 }] } };

/** 3 gets, 2 sets and 1 delete. */
async function operate(session: Held): Promise<object> {
  const visits = (await session.get('visits')) as number;
  const user = (await session.get('user')) as object;
  const cart = (await session.get('cart')) as { items: unknown[] };
  await session.set('visits', visits + 1);
  await session.set('user', { ...user });
  await session.delete('flash');
  return { visits, user, items: cart.items.length };
}

const answer: Answer = async (path, session) => {
  if (path !== '/begin') return operate(session);
  for (const [key, value] of Object.entries(structuredClone(BEGIN))) await session.set(key, value);
  return { begun: true };
};

const server = await host.serve(answer, await observing());

/** Sessions under load, one for each connection. */
const CONNECTIONS = 10;
const HEADERS = 'Host: 127.0.0.1:3000\r\nUser-Agent: bench\r\nAccept: */*\r\n';
const clients = await Promise.all(
  Array.from({ length: CONNECTIONS }, async () => {
    const socket = connect(server);
    const begun = await socket.ask(Buffer.from(`GET /begin HTTP/1.1\r\n${HEADERS}\r\n`));
    const cookies = new Map(
      [...begun.matchAll(/^set-cookie: ([^=]+)=([^;\r]*)/gim)].map(([, name, value]) => [name!, value!]),
    );
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    return { socket, request: Buffer.from(`GET / HTTP/1.1\r\n${HEADERS}Cookie: ${cookie}\r\n\r\n`) };
  }),
);
const first = await clients[0]!.socket.ask(clients[0]!.request);
if (
  !first.startsWith('HTTP/1.1 200') ||
  !first.endsWith('"items":1}') ||
  /^sessionscope:/im.test(first) !== (variant === 'ours')
)
  throw new Error(`not the answer of ${library}, ${variant}:\n${first}`);

async function load(requests: number): Promise<number> {
  let left = requests;
  const before = process.cpuUsage();
  await Promise.all(
    clients.map(async ({ socket, request }) => {
      while (left-- > 0) {
        made += 1;
        await socket.ask(request);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests;
}

process.on('message', (requests: number) => {
  void load(requests).then((micros) => process.send!(micros));
});
process.on('disconnect', () => process.exit());
process.send!('ready');
