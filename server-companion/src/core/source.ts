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

/** Frames looked at: a handler stands below at most a few of the session library's. */
const FRAMES_CAPTURED = 12;

/** Distinct stacks kept; past it they are made anew. A large app has some thousands of call sites. */
const MAX_SOURCES = 20_000;

const UNAVAILABLE: Source = { frames: [], omitted: 'unavailable' };
const OVER_BUDGET: Source = { frames: [], omitted: 'budget' };

export interface SourceTaker {
  /**
   * The source of the running code; `below` is the function whose caller is the first frame of interest. Never
   * throws. Past the budget, a mark instead.
   */
  take(below: (...args: never[]) => unknown): Source;
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
  const sources = new Map<string, Source>();
  const libraries: string[] = [];
  const counts = { taken: 0, omitted: 0 };
  let second = 0;
  let takenInSecond = 0;

  const pathOf = (name: string) => (name.startsWith('file:') ? fileURLToPath(name) : name);

  const isLibrary = (path: string) =>
    /[\\/]node_modules[\\/]/.test(path) || libraries.some((folder) => path.startsWith(folder));

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

  /** Keeps the app's frames, or the nearest library's where there is none. */
  function read(sites: NodeJS.CallSite[]): Source {
    let key = '';
    const chosen: NodeJS.CallSite[] = [];
    let library: NodeJS.CallSite | undefined;
    for (const site of sites) {
      const name = site.getFileName() ?? '';
      const kind = kindOf(name);
      if (kind === 'library') library ??= site;
      if (kind !== 'app') continue;
      chosen.push(site);
      key += `${name}:${site.getPosition()} `;
      if (chosen.length === LIMITS.frames) break;
    }
    if (chosen.length === 0 && library !== undefined) key = `library ${library.getFileName()}:${library.getPosition()}`;
    if (key === '') return UNAVAILABLE;
    let source = sources.get(key);
    if (source === undefined) {
      source = {
        frames: chosen.length > 0 ? chosen.map((site) => frameOf(site, 'app')) : [frameOf(library!, 'library')],
      };
      if (sources.size >= MAX_SOURCES) sources.clear();
      sources.set(key, source);
    }
    return source;
  }

  return {
    counts,
    treatAsLibrary(folder) {
      libraries.push(folder.endsWith(sep) ? folder : folder + sep);
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
      const { prepareStackTrace, stackTraceLimit } = Error;
      const holder: { stack?: unknown } = {};
      try {
        Error.stackTraceLimit = FRAMES_CAPTURED;
        let source = UNAVAILABLE;
        Error.prepareStackTrace = (_error, sites) => {
          source = read(sites);
          return '';
        };
        Error.captureStackTrace(holder, below);
        // Reading is what makes the engine call `prepareStackTrace`.
        void holder.stack;
        return source;
      } catch {
        return UNAVAILABLE;
      } finally {
        // Both are the app's to set: left as they were found.
        Error.stackTraceLimit = stackTraceLimit;
        if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
        else Error.prepareStackTrace = prepareStackTrace;
      }
    },
  };
}
