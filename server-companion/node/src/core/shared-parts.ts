/**
 * What one request's events say as the last one's did: kept once. A browser's requests begin alike, and most requests
 * of an app end with the same verdict.
 */
import type { ExchangeStarted, Verdict } from '../../../../protocol/index.ts';

/** Sessions whose last request is remembered: as many clients as a developer has browsers and test scripts. */
const MAX_SESSIONS = 64;

/** Parts of events, of which one stands for all that say the same. Nothing that is given here may be changed later. */
export class SharedParts {
  readonly #starts = new Map<string | undefined, ExchangeStarted>();
  readonly #verdicts = new Map<string | null, Verdict>();

  /** A start that says the same, its number, time and exchange aside. */
  start(event: ExchangeStarted): ExchangeStarted {
    const of = event.cookie.fingerprint;
    const known = this.#starts.get(of);
    if (known !== undefined && isSameStart(known, event)) return known;
    if (this.#starts.size >= MAX_SESSIONS) this.#starts.clear();
    this.#starts.set(of, event);
    return event;
  }

  /** A verdict that says the same; `session`: with which the exchange ended. */
  verdict(verdict: Verdict, session: string | null): Verdict {
    const known = this.#verdicts.get(session);
    if (known !== undefined && isSameVerdict(known, verdict)) return known;
    if (this.#verdicts.size >= MAX_SESSIONS) this.#verdicts.clear();
    this.#verdicts.set(session, verdict);
    return verdict;
  }
}

const isSameStart = (a: ExchangeStarted, b: ExchangeStarted): boolean =>
  a.middleware === b.middleware &&
  a.method === b.method &&
  a.path === b.path &&
  a.protocol === b.protocol &&
  a.host === b.host &&
  a.site === b.site &&
  a.dest === b.dest &&
  a.purpose === b.purpose &&
  a.client === b.client &&
  a.process === b.process &&
  a.parent === b.parent &&
  a.kind === b.kind &&
  a.cookie.name === b.cookie.name &&
  a.cookie.sent === b.cookie.sent &&
  a.cookie.taken === b.cookie.taken &&
  a.cookie.fingerprint === b.cookie.fingerprint &&
  a.cookie.signature === b.cookie.signature;

const isSameVerdict = (a: Verdict, b: Verdict): boolean =>
  isSameDecision(a.record, b.record) &&
  isSameDecision(a.cookie, b.cookie) &&
  a.cookie.due === b.cookie.due &&
  isSameCookie(a.cookie.attributes, b.cookie.attributes);

type Decision = Pick<Verdict['record'], 'reason' | 'text' | 'setting' | 'fix'> & { outcome: string };

const isSameDecision = (a: Decision, b: Decision): boolean =>
  a.outcome === b.outcome && a.reason === b.reason && a.text === b.text && a.setting === b.setting && a.fix === b.fix;

type Attributes = Verdict['cookie']['attributes'];

const isSameCookie = (a: Attributes, b: Attributes): boolean =>
  a === undefined || b === undefined
    ? a === b
    : a.name === b.name &&
      a.path === b.path &&
      a.domain === b.domain &&
      a.maxAge === b.maxAge &&
      a.expiresAt === b.expiresAt &&
      a.httpOnly === b.httpOnly &&
      a.secure === b.secure &&
      a.sameSite === b.sameSite &&
      a.partitioned === b.partitioned &&
      a.bytes === b.bytes;
