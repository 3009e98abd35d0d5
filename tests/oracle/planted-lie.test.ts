/** The oracle itself is tried: with a lie planted in the panel's model, or in one of its claims, it must find it. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { AppProcess } from './app-process.ts';
import { startApp } from './app-process.ts';
import { type Claims, MODEL_CLAIMS } from './claims.ts';
import { PanelWire } from './panel-wire.ts';
import type { Program } from './programs.ts';
import { createRunner, type Runner } from './run.ts';
import type { ClaimKind } from './tally.ts';

let app: AppProcess;
let wire: PanelWire;
let runner: Runner;
beforeAll(async () => {
  app = await startApp('express-memory');
  wire = new PanelWire(() => app.terminal());
  runner = createRunner(app, wire);
});
afterAll(() => app[Symbol.asyncDispose]());

const json = (value: unknown) => ({ is: 'json' as const, value });

/** Two requests that overlap, after one that made the session; a change in place; a rotation; a logout beside a read. */
const PROGRAM: Program = {
  library: 'express-memory',
  seed: 1,
  servers: 1,
  settings: { resave: false, saveUninitialized: false, rolling: true, maxAge: 60_000, deep: false },
  asksJar: true,
  steps: [
    { do: 'begin', request: 1, browser: 0, server: 0 },
    { do: 'act', request: 1, act: { act: 'set', key: 'a', value: json('one') } },
    { do: 'act', request: 1, act: { act: 'set', key: 'cart', value: json({ items: [1], note: 'x' }) } },
    { do: 'end', request: 1, status: 200 },
    { do: 'begin', request: 2, browser: 0, server: 0 },
    { do: 'begin', request: 3, browser: 0, server: 0 },
    { do: 'act', request: 2, act: { act: 'set', key: 'b', value: json('two') } },
    { do: 'wait', ms: 20 },
    { do: 'act', request: 3, act: { act: 'change in place', key: 'cart', seed: 7 } },
    { do: 'end', request: 2, status: 200 },
    { do: 'end', request: 3, status: 200 },
    { do: 'begin', request: 4, browser: 0, server: 0 },
    { do: 'act', request: 4, act: { act: 'set', key: 'a', value: json('four') } },
    { do: 'act', request: 4, act: { act: 'new key' } },
    { do: 'act', request: 4, act: { act: 'set', key: 'c', value: json('five') } },
    { do: 'act', request: 4, act: { act: 'set', key: 'd', value: json('six') } },
    { do: 'act', request: 4, act: { act: 'delete', key: 'd' } },
    { do: 'end', request: 4, status: 200 },
    { do: 'begin', request: 5, browser: 0, server: 0 },
    { do: 'begin', request: 6, browser: 0, server: 0 },
    { do: 'act', request: 6, act: { act: 'get', key: 'c' } },
    { do: 'act', request: 5, act: { act: 'end session' } },
    { do: 'end', request: 5, status: 200 },
    { do: 'end', request: 6, status: 200 },
    { do: 'begin', request: 7, browser: 0, server: 0 },
    { do: 'end', request: 7, status: 200 },
  ],
};

test('reported truthfully, nothing is found', async () => {
  expect((await runner.run(PROGRAM)).falseClaims).toEqual([]);
});

