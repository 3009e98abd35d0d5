/** What the rules and the sheet of ASVS cost, in the model alone: with all rules on and with none, over one recording. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sheetOf } from '../../model/findings/asvs/sheet.ts';
import { FindingsEngine } from '../../model/findings/engine.ts';
import { RULES } from '../../model/findings/rules/index.ts';
import type { Rule } from '../../model/findings/rule.ts';
import { Timeline } from '../../model/recording/timeline.ts';
import type { Recording } from '../../playground/panel/recording.ts';
import { manyEvents } from '../../playground/panel/states.ts';
import { ROOT } from '../../scripts/project.ts';

/** ms. */
export interface RulesSample {
  'no rules: each event, ms': number;
  'rules: each event, ms': number;
  'sheet: each event, ms': number;
  'no rules: all, ms': number;
  'rules: all, ms': number;
  'sheet: all, ms': number;
}

/** Each beside what it is compared with. */
export const RULES_ROWS: Readonly<Record<keyof RulesSample, keyof RulesSample | undefined>> = {
  'no rules: each event, ms': undefined,
  'rules: each event, ms': 'no rules: each event, ms',
  'sheet: each event, ms': 'no rules: each event, ms',
  'no rules: all, ms': undefined,
  'rules: all, ms': 'no rules: all, ms',
  'sheet: all, ms': 'no rules: all, ms',
};

/** Events that come one by one at the end: some 20 requests. */
const LIVE_EVENTS = 200;
/** The sheet costs more, and is made again with each event only while it is looked at. */
const SHEET_EVENTS = 20;

const recording = JSON.parse(
  readFileSync(join(ROOT, 'playground', 'panel', 'recordings', 'everyday.json'), 'utf8'),
) as Recording;

/** What the panel does with events: they go into the timeline, and the rules look at what has changed. */
class Side {
  readonly timeline = new Timeline();
  readonly engine: FindingsEngine;
  readonly #takeChangedFrom = this.timeline.watchChanges();

  constructor(rules: readonly Rule[]) {
    this.engine = new FindingsEngine(rules);
  }

  take(events: Recording['events']): void {
    for (const event of events) this.timeline.receive(event);
    this.engine.update(this.timeline.items, Number.POSITIVE_INFINITY, this.#takeChangedFrom());
    void this.engine.findings;
  }

  sheet(): void {
    const { engine, timeline } = this;
    const { findings, faults } = engine;
    sheetOf({ items: timeline.items, findings, explain: (finding) => engine.explain(finding), faults });
  }
}

function msOf(act: () => void): number {
  const from = performance.now();
  act();
  return performance.now() - from;
}

/** Over a recording of so many operations. */
export function measureRules(operations: number): RulesSample {
  const starts = recording.events.filter(({ type }) => type === 'epoch-started');
  // In the order in which a companion sends them.
  const events = [...starts, ...manyEvents(recording.events, operations)].sort((a, b) => a.seq - b.seq);
  const past = events.slice(0, -LIVE_EVENTS - SHEET_EVENTS);
  const live = events.slice(-LIVE_EVENTS - SHEET_EVENTS, -SHEET_EVENTS);
  const none = new Side([]);
  const all = new Side(RULES);
  const noRules = msOf(() => none.take(past));
  const rules = msOf(() => all.take(past));
  const sheet = msOf(() => all.sheet());
  const each = (side: Side) => {
    let ms = 0;
    for (const event of live) ms += msOf(() => side.take([event]));
    return ms / live.length;
  };
  const [noRulesEach, rulesEach] = [each(none), each(all)];
  let sheetMs = 0;
  for (const event of events.slice(-SHEET_EVENTS)) {
    all.take([event]);
    sheetMs += msOf(() => all.sheet());
  }
  return {
    'no rules: each event, ms': noRulesEach,
    'rules: each event, ms': rulesEach,
    'sheet: each event, ms': sheetMs / SHEET_EVENTS,
    'no rules: all, ms': noRules,
    'rules: all, ms': rules,
    'sheet: all, ms': sheet,
  };
}
