/** Several processes as one timeline, real ones: node:cluster, plain Node, Node beside Django. */
import { once } from 'node:events';
import { expect, test as anyTest } from 'vitest';
import {
  type EpochStarted,
  type ExchangeStarted,
  parseDiscovery,
  parseEvent,
  type SessionscopeEvent,
} from '../../protocol/index.ts';
import { Timeline } from '../../model/recording/timeline.ts';
import { serverName } from '../../model/recording/epochs.ts';
import { until } from '../browsers/until.ts';
import { lacksDjango } from '../django/django-demo.ts';
import { createProject, DJANGO_SESSIONS, get, type SharingServer } from './app-processes.ts';
import { redisTest as test, startRelay, valuesOf } from './rig.ts';

const djangoTest = lacksDjango ? anyTest.skip : test;

const started = (events: readonly SessionscopeEvent[]) =>
  events.filter((event): event is ExchangeStarted => event.type === 'exchange-started');
const finished = (events: readonly SessionscopeEvent[]) => events.filter(({ type }) => type === 'exchange-finished');
const exchangeOf = ({ headers }: { headers: Record<string, unknown> }): string => {
  const parsed = parseDiscovery(String(headers['sessionscope']));
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.items[0]!.exchange;
};
/** The cookie as a browser would prove it. */
const proofOf = (cookie: string) => {
  const at = cookie.indexOf('=');
  return { cookies: [{ name: cookie.slice(0, at), value: cookie.slice(at + 1) }] };
};

test('workers of node:cluster write one log: each shows the requests of all, and none is partial', async () => {
  await using project = createProject();
  const server = await project.startNode({ WORKERS: '3' });
  const token = await project.pair(server);
  /** A worker each, by its direct listener. */
  const workers = new Map<string, Awaited<ReturnType<SharingServer['hello']>>>();
  await until(async () => {
    await get(`${server.origin}/untouched`);
    const hello = await server.hello();
    workers.set(hello.directListener!.origin, hello);
    return workers.size === 3 && new Set([...workers.values()].map(({ epoch }) => epoch)).size === 1;
  }, 'three workers with one log');
  const ids = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => exchangeOf(await get(`${server.origin}/set?value=${index}`))),
  );
  const hasAll = (events: readonly SessionscopeEvent[]) => {
    const done = new Set(finished(events).map((event) => 'exchange' in event && event.exchange));
    return ids.every((id) => done.has(id));
  };
  const shown = await Promise.all(
    [...workers.values()].map((worker) =>
      until(async () => {
        const events = await server.events({}, token, worker);
        return hasAll(events) ? events : undefined;
      }, 'all requests at one worker'),
    ),
  );
  const own = (events: readonly SessionscopeEvent[]) =>
    events.filter((event) => 'exchange' in event && event.exchange !== null && ids.includes(event.exchange));
  expect(own(shown[1]!)).toEqual(own(shown[0]!));
  expect(own(shown[2]!)).toEqual(own(shown[0]!));
  const requests = started(shown[0]!).filter(({ exchange }) => ids.includes(exchange));
  expect(requests).toHaveLength(30);
  // Each names its process, and each process has said what it is.
  const { epoch } = requests[0]!;
  const epochs = shown[0]!.filter(
    (event): event is EpochStarted => event.type === 'epoch-started' && event.epoch === epoch,
  );
  const named = new Set(epochs.map(({ process }) => process));
  expect(named.size).toBe(3);
  for (const { process } of requests) expect(named.has(process)).toBe(true);
  expect(epochs.filter(({ partial }) => partial !== undefined)).toEqual([]);
  expect(new Set(valuesOf(own(shown[0]!)).filter((value) => value !== undefined)).size).toBe(30);
});

test('what a killed process recorded is there, and its request is shown as it was', async () => {
  await using project = createProject();
  const [one, other] = [await project.startNode(), await project.startNode()];
  const token = await project.pair(other);
  await project.share(one, other);
  await get(`${one.origin}/set?value=before`);
  // It never answers: the process is killed in the middle of it.
  void get(`${one.origin}/hang?value=under-way`).catch(() => {});
  const seen = async (server: SharingServer, value: string) => {
    const events = await server.events({}, token);
    return valuesOf(events).includes(value) ? events : undefined;
  };
  await until(() => seen(other, 'under-way'), 'what it did');
  one.child.kill('SIGKILL');
  await once(one.child, 'exit');
  const late = await project.startNode();
  await project.share(other, late);
  for (const server of [other, late]) {
    const events = await until(() => seen(server, 'under-way'), 'what it did');
    expect(valuesOf(events)).toContain('before');
    const hung = started(events).find(({ path }) => path === '/hang')!;
    expect(finished(events).some((event) => 'exchange' in event && event.exchange === hung.exchange)).toBe(false);
  }
});

test('a process that ends by itself leaves nothing behind that it recorded', async () => {
  await using project = createProject();
  const [one, other] = [await project.startNode(), await project.startNode()];
  const token = await project.pair(other);
  await project.share(one, other);
  // It sets the key and ends in the same turn, before anything could be sent.
  await get(`${one.origin}/exit?value=last-value`).catch(() => {});
  await until(async () => valuesOf(await other.events({}, token)).includes('last-value'), 'its last value');
});