const LIES: { kind: ClaimKind; name: string; claims: Partial<Claims> }[] = [
  {
    kind: 'memory',
    name: 'a key that is not there',
    claims: {
      memory: (cursor) => {
        const value = MODEL_CLAIMS.memory(cursor);
        return value === undefined ? value : { ...(value as object), invented: 1 };
      },
    },
  },
  {
    kind: 'store',
    name: 'a record that is gone',
    claims: {
      store: (items, cursor) => {
        const claim = MODEL_CLAIMS.store(items, cursor);
        return claim.is === 'there' ? { is: 'gone', since: claim.since } : claim;
      },
    },
  },
  {
    kind: 'saved',
    name: 'everything is saved',
    claims: {
      saved: (items, cursor) => {
        const claim = MODEL_CLAIMS.saved(items, cursor);
        return claim && { ...claim, notSaved: [], asSomethingElse: [], overwritten: [], notCompared: [] };
      },
    },
  },
  {
    kind: 'last written',
    name: 'by the newest write, whether it survived or not',
    claims: {
      lastWrite: (items, cursor, path) => {
        const all = items.flatMap((exchange) =>
          exchange.kind === 'exchange'
            ? exchange.operations.flatMap((operation) =>
                operation.operation === 'set' && operation.path?.[0] !== path[0] ? [{ exchange, operation }] : [],
              )
            : [],
        );
        const write = all.at(-1);
        return write === undefined
          ? MODEL_CLAIMS.lastWrite(items, cursor, path)
          : { kind: 'write', write, isCertain: true };
      },
    },
  },
  { kind: 'history', name: 'no write is remembered', claims: { history: () => [] } },
  {
    kind: 'diff',
    name: 'nothing differs',
    claims: { diff: (before, after) => MODEL_CLAIMS.diff(before, after) && { status: 'same', value: {} } },
  },
  {
    kind: 'record outcome',
    name: 'never saved',
    claims: {
      outcome: (exchange) => {
        const claim = MODEL_CLAIMS.outcome(exchange);
        return claim && { ...claim, record: 'not-saved' };
      },
    },
  },
  {
    kind: 'cookie outcome',
    name: 'no cookie was set',
    claims: {
      outcome: (exchange) => {
        const claim = MODEL_CLAIMS.outcome(exchange);
        return claim && { ...claim, cookie: 'none' };
      },
    },
  },
  {
    kind: 'size',
    name: 'a byte more',
    claims: {
      size: (items, cursor) => {
        const claim = MODEL_CLAIMS.size(items, cursor);
        return claim && { ...claim, bytes: claim.bytes + 1 };
      },
    },
  },
  {
    kind: 'clock',
    name: 'a minute later',
    claims: {
      clocks: (items, exchange) =>
        MODEL_CLAIMS.clocks(items, exchange).map((clock) =>
          typeof clock.at === 'number' ? { ...clock, at: clock.at + 60_000 } : clock,
        ),
    },
  },
  { kind: 'at once', name: 'one after the other', claims: { atOnce: () => [] } },
  { kind: 'server', name: 'another port', claims: { server: () => ({ name: 'shop', port: 1 }) } },
  {
    kind: 'lineage',
    name: 'every key was brought by the newest request',
    claims: {
      lineage: (items, exchange) => {
        const newest = items.findLast((item) => item.kind === 'exchange')!;
        return MODEL_CLAIMS.lineage(items, exchange).map((row) => ({ ...row, brought: [newest] }));
      },
    },
  },
  {
    kind: 'deleted by',
    name: 'whoever found that it was gone',
    claims: { deletedBy: (_items, exchange, operation) => ({ exchange, operation }) },
  },
  {
    kind: 'sentence',
    name: 'nothing changed',
    claims: { sentences: () => ['Nothing changed, so nothing was written.'] },
  },
  {
    kind: 'cookie step',
    name: 'the next request carried it',
    claims: {
      cookieSteps: (items, exchange) =>
        MODEL_CLAIMS.cookieSteps(items, exchange).map((step) => ({
          ...step,
          text: step.text.replace(/ (?:came without it|brought .*)\./, " carried this session's cookie."),
        })),
    },
  },
  {
    kind: 'jar',
    name: 'the browser kept nothing',
    claims: {
      cookieSteps: (items, exchange) =>
        MODEL_CLAIMS.cookieSteps(items, exchange).map((step) =>
          step.name === 'browser' && step.status === 'done'
            ? { ...step, status: 'stopped', text: 'The browser received it and did not keep it.' }
            : step,
        ),
    },
  },
  {
    kind: 'session end',
    name: 'never',
    claims: {
      clocks: (items, exchange) =>
        MODEL_CLAIMS.clocks(items, exchange).map((clock) =>
          clock.name === 'session' && typeof clock.at === 'number' ? { ...clock, at: null } : clock,
        ),
    },
  },
];

test.each(LIES)('finds the lie about $kind: $name', async ({ kind, claims }) => {
  const { falseClaims } = await runner.run(PROGRAM, { ...MODEL_CLAIMS, ...claims });
  expect(falseClaims.map((claim) => claim.kind)).toContain(kind);
});

/** A module of the model in which one function lies. */
interface ModelLie {
  kind: ClaimKind;
  name: string;
  module: string;
  lie(real: Record<string, (...args: never[]) => unknown>): Record<string, unknown>;
}

