/** What the rules found in the recording: which findings are shown, which one is open, which rules are silenced. */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals-core';
import type { OperationRecorded } from '../../protocol/index.ts';
import type { Finding, FindingsEngine, RuleFault, Seen } from '../findings/engine.ts';
import { type Evidence, type Explanation, SEVERITIES, type Severity } from '../findings/rule.ts';
import type { ExchangeRecord } from '../recording/records.ts';
import { hasProblem } from '../labels/exchange-labels.ts';
import { nextRequest } from '../views/row-steps.ts';
import type { CursorModel } from './cursor-model.ts';
import type { ListModel } from './list-model.ts';
import { rules } from './on-demand.ts';
import type { RecordingModel } from './recording-model.ts';

/** Operations that the rules look at in one go: some 20 ms (0.1 ms each), so that a long recording never holds the panel up. */
const BUDGET = 200;

/** Requests of which the rules look at the newest before anything of them is painted. */
const AT_ONCE = 50;

/** Rules that are silenced, by the project's `app`. */
export type Silenced = ReadonlyMap<string, ReadonlySet<string>>;

/** The worst first, and how many of them. */
export interface FindingCounts {
  problem: number;
  warning: number;
  note: number;
}

const NONE: readonly Finding[] = [];

export type FindingsModel = ReturnType<typeof createFindingsModel>;

const appOf = ({ seen }: Finding): string => seen[0]!.exchange.life.started?.app ?? '';

