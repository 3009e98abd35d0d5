/** What is known of the store that keeps a request's session. */
import type { EpochStarted } from '../../protocol/index.ts';
import type { ExchangeRecord } from './records.ts';

type Middleware = EpochStarted['middlewares'][number];

/** Names of stores of which it was known before companions said so. */
const BY_NAME: Readonly<Record<string, NonNullable<Middleware['recordsIn']>>> = {
  MemoryStore: 'process',
  signed_cookies: 'cookie',
  cookie: 'cookie',
};

/** `undefined`: not known, as of a request whose start was not reported where there are several. */
export function middlewareOf({ started, life }: ExchangeRecord): Middleware | undefined {
  const all = life.started?.middlewares ?? [];
  return started === undefined ? (all.length === 1 ? all[0] : undefined) : all[started.middleware];
}

/** Where the records lie; `undefined`: not known. */
export const recordsIn = (middleware: Middleware | undefined): Middleware['recordsIn'] =>
  middleware?.recordsIn ?? (middleware && BY_NAME[middleware.store]);

/** Names of the stores of a server that was restarted: which were emptied by it, and of which that is not known. */
export function storesOf(middlewares: readonly Middleware[]): { emptied: string[]; unknown: string[] } {
  const named = (where: Middleware['recordsIn']) => [
    ...new Set(middlewares.flatMap((one) => (recordsIn(one) === where ? one.store : []))),
  ];
  return { emptied: named('process'), unknown: named(undefined) };
}