const MODEL_LIES: ModelLie[] = [
  {
    kind: 'memory',
    name: 'what is deleted stays',
    module: '../../model/history/memory.ts',
    lie: ({ memoriesOf }) => ({
      memoriesOf: (exchange: { operations: { operation: string }[] }) =>
        memoriesOf!({
          ...exchange,
          operations: exchange.operations.map((one) =>
            one.operation === 'delete' ? { ...one, operation: 'get' } : one,
          ),
          version: Math.random(),
        } as never),
    }),
  },
  {
    kind: 'store',
    name: 'a logout deletes no record',
    module: '../../model/history/record-fact.ts',
    lie: ({ recordFact }) => ({
      recordFact: (...args: never[]) =>
        (args[1] as unknown as { operation: string }).operation === 'flush' ? undefined : recordFact!(...args),
    }),
  },
  {
    kind: 'saved',
    name: 'all that differs is saved',
    module: '../../model/history/saved.ts',
    lie: () => ({ relate: () => ({ is: 'same', saved: 'yes' }) }),
  },
  {
    kind: 'session',
    name: 'a rotation changes no name',
    module: '../../model/history/moment.ts',
    lie: () => ({
      sessionAt: ({ operations }: { operations: { session: string | null }[] }) =>
        operations.find(({ session }) => session !== null)?.session ?? undefined,
    }),
  },
  {
    kind: 'last written',
    name: 'by the request that read it last',
    module: '../../model/history/blame.ts',
    lie: () => ({
      blameAt: (_past: unknown, cursor: { exchange: { operations: unknown[] } }) => ({
        kind: 'write',
        isCertain: true,
        write: { exchange: cursor.exchange, operation: cursor.exchange.operations[0] },
      }),
    }),
  },
  {
    kind: 'history',
    name: 'no write is remembered',
    module: '../../model/history/session-index.ts',
    lie: () => ({ writesUnder: () => [] }),
  },
  {
    kind: 'diff',
    name: 'nothing differs',
    module: '../../model/values/diff.ts',
    lie: () => ({ diff: () => ({ status: 'same', value: {} }) }),
  },
  {
    kind: 'at once',
    name: 'one after the other',
    module: '../../model/history/overlap.ts',
    lie: () => ({ overlaps: () => false }),
  },
  {
    kind: 'cookie step',
    name: 'no cookie was set',
    module: '../../model/views/cookie-steps.ts',
    lie: () => ({ stepsOf: () => [{ name: 'set-cookie', title: '', status: 'none', text: 'None was set.' }] }),
  },
  {
    kind: 'jar',
    name: 'what the jar holds is another',
    module: '../../model/recording/received-cookie.ts',
    lie: ({ receivedCookie }) => ({
      receivedCookie: (...args: never[]) => {
        const received = receivedCookie!(...args) as { fate?: { outcome: string } } | undefined;
        return received?.fate === undefined
          ? received
          : { ...received, fate: { ...received.fate, outcome: 'other', others: [] } };
      },
    }),
  },
  {
    kind: 'lineage',
    name: 'each response set the key that was brought',
    module: '../../model/history/session-steps.ts',
    lie: ({ stepsOf }) => ({
      stepsOf: (...args: never[]) => {
        const steps = stepsOf!(...args) as { brought?: string };
        return { ...steps, set: steps.brought };
      },
    }),
  },
  {
    kind: 'session end',
    name: 'long over',
    module: '../../model/history/session-index.ts',
    lie: ({ expiriesOf }) => ({
      expiriesOf: (...args: never[]) =>
        (expiriesOf!(...args) as { operation: { expiry: { sessionAt?: number | null } } }[]).map((one) => ({
          ...one,
          operation: { ...one.operation, expiry: { ...one.operation.expiry, sessionAt: 1_000 } },
        })),
    }),
  },
];

afterEach(() => {
  for (const { module } of MODEL_LIES) vi.doUnmock(module);
});

test.each(MODEL_LIES)('finds the lie in $module about $kind: $name', async ({ kind, module, lie }) => {
  vi.resetModules();
  vi.doMock(module, async (importOriginal) => {
    const real = await importOriginal<Record<string, (...args: never[]) => unknown>>();
    return { ...real, ...lie(real) };
  });
  const lying = await import('./run.ts');
  const { falseClaims } = await lying.createRunner(app, wire).run(PROGRAM);
  expect(falseClaims.map((claim) => claim.kind)).toContain(kind);
});