export function createFindingsModel(
  { timeline, version, isLoading }: RecordingModel,
  { rows, isVisible, setExpanded }: ListModel,
  { cursor, select, focusRow, selectedRow }: CursorModel,
) {
  let made: FindingsEngine | undefined;
  const engineNow = (): FindingsEngine | undefined => {
    const { code } = rules;
    return (made ??= code && new code.FindingsEngine());
  };
  const silenced = signal<Silenced>(new Map());
  const showsSilenced = signal(false);
  const chosenKey = signal<string | undefined>(undefined);
  const chosenSeen = signal(0);
  const turn = signal(0);

  /** Parts of a long recording since the findings were gathered: each time twice as many as the time before. */
  let parts = 0;
  let partsWanted = 1;
  let gathered = NONE;
  let lastTurn = 0;
  const takeChangedFrom = timeline.watchChanges();
  const checked = computed(() => {
    void version.value;
    const engine = engineNow();
    if (engine === undefined) return { findings: NONE, pending: timeline.items.length, faults: faultsOfLoading() };
    // Each part of the past may change what the rules say of the others.
    if (isLoading.value) return { findings: gathered, pending: timeline.items.length, faults: engine.faults };
    engine.update(timeline.items, 0, takeChangedFrom());
    // What comes while the app is used is looked at before it is painted; a long past is painted first.
    if (turn.value !== lastTurn || engine.pending <= AT_ONCE)
      engine.update(timeline.items, BUDGET, timeline.items.length);
    lastTurn = turn.value;
    const { pending, faults } = engine;
    parts += 1;
    if (pending === 0 || parts >= partsWanted) {
      gathered = engine.findings;
      partsWanted = pending === 0 ? 1 : partsWanted * 2;
      parts = 0;
    }
    return { findings: gathered, pending, faults };
  });
  /** The same list while nothing else is found: a part of the recording is looked at far more often. */
  const found = computed(() => checked.value.findings);

  const isSilenced = (finding: Finding): boolean => silenced.value.get(appOf(finding))?.has(finding.rule.id) === true;

  /** Of requests that are shown, silenced ones too. */
  const isInView = ({ seen }: Finding): boolean => seen.some(({ exchange }) => isVisible(exchange));
  const inView = steady(() => found.value.filter(isInView));
  const shown = steady(() =>
    silenced.value.size === 0 ? inView.value : inView.value.filter((finding) => !isSilenced(finding)),
  );
  const counts = computed<FindingCounts>(() => {
    const found: FindingCounts = { problem: 0, warning: 0, note: 0 };
    for (const { severity } of shown.value) found[severity] += 1;
    return found;
  });

  const places = computed<ReadonlyMap<string, number>>(
    () => new Map(found.value.map(({ key }, index) => [key, index])),
  );
  /** Of a request, worst first: asked of those on screen. */
  function ofExchange(exchange: ExchangeRecord): readonly Finding[] {
    // First: it has the rules look, and whoever asks hears when there is more.
    const placeOf = places.value;
    const own = new Set((made?.keysOf(exchange) ?? []).flatMap((key) => placeOf.get(key) ?? []));
    if (own.size === 0) return NONE;
    return [...own]
      .toSorted((a, b) => a - b)
      .map((place) => found.value[place]!)
      .filter((finding) => isInView(finding) && !isSilenced(finding));
  }
  /** Of a request, what its row and the scrubber say: a note is no reason to look. */
  const worstOf = (exchange: ExchangeRecord): Severity | undefined => {
    const severity = ofExchange(exchange)[0]?.severity;
    return severity === 'note' ? undefined : severity;
  };

  const chosen = computed<Finding | undefined>(() => {
    const key = chosenKey.value;
    return key === undefined ? undefined : found.value.find((finding) => finding.key === key);
  });
  const seenOf = (finding: Finding): Seen =>
    finding.seen[Math.min(chosenSeen.value, finding.seen.length - 1)] ?? finding.seen[0]!;
  const explanation = computed<Explanation | undefined>(() => {
    void version.value;
    const finding = chosen.value;
    return finding && made?.explain(finding, seenOf(finding));
  });
  /** Numbers of the evidence of the finding that is open, by its events. */
  const numbers = computed<ReadonlyMap<OperationRecorded | ExchangeRecord, { number: number; isDecisive: boolean }>>(
    () => {
      const found = new Map<OperationRecorded | ExchangeRecord, { number: number; isDecisive: boolean }>();
      explanation.value?.evidence.forEach(({ exchange, operation, isDecisive = false }, index) => {
        const event = operation ?? exchange;
        if (!found.has(event)) found.set(event, { number: index + 1, isDecisive });
      });
      return found;
    },
  );

  function choose(key: string | undefined, seen = 0): void {
    batch(() => {
      chosenKey.value = key;
      chosenSeen.value = seen;
    });
  }

  /** To the next or previous finding of the list. */
  function step(by: 1 | -1): void {
    const all = shown.value;
    const at = all.findIndex(({ key }) => key === chosenKey.value);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length];
    if (next !== undefined) choose(next.key);
  }

  /** Opens the worst finding of a request, at that request. */
  function chooseOf(exchange: ExchangeRecord): boolean {
    const [finding] = ofExchange(exchange);
    if (finding === undefined) return false;
    choose(
      finding.key,
      finding.seen.findIndex((seen) => seen.exchange === exchange),
    );
    return true;
  }

  return {
    /** Worst first; of requests that are shown, without the silenced ones. */
    findings: shown,
    findingCounts: counts,
    /** Of the whole recording, worst first: those that are hidden or silenced too. */
    allFindings: found,
    /** Findings that the filter, or *this tab only*, hides. */
    hiddenFindings: computed(() => found.value.length - inView.value.length),
    silencedFindings: computed<readonly Finding[]>(() => inView.value.filter(isSilenced)),
    showsSilenced,
    /** Rules that threw: what they would have found is not known. */
    ruleFaults: computed<readonly RuleFault[]>(() => checked.value.faults),
    /** Requests that wait for the rules. */
    unchecked: computed(() => checked.value.pending),
    /** Some wait, and the rules can look at them now: call `checkMore` while that is so. */
    canCheck: computed(() => checked.value.pending > 0 && engineNow() !== undefined && !isLoading.value),
    checkMore(): void {
      turn.value += 1;
    },
    findingsOf: ofExchange,
    worstFindingOf: worstOf,
    finding: chosen,
    /** Which of the places where the open finding was seen, from 0. */
    findingSeen: chosenSeen as ReadonlySignal<number>,
    explanation,
    evidenceNumbers: numbers,
    /** Where it was seen in this request; without one, where it was seen first. */
    explainFinding: (finding: Finding, exchange?: ExchangeRecord): Explanation | undefined => {
      void version.value;
      return made?.explain(
        finding,
        finding.seen.find((seen) => seen.exchange === exchange),
      );
    },
    chooseFinding: choose,
    chooseFindingOf: chooseOf,
    stepFinding: step,
    /** To the event of a piece of evidence. */
    jumpTo({ exchange, operation }: Pick<Evidence, 'exchange' | 'operation'>): void {
      batch(() => {
        if (operation !== undefined) setExpanded(exchange, true);
        const index = operation === undefined ? exchange.operations.length : exchange.operations.indexOf(operation) + 1;
        select({ exchange: exchange.id, index });
      });
    },
    /** To the next or previous request with a problem, by its own row or by a finding; opens its worst finding. */
    stepToProblem(by: 1 | -1): ExchangeRecord | undefined {
      const all = rows.value.rows;
      const here = selectedRow.value;
      const next = nextRequest(all, here, by, (exchange) => hasProblem(exchange) || worstOf(exchange) !== undefined);
      if (next === here) return undefined;
      focusRow(next);
      const row = all.get(next);
      if (row?.kind === 'exchange') chooseOf(row.exchange);
      return cursor.value?.exchange;
    },
    silenced: silenced as ReadonlySignal<Silenced>,
    setSilenced(all: Silenced): void {
      silenced.value = all;
    },
    /** Silences the rule of a finding in its project, or has it speak again. */
    toggleSilence(finding: Finding): void {
      const app = appOf(finding);
      const rules = new Set(silenced.value.get(app));
      if (!rules.delete(finding.rule.id)) rules.add(finding.rule.id);
      const all = new Map(silenced.value);
      if (rules.size === 0) all.delete(app);
      else all.set(app, rules);
      batch(() => {
        silenced.value = all;
        if (rules.has(finding.rule.id) && chosenKey.value === finding.key) choose(undefined);
      });
    },
    isSilenced,
  };
}

const faultsOfLoading = (): readonly RuleFault[] =>
  rules.fault === undefined ? [] : [{ rule: '(all)', message: `they could not be loaded: ${rules.fault}`, count: 1 }];

/** A list that stays the same one while its items do: every row asks for it, and is drawn again when it is another. */
function steady(make: () => readonly Finding[]): ReadonlySignal<readonly Finding[]> {
  let last: readonly Finding[] = [];
  return computed(() => {
    const next = make();
    const isSame = next.length === last.length && next.every((finding, index) => finding === last[index]);
    return isSame ? last : (last = next);
  });
}

/** The worst of some; `undefined`: there are none. */
export const worstCount = (counts: FindingCounts): Severity | undefined =>
  SEVERITIES.find((severity) => counts[severity] > 0);
