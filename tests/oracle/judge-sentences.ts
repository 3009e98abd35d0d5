/** The verdict's sentences: what each says of a request, beside what browser, app and store saw of it. */
import { type Judge, type Looked, recordAtEnd } from './judge.ts';
import type { Act } from './programs.ts';
import type { TrueRequest } from './truth.ts';
import { type Content, contentOf, isEqual } from './values.ts';

/** What a sentence is compared with. */
interface Seen {
  request: TrueRequest;
  /** What the library would store of what is in memory at the end. */
  asStored: Content | undefined;
  /** The record that the cookie named, as the request began. */
  base: Content | undefined;
  key: string | null;
  settings: Readonly<Record<string, boolean | number>>;
  /** Others ran meanwhile: what this one found and left may be theirs. */
  isBesideOthers: boolean;
  did(...acts: Act['act'][]): boolean;
}

/** `undefined`: what was seen does not decide it. */
type Decide = (seen: Seen, match: RegExpExecArray) => boolean | undefined;

const CHANGES: Act['act'][] = [
  'set',
  'delete',
  'fill',
  'change in place',
  'new key',
  'end session',
  'clear',
  'reload',
  'touch',
  'expire in',
];

const isSame = (a: Content | undefined, b: Content | undefined): boolean =>
  [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])].every((key) => isEqual(a?.get(key), b?.get(key)));

/** As long as nobody else could have written it. */
const alone =
  (decide: Decide): Decide =>
  (seen, match) =>
    seen.isBesideOthers ? undefined : decide(seen, match);

const wasUnchanged: Decide = alone(({ asStored, base, did }) =>
  asStored === undefined || did('reload', 'new key', 'end session') ? undefined : isSame(asStored, base),
);
/** Expired, or never there; of a sealed cookie, one that does not hold any more. */
const wasMissing: Decide = alone(({ request }) =>
  request.recordAtBegin === undefined ? true : endedBy(request.recordAtBegin.expiresAt) ? true : undefined,
);
const endedBy = (at: number | null | undefined): boolean => typeof at === 'number' && at <= Date.now();

/** The first that fits decides. */
const RULES: readonly (readonly [says: RegExp, decide: Decide])[] = [
  [
    /^Nothing touched the session/,
    ({ request }) => request.acts.every(({ act }) => act === 'touch' || act === 'reload'),
  ],
  [/^Nothing (?:had )?changed|^The session was read and not changed/, wasUnchanged],
  [/only the record's expiry was reset/, wasUnchanged],
  [/^A value inside ([^ ]+) changed|^What lies inside ([^ ]+) was changed/, ({ did }) => did('change in place')],
  [/^The app called save\(\), which/, ({ did }) => did('save')],
  [/^The session was changed and is empty now/, ({ asStored }) => asStored?.size === 0],
  [/^The session was changed/, ({ did }) => did(...CHANGES)],
  [
    /^A new session that nothing was written to|saved with nothing in it/,
    ({ asStored }) => (asStored?.size ?? 0) === 0,
  ],
  [/whose data was taken out again/, ({ asStored }) => asStored?.size === 0],
  [/^A new session without data/, ({ asStored }) => (asStored?.size ?? 0) === 0],
  [/^A new session with data in it/, ({ asStored }) => (asStored?.size ?? 0) > 0],
  [
    /^A new session was saved\.$/,
    (seen, match) => (seen.did('new key', 'end session') ? true : wasMissing(seen, match)),
  ],
  [/^The app called save\(\)/, ({ did }) => did('save')],
  [/^The app called cycle_?[kK]ey\(\)/, ({ did }) => did('new key')],
  [/called flush\(\)|^The app destroyed the session/, ({ did }) => did('end session')],
  [/^The session was regenerated/, ({ did }) => did('new key')],
  [/^The response is a (\d+)/, ({ request }, [, status]) => request.status === Number(status)],
  [/had expired|is not in the store|holds no record by|has no valid record/, wasMissing],
  [
    /can't be (?:serialized|stored)|failed on save|could not save/,
    ({ request }) => request.errors.length > 0 || (request.status ?? 500) >= 400,
  ],
  [/every request saves/, ({ settings }) => settings['saveEveryRequest'] === true],
  [/the record was written again/, ({ settings }) => settings['resave'] === true],
  [/^Every response refreshes the cookie/, ({ settings }) => settings['rolling'] === true],
  [/(?:has|sent) this cookie/, ({ request }) => request.sent !== undefined],
  [
    /^The session has a key that the browser does not know yet/,
    ({ request, key }) => key !== null && key !== request.sent,
  ],
  [/with an end in the past/, ({ request }) => request.acts.some((act) => act.act === 'expire in' && act.seconds <= 2)],
  [/^The session (?:changed and has an expiry|was saved)/, ({ request }) => (request.setCookies?.length ?? 1) > 0],
  [
    /was not saved, so no cookie|There is no session to name|no req\.session to set a cookie/,
    ({ request }) => (request.setCookies?.length ?? 0) === 0,
  ],
  [
    /^The record was (?:there when|gone when)|was deleted while this request ran|brought it back/,
    ({ isBesideOthers, did, request }) =>
      isBesideOthers ||
      did('end session') ||
      endedBy(request.recordAtBegin?.expiresAt) ||
      request.acts.some((act) => act.act === 'expire in' && act.seconds <= 2),
  ],
  [/^The connection closed|was cancelled/, ({ request }) => request.isAborted],
  [
    /^The session is empty|^An empty session/,
    ({ asStored, request }) => (asStored?.size ?? 0) === 0 || request.setCookies === undefined,
  ],
];

export function judgeSentences(judge: Judge, looked: Looked): void {
  const { claims, tally, truth: all } = judge;
  const request = all.requests.get(looked.truth.request)!;
  const seen: Seen = {
    request,
    asStored: looked.truth.asStored ?? looked.truth.memory,
    base: contentOf(request.recordAtBegin?.content ?? undefined),
    key: looked.truth.key,
    settings: judge.settings,
    isBesideOthers: [...all.requests.values()].some((other) => other !== request && all.overlap(other, request)),
    did: (...acts) => request.acts.some(({ act }) => acts.includes(act)),
  };
  for (const text of claims.sentences(looked.cursor.exchange)) {
    const rule = RULES.find(([says]) => says.test(text));
    const isSo = rule?.[1](seen, rule[0].exec(text)!);
    if (isSo === undefined) tally.unknown('sentence', rule === undefined ? text : undefined);
    else if (isSo) tally.right('sentence');
    else
      tally.false({
        kind: 'sentence',
        step: looked.step,
        request: request.number,
        says: text,
        isSo: `acts: ${request.acts.map(({ act }) => act).join(', ') || 'none'}; status ${request.status}; ${recordAtEnd(judge, looked)}`,
      });
  }
}
