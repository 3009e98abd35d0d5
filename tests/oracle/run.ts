/** Runs one program: on the app under test, before the panel's model, and beside both the observer that knows the truth. */
import { createPanelModel, type PanelModel, loadDeferred } from '../../model/index.ts';
import { sessionAt } from '../../model/history/moment.ts';
import type { AppProcess, OpenServer, Report } from './app-process.ts';
import { Browser, type Sent } from './browser.ts';
import { type Claims, MODEL_CLAIMS } from './claims.ts';
import { judgeDiff, judgeMoment, type Judge, type Looked } from './judge.ts';
import { judgeLineage } from './judge-lineage.ts';
import { judgeCookieSteps } from './judge-cookie-steps.ts';
import { judgeRequest } from './judge-request.ts';
import { EventFeed } from './event-feed.ts';
import { PanelWire } from './panel-wire.ts';
import { type Act, engineOf, familyOf, type Library, type Program, type Step } from './programs.ts';
import { createChance } from './random.ts';
import { SessionNames } from './session-names.ts';
import { Tally } from './tally.ts';
import { Truth } from './truth.ts';

await loadDeferred();

/** Where one store serves both servers. */
const isShared = (library: Library): boolean => library !== 'express-memory';
export const cookieNameOf = (library: Library): string =>
  familyOf(library) === 'express' ? 'connect.sid' : 'sessionid';

/** Of a cookie's value, the session key: express-session's is `s:key.signature`. */
function keyOf(library: Library, value: string | undefined): string | undefined {
  if (value === undefined || value === '' || value === '""') return undefined;
  if (familyOf(library) !== 'express') return value;
  const text = decodeURIComponent(value);
  return text.startsWith('s:') ? text.slice(2, text.lastIndexOf('.')) : undefined;
}

/** A server notices soon that a browser has gone, where it listens for that. */
const NOTICED_MS = 100;

const pathOf = (request: number): string => `/r/${request}`;

/** Past moments looked at once more when all is over, and pairs of moments compared. */
const LOOKED_AGAIN = 8;
const COMPARED = 8;
/** Requests whose sessions' lineages are looked at: those of one visitor are one. */
const LINEAGES = 3;

export interface Runner {
  run(program: Program, claims?: Claims): Promise<Tally>;
}

/** Is given the panel as it stands when a program is over, and what an independent observer saw. */
export type AtEnd = (panel: PanelModel, program: Program, truth: Truth) => void;

/** One for each app under test: `wire` pairs once. */
export function createRunner(
  app: AppProcess,
  wire: PanelWire = new PanelWire(() => app.terminal()),
  atEnd?: AtEnd,
): Runner {
  return {
    async run(program, claims = MODEL_CLAIMS) {
      const run = new Run(app, wire, program, claims);
      const tally = await run.run();
      atEnd?.(run.panel, program, run.truth);
      return tally;
    },
  };
}

class Run {
  readonly #app: AppProcess;
  readonly #wire: PanelWire;
  readonly #program: Program;
  readonly panel = createPanelModel();
  readonly #feed = new EventFeed(this.panel);
  readonly truth: Truth;
  readonly #names = new SessionNames();
  readonly #tally = new Tally();
  readonly #judge: Judge;
  readonly #browsers: Browser[];
  readonly #sent = new Map<number, Sent>();
  readonly #looked: Looked[] = [];
  /** Acts that the app is given in one go. */
  #toDo: { step: number; request: number; act: Act }[] = [];
  /** What is asked of the panel once it has been given the events up to a moment. */
  #toJudge: { upTo: readonly number[]; judge: () => void }[] = [];
  #servers: OpenServer[] = [];
  readonly #ports: number[] = [];

