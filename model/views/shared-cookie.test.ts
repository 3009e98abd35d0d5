/** Ports of one host that share a cookie. */
import { expect, test } from 'vitest';
import { createStage, EXPRESS, setCookie, type Stage } from '../findings/rule.cases.ts';
import { ALICE, BOB, createRecording } from '../recording/recording.cases.ts';
import { first, get, numbers, viewOf } from './lineage.cases.ts';

function twoPorts(stage: Stage, { path = '/', isFound = false } = {}): void {
  stage.serve({ ...EXPRESS, store: 'MemoryStore' });
  const client = '0123456789ab';
  const other = createRecording('epoch00002', 1_700_000_000_100);
  other.epochStarted({ middlewares: [{ ...EXPRESS, store: 'MemoryStore' }], server: { name: 'blog', port: 8000 } });
  const write = other.start('/', { session: null, client, host: 'localhost:8000' });
  write.operation('create', { session: BOB, state: {} });
  write.save({}, { session: BOB });
  write.finish({ sessionAfter: BOB, verdict: { cookie: setCookie({ path }) } });
  first(stage, { client, host: 'localhost:3000' });
  stage.events.push(...other.events);
  stage.wait(500);
  const request = stage.start('/page', { client, host: 'localhost:3000', session: BOB });
  request.operation('load', { outcome: isFound ? 'found' : 'missing', ...(isFound ? { state: {} } : {}) });
  request.finish({ sessionAfter: isFound ? BOB : null });
}

test('two ports share a cookie; that one overwrote the other is said where its server knew no session by it', () => {
  const stage = createStage();
  twoPorts(stage);
  const { shared } = viewOf(stage)!;
  expect(shared).toMatchObject({ name: 'sid', hostname: 'localhost', paths: ['/'] });
  expect(shared!.ports.map(({ host, brought, set: by }) => `${host} ${numbers(by)} | ${numbers(brought)}`)).toEqual([
    'localhost:3000 #1 | #3',
    'localhost:8000 #2 | ',
  ]);
  expect(shared!.overwrites.map(({ writer, reader }) => [writer.number, reader.number])).toEqual([[2, 3]]);
});

test('no overwriting is claimed where the session was found, and none of other ports where there are none', () => {
  const found = createStage();
  twoPorts(found, { isFound: true });
  expect(viewOf(found)!.shared!.overwrites).toEqual([]);
  const split = createStage();
  twoPorts(split, { path: '/blog' });
  expect(viewOf(split)!.shared!).toMatchObject({ paths: ['/', '/blog'], overwrites: [] });
  const alone = createStage();
  first(alone, { host: 'localhost:3000' });
  get(alone, '/', ALICE);
  expect(viewOf(alone)!.shared).toBeUndefined();
});
