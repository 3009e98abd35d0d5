/**
 * What would have happened under other settings, request by request: the recorded facts by the library's own rule. It is
 * taken that the app does the same with its session, and that browsers return the cookies that they are given. What then
 * still depends on a fact that was not recorded is computed each way: where the outcomes part, it is *not known*.
 * `tests/oracle/what-if.test.ts` runs the same programs on the real libraries under the other settings.
 */
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { middlewareOf } from '../recording/stores.ts';
import { endsUnder } from './ends.ts';
import { type Facts, factsOf } from './facts.ts';
import {
  AS_RECORDED,
  ASTRAY,
  type Brought,
  broughtBy,
  type Ends,
  isSameEnd,
  isThere,
  type Life,
  MARGIN_MS,
} from './lives.ts';
import { type Case, type CookieOutcome, decideBy, type Guess, type Input, type RecordOutcome } from './rows.ts';
import { rivalsOf, type Rivals } from './rivals.ts';
import { isHeldAfter, isSame, merged, unlessLate, type Way } from './ways.ts';
import { type LibraryRules, rulesOf } from './libraries.ts';
import { readSettings, type SettingValues } from './settings.ts';

export interface Foretold {
  exchange: ExchangeRecord;
  record: Guess<RecordOutcome>;
  cookie: Guess<CookieOutcome>;
  /** What the request would have brought with it, where that is another thing than it did, or is not known. */
  why?: string;
  was: Ends;
  is: Ends;
}

/** Of requests of one session middleware, those that have ended. `undefined`: no rule is known, or not all settings. */
export function foretell(
  items: readonly TimelineItem[],
  of: ExchangeRecord,
  change: SettingValues,
): readonly Foretold[] | undefined {
  const rules = rulesOf(middlewareOf(of)?.library);
  if (rules === undefined) return undefined;
  const walk = new Walk(items, rules, change);
  const foretold: Foretold[] = [];
  for (const [index, item] of items.entries()) {
    if (item.kind === 'gap') walk.lose();
    if (item.kind !== 'exchange' || !isOfOne(item, of)) continue;
    const facts = factsOf(item);
    if (facts === undefined) {
      walk.lose();
      continue;
    }
    const one = walk.take(facts, index);
    if (one === undefined) return undefined;
    foretold.push(one);
  }
  return foretold;
}

/** Of one app and one cookie: its servers share what a browser sends. */
export const isOfOne = (a: ExchangeRecord, b: ExchangeRecord): boolean =>
  a.started !== undefined &&
  a.started.cookie.name === b.started?.cookie.name &&
  a.life.started?.app === b.life.started?.app;

const LOST = 'Events were lost, or a request has not ended: what it did to this session is not known.';
const OVERLAP = 'Requests of one session ran at once, and which of them is saved last would have been another one.';

class Walk {
  readonly #items: readonly TimelineItem[];
  readonly #rules: LibraryRules;
  readonly #change: SettingValues;
  readonly #lives = new Map<string, Life>();
  /** Sessions that would have been astray, named or not seen yet. */
  readonly #astray = new Map<string, string>();
  /** Clients that would have been given a cookie where they were given none: what they send since is not known. */
  readonly #given = new Map<string, string>();
  /** The session that a client was last given a cookie of. */
  readonly #lastOf = new Map<string, string>();
  readonly #touchesOf = new Map<string, boolean | undefined>();
  #isLost = false;

  constructor(items: readonly TimelineItem[], rules: LibraryRules, change: SettingValues) {
    this.#items = items;
    this.#rules = rules;
    this.#change = change;
  }

