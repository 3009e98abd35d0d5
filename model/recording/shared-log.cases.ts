/** Recordings of a Node and a Django process that write one log. */
import type { EpochStarted, Middleware } from '../../protocol/index.ts';
import type { ExchangeRecord, TimelineItem } from './records.ts';

const middlewareOf = (library: string, cookieName: string, more: Partial<Middleware> = {}): Middleware => ({
  library,
  libraryVersion: '1',
  cookieNames: [cookieName],
  store: 'db',
  recordsIn: 'outside',
  settings: {},
  ...more,
});

export const NODE: Partial<EpochStarted> = {
  process: 'node',
  runtime: 'node 24.0.0',
  server: { name: 'shop', port: 3000 },
  middlewares: [middlewareOf('express-session', 'connect.sid', { store: 'MemoryStore', recordsIn: 'process' })],
};
export const DJANGO: Partial<EpochStarted> = {
  process: 'django',
  runtime: 'python 3.12.0',
  server: { name: 'shop', port: 8000 },
  middlewares: [middlewareOf('django', 'sessionid')],
};

export const requestsOf = (items: readonly TimelineItem[]): ExchangeRecord[] =>
  items.flatMap((item) => (item.kind === 'exchange' ? [item] : []));
