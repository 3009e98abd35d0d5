/**
 * Where a stack frame's code was written: the position after source maps, and whose code it is. A file is looked at
 * once, a position once: what was found is kept, within bounds.
 */
import { readFileSync, statSync } from 'node:fs';
import { findSourceMap, SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Frame, LIMITS } from '../../../../protocol/index.ts';

/**
 * Whose code a frame is. `skip`: the companion's own and the runtime's. `unknown`: a bundle holds the app, its
 * libraries and the companion in one file, and has no source map: nobody can distinguish them.
 */
export type FrameKind = 'app' | 'library' | 'skip' | 'unknown';

/** One position in the running code; the same position is the same object as long as it is kept. */
export interface Located {
  readonly kind: FrameKind;
  /** Made when it is first asked for. */
  frame(): Frame;
}

export interface FrameLocator {
  /**
   * `prepare` is the `Error.prepareStackTrace` that the program has installed (ts-node and Babel's register do, to map
   * positions): it knows better than the raw frame.
   */
  locate(site: NodeJS.CallSite, prepare: Prepare | undefined): Located;
  /** A folder's files are a session library's, though no `node_modules` says so: a linked package. */
  treatAsLibrary(folder: string): void;
}

export type Prepare = (error: Error, sites: NodeJS.CallSite[]) => unknown;

/** Positions kept; past it they are found again. A large app has some thousands of call sites. */
const MAX_POSITIONS = 20_000;

/** A file or map that is larger is not read: the largest bundles of dev servers are a few megabytes. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** Built and installed (`node_modules/sessionscope`, also below pnpm's and Yarn's folders), or linked from our sources. */
const OWN = /[\\/]node_modules[\\/]sessionscope[\\/]|[\\/]server-companion[\\/]node[\\/](?:dist|src)[\\/]/;
const isOwn = (path: string) => OWN.test(path) && !/\.(?:test|cases)\.[cm]?tsx?$/.test(path);

/** The file that this very code runs from: ours, or a bundle of the app's. */
const RUNNING_FROM = nameOfThisFile();

function nameOfThisFile(): string {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  let name = '';
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = (_error, sites) => {
      name = nameOf(sites[0]);
      return '';
    };
    Error.captureStackTrace(holder);
    void holder.stack;
  } catch {
    // Not known: then no file is taken for a bundle.
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
    else Error.prepareStackTrace = prepareStackTrace;
  }
  return name;
}

/** A file's path or URL; of evaluated code the name that a `sourceURL` comment gives it, as webpack and Next do. */
function nameOf(site: NodeJS.CallSite | undefined): string {
  return site?.getFileName() ?? site?.getScriptNameOrSourceURL() ?? '';
}

interface Position {
  /** An absolute path, or a path below the root where a bundler names it so. */
  path: string;
  line: number;
  column: number;
}

export function createFrameLocator(root: string): FrameLocator {
  const files = new Map<string, Map<number, Located>>();
  const maps = new Map<string, SourceMap | undefined>();
  const libraryFolders: string[] = [];
  let positions = 0;

  const isLibrary = (path: string) =>
    /(?:^|[\\/])node_modules[\\/]/.test(path) || libraryFolders.some((folder) => path.startsWith(folder));

  function find(site: NodeJS.CallSite, name: string, prepare: Prepare | undefined): Located {
    if (name === '' || name.startsWith('node:')) return SKIPPED;
    const raw: Position = {
      path: pathOf(name),
      line: site.getLineNumber() ?? 0,
      column: site.getColumnNumber() ?? 0,
    };
    if (isOwn(raw.path)) return SKIPPED;
    // What lies below node_modules is a library's, mapped or not: its own map is not worth reading.
    const mapped = isLibrary(raw.path)
      ? undefined
      : (preparedPosition(site, raw, prepare) ?? mappedPosition(name, raw));
    if (mapped === undefined && (name === RUNNING_FROM || isEvaluated(name))) return UNKNOWN;
    const at = mapped ?? raw;
    if (isOwn(at.path)) return SKIPPED;
    const kind = isLibrary(at.path) ? 'library' : 'app';
    let made: Frame | undefined;
    const functionName = site.getFunctionName();
    return { kind, frame: () => (made ??= frameOf(at, kind, functionName)) };
  }

  function frameOf({ path, line, column }: Position, kind: 'app' | 'library', functionName: string | null): Frame {
    const shown = isAbsolute(path) ? relative(root, path) || path : path;
    return {
      file: shown.split(sep).join('/').slice(-1024),
      line,
      column,
      ...(functionName ? { function: functionName.slice(0, LIMITS.nameLength) } : {}),
      kind,
    };
  }

  function mappedPosition(name: string, raw: Position): Position | undefined {
    const entry = mapOf(name, raw.path)?.findEntry(raw.line - 1, raw.column - 1);
    if (!entry || !('originalSource' in entry) || !entry.originalSource) return undefined;
    return {
      path: sourcePath(entry.originalSource, raw.path),
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    };
  }

  function mapOf(name: string, path: string): SourceMap | undefined {
    if (maps.has(name)) return maps.get(name);
    const map =
      safely(() => findSourceMap(name) ?? findSourceMap(path)) ?? (isAbsolute(path) ? mapBeside(path) : undefined);
    if (maps.size >= MAX_POSITIONS) maps.clear();
    maps.set(name, map);
    return map;
  }

  return {
    treatAsLibrary(folder) {
      libraryFolders.push(folder.endsWith(sep) ? folder : folder + sep);
      files.clear();
      positions = 0;
    },
    locate(site, prepare) {
      const name = nameOf(site);
      let file = files.get(name);
      if (file === undefined) {
        file = new Map();
        files.set(name, file);
      }
      const position = site.getPosition();
      let located = file.get(position);
      if (located === undefined) {
        located = find(site, name, prepare);
        if (positions >= MAX_POSITIONS) {
          files.clear();
          positions = 0;
        }
        positions += 1;
        file.set(position, located);
      }
      return located;
    },
  };
}

