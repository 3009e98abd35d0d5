import { expect, test } from 'vitest';
import type { HarExchange } from './har.ts';
import { type OwnRequest, ownExchanges } from './own-requests.ts';
import { createRecording, timelineOf } from './recording.cases.ts';
import type { ExchangeRecord } from './records.ts';

const START = 1_700_000_000_000;
const of = (path: string, startedAt = START, endedAt = startedAt + 20): OwnRequest => ({
  url: `http://localhost:3000${path}`,
  startedAt,
  endedAt,
});

/** The paths that are tied, of requests that came after one another in this time. */
function tied(own: OwnRequest[], paths: string[], { apart = 10, har }: { apart?: number; har?: HarExchange } = {}) {
  const recording = createRecording('epoch00001', START);
  const ids = paths.map((path) => {
    const { id, finish } = recording.start(path, { host: 'localhost:3000' });
    finish();
    recording.wait(apart);
    return id;
  });
  const timeline = timelineOf(recording.events);
  if (har) timeline.see({ ...har, exchanges: [ids[0]!] });
  const exchanges = timeline.items.filter((item): item is ExchangeRecord => item.kind === 'exchange');
  return ownExchanges(own, exchanges).map(({ started }) => started!.path);
}
const HAR: HarExchange = {
  exchanges: [],
  url: 'http://localhost:3000/page?x=1#top',
  method: 'GET',
  status: 200,
  startedAt: START,
  durationMs: 5,
  setCookies: [],
  fromCache: false,
};

test('what the page lists as its own is', () => {
  expect(tied([of('/page?x=1'), of('/api')], ['/page', '/api', '/another'])).toEqual(['/page', '/api']);
});

test.each<[string, OwnRequest[], string[], Parameters<typeof tied>[2]?]>([
  ['two requests fit one entry', [of('/page')], ['/page', '/page']],
  ['two entries fit one request', [of('/page'), of('/page', START + 30)], ['/page']],
  ['long before', [of('/page', START - 60_000)], ['/page']],
  ['long after', [of('/page', START + 60_000)], ['/page']],
  ['another host', [{ ...of('/page'), url: 'http://localhost:4000/page' }], ['/page']],
  ['nothing that is a URL', [{ ...of('/page'), url: 'page' }], ['/page']],
  ['the entry is of what DevTools reported', [of('/page?x=1')], ['/page', '/page'], { apart: 500, har: HAR }],
])('%s: nothing is tied', (_what, own, paths, options) => {
  expect(tied(own, paths, options)).toEqual([]);
});

test('a slow request is its own while it runs', () => {
  expect(tied([of('/slow', START - 10_000, START + 10)], ['/slow'])).toEqual(['/slow']);
});
