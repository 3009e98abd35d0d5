/** What was foretold of other settings, beside what the real library did under them: the same program, run twice. */
import { foretell, type Foretold } from '../../model/what-if/foretell.ts';
import type { SettingValues } from '../../model/what-if/settings.ts';
import type { ExchangeRecord, TimelineItem } from '../../model/recording/records.ts';
import { type AppProcess, startApp } from './app-process.ts';
import { familyOf, type Library, makeProgram, type Program } from './programs.ts';
import { createChance } from './random.ts';
import { describeProgram } from './report.ts';
import { cookieNameOf, createRunner } from './run.ts';
import { setCookie } from './judge-request.ts';
import { Tally } from './tally.ts';
import type { TrueRequest, Truth } from './truth.ts';

/** An option of an app under test, by its name there. */
type Option =
  | 'resave'
  | 'rolling'
  | 'saveUninitialized'
  | 'maxAge'
  | 'saveEveryRequest'
  | 'cookieAge'
  | 'expireAtBrowserClose';

/** As an app under test is given them, and as the panel is asked: ages in ms there. */
const ASKED: Record<Option, { express?: string; django?: string; 'django-sessions'?: string; unitMs?: number }> = {
  resave: { express: 'resave' },
  rolling: { express: 'rolling' },
  saveUninitialized: { express: 'saveUninitialized' },
  maxAge: { express: 'cookie.maxAge', unitMs: 1 },
  saveEveryRequest: { django: 'SESSION_SAVE_EVERY_REQUEST', 'django-sessions': 'saveEveryRequest' },
  cookieAge: { django: 'SESSION_COOKIE_AGE', 'django-sessions': 'cookieAge', unitMs: 1_000 },
  expireAtBrowserClose: { django: 'SESSION_EXPIRE_AT_BROWSER_CLOSE', 'django-sessions': 'expireAtBrowserClose' },
};

export interface Change {
  /** The app's options with it. */
  options: Program['settings'];
  asked: SettingValues;
  text: string;
}

/** One or two settings of a program, changed; the same from the same seed. */
export function makeChange({ library, settings, seed }: Program): Change {
  const chance = createChance(seed ^ 0x5eed);
  const family = familyOf(library);
  const names = (Object.keys(ASKED) as Option[]).filter((name) => ASKED[name][family] !== undefined);
  const options: Program['settings'] = { ...settings };
  const asked: Record<string, boolean | number | null> = {};
  for (let count = chance.below(1) < 0.3 ? 2 : 1; count > 0; count--) {
    const name = chance.of(names);
    const before = settings[name]!;
    const { unitMs = 0 } = ASKED[name];
    // An age of two seconds ends while a program that waits runs.
    const value =
      typeof before === 'boolean'
        ? !before
        : chance.of([2_000, 60_000, 3_600_000].filter((ms) => ms !== before * unitMs)) / unitMs;
    options[name] = value;
    asked[ASKED[name][family]!] = typeof value === 'boolean' ? value : value * unitMs;
  }
  return { options, asked, text: JSON.stringify(asked) };
}

export class Score {
  right = 0;
  /** Of those: another outcome than the recorded one. */
  changed = 0;
  unknown = 0;
  readonly wrong: string[] = [];
  readonly rules = new Map<string, number>();

  add(other: Score): void {
    this.right += other.right;
    this.changed += other.changed;
    this.unknown += other.unknown;
    this.wrong.push(...other.wrong);
    for (const [rule, count] of other.rules) this.rules.set(rule, (this.rules.get(rule) ?? 0) + count);
  }

  describe(): string {
    const all = this.right + this.unknown + this.wrong.length;
    const share = (part: number) => `${Math.round((1_000 * part) / Math.max(1, all)) / 10} %`;
    return `${all} claims: ${this.changed} foretold that it changes, ${share(this.unknown)} not known, ${this.wrong.length} wrong`;
  }
}

interface Ran {
  items: readonly TimelineItem[];
  truth: Truth;
  tally: Tally;
}

export interface WhatIfRunner extends AsyncDisposable {
  run(seed: number): Promise<Score>;
}

