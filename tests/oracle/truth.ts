/**
 * What is so: kept by an observer that sees the browser's side, the app's own reports and the store's bytes, and nothing
 * of companion or panel. Knows of each value which line of which request put it there.
 */
import type { Report, StoredRecord } from './app-process.ts';
import type { Answer } from './browser.ts';
import type { Held } from './browser-jar.ts';
import type { Act } from './programs.ts';
import { type Content, contentOf, type Dump, isEqual } from './values.ts';

/** A line of the app, in one request, that wrote a key. */
export interface TrueWrite {
  request: number;
  /** One line, or for a change in place both: where the value was handed out, and where it was changed. */
  line: number;
  key: string;
  isInPlace: boolean;
  /** Session key that the request had then; `null`: none yet. */
  session: string | null;
  /** In which order it happened. */
  at: number;
}

/** Who can have put a value there: more than one where equal values were written. */
type Origins = Map<string, TrueWrite[]>;

/** One request, as the browser and the app saw it. */
export interface TrueRequest {
  number: number;
  browser: number;
  server: number;
  /** Session key in the cookie that the browser sent; `undefined`: no such cookie. */
  sent: string | undefined;
  /** The record under it as the request began; `undefined`: there was none. */
  recordAtBegin: StoredRecord | undefined;
  key: string | null;
  memory: Content | undefined;
  asStored: Content | undefined;
  origins: Origins;
  /** Values that keys had before changes in place since the library last looked. */
  unseen: Map<string, Dump[]>;
  /** Records that changed while this request's code ran. */
  wrote: Set<string>;
  removed: Set<string>;
  /** Set-Cookie lines of the response; `undefined`: none came yet, or the browser had gone. */
  setCookies: string[] | undefined;
  /** The session's cookie in its browser's jar, once the response was taken in. */
  held: Held | undefined;
  /** When the session would end by itself, at each moment that can have set it: epoch ms, `null`: never. */
  ends: (number | null)[];
  status: number | undefined;
  /** Its session's record once the response was there; `undefined`: there was none. */
  endRecord: StoredRecord | undefined;
  /** Epoch ms. */
  beganMs: number;
  /** Epoch ms: when the response had come. */
  answeredMs: number;
  errors: string[];
  acts: Act[];
  isAborted: boolean;
  hasEnded: boolean;
  beganAt: number;
  endedAt: number | undefined;
  /** By this process's clock, ms: it was known to run from here to there. */
  runsMs: [from: number, to: number];
  /** The server that ran it is gone. */
  isLost: boolean;
}

/** How things stood after one step. */
export interface TrueMoment {
  /** Order among moments. */
  at: number;
  request: number;
  key: string | null;
  memory: Content | undefined;
  asStored: Content | undefined;
  origins: ReadonlyMap<string, readonly TrueWrite[]>;
  /** Keys with changes in place that the library has not looked at yet, and what they may still read as. */
  unseen: ReadonlyMap<string, readonly Dump[]>;
  /** Of the request's server, at the panel's moment. */
  records: Readonly<Record<string, StoredRecord>>;
  hasEnded: boolean;
  epochMs: number;
}

/** Stores that drop a record at its end do so by their own clock. */
const EXPIRY_MS = 100;

/** Acts that ask the store: what fails in others is the app's own. */
const SAVES: ReadonlySet<string> = new Set(['save', 'new key', 'end session', 'reload']);

const copyOf = (origins: ReadonlyMap<string, readonly TrueWrite[]>): Origins =>
  new Map([...origins].map(([key, writes]) => [key, [...writes]]));

/** Acts by which a session's end may begin again. */
const SETS_END: ReadonlySet<string> = new Set(['expire in', 'touch', 'save', 'new key', 'reload']);

/** Written again with the same content, a record still ends later than it did. */
const isWrittenAgain = (old: StoredRecord | undefined, { raw, expiresAt }: StoredRecord): boolean =>
  old?.raw !== raw ||
  (typeof expiresAt === 'number' && typeof old.expiresAt === 'number' && expiresAt > old.expiresAt + EXPIRY_MS);

/** A record that no load gives any more is none. */
const asLive = (record: StoredRecord | undefined): StoredRecord | undefined => (hasEnded(record) ? undefined : record);

/** Its end has passed; some stores keep it anyway. */
export const hasEnded = (record: StoredRecord | undefined): boolean =>
  typeof record?.expiresAt === 'number' && record.expiresAt <= Date.now();

