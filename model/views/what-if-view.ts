/** *What if the settings were different?*: which verdicts would change, and why. */
import { formatDuration, formatTime, plural } from '../labels/formats.ts';
import type { ExchangeRecord, TimelineItem } from '../recording/records.ts';
import { middlewareOf } from '../recording/stores.ts';
import { foretell, type Foretold, isOfOne } from '../what-if/foretell.ts';
import { rulesOf } from '../what-if/libraries.ts';
import { type End, isSameEnd } from '../what-if/lives.ts';
import type { Guess } from '../what-if/rows.ts';
import { type AskableSetting, readSettings, settingText, type SettingValues } from '../what-if/settings.ts';

export interface WhatIfSetting extends AskableSetting {
  /** As the server has it. */
  recorded: boolean | number | null;
  /** The same, as it stands in code. */
  text: string;
}

/** Of one request: what would be another thing. */
export interface WhatIfPart {
  what: 'Record' | 'Cookie' | 'Record ends' | 'Cookie ends';
  was: string;
  /** `undefined`: not known. */
  is: string | undefined;
  text: string;
  /** The setting that decides, as it would stand in code. */
  setting?: string;
}

export interface WhatIfRow {
  exchange: ExchangeRecord;
  parts: readonly WhatIfPart[];
  /** Why the request itself would have been another one. */
  why?: string;
}

export interface WhatIfView {
  library: string;
  settings: readonly WhatIfSetting[];
  /** `undefined`: nothing is asked yet. */
  answer?: {
    rows: readonly WhatIfRow[];
    /** A sentence. */
    summary: string;
  };
}

/** `undefined`: the library has no such settings, or its rule is not known here. */
export function whatIfView(
  items: readonly TimelineItem[],
  exchange: ExchangeRecord,
  asked: SettingValues,
): WhatIfView | undefined {
  const middleware = middlewareOf(exchange);
  const rules = rulesOf(middleware?.library);
  const recorded = rules && readSettings(rules.settings, middleware!.settings);
  if (recorded === undefined) return undefined;
  const settings = rules!.settings.map((setting) => {
    const value = recorded[setting.name]!;
    return { ...setting, recorded: value, text: settingText(setting, value) };
  });
  const view: WhatIfView = { library: `${middleware!.library} ${middleware!.libraryVersion}`, settings };
  const change = Object.fromEntries(
    settings.flatMap(({ name, recorded: before }) =>
      name in asked && asked[name] !== before ? [[name, asked[name]!]] : [],
    ),
  );
  if (Object.keys(change).length === 0) return view;
  const foretold = foretell(items, exchange, change);
  if (foretold === undefined) return view;
  const code = codeOf(settings, { ...recorded, ...change });
  const rows = foretold.flatMap((one) => {
    const row = rowOf(one, code);
    return row.parts.length === 0 ? [] : [row];
  });
  return { ...view, answer: { rows, summary: summaryOf(foretold.length, rows, pendingOf(items, exchange)) } };
}

const pendingOf = (items: readonly TimelineItem[], of: ExchangeRecord): number =>
  items.filter((item) => item.kind === 'exchange' && isOfOne(item, of) && item.finished === undefined).length;

function summaryOf(all: number, rows: readonly WhatIfRow[], pending: number): string {
  const isUnknown = ({ parts }: WhatIfRow) => parts.some(({ is }) => is === undefined);
  const unknown = rows.filter(isUnknown).length;
  const changed = rows.length - unknown;
  const same = all - rows.length;
  return [
    `Of ${plural(all, 'request')}, ${changed === 0 ? 'none is' : changed === 1 ? '1 is' : `${changed} are`} known to come out differently`,
    `${same} as recorded`,
    ...(unknown > 0 ? [`${unknown} not known`] : []),
    ...(pending > 0 ? [`${pending} not ended yet`] : []),
  ].join(', ');
}

/** How a setting would stand in code; the table of Django names one for both of its languages. */
const codeOf = (settings: readonly WhatIfSetting[], values: SettingValues) => (name: string) => {
  const setting = name === 'save-every' ? settings[0] : settings.find((one) => one.name === name);
  return setting && settingText(setting, values[setting.name]);
};

type CodeOf = (name: string) => string | undefined;

function rowOf({ exchange, record, cookie, was, is, why }: Foretold, code: CodeOf): WhatIfRow {
  const { verdict, durationMs } = exchange.finished!;
  const endedAt = exchange.at + durationMs;
  const parts = [
    ...verdictPart('Record', verdict.record.outcome, record, code),
    ...verdictPart('Cookie', verdict.cookie.outcome, cookie, code),
    ...endPart('Record ends', { was: was.record, is: is.record, endedAt }, record),
    ...endPart('Cookie ends', { was: was.cookie, is: is.cookie, endedAt }, cookie),
  ];
  return { exchange, parts, ...(why === undefined || parts.length === 0 ? {} : { why }) };
}

const outcomeText = (outcome: string) => (outcome === 'none' ? '–' : outcome.replace('-', ' '));

function verdictPart(what: WhatIfPart['what'], was: string, guess: Guess<string>, code: CodeOf): WhatIfPart[] {
  if (guess.outcome === was) return [];
  const setting = guess.setting === undefined ? undefined : code(guess.setting);
  return [
    {
      what,
      was: outcomeText(was),
      is: guess.outcome === 'unknown' ? undefined : outcomeText(guess.outcome),
      text: guess.text,
      ...(setting === undefined ? {} : { setting }),
    },
  ];
}

/** Where what was recorded is not known, nothing is said; and an end is not another one because nothing decides it. */
function endPart(
  what: 'Record ends' | 'Cookie ends',
  { was, is, endedAt }: { was: End; is: End; endedAt: number },
  guess: Guess<string>,
): WhatIfPart[] {
  if (was === undefined || isSameEnd(was, is) || guess.outcome === 'unknown') return [];
  // There is none any more: the verdict above says so.
  if (is === undefined && NONE_LEFT.has(guess.outcome)) return [];
  const isCookie = what === 'Cookie ends';
  const text = (end: End) =>
    end === null
      ? isCookie
        ? 'with the browser'
        : 'never by itself'
      : end === undefined
        ? undefined
        : end <= endedAt
          ? 'before'
          : `in ${formatDuration(end - endedAt)}`;
  // In so many minutes alike: the times differ.
  const clock = (end: End) => (typeof end === 'number' ? `at ${formatTime(end).slice(0, 8)}` : text(end));
  const shown = text(was) === text(is) ? clock : text;
  return [{ what, was: shown(was)!, is: shown(is), text: ENDS[what] }];
}

const NONE_LEFT: ReadonlySet<string> = new Set(['none', 'missing', 'deleted', 'expired']);

const ENDS = {
  'Record ends': 'Counted from the end of the request that saves it, or resets its end.',
  'Cookie ends': 'Counted from the response that sets it.',
} as const;