test('an app whose Redis accepts and never answers serves as ever, and says that it is alone', async () => {
  await using relay = await startRelay('silent');
  await using project = createProject();
  const server = await project.startNode({ SHARED_LOG: relay.url });
  const token = await project.pair(server);
  const answer = await get(`${server.origin}/set?value=alone`);
  expect(answer.status).toBe(200);
  const events = await server.events({}, token);
  expect(valuesOf(events)).toContain('alone');
  expect(events[0]).toMatchObject({ type: 'epoch-started', partial: expect.stringContaining('is not used') });
  // Its own end is not held up by a connection that waits.
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
});

djangoTest(
  'a Node and a Django process of one project show one timeline, each to the holder of the session',
  async () => {
    await using project = createProject();
    const node = await project.startNode({ SESSION_FILES: DJANGO_SESSIONS });
    const django = await project.startDjango();
    await project.share(node, django);
    const [atNode, atDjango] = [await node.hello(), await django.hello()];
    expect(atNode.app).toBe(atDjango.app);
    const token = await project.pair(node);

    // One browser, one session: begun in Django, read and changed in Node, and again in Django.
    const first = await get(`${django.origin}/set/`);
    const second = await get(`${node.origin}/set?value=from-node`, first.cookie);
    const third = await get(`${django.origin}/get/`, first.cookie);
    const ids = [first, second, third].map(exchangeOf);
    const isWhole = (events: readonly SessionscopeEvent[]) => {
      const done = finished(events).map((event) => 'exchange' in event && event.exchange);
      return ids.every((id) => done.includes(id)) ? events : undefined;
    };
    // Another browser's, which the holder must not see.
    const stranger = await get(`${node.origin}/set?value=of-a-stranger`);
    for (const server of [node, django]) {
      // The proof of either process is good at both, as the session is.
      const events = await until(async () => isWhole(await server.events(proofOf(first.cookie))), 'the three requests');
      for (const event of events) expect(parseEvent(event)).toMatchObject({ ok: true });
      expect(valuesOf(events)).toContain('from-node');
      expect(started(events).map(({ exchange }) => exchange)).not.toContain(exchangeOf(stranger));
      const all = await until(async () => isWhole(await server.events({}, token)), 'all of it');
      await until(
        async () => valuesOf(await server.events({}, token)).includes('of-a-stranger'),
        'the stranger’s, paired',
      );
      // The panel's own model: each request of its own server, in the order in which they were made.
      const timeline = new Timeline();
      for (const event of all) timeline.receive(event);
      const requests = ids.map((id) => timeline.exchange(id)!);
      expect(requests.map(({ number }) => number)).toEqual(
        requests.map(({ number }) => number).toSorted((a, b) => a - b),
      );
      expect(requests.map(({ life }) => life.started?.runtime.split(' ')[0])).toEqual(['python', 'node', 'python']);
      expect(requests.map(({ life, started: start }) => life.started?.middlewares[start!.middleware]?.library)).toEqual(
        ['django.contrib.sessions', '@sessionscope/django-sessions', 'django.contrib.sessions'],
      );
      const ports = requests.map(({ life }) => serverName(life.started));
      expect(ports[0]).toBe(ports[2]);
      expect(ports[0]).not.toBe(ports[1]);
      // One session by name, whoever reports it.
      const named = requests.map(({ finished: end }) => end!.sessionAfter);
      expect(new Set(named).size).toBe(1);
    }
    // Both processes say the same, event by event.
    const [one, other] = [await node.events({}, token), await django.events({}, token)];
    const ofThree = (events: readonly SessionscopeEvent[]) =>
      events.flatMap((event) =>
        'exchange' in event && event.exchange !== null && ids.includes(event.exchange) ? [[event.seq, event.type]] : [],
      );
    expect(ofThree(one)).toEqual(ofThree(other));
  },
);

djangoTest.each([
  ['Node', '/rotate?value=after-the-rotation'],
  ['Django', '/cycle/'],
  ['Django', '/flush/'],
])('a key that loses its worth in %s (%s) opens nothing of what follows in the other', async (where, path) => {
  await using project = createProject();
  const node = await project.startNode({ SESSION_FILES: DJANGO_SESSIONS });
  const django = await project.startDjango();
  await project.share(node, django);
  const token = await project.pair(node);
  const { cookie } = await get(`${django.origin}/set/`);
  const [at, beside] = where === 'Node' ? [node, django] : [django, node];
  const changed = await get(`${at.origin}${path}`, cookie);
  const later = [await get(`${at.origin}/get/`, changed.cookie), await get(`${node.origin}/set?value=later`, cookie)];
  const ids = [changed, ...later].map(exchangeOf);
  for (const server of [at, beside]) {
    await until(async () => {
      const done = new Set(
        finished(await server.events({}, token)).map((event) => 'exchange' in event && event.exchange),
      );
      return ids.every((id) => done.has(id));
    }, 'all of it');
    const events = await server.events(proofOf(cookie));
    // Up to the change, and nothing from it on.
    const change = events.find(
      (event) => event.type === 'operation-recorded' && ['cycle-key', 'flush'].includes(event.operation),
    );
    expect(change).toBeUndefined();
    expect(started(events).map(({ path: shown }) => shown)).toContain('/set/');
    expect(JSON.stringify(events)).not.toMatch(/after-the-rotation|"later"/);
    for (const one of later) expect(JSON.stringify(events)).not.toContain(exchangeOf(one));
  }
});
