/**
 * Runs the rules over a recording as it grows: each operation once, each request as it ends and when more of it becomes
 * known. Work is bounded by each call, so that a long recording never holds the panel up; what is left is counted.
 */
import { isOfDevtools } from '../recording/devtools-request.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { journalOf } from '../recording/journal.ts';
import { type At, type Explanation, type Match, type Rule, SEVERITIES, type Severity } from './rule.ts';
import { RULES } from './rules/index.ts';

/** One thing that is amiss, however often it was seen. */
export interface Finding {
  /** Names it as long as the recording lasts. */
  key: string;
  rule: Rule;
  /** The worst of its matches. */
  severity: Severity;
  /** Where it was seen, oldest first. */
  seen: readonly Seen[];
}

/** One match, with its request. */
export interface Seen {
  exchange: ExchangeRecord;
  match: Match;
}

/** A rule that threw: it says nothing of that request, and the other rules continue. */
export interface RuleFault {
  rule: string;
  message: string;
  count: number;
}

type Found = readonly [rule: Rule, match: Match];

/** Most requests are fine: they share one list. */
const NONE: readonly Found[] = [];

interface Checked {
  /** Grows when it is checked: compares what was reported of it. */
  version: number;
  rewrites: number;
  /** Operations that were looked at. */
  operations: number;
  isFinished: boolean;
  hasHar: boolean;
  ofOperations: readonly Found[];
  ofExchange: readonly Found[];
}

/** Requests after one that are asked again when more of it becomes known: what they say may rest on it. */
const FOLLOWERS = 40;

export class FindingsEngine {
  readonly #rules: readonly Rule[];
  readonly #checked = new Map<ExchangeRecord, Checked>();
  readonly #faults = new Map<string, RuleFault>();
  #faultList: readonly RuleFault[] | undefined;
  #items: readonly TimelineItem[] = [];
  /** What stood at each index, and its version then. */
  #seen: TimelineItem[] = [];
  #versions: number[] = [];
  #rewrites: number | undefined;
  #findings: readonly Finding[] | undefined = [];
  /** As they were gathered last: what has not changed is the same object. */
  #last: readonly Finding[] = [];
  /** Indices of requests that wait to be checked, oldest first. */
  readonly #waiting: number[] = [];

  constructor(rules: readonly Rule[] = RULES) {
    this.#rules = rules;
  }

  /**
   * Takes in what has changed. `budget`: operations to look at in this call, newest requests first; what is left waits for
   * the next. `from`: index of the first item that may have changed since the last call. Never throws.
   */
  update(items: readonly TimelineItem[], budget = Number.POSITIVE_INFINITY, from = 0): void {
    const { rewrites } = journalOf(items);
    const isAnother = rewrites !== this.#rewrites || items.length < this.#seen.length;
    const start = isAnother ? 0 : Math.min(from, items.length);
    const waiting = this.#waiting;
    while (waiting.length > 0 && waiting.at(-1)! >= start) this.#stale(waiting.pop()!);
    if (isAnother) this.#forget(items);
    this.#rewrites = rewrites;
    this.#items = items;
    for (const index of this.#changed(items, start)) waiting.push(index);
    this.#seen.length = items.length;
    this.#versions.length = items.length;
    let left = budget;
    while (waiting.length > 0 && left > 0) left -= this.#check(waiting.pop()!);
  }

  /** Requests that wait to be checked. */
  get pending(): number {
    return this.#waiting.length;
  }

  /** What waits is found again, wherever it stands by then. */
  #stale(index: number): void {
    const item = this.#seen[index];
    this.#versions[index] = -1;
    const known = this.#checked.get(item as ExchangeRecord);
    if (known !== undefined) known.version = -1;
  }