  /** From here on nothing is known of sessions that are there already. */
  lose(): void {
    this.#isLost = true;
    for (const life of this.#lives.values()) strayed(life, LOST);
  }

  take(facts: Facts, index: number): Foretold | undefined {
    const reported = middlewareOf(facts.exchange)?.settings;
    const recorded = reported && readSettings(this.#rules.settings, reported);
    if (recorded === undefined) return undefined;
    const settings = { ...recorded, ...this.#change };
    const parent = facts.sent === undefined ? undefined : this.#lifeOf(facts.sent, facts);
    const brought = this.#broughtBy(facts, parent);
    const rivals = rivalsOf(this.#items, facts, index);
    const ways = brought.inputs.map((input): Way => {
      const of = this.#caseOf(facts, { settings, input, parent, rivals });
      return {
        of,
        record: decideBy(this.#rules.record, of, facts.verdict.record.outcome),
        cookie: decideBy(this.#rules.cookie, of, facts.verdict.cookie.outcome),
      };
    });
    const isOver = this.#mayEndWithin(facts, settings, parent);
    const record = isOver ? ENDED_WITHIN : unlessLate(facts, merged(ways.map((way) => way.record)));
    const cookie = isOver ? ENDED_WITHIN : merged(ways.map((way) => way.cookie));
    const life = this.#lead(facts, { parent, brought, ways });
    if (isOver) strayed(life, ENDED_WITHIN.text);
    const ends = endsUnder(this.#rules, { facts, settings, recorded, life, record, cookie });
    Object.assign(life, ends);
    this.#note(facts, { life, parent, record, cookie, rivals });
    const why = brought.why === undefined ? {} : { why: brought.why };
    return { exchange: facts.exchange, record, cookie, was: { ...life.was }, is: { ...life.is }, ...why };
  }

  #lifeOf(session: string, { load }: Facts): Life {
    let life = this.#lives.get(session);
    if (life === undefined) {
      // Begun before the recording: as it was then.
      life = newLife({ followsSettings: this.#rules.allFollowSettings });
      this.#lives.set(session, life);
      if (this.#isLost && load !== 'missing') strayed(life, LOST);
    }
    const why = this.#astray.get(session);
    if (why !== undefined) strayed(life, why);
    return life;
  }

  #broughtBy(facts: Facts, parent: Life | undefined): Brought {
    const { exchange, load, sent, loadedKeys } = facts;
    const client = clientOf(facts);
    const given = this.#given.get(client) ?? this.#given.get(ANY_CLIENT);
    if (parent !== undefined) {
      const isFirst = parent.was.record === undefined && parent.was.cookie === undefined;
      if (isFirst && this.#rules.agesAtLoad(exchange) && this.#changesAge())
        return { inputs: ASTRAY, why: 'When this session was saved before the recording is not known.' };
      if (parent.status === 'unborn' && load === 'found' && loadedKeys !== 0)
        return { inputs: ASTRAY, why: 'Something outside of the recorded requests wrote to this session.' };
      const brought = broughtBy(parent, exchange.at, load === undefined || load === 'found');
      if (given === undefined || load === undefined || load === 'found') return brought;
      // What it sent leads nowhere: it might have had the other cookie by then.
      return { inputs: [...brought.inputs, EMPTY], why: given };
    }
    if (sent === undefined && this.#couldStillSend(client, exchange.at))
      return { inputs: ASTRAY, why: 'The cookie that this browser had before would not have ended yet.' };
    if (given !== undefined) return { inputs: [AS_RECORDED, EMPTY], why: given };
    return { inputs: [AS_RECORDED] };
  }

  /** Asked of the whole recording: once for each server. */
  #touches(exchange: ExchangeRecord): boolean | undefined {
    const { epoch } = exchange;
    if (!this.#touchesOf.has(epoch)) this.#touchesOf.set(epoch, this.#rules.touches(this.#items, exchange));
    return this.#touchesOf.get(epoch);
  }

  #changesAge(): boolean {
    return this.#rules.settings.some(({ name, kind }) => kind === 'age' && name in this.#change);
  }

  /** The record would have ended while the request ran: before it, or after it was saved in it. */
  #mayEndWithin({ exchange: { at }, endedAt }: Facts, settings: SettingValues, parent: Life | undefined): boolean {
    const ages = this.#rules.settings.filter(({ name, kind }) => kind === 'age' && name in this.#change);
    const ranMs = endedAt - at;
    if (ages.some(({ name }) => typeof settings[name] === 'number' && ranMs > settings[name] - MARGIN_MS)) return true;
    if (parent === undefined || isSameEnd(parent.is.record, parent.was.record)) return false;
    return isThere(parent.is.record, at) === true && isThere(parent.is.record, endedAt) !== true;
  }

  #couldStillSend(client: string, at: number): boolean {
    const life = this.#lives.get(this.#lastOf.get(client) ?? '');
    return life !== undefined && isThere(life.was.cookie, at) !== true && isThere(life.is.cookie, at) !== false;
  }

  #caseOf(
    facts: Facts,
    {
      settings,
      input,
      parent,
      rivals,
    }: { settings: SettingValues; input: Input; parent: Life | undefined; rivals: Rivals },
  ): Case {
    const rules = this.#rules;
    const isNew = input.sends === 'none' || input.sends === 'missing';
    const isNewKey = facts.isRotated || isNew || (input.sends === 'as-recorded' && facts.isNewKey);
    const life = isNewKey ? undefined : parent;
    return {
      settings,
      facts,
      input,
      isModified: input.isSameContent ? rules.isModified(facts) : rules.isModifiedElsewhere(facts),
      isNewKey,
      hasExpiry: rules.hasExpiry(facts, settings, life, isNewKey, this.#change),
      touches: this.#touches(facts.exchange),
      isAlive: isAlive(facts, input, parent),
      isDeletedMeanwhile: rivals.some((rival) => rival.deletes),
    };
  }

  /** The life that goes on after the request: of the session that it had in memory last. */
  #lead(
    facts: Facts,
    { parent, brought, ways }: { parent: Life | undefined; brought: Brought; ways: readonly Way[] },
  ): Life {
    const { session, sent, isNewKey, verdict } = facts;
    const known = session === undefined ? undefined : this.#lives.get(session);
    const life =
      known ??
      newLife({
        // A sealed cookie's sessions have a new name with each save.
        ...(this.#rules.isSealed(facts.exchange) && parent !== undefined ? parent : {}),
        followsSettings: this.#rules.allFollowSettings || (isNewKey && !facts.setsExpiry),
        instead: sent,
      });
    if (facts.setsExpiry) life.followsSettings = this.#rules.allFollowSettings;
    if (session !== undefined) this.#lives.set(session, life);
    const why = brought.why ?? 'What would have been saved here is not known.';
    if (ways.some(({ of }) => !of.input.isSameContent))
      strayed(life, why, ways.length === 1 && life.status === 'changed' ? 'changed' : 'astray');
    else if (this.#rules.isNamedBefore && (isNewKey || life.status === 'unborn')) {
      const held = ways.map((way) => isHeldAfter(way));
      const wasHeld = verdict.record.outcome === 'saved' && verdict.cookie.outcome === 'set';
      if (held.every((one) => one === true)) life.status = 'same';
      else if (held.every((one) => one === false)) {
        if (wasHeld || life.status === 'unborn') life.status = 'unborn';
      } else strayed(life, why);
    } else if (ways.some(({ record }) => record.outcome === 'unknown') && !isReadOnly(facts)) strayed(life, why);
    // What lies inside its values would have been kept, or lost.
    if (facts.hasNestedChange && ways.some(({ record }) => !isSame(record, verdict.record)))
      strayed(life, 'A change inside a value would have been kept here, or lost.', 'changed');
    return life;
  }

  #note(
    facts: Facts,
    {
      life,
      parent,
      record,
      cookie,
      rivals,
    }: {
      life: Life;
      parent: Life | undefined;
      record: Guess<RecordOutcome>;
      cookie: Guess<CookieOutcome>;
      rivals: Rivals;
    },
  ): void {
    const { verdict, session, sent, isLate } = facts;
    const isOther = !isSame(record, verdict.record);
    const isChanged = isOther || !isSame(cookie, verdict.cookie);
    if ((isChanged && rivals.length > 0) || (isOther && isLate)) {
      const why = isLate ? 'The app went on with this session after its response.' : OVERLAP;
      // Alone with a session that is there already, it changes that one.
      const status = rivals.length === 0 && !facts.isNewKey && life.status !== 'unborn' ? 'changed' : 'astray';
      for (const one of [life, parent]) if (one !== undefined) strayed(one, why, status);
      if (status === 'changed') return this.#noteCookie(facts, cookie);
      for (const name of [session, sent, ...rivals.map((rival) => rival.session)])
        if (name !== undefined) {
          this.#astray.set(name, why);
          const other = this.#lives.get(name);
          if (other !== undefined) strayed(other, why);
        }
    }
    this.#noteCookie(facts, cookie);
  }

  #noteCookie(facts: Facts, cookie: Guess<CookieOutcome>): void {
    const { verdict, session } = facts;
    const client = clientOf(facts);
    if (verdict.cookie.outcome === 'set' && session !== undefined) this.#lastOf.set(client, session);
    const mayBeGiven = cookie.outcome === 'set' || cookie.outcome === 'unknown';
    if (mayBeGiven && verdict.cookie.outcome !== 'set' && facts.isNewKey)
      this.#given.set(
        client,
        'An earlier request would have been given a cookie, and a browser that kept it sends it with this one.',
      );
  }
}

const ENDED_WITHIN = {
  outcome: 'unknown' as const,
  rule: 'ended-within',
  text: 'The record could have ended while this request ran.',
};

/** A session that is there already, with nothing in it. */
const EMPTY: Input = { sends: 'found', isSameContent: true };

const ANY_CLIENT = '';
const clientOf = ({ exchange }: Facts): string => exchange.started.client ?? ANY_CLIENT;

const isReadOnly = ({ writes, hasNestedChange }: Facts) => writes === 'none' && !hasNestedChange;

function strayed(life: Life, why: string, status: 'changed' | 'astray' = 'astray'): void {
  if (life.status === 'astray' || life.status === status) return;
  life.status = status;
  life.why = why;
}

const newLife = (of: Partial<Life>): Life => ({
  status: 'same',
  why: '',
  followsSettings: false,
  was: { record: undefined, cookie: undefined },
  is: { record: undefined, cookie: undefined },
  least: { record: undefined, cookie: undefined },
  instead: undefined,
  isSeen: false,
  ...of,
});

/** Whether the record is there when it would be saved. */
function isAlive(
  { load, sent, isRotated, session }: Facts,
  input: Input,
  parent: Life | undefined,
): boolean | undefined {
  if (isRotated && session !== undefined) return true;
  if (!input.isSameContent || input.sends !== 'as-recorded') return undefined;
  if (load === 'found') return true;
  if (load !== undefined || sent === undefined) return session !== undefined && session !== sent;
  // Not looked at: there, if it was there last and nothing ended it.
  return parent?.isSeen === true ? true : undefined;
}