  constructor(app: AppProcess, wire: PanelWire, program: Program, claims: Claims) {
    this.#app = app;
    this.#wire = wire;
    this.#program = program;
    const { keepsCookies: keeps = false, asksJar: isAsked = false, refusesCookies = false } = program;
    this.#browsers = ['first', 'second'].map(
      (name, at) =>
        new Browser(name, cookieNameOf(program.library), { keeps, isAsked, refuses: refusesCookies && at === 1 }),
    );
    this.truth = new Truth(program.servers, isShared(program.library), familyOf(program.library) === 'express');
    this.#judge = {
      claims,
      panel: this.panel,
      truth: this.truth,
      names: this.#names,
      tally: this.#tally,
      settings: program.settings,
      ports: this.#ports,
      keyOf: (cookie) => keyOf(program.library, cookie),
      isSealed: engineOf(program.library) === 'signed_cookies',
    };
  }

  async run(): Promise<Tally> {
    const { servers, settings, steps } = this.#program;
    this.#servers = await this.#app.open({ servers, options: settings });
    this.#ports.push(...this.#servers.map(({ port }) => port));
    for (const [at, server] of this.#servers.entries()) this.#feed.connect(at, await this.#wire.connect(server));
    try {
      for (const [at, step] of steps.entries()) await this.#take(at, step);
      await this.#settle();
      await this.#judgeAll();
      this.#lookBack();
    } finally {
      for (const browser of this.#browsers) browser.close();
    }
    return this.#tally;
  }

  async #take(at: number, step: Step): Promise<void> {
    if (step.do !== 'act') await this.#settle();
    if ('request' in step && step.do !== 'begin') {
      const request = this.truth.requests.get(step.request);
      if (request === undefined || request.isLost) return;
    }
    switch (step.do) {
      case 'begin':
        return this.#begin(at, step);
      case 'act':
        this.#toDo.push({ step: at, request: step.request, act: step.act });
        return;
      case 'end':
        return this.#end(at, step.request, step.status);
      case 'abort':
        return this.#abort(step.request);
      case 'restart':
        return this.#restart(step.server);
      case 'wait':
        await new Promise((resolve) => setTimeout(resolve, step.ms));
    }
  }

  /** Has the acts so far done, and notes how things stood after each. */
  async #settle(): Promise<void> {
    const acts = this.#toDo.splice(0);
    if (acts.length === 0) return;
    const reports = await this.#app.act(acts.map(({ request, act }) => ({ request, act })));
    for (const [at, { step, request, act }] of acts.entries()) this.#look(step, request, reports[at]!, { act });
  }

  async #begin(
    at: number,
    { request, browser, server }: { request: number; browser: number; server: number },
  ): Promise<void> {
    const { library } = this.#program;
    const sent = await this.#browsers[browser]!.send(
      this.#servers[server]!.port,
      pathOf(request),
      cookieNameOf(library),
    );
    this.#sent.set(request, sent);
    this.truth.begin(request, { browser, server, sent: keyOf(library, sent.cookie) });
    const report = await this.#app.arrived(request);
    sent.arrived();
    this.truth.requests.get(request)!.runsMs[0] = performance.now();
    this.#look(at, request, report);
  }

  async #end(at: number, number: number, status: number): Promise<void> {
    const request = this.truth.requests.get(number)!;
    if (request.hasEnded) return;
    request.runsMs[1] = performance.now();
    await this.#app.end(number, status);
    const answer = await this.#sent.get(number)!.answered;
    await this.#feed.until(() => {
      const outcome = this.#feed.endOf(pathOf(number))?.verdict.record.outcome;
      return outcome !== undefined && outcome !== 'pending';
    });
    const report = await this.#app.look(number);
    this.truth.end(number, answer);
    this.#look(at, number, report, {
      before: () => answer && this.panel.seeHarEntry(answer.har),
      after: (looked) => judgeRequest(this.#judge, looked),
    });
    // Now: what is asked of whole requests is compared with how they stand at this moment.
    await this.#judgeAll();
  }

  async #abort(number: number): Promise<void> {
    this.truth.abort(number);
    this.#sent.get(number)!.leave();
    // A server of Python sees it only as it answers.
    if (familyOf(this.#program.library) === 'django') return;
    await this.#feed.until(() => this.#feed.endOf(pathOf(number)) !== undefined, NOTICED_MS);
  }

  async #restart(server: number): Promise<void> {
    await this.#judgeAll();
    this.#servers[server] = await this.#app.restart(server);
    this.truth.restarted(server);
    this.#feed.connect(server, await this.#wire.connect(this.#servers[server]));
  }

  /** Notes how things stand after a step; what the panel says of it is judged when it has been given that far. */
  #look(
    step: number,
    number: number,
    report: Report,
    { act, before, after }: { act?: Act; before?: () => void; after?: (looked: Looked) => void } = {},
  ): void {
    const truth = this.truth.note(number, report, act);
    const { sent } = this.truth.requests.get(number)!;
    const judge = () => {
      before?.();
      const exchange = this.#exchangeOf(number);
      if (exchange === undefined) {
        this.#tally.false({ kind: 'request', step, request: number, says: 'no such request', isSo: 'it was served' });
        return;
      }
      this.#tally.right('request');
      this.#learnNames({ step, request: number, exchange, sent, key: truth.key });
      // The panel's moment is that of the request's last operation: what others did to the store since is not in it.
      const last = this.#looked.findLast(({ cursor }) => cursor.exchange === exchange);
      const isSame = last?.cursor.index === exchange.operations.length && exchange.finished === undefined;
      if (isSame) truth.records = last.truth.records;
      const looked: Looked = { step, cursor: { exchange, index: exchange.operations.length }, truth };
      this.#looked.push(looked);
      if (after !== undefined) looked.isEnd = true;
      judgeMoment(this.#judge, looked);
      after?.(looked);
    };
    this.#toJudge.push({ upTo: report.seqs, judge });
  }

  /** Gives the panel one step's events after the other, and judges what it says of each moment. */
  async #judgeAll(): Promise<void> {
    await this.#feed.poll();
    if (this.#feed.refused > 0)
      this.#tally.false({ kind: 'request', step: 0, request: 0, says: 'an event', isSo: 'not of the wire' });
    for (const { upTo, judge } of this.#toJudge.splice(0)) {
      this.#feed.advance(upTo);
      judge();
    }
    this.#feed.advance();
  }

  #learnNames({
    step,
    request,
    exchange,
    sent,
    key,
  }: {
    step: number;
    request: number;
    exchange: Looked['cursor']['exchange'];
    sent: string | undefined;
    key: string | null;
  }): void {
    const pairs: [string | null | undefined, string | null | undefined][] = [
      [exchange.started?.cookie.fingerprint, sent],
      [sessionAt(exchange, exchange.operations.length), key],
    ];
    for (const [name, own] of pairs) {
      if (typeof name !== 'string' || typeof own !== 'string' || this.truth.isNobodys(request, own)) continue;
      const fault = this.#names.learn(name, own);
      if (fault !== undefined) this.#tally.false({ kind: 'session', step, request, says: name, isSo: fault });
    }
  }

  #exchangeOf(number: number) {
    return this.panel.items.value.findLast(
      (item) => item.kind === 'exchange' && item.started?.path === pathOf(number),
    ) as Looked['cursor']['exchange'] | undefined;
  }

  /** All is recorded: past moments are what they were, and any two can be compared. */
  #lookBack(): void {
    const chance = createChance(this.#program.seed);
    // The panel knows no moment between a request's last operation and its end.
    const looked = this.#looked.filter(
      ({ cursor, truth }) => truth.hasEnded || cursor.index < cursor.exchange.operations.length,
    );
    if (looked.length === 0) return;
    for (const one of looked) if (one.truth.hasEnded && one.isEnd) judgeCookieSteps(this.#judge, one);
    for (let count = 0; count < LINEAGES; count++) judgeLineage(this.#judge, chance.of(looked));
    for (let count = 0; count < LOOKED_AGAIN; count++) judgeMoment(this.#judge, chance.of(looked));
    for (let count = 0; count < COMPARED; count++) judgeDiff(this.#judge, chance.of(looked), chance.of(looked));
  }
}
