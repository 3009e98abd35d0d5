/**
 * No false alarm on apps that are healthy: each recording is a trace of a public app as a person used it in real Chromium
 * (`record.ts` records them again). What the rules find there is here, and a person has judged it right.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PanelModel, readTrace, replay, sentenceText, loadDeferred } from '../../model/index.ts';
import { expandValues } from '../../transport/index.ts';
import { APPS } from './apps.ts';

await loadDeferred();

const folder = join(import.meta.dirname, 'recordings');

/** Problems and warnings, by app: the rule, and why it is right. */
const RIGHT: Readonly<Record<string, readonly (readonly [rule: string, why: string])[]>> = {};

function opened(name: string): PanelModel {
  const read = readTrace(readFileSync(join(folder, `${name}.json`), 'utf8'), expandValues);
  if (!read.ok) throw new Error(read.fault);
  expect(read.trace.refused).toBe(0);
  const model = replay(read.trace);
  while (model.unchecked.value > 0) model.checkMore();
  return model;
}

describe.each(Object.keys(APPS))('%s', (name) => {
  test('nothing that is wrong is called a problem or a warning', () => {
    const model = opened(name);
    const serious = model.findings.value.filter(({ severity }) => severity !== 'note');
    const said = serious.map((finding) => ({
      rule: finding.rule.id,
      sentence: sentenceText(model.explainFinding(finding)!.sentence),
    }));
    const right = new Set((RIGHT[name] ?? []).map(([rule]) => rule));
    expect(said.filter(({ rule }) => !right.has(rule))).toEqual([]);
    expect([...right].filter((rule) => !said.some((one) => one.rule === rule))).toEqual([]);
    expect(model.ruleFaults.value).toEqual([]);
  });

  test('somebody was in it: sessions began, were read, were written and ended', () => {
    const operations = opened(name).visible.value.flatMap((exchange) => exchange.operations);
    const all = new Set(operations.map(({ operation }) => operation));
    for (const operation of ['load', 'get', 'set', 'save']) expect(all).toContain(operation);
    expect(all.has('flush') || all.has('cycle-key')).toBe(true);
  });
});