export class Truth {
  readonly requests = new Map<number, TrueRequest>();
  readonly writes: TrueWrite[] = [];
  /** What each write put there, as the app has it right after. */
  readonly valuesWritten: { write: TrueWrite; value: Dump | undefined }[] = [];
  /** By server. */
  records: Record<string, StoredRecord>[] = [];
  /** By server and session key. */
  readonly #recordOrigins: Map<string, Origins>[] = [];
  /** Servers of one store hold the same records. */
  readonly #isShared: boolean;
  /** By server and session key: when the session in it would end by itself, as of when it was written last. */
  readonly #recordEnds: Map<string, number | null>[] = [];
  /** Session keys that cookies brought, and that records had. */
  readonly #named = new Set<string>();
  #at = 0;

  /** Whether a reload puts the record in the place of what is in memory. */
  readonly #reloads: boolean;

  constructor(servers: number, isShared: boolean, reloads: boolean) {
    this.#isShared = isShared;
    this.#reloads = reloads;
    for (let server = 0; server < servers; server++) {
      this.records.push({});
      this.#recordOrigins.push(isShared && server > 0 ? this.#recordOrigins[0]! : new Map<string, Origins>());
      this.#recordEnds.push(isShared && server > 0 ? this.#recordEnds[0]! : new Map<string, number | null>());
    }
  }

