/** Every rule finds what it is for, says it in these words, and is silent where only nearly the same happened. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FindingsEngine, type Finding } from '../../model/findings/engine.ts';
import { CASES } from '../../model/findings/all.cases.ts';
import { createStage, EXPRESS, type Stage } from '../../model/findings/rule.cases.ts';
import { RULES } from '../../model/findings/rules/index.ts';
import { sentenceText } from '../../model/labels/finding-labels.ts';
import { Timeline } from '../../model/recording/timeline.ts';
import { ROOT } from '../../scripts/project.ts';

const FOLDER = join(ROOT, 'model', 'findings', 'rules');

/** What is found as the events come one by one, as they do in the panel. */
function play(stage: Stage): { engine: FindingsEngine; findings: readonly Finding[] } {
  const timeline = new Timeline();
  const engine = new FindingsEngine();
  for (const event of stage.events) {
    timeline.receive(event);
    engine.update(timeline.items);
  }
  for (const response of stage.responses) {
    timeline.see(response);
    engine.update(timeline.items);
  }
  return { engine, findings: engine.findings };
}

/** The same, all at once. */
function playAtOnce(stage: Stage): readonly Finding[] {
  const timeline = new Timeline();
  for (const event of stage.events) timeline.receive(event);
  for (const response of stage.responses) timeline.see(response);
  const engine = new FindingsEngine();
  engine.update(timeline.items);
  return engine.findings;
}

const cases = RULES.map((rule) => ({ rule, cases: CASES[rule.id]! }));

test('each rule has a file of its own and one of cases, and nothing else is there', () => {
  const files = RULES.flatMap(({ id }) => [`${id}.ts`, `${id}.cases.ts`]);
  expect(readdirSync(FOLDER).toSorted()).toEqual([...files, 'index.ts'].toSorted());
  expect(Object.keys(CASES).toSorted()).toEqual(RULES.map(({ id }) => id).toSorted());
});

describe.each(cases)('$rule.id', ({ rule, cases: { finds, nearMisses } }) => {
  test('has cases for and against', () => {
    expect(Object.keys(finds)).not.toEqual([]);
    expect(Object.keys(nearMisses)).not.toEqual([]);
  });

  test.each(Object.keys(finds))('finds: %s', (name) => {
    const stage = createStage();
    const says = finds[name]!(stage);
    const { engine, findings } = play(stage);
    expect(engine.faults).toEqual([]);
    const own = findings.filter((finding) => finding.rule === rule);
    expect(own.map((finding) => sentenceText(engine.explain(finding)!.sentence))).toEqual([says]);
    const { evidence, lines = [], fix, limits, because } = engine.explain(own[0]!)!;
    expect(engine.faults).toEqual([]);
    // Each piece of evidence is an event of the recording.
    for (const { exchange, operation } of [...evidence, ...lines]) {
      expect(exchange.kind).toBe('exchange');
      if (operation !== undefined) expect(exchange.operations).toContain(operation);
    }
    expect(evidence).not.toEqual([]);
    for (const words of [fix?.text, limits, because, ...evidence.map(({ text }) => text)])
      if (words !== undefined) expect(sentenceText(words)).toMatch(/\S/);
    // Piece by piece or all at once: the same.
    expect(playAtOnce(stage).map(({ key }) => key)).toEqual(findings.map(({ key }) => key));
  });

  test.each(Object.keys(nearMisses))('is silent: %s', (name) => {
    const stage = createStage();
    nearMisses[name]!(stage);
    const { engine, findings } = play(stage);
    expect(engine.faults).toEqual([]);
    expect(findings.filter((finding) => finding.rule === rule).map((finding) => finding.key)).toEqual([]);
  });
});

test.each([
  ['express-session', "+ cookie: { secure: 'auto' },"],
  ['@fastify/session', "+ cookie: { secure: 'auto' },"],
  ['koa-session', undefined],
  ['cookie-session', undefined],
])('a fix is written in the code of its library: %s', (library, line) => {
  const stage = createStage();
  stage.serve({ ...EXPRESS, library });
  CASES['cookie-not-set']!.finds['once for each reason, however often']!(stage);
  const { engine, findings } = play(stage);
  const finding = findings.find(({ rule }) => rule.id === 'cookie-not-set')!;
  expect(engine.explain(finding)!.fix?.code?.at(-1)).toBe(line);
});
