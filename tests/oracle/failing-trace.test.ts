/** A false claim's recording is a file that the panel opens, and says there what it said when it was judged. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PanelModel } from '../../model/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { reopened } from '../trace-file.ts';
import { startApp } from './app-process.ts';
import { MODEL_CLAIMS } from './claims.ts';
import { failingTrace } from './failing-trace.ts';
import { PanelWire } from './panel-wire.ts';
import { makeProgram } from './programs.ts';
import { createRunner } from './run.ts';

/** Of each request, by its path: what became of it, and what the session held. */
function saidOf(panel: PanelModel): unknown[] {
  return panel.items.value.flatMap((item) => {
    if (item.kind !== 'exchange') return [];
    panel.select({ exchange: item.id, index: item.operations.length });
    const { outcome, sides } = { outcome: MODEL_CLAIMS.outcome(item), sides: panel.state.value?.rows };
    return [[item.started?.path, outcome, sides?.map(({ key, memory, store }) => ({ key, memory, store }))]];
  });
}

test('is written where a claim is false, and read again', async () => {
  await using app = await startApp('express-memory');
  const wire = new PanelWire(() => app.terminal());
  const program = makeProgram('express-memory', 4);
  let judged: unknown[] = [];
  const runner = createRunner(app, wire, (panel) => {
    judged = saidOf(panel);
  });
  const lying = {
    ...MODEL_CLAIMS,
    outcome: () => ({ record: 'failed', cookie: 'expired', isCookieDue: false }) as const,
  };
  const tally = await runner.run(program, lying);
  expect(tally.falseClaims.map(({ kind }) => kind)).toContain('record outcome');

  const folder = `.tmp/oracle-test-${process.pid}`;
  try {
    const path = await failingTrace(app, program, { wire, folder });
    expect(path).toBe(join(folder, 'express-memory-4.json'));
    const panel = reopened(readFileSync(join(ROOT, path), 'utf8'));
    // Another run of the same program: the same requests, outcomes and values.
    expect(saidOf(panel).map((one) => JSON.stringify(one))).toEqual(judged.map((one) => JSON.stringify(one)));
    expect(judged.length).toBeGreaterThan(2);
  } finally {
    rmSync(join(ROOT, folder), { recursive: true, force: true });
  }
}, 120_000);