const without = (kind: 'skip' | 'unknown'): Located => ({
  kind,
  frame() {
    throw new Error(`A frame of kind ${kind} is not shown.`);
  },
});
const SKIPPED = without('skip');
const UNKNOWN = without('unknown');

/** Code of a bundler that evaluates each module: its lines are not the file's. */
const isEvaluated = (name: string) => /^(?:webpack-internal|webpack|rsc|turbopack):\/\//.test(name);

/** `webpack-internal:///(rsc)/./app/page.tsx`, `webpack://shop/./src/cart.ts?1a2b`: the path below the root. */
const BUNDLER_NAME = /^[a-z-]+:\/\/(?:\/|[^/]*\/)(?:\([\w-]+\)\/)?(?:\.\/)?([^?]*)/;

function pathOf(name: string): string {
  if (name.startsWith('file:')) return safely(() => fileURLToPath(name)) ?? name;
  return isEvaluated(name) ? (BUNDLER_NAME.exec(name)?.[1] ?? name) : name;
}

/** A map's source, seen from the file that the map belongs to. */
function sourcePath(source: string, generated: string): string {
  const path = pathOf(source);
  return isAbsolute(path) || isEvaluated(source) || !isAbsolute(generated) ? path : resolve(dirname(generated), path);
}

/** What the program's own `prepareStackTrace` makes of the frame, where that is another position. */
function preparedPosition(site: NodeJS.CallSite, raw: Position, prepare: Prepare | undefined): Position | undefined {
  if (prepare === undefined) return undefined;
  const text = safely(() => prepare(new Error('position'), [site]));
  if (typeof text !== 'string') return undefined;
  const found = /(?:\(|at (?:async )?)([^()]+?):(\d+):(\d+)\)?\s*$/.exec(text.slice(-4096));
  if (found === null) return undefined;
  const position = { path: pathOf(found[1]!), line: Number(found[2]), column: Number(found[3]) };
  return position.path === raw.path && position.line === raw.line ? undefined : position;
}

/** The map that a file names at its end, inline or in a file beside it. */
function mapBeside(path: string): SourceMap | undefined {
  return safely(() => {
    if (statSync(path).size > MAX_FILE_BYTES) return undefined;
    const text = readFileSync(path, 'utf8');
    const at = text.lastIndexOf('//# sourceMappingURL=');
    if (at === -1) return undefined;
    const url = text.slice(at + '//# sourceMappingURL='.length).split(/\s/, 1)[0]!;
    const inline = /^data:application\/json[^,]*?(;base64)?,/.exec(url);
    const body = url.slice(inline?.[0].length);
    const json = inline
      ? inline[1]
        ? Buffer.from(body, 'base64').toString()
        : decodeURIComponent(body)
      : readMap(resolve(dirname(path), decodeURIComponent(url)));
    return json === undefined ? undefined : new SourceMap(JSON.parse(json) as SourceMapPayload);
  });
}

const readMap = (path: string) => (statSync(path).size > MAX_FILE_BYTES ? undefined : readFileSync(path, 'utf8'));

/** No file, map or formatter of the app's may fail the hook that asks. */
function safely<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