  /** The same list while there are no others. */
  get faults(): readonly RuleFault[] {
    return (this.#faultList ??= [...this.#faults.values()]);
  }

  /** Worst first, of one severity the newest first. */
  get findings(): readonly Finding[] {
    return (this.#findings ??= this.#gather());
  }

  /** Keys of what was found of a request, gathered or not yet. */
  keysOf(exchange: ExchangeRecord): readonly string[] {
    const checked = this.#checked.get(exchange);
    if (checked === undefined) return [];
    return [...checked.ofOperations, ...checked.ofExchange].map(keyOf);
  }

  /** In words, with its evidence; `undefined` where the rule throws, which is counted as its fault. */
  explain(finding: Finding, seen: Seen = finding.seen[0]!): Explanation | undefined {
    const { exchange, match } = seen;
    return this.#guard(finding.rule, () =>
      finding.rule.explain(match, this.#at(exchange, this.#items.lastIndexOf(exchange))),
    );
  }

  /** Indices of requests to look at, oldest first. */
  #changed(items: readonly TimelineItem[], from: number): number[] {
    const changed: number[] = [];
    /** Up to this index all are asked again. */
    let until = -1;
    for (let index = from; index < items.length; index++) {
      const item = items[index]!;
      const version = item.kind === 'exchange' ? item.version : 0;
      if (this.#seen[index] === item && this.#versions[index] === version && index > until) continue;
      this.#seen[index] = item;
      this.#versions[index] = version;
      if (item.kind !== 'exchange' || isOfDevtools(item)) continue;
      const known = this.#checked.get(item);
      const isSame = known !== undefined && known.version === version && known.rewrites === this.#rewrites;
      if (isSame && (index > until || item.finished === undefined)) continue;
      // What is new has none after it that was asked before.
      const isMore =
        known !== undefined &&
        (known.isFinished !== (item.finished !== undefined) || known.hasHar !== (item.har !== undefined));
      if (!isSame && isMore) until = Math.max(until, index + FOLLOWERS);
      changed.push(index);
    }
    return changed;
  }

  /** Looks at one request; returns how much work it was. */
  #check(index: number): number {
    const exchange = this.#items[index] as ExchangeRecord;
    const known = this.#checked.get(exchange);
    const { operations, finished, version } = exchange;
    // Another past: what was found in it is asked again.
    const isKept = known !== undefined && known.rewrites === this.#rewrites && known.operations <= operations.length;
    const at = this.#at(exchange, index);
    const from = isKept ? known.operations : 0;
    const places = operations.slice(from).map((operation, step) => ({ ...at, operation, place: from + step }));
    const ofOperations = isKept ? [...known.ofOperations] : [];
    const ofExchange: Found[] = [];
    for (const rule of this.#rules) {
      if (rule.scope === 'exchange') {
        if (finished === undefined) continue;
        for (const match of this.#guard(rule, () => rule.find(at)) ?? []) ofExchange.push([rule, match]);
        continue;
      }
      for (const place of places)
        for (const match of this.#guard(rule, () => rule.find(place)) ?? [])
          ofOperations.push([rule, match.operation === undefined ? { ...match, operation: place.operation } : match]);
    }
    const checked: Checked = {
      version,
      rewrites: this.#rewrites!,
      operations: operations.length,
      isFinished: finished !== undefined,
      hasHar: exchange.har !== undefined,
      ofOperations: kept(ofOperations),
      ofExchange: kept(ofExchange),
    };
    this.#checked.set(exchange, checked);
    // Most requests are fine: what was gathered stays as it is.
    if ([known, checked].some((one) => one !== undefined && one.ofOperations.length + one.ofExchange.length > 0))
      this.#findings = undefined;
    return operations.length - from + 1;
  }

  #at = (exchange: ExchangeRecord, index: number): At => ({ items: this.#items, index, exchange });

  #guard<Result>(rule: Rule, ask: () => Result): Result | undefined {
    try {
      return ask();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { count = 0 } = this.#faults.get(rule.id) ?? {};
      this.#faults.set(rule.id, { rule: rule.id, message, count: count + 1 });
      this.#faultList = undefined;
      return undefined;
    }
  }

  /** Requests that are not there any more, and faults of a past that is another now. */
  #forget(items: readonly TimelineItem[]): void {
    const left = new Set<TimelineItem>(items);
    for (const exchange of this.#checked.keys()) if (!left.has(exchange)) this.#checked.delete(exchange);
    this.#seen = [];
    this.#versions = [];
    this.#faults.clear();
    this.#faultList = undefined;
    this.#findings = undefined;
  }

  #gather(): readonly Finding[] {
    const byKey = new Map<string, { rule: Rule; seen: Seen[] }>();
    for (const item of this.#items) {
      const checked = item.kind === 'exchange' ? this.#checked.get(item) : undefined;
      if (checked === undefined) continue;
      for (const one of [...checked.ofOperations, ...checked.ofExchange]) {
        const [rule, match] = one;
        const key = keyOf(one);
        const seen = { exchange: item as ExchangeRecord, match };
        const known = byKey.get(key);
        if (known === undefined) byKey.set(key, { rule, seen: [seen] });
        else known.seen.push(seen);
      }
    }
    const before = new Map(this.#last.map((finding) => [finding.key, finding]));
    const findings = [...byKey].map(([key, { rule, seen }]): Finding => {
      const known = before.get(key);
      return known !== undefined && isSameSeen(known.seen, seen)
        ? known
        : { key, rule, severity: worst(rule, seen), seen };
    });
    const sorted = findings
      .toReversed()
      .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    const isSame =
      sorted.length === this.#last.length && sorted.every((finding, index) => finding === this.#last[index]);
    if (!isSame) this.#last = sorted;
    return this.#last;
  }
}

/** One for each request: without the room that a list leaves for more. */
const kept = (found: readonly Found[]): readonly Found[] => (found.length === 0 ? NONE : found.slice());

const keyOf = ([rule, match]: Found): string => `${rule.id} ${match.key}`;

const isSameSeen = (a: readonly Seen[], b: readonly Seen[]): boolean =>
  a.length === b.length && a.every(({ match }, index) => match === b[index]!.match);

function worst(rule: Rule, seen: readonly Seen[]): Severity {
  const all = new Set(seen.map(({ match }) => match.severity ?? rule.severity));
  return SEVERITIES.find((severity) => all.has(severity))!;
}
