/** Each recording of the playground, saved as a trace and read again: the panel says the same of it. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createPanelModel,
  type PanelModel,
  readTrace,
  replay,
  requestOf,
  sentenceText,
  type Trace,
  loadDeferred,
} from '../../model/index.ts';
import type { Recording } from '../../playground/panel/recording.ts';
import { ROOT } from '../../scripts/project.ts';
import { TRACE_LIMITS } from '../../protocol/index.ts';
import { expandValues } from '../../transport/index.ts';

await loadDeferred();

const FILES = globSync('playground/panel/recordings/*.json', { cwd: ROOT });

/** The panel as it was when the recording ended. */
function shown({ events, responses, endedAt }: Recording): PanelModel {
  let now = endedAt - 10_000;
  const model = createPanelModel({ now: () => now });
  model.receive(events);
  for (const response of responses) model.seeHarEntry(response);
  now = endedAt;
  model.tick();
  return model;
}

function read(text: string): Trace {
  const answer = readTrace(text, expandValues);
  if (!answer.ok) throw new Error(answer.fault);
  return answer.trace;
}

/** What the panel says of every request: what became of it, what was in the session then, its lineage, and what the rules found. */
function said(model: PanelModel) {
  while (model.unchecked.value > 0) model.checkMore();
  const requests = model.visible.value.map((exchange) => {
    model.select({ exchange: exchange.id, index: exchange.operations.length });
    return {
      ...requestOf(exchange),
      number: exchange.number,
      verdict: exchange.finished?.verdict,
      state: model.state.value?.rows,
      diff: model.diff.value?.rows,
      cookie: model.cookie.value?.steps,
      lineage: model.lineage.value?.rows.map(({ text, note, brought, set, place, rails }) => ({
        text: [sentenceText(text), note && sentenceText(note), place],
        numbers: [brought, set].map((all) => all.map(({ number }) => number)),
        rails,
      })),
      findings: model.findingsOf(exchange).map((finding) => model.explainFinding(finding)?.sentence),
    };
  });
  return JSON.parse(JSON.stringify(requests, (key, value: unknown) => (IDS.has(key) ? undefined : value))) as unknown[];
}
/** Ids of requests are others in a trace. */
const IDS = new Set(['exchange', 'id', 'exchanges', 'har', 'request', 'key', 'version', 'life']);

describe.each(FILES.map((path) => [basename(path, '.json'), path] as const))('%s', (_name, path) => {
  let recording: Recording;
  let model: PanelModel;
  let text: string;
  beforeAll(() => {
    recording = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Recording;
    model = shown(recording);
    text = model.traceText();
  });

  test('a trace of it says the same', () => {
    const trace = read(text);
    expect(trace.refused).toBe(0);
    expect(said(replay(trace))).toEqual(said(model));
  });

  test('saved again, it is the same file', () => {
    expect(JSON.parse(replay(read(text)).traceText())).toEqual(JSON.parse(text));
  });

  test('it holds no id of a request, no query, no header and no body', () => {
    for (const { exchange } of recording.events.filter((event) => 'exchange' in event))
      if (exchange !== null) expect(text).not.toContain(exchange);
    for (const { url } of read(text).responses) expect(url).not.toMatch(/[?#]/);
    expect(text).not.toContain('"headers"');
    expect(text).not.toContain('"body"');
  });
});

describe('a file that is no trace, or a hostile one', () => {
  const good = () => shown(JSON.parse(readFileSync(join(ROOT, FILES[0]!), 'utf8')) as Recording).traceText();
  const faultOf = (text: string) => {
    const answer = readTrace(text, expandValues);
    return answer.ok ? undefined : answer.fault;
  };

  test.each([
    ['', 'It is not JSON.'],
    ['[1', 'It is not JSON.'],
    ['null', 'It is not a trace: its format is not “sessionscope-trace”.'],
    ['{"log":{"entries":[]}}', 'It is not a trace: its format is not “sessionscope-trace”.'],
    ['{"format":"sessionscope-trace","v":2}', 'It has another version than 1, which this panel reads.'],
    ['{"format":"sessionscope-trace","v":1}', /^It is damaged \(savedAt: /],
  ])('%s', (text, fault) => {
    expect(faultOf(text)).toMatch(fault);
  });

  test('one that is too large is refused before it is parsed', () => {
    expect(faultOf(' '.repeat(TRACE_LIMITS.length + 1))).toBe('It is larger than 64 MB.');
  });

  test('entries that do not fit are left out and counted; the others are shown', () => {
    const file = JSON.parse(good()) as { events: object[]; responses: object[]; notes: object[] };
    const count = file.events.length;
    file.events.push({ type: 'operation-recorded' }, { type: 'surprise' });
    file.responses.push({ url: 'x'.repeat(10_000) });
    file.notes.push({ what: 'cookie', at: 'yesterday' });
    const trace = read(JSON.stringify(file));
    expect(trace.refused).toBe(4);
    expect(trace.events).toHaveLength(count);
  });

  test('a name of itself, of what comes later or of nothing is a value that is not known', () => {
    const file = JSON.parse(good()) as { events: { type: string; seq: number; state?: unknown }[] };
    const withState = file.events.filter(({ state }) => state !== undefined);
    expect(withState.length).toBeGreaterThan(1);
    withState[0]!.state = { $: 'same', seq: withState[0]!.seq, part: 'state' };
    withState[1]!.state = { $: 'same', seq: 999_999, part: 'state' };
    const model = replay(read(JSON.stringify(file)));
    expect(model.visible.value.length).toBeGreaterThan(0);
    expect(said(model).length).toBe(model.visible.value.length);
  });

  test('nesting beyond what is read costs that event alone', () => {
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const text = good().replace('"events":[', `"events":[{"type":"operation-recorded","state":${deep}},`);
    expect(read(text).refused).toBe(1);
  });
});