/** `foretells`: what is put to the test. */
export async function startWhatIf(library: Library, foretells: typeof foretell = foretell): Promise<WhatIfRunner> {
  const app = await startApp(library);
  const run = runnerOf(app);
  return {
    async run(seed) {
      // Browsers drop a cookie at its end, as is taken of them.
      const program = withWait(asRun({ ...makeProgram(library, seed), keepsCookies: false }));
      const change = makeChange(program);
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const recorded = await run(program);
        const performed = await run({ ...program, settings: change.options });
        if (isInStep(recorded, performed)) return judge(program, change, { recorded, performed, foretells });
      }
      return new Score();
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** Of a program whose second run takes another time: a session of two seconds ends in one of them, and not in the other. */
const MAX_TRIES = 5;
/** Below what is foretold to be too close to say. */
const MAX_DRIFT_MS = 700;

/** Whether each request began and ended at the same time in both, counted from the first. */
function isInStep({ items: a }: Ran, { items: b }: Ran): boolean {
  const [one, other] = [timesOf(a), timesOf(b)];
  return [...one].every(([number, times]) =>
    times.every((at, index) => Math.abs(at - (other.get(number)?.[index] ?? at)) <= MAX_DRIFT_MS),
  );
}

function timesOf(items: readonly TimelineItem[]): Map<number, number[]> {
  const exchanges = items.filter((item) => item.kind === 'exchange');
  const first = exchanges[0]?.at ?? 0;
  return new Map(
    exchanges.map((item) => [numberOf(item), [item.at - first, item.at - first + (item.finished?.durationMs ?? 0)]]),
  );
}

/** A companion of Python reports the settings that it was started with. */
const asRun = (program: Program): Program =>
  familyOf(program.library) === 'django'
    ? { ...program, settings: { ...program.settings, freshCompanion: true } }
    : program;

/** Long enough for sessions of two seconds to end, once in a program where they are asked for. */
const WAIT_MS = 3_300;

function withWait(program: Program): Program {
  const { asked } = makeChange(program);
  if (!Object.values(asked).includes(2_000) || program.steps.some((step) => step.do === 'wait')) return program;
  const begins = program.steps.flatMap((step, at) => (step.do === 'begin' && at > 0 ? [at] : []));
  const at = begins[createChance(program.seed).integer(begins.length)];
  if (at === undefined) return program;
  return { ...program, steps: program.steps.toSpliced(at, 0, { do: 'wait', ms: WAIT_MS }) };
}

function runnerOf(app: AppProcess): (program: Program) => Promise<Ran> {
  let ran: Ran | undefined;
  const runner = createRunner(app, undefined, (panel, _program, truth) => {
    ran = { items: panel.items.value, truth, tally: new Tally() };
  });
  return async (program) => {
    const tally = await runner.run(program);
    return { ...ran!, tally };
  };
}

const numberOf = ({ started }: ExchangeRecord): number => Number(/^\/r\/(\d+)$/.exec(started?.path ?? '')?.[1] ?? 0);

function judge(
  program: Program,
  change: Change,
  { recorded, performed, foretells }: { recorded: Ran; performed: Ran; foretells: typeof foretell },
): Score {
  const score = new Score();
  const exchanges = recorded.items.filter((item) => item.kind === 'exchange');
  const foretold = exchanges[0] === undefined ? [] : foretells(recorded.items, exchanges[0], change.asked);
  if (foretold === undefined) throw new Error('The settings could not be read.');
  const real = new Map(
    performed.items.flatMap((item) => (item.kind === 'exchange' ? [[numberOf(item), item] as const] : [])),
  );
  const claim = (one: Foretold, what: string, says: string, isSo: string, was: string, rule: string) => {
    if (says === 'unknown') return void (score.unknown += 1);
    if (says === isSo) {
      score.right += 1;
      if (says !== was) score.changed += 1;
      score.rules.set(`${what} ${rule}`, (score.rules.get(`${what} ${rule}`) ?? 0) + 1);
      return undefined;
    }
    score.wrong.push(
      [
        `request ${numberOf(one.exchange)}, ${what}: foretold ${says} (${rule}${one.why === undefined ? '' : `; ${one.why}`}), and it was ${isSo}; recorded ${was}`,
        `asked: ${change.text}`,
        describeProgram(program, recorded.tally),
      ].join('\n'),
    );
    return undefined;
  };
  for (const one of foretold) {
    const number = numberOf(one.exchange);
    const finished = real.get(number)?.finished;
    const request = performed.truth.requests.get(number);
    if (finished === undefined || request === undefined) continue;
    const before = one.exchange.finished!;
    const { record, cookie } = one;
    claim(one, 'record', record.outcome, finished.verdict.record.outcome, before.verdict.record.outcome, record.rule);
    const isSo = cookieOf(request, program.library) ?? finished.verdict.cookie.outcome;
    claim(one, 'cookie', sayOf(cookie.outcome), sayOf(isSo), sayOf(before.verdict.cookie.outcome), cookie.rule);
    if (record.outcome !== 'saved' && record.outcome !== 'touched') continue;
    const left = (end: number | null | undefined, at: number) => (typeof end === 'number' ? end - at : end);
    const [says, is, was] = [
      left(one.is.record, before.at),
      left(request.endRecord?.expiresAt, finished.at),
      left(one.was.record, before.at),
    ];
    // Its session is over already, or another request's by now.
    if (is === undefined) continue;
    claim(
      one,
      'record end',
      endText(says),
      isClose(says, is) ? endText(says) : endText(is),
      isClose(was, says) ? endText(says) : endText(was),
      'age',
    );
  }
  return score;
}

/** As the browser saw it: by whom it was not set is no question of the header. */
const sayOf = (outcome: string) =>
  outcome === 'set' || outcome === 'expired' || outcome === 'unknown' ? outcome : 'none';

function cookieOf(request: TrueRequest, library: Library): string | undefined {
  if (request.setCookies === undefined) return undefined;
  const sent = setCookie(request, cookieNameOf(library));
  if (sent === undefined) return 'none';
  return sent.value === '' || sent.value === '""' ? 'expired' : 'set';
}

type Left = number | null | undefined;

/** Two runs of one program differ, and stores count whole seconds. */
const CLOCK_MS = 2_100;
const isClose = (a: Left, b: Left): boolean =>
  a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= CLOCK_MS);

const endText = (left: Left): string =>
  left === undefined ? 'unknown' : left === null ? 'never' : `in ${Math.round(left / 100) / 10} s`;
