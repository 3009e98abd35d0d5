/**
 * Each bug that is written once, on each session library of Python that can have it: a client sees the symptom, the
 * panel's model names rule, request, key and line, and on the fixed app it is silent.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createPanelModel, type Finding, type PanelModel, sentenceText, loadDeferred } from '../../model/index.ts';
import { play } from '../../playground/scenarios/client.ts';
import { type PythonHost, startPython } from '../../playground/scenarios/hosts/python.ts';
import { nestedNotSaved } from '../../playground/scenarios/nested-not-saved.ts';
import { SCENARIOS } from '../../playground/scenarios/index.ts';
import {
  PYTHON_LIBRARIES,
  type PythonLibrary,
  type Scenario,
  type ScenarioSettings,
  variantOf,
} from '../../playground/scenarios/scenario.ts';
import type { OperationRecorded, SessionscopeEvent } from '../../protocol/index.ts';
import { ROOT } from '../../scripts/project.ts';
import { until } from '../browsers/until.ts';
import { PanelWire } from '../oracle/panel-wire.ts';
import { NAMED } from './python-findings.ts';

await loadDeferred();

const PYTHON = join(ROOT, '.venv', 'django52', 'bin', 'python');
const lacksPython = !existsSync(PYTHON) && process.env['SESSIONSCOPE_REQUIRE_PYTHON'] !== '1';

const moduleOf = ({ id, module = id }: Scenario) => module;

/** One process for each library and its settings; they serve one scenario after the other. */
const hosts = new Map<string, Promise<{ host: PythonHost; wire: PanelWire }>>();
afterAll(async () => {
  for (const started of hosts.values()) {
    const running = await started.catch(() => undefined);
    await running?.host[Symbol.asyncDispose]();
  }
});

async function hostFor(library: PythonLibrary, settings: ScenarioSettings) {
  const name = JSON.stringify([library, settings]);
  let started = hosts.get(name);
  if (started === undefined) {
    started = startPython(PYTHON, library, settings).then((host) => ({ host, wire: new PanelWire(host.terminal) }));
    hosts.set(name, started);
  }
  return started;
}

async function playOn(library: PythonLibrary, scenario: Scenario, isFixed: boolean) {
  const variant = variantOf(scenario, isFixed);
  const { host, wire } = await hostFor(library, variant.settings!);
  await host.show(moduleOf(scenario), isFixed);
  const { port } = new URL(host.origin);
  // What it has recorded of other scenarios is passed over.
  const reader = await wire.connect({ port: Number(port), epoch: port });
  await reader.skip();
  const events: SessionscopeEvent[] = [];
  const allEnded = async () => {
    events.push(...(await reader.poll()));
    const ended = new Set(events.flatMap((event) => (event.type === 'exchange-finished' ? [event.exchange] : [])));
    return events.every((event) => event.type !== 'exchange-started' || ended.has(event.exchange));
  };
  const answers = await play(host.origin, variant, {
    rest: async () => void (await until(allEnded, 'every request to end')),
  });
  const panel = createPanelModel();
  panel.receive(events);
  return { answers, panel };
}

/** The line of code that a finding points at; fails where it is not the scenario's. */
function codeAt(scenario: Scenario, { actor, source }: OperationRecorded): string[] {
  // What the library does at the end of a request has a line of its own, or none.
  if (actor !== 'app') return [];
  const { file, line } = source!.frames[0]!;
  expect(file).toBe(`playground/scenarios/python/${moduleOf(scenario).replaceAll('-', '_')}.py`);
  return [readFileSync(join(ROOT, file), 'utf8').split('\n')[line - 1]!.trim()];
}

const idsOf = (findings: readonly Finding[]) => findings.map(({ rule }) => rule.id);
const seriousOf = (panel: PanelModel) => panel.findings.value.filter(({ severity }) => severity !== 'note');

describe.skipIf(lacksPython).each(PYTHON_LIBRARIES)('%s', (library) => {
  const all = SCENARIOS.filter(({ python = [] }) => python.includes(library));
  test.each(all.map((scenario) => [scenario.id, scenario] as const))('%s', async (id, scenario) => {
    const { rule, request, key, lines: code = [] } = NAMED[id]![library]!;
    const broken = await playOn(library, scenario, false);
    expect(scenario.isSeen(broken.answers), JSON.stringify(broken.answers)).toBe(true);
    const finding = broken.panel.findings.value.find((found) => found.rule.id === rule);
    expect(finding, idsOf(broken.panel.findings.value).join()).toBeDefined();
    const { sentence, because, lines = [] } = broken.panel.explainFinding(finding!)!;
    expect(finding!.seen.map(({ exchange }) => exchange.started?.path)).toContain(request);
    if (key !== undefined)
      expect(sentenceText(sentence) + (because ? sentenceText(because) : '')).toMatch(new RegExp(`\\b${key}\\b`));
    expect(lines.flatMap(({ operation }) => codeAt(scenario, operation))).toEqual(code);
    // One bug is told once.
    expect(idsOf(seriousOf(broken.panel)).filter((other) => other !== rule)).toEqual([]);
    expect(broken.panel.ruleFaults.value).toEqual([]);
    const fixed = await playOn(library, scenario, true);
    expect(scenario.isSeen(fixed.answers), JSON.stringify(fixed.answers)).toBe(false);
    expect(idsOf(seriousOf(fixed.panel))).toEqual([]);
    expect(idsOf(fixed.panel.findings.value)).not.toContain(rule);
  });
});

const OLDER = join(ROOT, '.venv', 'django42', 'bin', 'python');
const lacksOlder = !existsSync(OLDER) && process.env['SESSIONSCOPE_REQUIRE_PYTHON'] !== '1';

test.skipIf(lacksOlder)('before Starlette 1.0 a change inside a value was saved: the same app is right', async () => {
  await using host = await startPython(OLDER, 'starlette', {});
  await host.show(nestedNotSaved.id, false);
  const answers = await play(host.origin, variantOf(nestedNotSaved, false));
  expect(nestedNotSaved.isSeen(answers), JSON.stringify(answers)).toBe(false);
});
