import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { LIMITS, type Source } from '../../../../protocol/index.ts';
import { createSourceTaker, SOURCES_PER_SECOND, type SourceTaker } from './source.ts';

const root = dirname(fileURLToPath(import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), 'sessionscope-source-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const prepareBefore = Error.prepareStackTrace;
const limitBefore = Error.stackTraceLimit;
afterEach(() => {
  if (prepareBefore === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
  else Error.prepareStackTrace = prepareBefore;
  Error.stackTraceLimit = limitBefore;
});

/** What a hook of the companion is: its own frame is never shown. */
function hook(sources: SourceTaker): Source {
  return sources.take(hook);
}

const require = createRequire(import.meta.url);

/** A file of its own, to be on the stack. */
function write(path: string, text: string): string {
  const file = join(scratch, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const librarySource = 'exports.callIt = function callIt(act) { return act(); };';

test('names the line of the app that did it, relative to the root', () => {
  const sources = createSourceTaker({ root });
  const source = (function addToCart() {
    return hook(sources);
  })();
  expect(source.omitted).toBeUndefined();
  expect(source.frames[0]).toMatchObject({ file: 'source.test.ts', function: 'addToCart', kind: 'app' });
  expect(source.frames[0]!.line).toBeGreaterThan(40);
  expect(source.frames[0]!.column).toBeGreaterThan(0);
  expect(hook(createSourceTaker({ root: join(root, 'deeper') })).frames[0]!.file).toBe('../source.test.ts');
});

test('skips the frames of libraries and of the runtime, and keeps those of the app among the nearest', () => {
  const sources = createSourceTaker({ root: scratch });
  const { callIt } = require(write('node_modules/lib/index.js', librarySource)) as {
    callIt: (act: () => Source) => Source;
  };
  const { handler } = require(
    write(
      'app/handler.js',
      `exports.handler = function handler(callIt, act, depth) {
        return depth === 0 ? callIt(() => [0].map(act)[0]) : exports.handler(callIt, act, depth - 1);
      };`,
    ),
  ) as { handler: (call: typeof callIt, act: () => Source, depth: number) => Source };
  const { frames } = handler(callIt, () => hook(sources), 6);
  // Of the five nearest frames, one is the library's and one the runtime's.
  expect(frames).toHaveLength(LIMITS.frames - 2);
  expect(frames.every(({ kind }) => kind === 'app')).toBe(true);
  expect(frames.map(({ file }) => file).filter((file) => file === 'app/handler.js')).toHaveLength(2);
  expect(frames[0]!.file).toContain('source.test.ts');
  expect(frames[1]).toMatchObject({ file: 'app/handler.js', line: 2 });
});

test('names the nearest library frame, marked, where no code of the app is on the stack', async () => {
  const sources = createSourceTaker({ root: scratch });
  const file = write(
    'node_modules/store/index.js',
    `exports.later = (take) => new Promise((done) => setImmediate(function callBack() { done(take(callBack)); }));
     exports.inner = (take, below) => { function hooked() { return take(hooked); } return hooked(); };`,
  );
  const { later, inner } = require(file) as {
    later: (take: (below: () => unknown) => unknown) => Promise<unknown>;
    inner: (take: SourceTaker['take']) => Source;
  };
  const source = (await later(() => inner(sources.take))) as Source;
  // This file's own arrow is on the stack, as the app's.
  expect(source.frames[0]!.kind).toBe('app');
  const alone = await new Promise<Source>((resolve) => {
    const { run } = require(
      write(
        'node_modules/store/run.js',
        `exports.run = (take, done) => setImmediate(function callBack() {
           function hooked() { return take(hooked); }
           done(hooked());
         });`,
      ),
    ) as { run: (take: SourceTaker['take'], done: (source: Source) => void) => void };
    run(sources.take, resolve);
  });
  expect(alone).toEqual({
    frames: [
      {
        file: 'node_modules/store/run.js',
        line: 3,
        column: expect.any(Number),
        function: 'callBack',
        kind: 'library',
      },
    ],
  });
});

test('says that there is none where only the runtime is on the stack', async () => {
  const sources = createSourceTaker({ root });
  const source = await new Promise<Source>((resolve) => {
    setImmediate(function callBack() {
      resolve(sources.take(callBack));
    });
  });
  expect(source).toEqual({ frames: [], omitted: 'unavailable' });
});

test('takes no more than its budget in a second, marks the rest, and counts both', () => {
  let now = 5_000;
  const sources = createSourceTaker({ root, perSecond: 3, now: () => now });
  const kinds = () => Array.from({ length: 5 }, () => hook(sources).omitted ?? 'taken');
  expect(kinds()).toEqual(['taken', 'taken', 'taken', 'budget', 'budget']);
  now += 999;
  expect(hook(sources).omitted).toBe('budget');
  now += 1;
  expect(kinds()).toEqual(['taken', 'taken', 'taken', 'budget', 'budget']);
  expect(sources.counts).toEqual({ taken: 6, omitted: 5 });
  expect(SOURCES_PER_SECOND).toBe(2_000);
});

test('keeps each place once, however often it is taken', () => {
  const sources = createSourceTaker({ root });
  const taken = Array.from({ length: 100 }, () => hook(sources));
  expect(new Set(taken).size).toBe(1);
  expect(hook(sources)).not.toBe(taken[0]);
});

test("leaves Error's own settings as the app had them, whatever happens", () => {
  const sources = createSourceTaker({ root });
  const mine = (error: Error) => `mine: ${error.message}`;
  for (const prepare of [mine, undefined])
    for (const limit of [3, 0, 50]) {
      if (prepare === undefined) delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;
      else Error.prepareStackTrace = prepare;
      Error.stackTraceLimit = limit;
      expect(hook(sources).frames[0]!.file).toBe('source.test.ts');
      expect(Error.stackTraceLimit).toBe(limit);
      expect(Error.prepareStackTrace).toBe(prepare);
      expect(Object.hasOwn(Error, 'prepareStackTrace')).toBe(prepare !== undefined);
    }
  Error.prepareStackTrace = mine;
  expect(new Error('seen').stack).toBe('mine: seen');
});

// ── in a process of its own ──────────────────────────────────────────────────

const sourceModule = JSON.stringify(new URL('source.ts', import.meta.url).href);

function run(text: string, ...flags: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, write('main.mjs', text)], {
    cwd: scratch,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

test('honors the source map that a file names, whether Node runs with source maps or not', () => {
  // Line 1 of the built file is line 12 of the written one.
  const map = { version: 3, sources: ['../src/cart.ts'], names: [], mappings: 'AAWA', file: 'cart.mjs' };
  write(
    'dist/cart.mjs',
    `export const addItem = (act) => act();\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}\n`,
  );
  const main = `import { createSourceTaker } from ${sourceModule};
    import { addItem } from './dist/cart.mjs';
    const sources = createSourceTaker({ root: ${JSON.stringify(scratch)} });
    function hook() { return sources.take(hook); }
    console.log(JSON.stringify(addItem(hook).frames[0]));`;
  for (const flags of [['--enable-source-maps'], []])
    expect(JSON.parse(run(main, ...flags))).toMatchObject({ file: 'src/cart.ts', line: 12, kind: 'app' });
});

test('keeps nothing of the stacks that it has read alive', () => {
  const main = `import { createSourceTaker } from ${sourceModule};
    const sources = createSourceTaker({ root: ${JSON.stringify(scratch)}, perSecond: Infinity });
    function hook() { return sources.take(hook); }
    const kept = [];
    let collected = 0;
    const registry = new FinalizationRegistry(() => collected++);
    class Handler {
      constructor() { registry.register(this); this.load = new Array(100).fill(this); }
      handle() { kept.push(hook()); }
    }
    for (let index = 0; index < 2000; index++) new Handler().handle();
    for (let turn = 0; turn < 20 && collected < 2000; turn++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log(JSON.stringify({ kept: kept.length, places: new Set(kept).size, collected }));`;
  const { kept, places, collected } = JSON.parse(run(main, '--expose-gc')) as Record<string, number>;
  expect([kept, places]).toEqual([2_000, 1]);
  // The last one may still lie in a register.
  expect(collected).toBeGreaterThanOrEqual(1_999);
});
