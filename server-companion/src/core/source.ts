/**
 * Which line did it. A stack is captured, read at once and let go: an unread one keeps the objects of its frames
 * alive. Each distinct stack is kept once and shared by all operations that came from it.
 */
import { findSourceMap } from 'node:module';
import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Frame, LIMITS, type Source } from '../../../protocol/index.ts';

/** Sources taken in one second: about 1 % of a core. A developer's clicks never reach it. */
export const SOURCES_PER_SECOND = 2_000;

/** Frames looked at first: nearly always the app's own code is the nearest. Twelve cost twice as much as five. */
const FRAMES_CAPTURED = LIMITS.frames;

/** Frames looked at where none of the first is the app's: a handler stands below at most a few of a library's. */
const MORE_FRAMES = 24;

/** Distinct stacks kept; past it they are made anew. A large app has some thousands of call sites. */
const MAX_SOURCES = 20_000;

const UNAVAILABLE: Source = { frames: [], omitted: 'unavailable' };
const OVER_BUDGET: Source = { frames: [], omitted: 'budget' };

/** A way down the stacks seen so far, frame by frame: the same frames lead to the same source. */
interface Step {
  source?: Source;
  /** By file, then by position in it. */
  next?: Map<string, Map<number, Step>>;
}

type Callable = (...args: never[]) => unknown;

export interface SourceTaker {
  /**
   * The source of the running code; `below` is the function whose caller is the first frame of interest. Never
   * throws. Past the budget, a mark instead.
   */
  take(below: Callable): Source;
  /** Tells that what lies in a folder is a session library's, though no `node_modules` says so: a linked package. */
  treatAsLibrary(folder: string): void;
  /** How many sources were taken and how many left out for the budget, since the start. */
  readonly counts: { taken: number; omitted: number };
}

export interface SourceOptions {
  /** The project's root: paths are told relative to it. */
  root: string;
  perSecond?: number;
  now?: () => number;
}

/** Where a file stands: `skip` is the companion itself and the runtime. */
type FileKind = 'app' | 'library' | 'skip';

const OWN_FOLDER = dirname(dirname(fileURLToPath(import.meta.url))) + sep;
/** Built, everything of ours lies in one `dist`; from source, our tests beside the code are not ours. */
const isOwn = (file: string) =>
  (file.startsWith(OWN_FOLDER) && !file.includes('.test.')) ||
  /[\\/]sessionscope[\\/]dist[\\/]|[\\/]server-companion[\\/]dist[\\/]/.test(file);

export function createSourceTaker({
  root,
  perSecond = SOURCES_PER_SECOND,
  now = Date.now,
}: SourceOptions): SourceTaker {
  const kinds = new Map<string, FileKind>();
  const libraryFolders: string[] = [];
  /** Where all stacks begin, and those of library frames alone. */
  const app: Step = {};
  const libraries: Step = {};
  let steps = 0;
  const counts = { taken: 0, omitted: 0 };
  let second = 0;
  let takenInSecond = 0;

  const pathOf = (name: string) => (name.startsWith('file:') ? fileURLToPath(name) : name);

  const isLibrary = (path: string) =>
    /[\\/]node_modules[\\/]/.test(path) || libraryFolders.some((folder) => path.startsWith(folder));

  function kindOf(name: string): FileKind {
    let kind = kinds.get(name);
    if (kind === undefined) {
      const path = name.startsWith('node:') || name === '' ? '' : pathOf(name);
      kind = path === '' || isOwn(path) ? 'skip' : isLibrary(path) ? 'library' : 'app';
      if (kinds.size > MAX_SOURCES) kinds.clear();
      kinds.set(name, kind);
    }
    return kind;
  }

  function frameOf(site: NodeJS.CallSite, kind: 'app' | 'library'): Frame {
    const name = site.getFileName()!;
    let file = pathOf(name);
    let line = site.getLineNumber() ?? 0;
    let column = site.getColumnNumber() ?? 0;
    if (process.sourceMapsEnabled) {
      const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
      if (entry && 'originalSource' in entry && entry.originalSource) {
        file = entry.originalSource.startsWith('file:') ? fileURLToPath(entry.originalSource) : entry.originalSource;
        line = entry.originalLine + 1;
        column = entry.originalColumn + 1;
      }
    }
    const shown = relative(root, file).split(sep).join('/') || file;
    const functionName = site.getFunctionName();
    return {
      file: shown.slice(-1024),
      line,
      column,
      ...(functionName ? { function: functionName.slice(0, LIMITS.nameLength) } : {}),
      kind,
    };
  }

  /** The nearest library's frame, where no frame is the app's. */
  function libraryOf(sites: NodeJS.CallSite[]): Source | undefined {
    const site = sites.find((candidate) => kindOf(candidate.getFileName() ?? '') === 'library');
    if (site === undefined) return undefined;
    const known = stepTo(libraries, site.getFileName()!, site.getPosition());
    return (known.source ??= { frames: [frameOf(site, 'library')] });
  }

  /** The app's frames among these; `undefined`: there is none. */
  function appOf(sites: NodeJS.CallSite[]): Source | undefined {
    let known = app;
    let chosen = 0;
    for (let index = 0; index < sites.length && chosen < LIMITS.frames; index++) {
      const name = sites[index]!.getFileName() ?? '';
      if (kindOf(name) !== 'app') continue;
      known = stepTo(known, name, sites[index]!.getPosition());
      chosen += 1;
    }
    if (chosen === 0) return undefined;
    return (known.source ??= {
      frames: sites
        .filter((site) => kindOf(site.getFileName() ?? '') === 'app')
        .slice(0, LIMITS.frames)
        .map((site) => frameOf(site, 'app')),
    });
  }

  function stepTo(from: Step, name: string, position: number): Step {
    let file = from.next?.get(name);
    if (file === undefined) {
      file = new Map();
      (from.next ??= new Map()).set(name, file);
    }
    let step = file.get(position);
    if (step === undefined) {
      if (steps >= MAX_SOURCES) forget();
      steps += 1;
      step = {};
      file.set(position, step);
    }
    return step;
  }

  /** What is under way goes on with steps that nobody finds again. */
  function forget(): void {
    delete app.next;
    delete libraries.next;
    steps = 0;
  }

  function capture(below: Callable, limit: number, read: (sites: NodeJS.CallSite[]) => Source | undefined) {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const holder: { stack?: unknown } = {};
    let source: Source | undefined;
    try {
      Error.stackTraceLimit = limit;
      Error.prepareStackTrace = (_error, sites) => {
        source = read(sites);
        return '';
      };
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
    treatAsLibrary(folder) {
      libraryFolders.push(folder.endsWith(sep) ? folder : folder + sep);
      kinds.clear();
    },
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
