/** One request in which h3's session functions are at work: its sessions, each seal of one, each end of one. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { describeError } from '../../core/describe-error.ts';
import { countSent, decoded } from '../../core/sent-cookies.ts';
import { lastSetValue } from '../../core/set-cookie.ts';
import { AppSavedExchange, type AppSavedFacts, type Snapshot, snapshotOf } from '../../kit/app-saved-exchange.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import { ObservedSession } from '../../kit/observed-session.ts';
import { guard } from '../../kit/scope.ts';
import type { Call } from './call.ts';
import { joined } from './chunks.ts';
import type { H3Library } from './library.ts';
import { type Opened, SessionData } from './opened.ts';
import { failureOf, REFUSALS } from './refusals.ts';
import type { RawSession } from './types.ts';
import { type Did, type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: H3Library };

export class Exchange extends AppSavedExchange<Failure> {
  readonly #library: H3Library;
  readonly #isHeadSent: () => boolean;
  readonly #opened = new WeakMap<RawSession, Opened>();
  #sent: ReturnType<H3Library['readSent']>;
  readonly #did: Did = {
    byLibrary: undefined,
    isRestored: false,
    isSealed: false,
    isCookieOff: false,
    isLateSave: false,
  };
  #isCleared = false;
  /** It was cleared, and not saved again since. */
  #isEnded = false;

  constructor(library: Library, context: RequestContext<Exchange>) {
    const { cookieName: name, cookieNames, readSent } = library.library;
    const { headers } = context.request;
    const sent = readSent((header) => textOf(headers[header]));
    super(library, context, cookieNames, {
      name,
      sent: countSent(headers.cookie, name),
      taken: 'first',
      signature: sent?.signature,
      key: sent?.taken === 'open' ? sent.key : undefined,
    });
    this.#library = library.library;
    this.#isHeadSent = () => context.response.headersSent;
    this.#sent = sent;
  }

  protected sessionIn(lines: readonly unknown[]): string | null {
    const seal = this.#sealIn(lines);
    return seal === '' ? null : this.fingerprint(seal);
  }

  protected judge(facts: AppSavedFacts<Failure>): Verdict {
    return judge({ ...facts, ...this.#did, isDestroyed: this.#isEnded, sent: this.#sent?.taken });
  }

  /** The session of this call's name, as far as it is known. */
  known({ access }: Call): Opened | undefined {
    const raw = access.session(this.#library.cookieName);
    return raw && this.#opened.get(raw);
  }

  /** The event holds a session: known, or made by what was called now. `isMerged`: it was changed since it was opened. */
  open(call: Call, isMerged = false): Opened | undefined {
    const raw = call.access.session(this.#library.cookieName);
    // Without an ID it is being loaded.
    if (raw === undefined || raw.id === '') return undefined;
    this.#did.isCookieOff ||= call.config.cookie === false;
    const opened = this.#opened.get(raw) ?? this.#begin(raw, call, isMerged);
    if (!isMerged) this.#noteSealed(opened, call);
    return opened;
  }

  /** The app asks for a session: `run` has h3 load or begin one, and may seal it. */
  ask<T>(call: Call, run: () => Promise<T>): Promise<T> {
    return this.saving(
      run,
      () => {
        this.open(call);
        // What h3 saved by itself is noted there.
        return false;
      },
      (error) => this.#failed(this.open(call), call, error),
    );
  }

  #failed(
    opened: Opened | undefined,
    { name, source }: Call,
    error: unknown,
    whole = opened?.session.whole(),
  ): Failure {
    const save = { operation: 'save', call: name, actor: 'app', source, ...whole, outcome: 'error' } as const;
    opened?.session.record({ ...save, error: describeError(error) });
    return failureOf(error);
  }

  #begin(raw: RawSession, { access, config, name, source }: Call, isMerged: boolean): Opened {
    const sent = this.#library.readSent(access.header, config);
    this.#sent = sent;
    const isNew = sent?.taken !== 'open';
    const data = new SessionData(raw);
    // What was merged since is the app's own write, and no part of what was loaded.
    if (isMerged) data.stand(isNew ? {} : (this.#library.dataOf(sent.key) ?? {}));
    const session = new ObservedSession(this.observed, data, isNew ? null : this.fingerprint(sent.key));
    data.stand(undefined);
    const load = { operation: 'load', call: name, actor: 'framework', source } as const;
    if (sent?.taken === 'open') {
      const { key, isFromHeader } = sent;
      session.record(
        {
          ...load,
          outcome: 'found',
          bytes: key.length,
          expiry: { sessionAt: this.#library.endOf(raw, config) },
          ...(isFromHeader ? {} : { layer: 'cookie' as const }),
          ...session.whole(),
        },
        session.known.bytes,
      );
      if (this.#isCleared) this.#did.isRestored = true;
    } else {
      if (sent !== undefined) session.record({ ...load, ...REFUSALS[sent.taken] });
      session.record({ operation: 'create', call: name, actor: 'framework', source, ...session.whole() });
    }
    const opened = this.hold<Opened>({
      raw,
      data,
      session,
      isNew,
      isDestroyed: false,
      saved: undefined,
      seal: isNew ? undefined : sent.key,
    });
    this.#opened.set(raw, opened);
    return opened;
  }

  /** The library seals by itself: a new session at once, a moving end or an older seal as it is loaded. */
  #noteSealed(opened: Opened, { access, config, name, source }: Call): void {
    const seal = this.#sealIn(access.setCookies());
    const { session } = opened;
    if (seal === '' || seal === opened.seal) return;
    session.checkpoint();
    const reason = opened.isNew ? 'new-session' : 'resealed';
    this.#did.byLibrary ??= reason;
    const { whole, stored, text } = snapshotOf(opened.session);
    opened.saved = text;
    const lineage = this.#sealed(opened, seal, config);
    session.record(
      {
        operation: 'save',
        call: name,
        actor: 'framework',
        source,
        outcome: 'done',
        reason,
        stored,
        ...whole,
        ...lineage,
      },
      session.known.bytes,
    );
    this.savedByLibrary();
  }

  /** `run` has the library change the session and seal it. `keys`: those that the app has given, once it has run. */
  update(call: Call, keys: () => readonly string[], run: () => Promise<unknown>): Promise<unknown> {
    const before = guard(this.observed, call.name, () => {
      const opened = this.open(call);
      opened?.session.checkpoint();
      return opened;
    });
    let opened = before;
    let taken: Snapshot | undefined;
    const wrote = (on: Opened) => {
      for (const key of keys()) on.session.wrote(key, on.data.get(key), call.name, call.source);
      taken = snapshotOf(on.session);
    };
    return this.saving(
      () => {
        const promise = run();
        // At once where there is a session: what it holds now is what is being sealed.
        if (before !== undefined) guard(this.observed, call.name, () => wrote(before));
        return promise;
      },
      () => {
        if (opened === undefined) {
          opened = this.open(call, true);
          if (opened === undefined) return false;
          wrote(opened);
        }
        return this.#saved(opened, call, taken!);
      },
      (error) => this.#failed(opened, call, error, taken?.whole),
    );
  }

  #saved(opened: Opened, { access, config, name, source }: Call, { whole, stored, text }: Snapshot): boolean {
    if (config.cookie === false) return false;
    const { session } = opened;
    const seal = this.#sealIn(access.setCookies());
    const isNew = session.fingerprint === null;
    this.#did.isLateSave ||= this.#isHeadSent();
    this.#did.byLibrary = undefined;
    this.#isEnded = false;
    opened.saved = text;
    const lineage = seal === '' ? {} : this.#sealed(opened, seal, config);
    session.record(
      {
        operation: 'save',
        call: name,
        actor: 'app',
        source,
        outcome: 'done',
        reason: isNew ? 'new-session' : 'updated',
        stored,
        ...whole,
        ...lineage,
      },
      session.known.bytes,
    );
    return true;
  }

  /** `sealSession` gives the app a seal: it goes where the app sends it. */
  seal(call: Call, run: () => Promise<string>): Promise<string> {
    const opened = guard(this.observed, call.name, () => this.open(call));
    const taken = guard(this.observed, call.name, () => {
      opened?.session.checkpoint();
      return opened && snapshotOf(opened.session);
    });
    return run().then((seal) => {
      guard(this.observed, call.name, () => {
        const on = opened ?? this.open(call);
        if (on === undefined) return;
        const { whole, stored, text } = taken ?? snapshotOf(on.session);
        on.saved = text;
        this.#did.isSealed = true;
        const { name, source, config } = call;
        const bytes = { bytes: seal.length, expiry: { sessionAt: this.#library.endOf(on.raw, config) } };
        this.#library.learn(seal, on.raw, config);
        const to = this.fingerprint(seal);
        on.session.record(
          {
            operation: 'save',
            call: name,
            actor: 'app',
            source,
            outcome: 'done',
            reason: 'sealed',
            stored,
            ...whole,
            ...bytes,
            from: on.session.fingerprint,
            to,
          },
          on.session.known.bytes,
        );
        on.session.fingerprint = to;
      });
      return seal;
    });
  }

  /** The app ends the session: `run` does it. */
  clear<T>(call: Call, run: () => T): T {
    const opened = guard(this.observed, call.name, () => {
      const on = this.open(call);
      on?.session.checkpoint();
      return on;
    });
    const before = guard(this.observed, call.name, () => opened?.session.known.state());
    const result = run();
    guard(this.observed, call.name, () => {
      this.#isCleared = true;
      this.#isEnded = true;
      this.#did.byLibrary = undefined;
      this.#did.isCookieOff ||= call.config.cookie === false;
      const { source, name } = call;
      const from = opened === undefined ? this.observed.owner : opened.session.fingerprint;
      const flush = { operation: 'flush', call: name, actor: 'app', source, from, to: null } as const;
      if (opened === undefined) {
        this.observed.record({ ...flush, session: from });
        return;
      }
      opened.isDestroyed = true;
      opened.saved = undefined;
      opened.session.record({ ...flush, ...(before === undefined ? {} : { before }) });
      opened.data.end();
      opened.session.restart();
      opened.session.fingerprint = null;
    });
    return result;
  }

  /** The session has another seal: from which to which. */
  #sealed(opened: Opened, seal: string, config: Call['config']) {
    const from = opened.session.fingerprint;
    const to = this.fingerprint(seal);
    this.#library.learn(seal, opened.raw, config);
    opened.seal = seal;
    opened.session.fingerprint = to;
    const sessionAt = this.#library.endOf(opened.raw, config);
    return { bytes: seal.length, cookieProduced: true, from, to, expiry: { sessionAt } };
  }

  #sealIn(lines: readonly unknown[]): string {
    return joined((name) => decoded(lastSetValue(lines, name) ?? ''), this.#library.cookieName);
  }
}

const textOf = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
