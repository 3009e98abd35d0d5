/** The ASVS sheet: each requirement is decided as its cases say, by events of the recording, and by nothing that was not seen. */
import { describe, expect, test } from 'vitest';
import { REQUIREMENT_CASES } from '../../model/findings/asvs/all.cases.ts';
import { SECTIONS, type Sheet, sheetOf } from '../../model/findings/asvs/sheet.ts';
import { FindingsEngine } from '../../model/findings/engine.ts';
import { createStage, type Stage } from '../../model/findings/rule.cases.ts';
import { RULES } from '../../model/findings/rules/index.ts';
import { sentenceText } from '../../model/labels/finding-labels.ts';
import { Timeline } from '../../model/recording/timeline.ts';

const requirements = SECTIONS.flatMap(({ requirements: all }) => all);

function sheetIn(engine: FindingsEngine, { items }: Timeline, faults: readonly { rule: string }[] = []): Sheet {
  engine.update(items);
  return sheetOf({ items, findings: engine.findings, explain: (finding) => engine.explain(finding), faults });
}

/** The sheet as it stands at the end, asked for after each event, as it is while it is looked at. */
function play(stage: Stage): Sheet {
  const timeline = new Timeline();
  const engine = new FindingsEngine();
  let sheet = sheetIn(engine, timeline);
  for (const event of stage.events) {
    timeline.receive(event);
    sheet = sheetIn(engine, timeline);
  }
  for (const response of stage.responses) {
    timeline.see(response);
    sheet = sheetIn(engine, timeline);
  }
  return sheet;
}

function playAtOnce(stage: Stage, faults: readonly { rule: string }[] = []): Sheet {
  const timeline = new Timeline();
  for (const event of stage.events) timeline.receive(event);
  for (const response of stage.responses) timeline.see(response);
  return sheetIn(new FindingsEngine(), timeline, faults);
}

const rowOf = ({ sections }: Sheet, id: string) =>
  sections.flatMap(({ rows }) => rows).find(({ requirement }) => requirement.id === id)!;

const ASKED = {
  met: { status: 'met', isPart: false },
  metInPart: { status: 'met', isPart: true },
  unmet: { status: 'unmet', isPart: false },
  notTested: { status: 'not-tested', isPart: false },
  outside: { status: 'outside', isPart: false },
} as const;
type Asked = keyof typeof ASKED;

const cases = Object.entries(REQUIREMENT_CASES).flatMap(([id, of]) =>
  (Object.keys(of) as Asked[]).flatMap((asked) =>
    Object.entries(of[asked]!).map(([name, build]) => ({ id, asked, name, build })),
  ),
);

test.each(cases)('$id is $asked: $name', ({ id, asked, build }) => {
  const stage = createStage();
  const says = build(stage);
  const { answer } = rowOf(play(stage), id);
  expect({ status: answer.status, isPart: answer.isPart ?? false, says: sentenceText(answer.sentence) }).toEqual({
    ...ASKED[asked],
    says,
  });
  for (const { exchange, operation, text } of answer.evidence) {
    expect(exchange.kind).toBe('exchange');
    if (operation !== undefined) expect(exchange.operations).toContain(operation);
    expect(sentenceText(text)).toMatch(/\S/);
  }
  if (answer.status === 'met' || answer.status === 'unmet') expect(answer.evidence).not.toEqual([]);
  if (answer.isPart) expect(sentenceText(answer.limits!)).toMatch(/\.$/);
  // Asked for along the way or once: the same.
  const { sections } = playAtOnce(stage);
  const said = (rows: Sheet['sections']) =>
    rows.flatMap(({ rows: all }) =>
      all.map((row) => [row.requirement.id, row.answer.status, sentenceText(row.answer.sentence)]),
    );
  expect(said(sections)).toEqual(said(play(stage).sections));
});

describe('of nothing', () => {
  test.each([
    ['recorded', () => undefined],
    [
      'but a request without a session',
      (stage: Stage) => void stage.start('/', { session: null }).finish({ sessionBefore: null, sessionAfter: null }),
    ],
    ['but a request that still runs', (stage: Stage) => void stage.start('/login', { method: 'POST' }).set('user', 7)],
  ])('%s, nothing is met or unmet', (_, build) => {
    const stage = createStage();
    build(stage);
    const { sections, counts } = playAtOnce(stage);
    expect(counts.met + counts.unmet).toBe(0);
    for (const { requirement, answer } of sections.flatMap(({ rows }) => rows)) {
      expect(answer.evidence, requirement.id).toEqual([]);
      expect(sentenceText(answer.sentence), requirement.id).toMatch(/^[A-Z].*\.$/s);
    }
  });
});

test('what a rule may have missed because it failed is not met', () => {
  const stage = createStage();
  REQUIREMENT_CASES['7.2.4']!.met!['a login ended the key that its visitor had come with']!(stage);
  const { answer } = rowOf(playAtOnce(stage, [{ rule: 'key-kept-at-login' }]), '7.2.4');
  expect(answer.status).toBe('not-tested');
  expect(sentenceText(answer.sentence)).toBe(
    'The rule key-kept-at-login failed: whether anything speaks against it is not known.',
  );
});

test('lost events are counted beside the requests', () => {
  const stage = createStage();
  stage.start('/').finish();
  stage.gap();
  expect(playAtOnce(stage)).toMatchObject({ requests: 1, lost: 3 });
});

test('every requirement of V3.3 and V7 is there once, in order, with its level', () => {
  const numbers = (of: string, count: number) => Array.from({ length: count }, (_, index) => `${of}.${index + 1}`);
  expect(requirements.map(({ id }) => id)).toEqual([
    ...numbers('3.3', 5),
    '3.5.3',
    ...[3, 4, 2, 5, 3, 2].flatMap((count, index) => numbers(`7.${index + 1}`, count)),
    '14.2.1',
    '14.3.2',
  ]);
  const levels = Object.groupBy(requirements, ({ level }) => level);
  expect(levels[1]!.map(({ id }) => id)).toEqual([
    '3.3.1',
    '3.5.3',
    '7.2.1',
    '7.2.2',
    '7.2.3',
    '7.2.4',
    '7.4.1',
    '7.4.2',
    '14.2.1',
  ]);
  expect(levels[3]!.map(({ id }) => id)).toEqual(['3.3.5', '7.5.3']);
});

test('a requirement names the rules that name it', () => {
  const named = (id: string) =>
    RULES.filter(({ references }) => references.some(({ text }) => text === `ASVS 5.0, ${id}`)).map((rule) => rule.id);
  const asked = new Set(
    RULES.flatMap(({ references }) => references.flatMap(({ text }) => /^ASVS 5\.0, (.*)$/.exec(text)?.[1] ?? [])),
  );
  expect([...asked].filter((id) => !requirements.some((one) => one.id === id))).toEqual([]);
  for (const { id, rules } of requirements) expect(rules.toSorted(), id).toEqual(named(id).toSorted());
});

test('a requirement that can be decided has cases for and near misses; one that cannot has neither', () => {
  for (const { id } of requirements) {
    const of = REQUIREMENT_CASES[id];
    const { answer } = rowOf(playAtOnce(createStage()), id);
    if (of === undefined) {
      expect(answer.status, id).toBe('outside');
      continue;
    }
    expect(Object.keys({ ...of.met, ...of.metInPart, ...of.unmet }), id).not.toEqual([]);
    expect(Object.keys({ ...of.notTested, ...of.outside }), id).not.toEqual([]);
  }
});
