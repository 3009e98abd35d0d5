/**
 * Responses that came without our header, though a companion answers at their origin: a proxy removes it. Each is tied to
 * its exchange where method, path, status and time leave exactly one on either side.
 */
import type { HarExchange } from './har.ts';
import type { ExchangeRecord } from './records.ts';
import { pathOfUrl } from './url-path.ts';

/** Responses that wait for their exchange: a page with all its parts, some times over. */
const MAX_WAITING = 500;

/** The two clocks are one machine's, or nearly: what began further apart is another request. */
const APART_MS = 1_500;

export interface HeaderlessMatch {
  exchange: ExchangeRecord;
  har: HarExchange;
}

export class HeaderlessResponses {
  #waiting: HarExchange[] = [];

  add(har: HarExchange): void {
    // Seen again, better known.
    this.#waiting = [...this.#waiting.filter((other) => !isSame(other, har)), har].slice(-MAX_WAITING);
  }

  /** It has its header after all. */
  remove(har: HarExchange): void {
    if (this.#waiting.length > 0) this.#waiting = this.#waiting.filter((other) => !isSame(other, har));
  }

  /** What fits one another and nothing else; each is given once. */
  match(exchanges: readonly ExchangeRecord[]): HeaderlessMatch[] {
    if (this.#waiting.length === 0) return [];
    const open = exchanges.filter(({ started, finished, har }) => started && finished && har === undefined);
    const matches = open.flatMap((exchange): HeaderlessMatch[] => {
      const [har, ...more] = this.#waiting.filter((one) => fits(one, exchange));
      if (har === undefined || more.length > 0) return [];
      return open.some((other) => other !== exchange && fits(har, other)) ? [] : [{ exchange, har }];
    });
    const taken = new Set(matches.map(({ har }) => har));
    if (taken.size > 0) this.#waiting = this.#waiting.filter((har) => !taken.has(har));
    return matches;
  }

  clear(): void {
    this.#waiting = [];
  }
}

const isSame = (a: HarExchange, b: HarExchange) =>
  a.startedAt === b.startedAt && a.url === b.url && a.method === b.method;

const fits = (har: HarExchange, { started, finished, at }: ExchangeRecord): boolean =>
  har.method === started!.method &&
  pathOfUrl(har.url) === started!.path &&
  har.status === finished!.status &&
  Math.abs(har.startedAt - at) <= APART_MS;
