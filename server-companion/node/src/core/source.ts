/**
 * Which line did it. A stack is captured, read at once and let go: an unread one keeps the objects of its frames
 * alive. Each distinct stack is kept once and shared by all operations that came from it.
 */
import { type Frame, LIMITS, type Source } from '../../../../protocol/index.ts';
import { createFrameLocator, type Located, type Prepare } from './source-position.ts';

/** Sources taken in one second: about 1 % of a core. A developer's clicks never reach it. */
export const SOURCES_PER_SECOND = 2_000;

/** Frames looked at first: nearly always the app's own code is the nearest. Twelve cost twice as much as five. */
const FRAMES_CAPTURED = LIMITS.frames;

/** Frames looked at where none of the first is the app's: a handler stands below at most a few of a library's. */
const MORE_FRAMES = 24;

/** Distinct stacks kept; past it they are made again. A large app has some thousands of call sites. */
const MAX_SOURCES = 20_000;

const UNAVAILABLE: Source = { frames: [], omitted: 'unavailable' };
const OVER_BUDGET: Source = { frames: [], omitted: 'budget' };

/** A way down the stacks seen so far, frame by frame: the same frames lead to the same source. */
interface Step {
  source?: Source;
  next?: Map<Located, Step>;
}

type Callable = (...args: never[]) => unknown;

export interface SourceTaker {
  /**
   * The source of the running code; `below` is the function whose caller is the first frame of interest. Never
   * throws. Past the budget, a mark instead.
   */
  take(below: Callable): Source;
  /** Records that what lies in a folder is a session library's, though no `node_modules` says so: a linked package. */
  treatAsLibrary(folder: string): void;
  /** How many sources were taken and how many left out for the budget, since the start. */
  readonly counts: { taken: number; omitted: number };
}

export interface SourceOptions {
  /** The project's root: paths are written relative to it. */
  root: string;
  perSecond?: number;
  now?: () => number;
}

export function createSourceTaker({
  root,
  perSecond = SOURCES_PER_SECOND,
  now = Date.now,
}: SourceOptions): SourceTaker {
  const locator = createFrameLocator(root);
  /** Where all stacks begin, and those of library frames alone. */
  const app: Step = {};
  const libraries: Step = {};
  let steps = 0;
  const counts = { taken: 0, omitted: 0 };
  let second = 0;
  let takenInSecond = 0;

  /** The nearest library's frame, where no frame is the app's. */
  function libraryOf(sites: Located[]): Source | undefined {
    const site = sites.find(({ kind }) => kind === 'library');
    if (site === undefined) return undefined;
    return (stepTo(libraries, site).source ??= { frames: [site.frame()] });
  }

  /** The app's frames among these; `undefined`: there is none. */
  function appOf(sites: Located[]): Source | undefined {
    let known = app;
    let chosen = 0;
    for (let index = 0; index < sites.length && chosen < LIMITS.frames; index++) {
      const site = sites[index]!;
      if (site.kind !== 'app') continue;
      known = stepTo(known, site);
      chosen += 1;
    }
    if (chosen === 0) return undefined;
    return (known.source ??= { frames: appFrames(sites) });
  }

  const appFrames = (sites: Located[]): Frame[] =>
    sites
      .filter(({ kind }) => kind === 'app')
      .slice(0, LIMITS.frames)
      .map((site) => site.frame());

  function stepTo(from: Step, site: Located): Step {
    let step = (from.next ??= new Map()).get(site);
    if (step === undefined) {
      if (steps >= MAX_SOURCES) forget();
      steps += 1;
      step = {};
      from.next?.set(site, step);
    }
    return step;
  }

  /** What is under way goes on with steps that nobody finds again. */
  function forget(): void {
    delete app.next;
    delete libraries.next;
    steps = 0;
  }

  function capture(below: Callable, limit: number, read: (sites: Located[]) => Source | undefined) {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const holder: { stack?: unknown } = {};
    let source: Source | undefined;
    const prepare = (_error: Error, sites: NodeJS.CallSite[]) => {
      source = read(sites.map((site) => locator.locate(site, prepareStackTrace as Prepare | undefined)));
      return '';
    };
    try {
      Error.stackTraceLimit = limit;
      Error.prepareStackTrace = prepare;
      Error.captureStackTrace(holder, below);
      // Reading is what makes the engine call `prepareStackTrace`.
      void holder.stack;
    } catch {
      // No source, then.
    } finally {
      // Both are the app's to set: left as they were found.
      Error.stackTraceLimit = stackTraceLimit;
      if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
      else Error.prepareStackTrace = prepareStackTrace;
    }
    return source;
  }

  return {
    counts,
    treatAsLibrary: (folder) => locator.treatAsLibrary(folder),
    take(below) {
      const current = Math.floor(now() / 1000);
      if (current !== second) {
        second = current;
        takenInSecond = 0;
      }
      if (takenInSecond >= perSecond) {
        counts.omitted += 1;
        return OVER_BUDGET;
      }
      takenInSecond += 1;
      counts.taken += 1;
      return (
        capture(below, FRAMES_CAPTURED, appOf) ??
        capture(below, MORE_FRAMES, (sites) => appOf(sites) ?? libraryOf(sites)) ??
        UNAVAILABLE
      );
    },
  };
}