  begin(
    number: number,
    { browser, server, sent }: { browser: number; server: number; sent: string | undefined },
  ): void {
    if (sent !== undefined) this.#named.add(sent);
    this.requests.set(number, {
      number,
      browser,
      server,
      sent,
      recordAtBegin: sent === undefined ? undefined : asLive(this.records[server]![sent]),
      key: null,
      memory: undefined,
      asStored: undefined,
      origins: new Map(),
      unseen: new Map(),
      wrote: new Set(),
      removed: new Set(),
      setCookies: undefined,
      held: undefined,
      ends: [],
      status: undefined,
      endRecord: undefined,
      beganMs: Date.now(),
      answeredMs: 0,
      errors: [],
      acts: [],
      isAborted: false,
      hasEnded: false,
      beganAt: (this.#at += 1),
      endedAt: undefined,
      runsMs: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
      isLost: false,
    });
  }

  /** A step of a request is over: what its app reports now. */
  note(number: number, report: Report, act?: Act): TrueMoment {
    const request = this.requests.get(number)!;
    this.#at += 1;
    const before = request.memory;
    const memory = contentOf(report.memory);
    // Loaded just now, or again: what is there came with the record as it was before this step.
    const isReloaded = act?.act === 'reload' && report.error === undefined && this.#reloads;
    const isLoaded = memory !== undefined && (before === undefined || isReloaded);
    if (isLoaded) {
      const from = isReloaded ? report.key : request.sent;
      request.origins = copyOf(this.#recordOrigins[request.server]!.get(from ?? '') ?? new Map());
    }
    request.memory = memory;
    request.asStored = contentOf(report.asStored);
    request.key = report.key ?? null;
    if (act !== undefined) {
      request.acts.push(act);
      if (report.error !== undefined && SAVES.has(act.act)) request.errors.push(report.error);
      const record = this.records[request.server]![request.sent ?? ''];
      this.#noteWrites(request, act, before ?? contentOf(record?.content ?? undefined), report);
    }
    if (report.sessionEnd !== undefined && (act === undefined ? request.hasEnded : SETS_END.has(act.act)))
      request.ends.push(report.sessionEnd);
    this.#noteRecords(request, report);
    if (request.hasEnded) request.endRecord ??= this.records[request.server]![report.key ?? ''];
    return this.moment(number);
  }

  /** Stores are as `records` says, and this request is the only one whose code ran. */
  #noteRecords(request: TrueRequest, { records, key: own, sessionEnd }: Report): void {
    const server = request.server;
    const [before, after] = [this.records[server]!, records[server]!];
    const origins = this.#recordOrigins[server]!;
    for (const [key, record] of Object.entries(after)) {
      const old = before[key];
      if (key === own && sessionEnd !== undefined && isWrittenAgain(old, record))
        this.#recordEnds[server]!.set(key, sessionEnd);
      if (old?.raw === record.raw) continue;
      request.wrote.add(key);
      const oldContent = contentOf(old?.content ?? undefined);
      const kept: Origins = origins.get(key) ?? new Map();
      const made: Origins = new Map();
      for (const [name, value] of contentOf(record.content ?? undefined) ?? []) {
        const isKept = oldContent !== undefined && isEqual(oldContent.get(name), value);
        made.set(name, [...(isKept ? (kept.get(name) ?? []) : []), ...(request.origins.get(name) ?? [])]);
      }
      origins.set(key, made);
    }
    for (const key of Object.keys(after)) this.#named.add(key);
    for (const [key, { expiresAt }] of Object.entries(before))
      if (after[key] === undefined) {
        // What its own end took away, nobody did.
        const isExpired = typeof expiresAt === 'number' && expiresAt <= Date.now() + EXPIRY_MS;
        if (!isExpired) request.removed.add(key);
        origins.delete(key);
      }
    this.records = records;
  }

  /** Out of a request: a server came back, or time passed. */
  noteStores(records: Record<string, StoredRecord>[]): void {
    this.records = records;
  }

  restarted(server: number): void {
    for (const request of this.requests.values())
      if (request.server === server && !request.hasEnded) request.isLost = true;
    if (this.#isShared) return;
    this.records[server] = {};
    this.#recordOrigins[server]!.clear();
  }

  end(number: number, { setCookies, status, held, answeredMs = 0 }: Partial<Answer> = {}): void {
    const request = this.requests.get(number)!;
    Object.assign(request, { setCookies, status, held, answeredMs, hasEnded: true, endedAt: (this.#at += 1) });
    this.#allSeen(request);
  }

  abort(number: number): void {
    this.requests.get(number)!.isAborted = true;
  }

  #noteWrites(request: TrueRequest, act: Act, before: Content | undefined, { line = 0, error }: Report): void {
    const { memory } = request;
    const write = (key: string, isInPlace: boolean): TrueWrite => {
      const made = { request: request.number, line, key, isInPlace, session: request.key, at: this.#at };
      this.writes.push(made);
      this.valuesWritten.push({ write: made, value: memory?.get(key) });
      return made;
    };
    switch (act.act) {
      case 'set':
        if (memory !== undefined && line > 0) request.origins.set(act.key, [write(act.key, false)]);
        request.unseen.delete(act.key);
        return;
      case 'fill':
        if (memory !== undefined && line > 0)
          for (let at = 0; at < act.count; at++) request.origins.set(`m${at}`, [write(`m${at}`, false)]);
        return;
      case 'expire in':
        if (memory?.has('_session_expiry')) request.origins.set('_session_expiry', [write('_session_expiry', false)]);
        return;
      case 'delete':
        if (before?.has(act.key) === true) write(act.key, false);
        request.origins.delete(act.key);
        request.unseen.delete(act.key);
        return;
      case 'change in place': {
        const old = before?.get(act.key);
        const now = memory?.get(act.key);
        if (old === undefined || isEqual(old, now)) return;
        request.origins.set(act.key, [...(request.origins.get(act.key) ?? []), write(act.key, true)]);
        request.unseen.set(act.key, [...(request.unseen.get(act.key) ?? []), old]);
        return;
      }
      case 'reload':
        if (!this.#reloads || error !== undefined) return;
        request.unseen.clear();
        return;
      case 'save':
        this.#allSeen(request);
        return;
      case 'new key':
      case 'end session':
      case 'clear':
        this.#allSeen(request);
        for (const key of request.origins.keys()) if (memory?.has(key) !== true) request.origins.delete(key);
        return;
      default:
    }
  }

  /** The library has looked at every value: changes in place count from here on. */
  #allSeen(request: TrueRequest): void {
    for (const key of request.unseen.keys()) {
      const own = request.origins.get(key)?.filter(({ isInPlace, request: by }) => isInPlace && by === request.number);
      if (own !== undefined && own.length > 0) request.origins.set(key, own);
    }
    request.unseen.clear();
  }

  /** A key in memory that no record and no cookie ever had: a save that failed has left it there. */
  isNobodys(number: number, key: string): boolean {
    return (
      this.requests.get(number)!.errors.length > 0 &&
      !this.#named.has(key) &&
      this.records.every((records) => records[key] === undefined)
    );
  }

  /** When a request's session would end by itself: whichever may be the last word. */
  endsOf({ server, ends, key }: TrueRequest): (number | null)[] {
    const own = key === null ? undefined : this.#recordEnds[server]!.get(key);
    return own === undefined ? ends : [...ends, own];
  }

  /** Whether two requests ran at once. */
  overlap(a: TrueRequest, b: TrueRequest): boolean {
    return a.beganAt < (b.endedAt ?? Number.POSITIVE_INFINITY) && b.beganAt < (a.endedAt ?? Number.POSITIVE_INFINITY);
  }

  moment(number: number): TrueMoment {
    const request = this.requests.get(number)!;
    return {
      at: this.#at,
      request: number,
      key: request.key,
      memory: request.memory,
      asStored: request.asStored,
      origins: copyOf(request.origins),
      unseen: new Map([...request.unseen].map(([key, values]) => [key, [...values]])),
      records: this.records[request.server]!,
      hasEnded: request.hasEnded,
      epochMs: Date.now(),
    };
  }
}
