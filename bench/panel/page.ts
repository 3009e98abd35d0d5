/** What is measured inside the panel's page, each as a function that runs there. */
import type { Page } from 'puppeteer-core';
import type { PanelModel } from '../../model/index.ts';
import type { Recording } from '../../playground/panel/recording.ts';

/** What `playground/panel/main.tsx` leaves on its page for who drives it. */
export interface PageUnderTest {
  panelModel: PanelModel;
  recording: Recording;
  manyEvents: (events: Recording['events'], count: number) => Recording['events'];
}

/** Events of one answer: a companion's stream gives that many at a time. */
const ANSWER_EVENTS = 250;

/** Kinds of clicks, as what they do in the page; `turn` counts them. */
export const CLICKS: Record<string, string> = {
  row: `document.querySelectorAll('.timeline .row.exchange')[turn % 3 + 1].click()`,
  'open, close': `document.querySelectorAll('.timeline .row.exchange .twist')[1].click()`,
  tab: `document.querySelector(turn % 2 ? '#tab-diff' : '#tab-state').click()`,
  'expand, collapse all': `panelModel.setAllExpanded(turn % 2 === 0)`,
  'kind of operation': `document.querySelectorAll('.kinds button')[turn % 2].click()`,
  'this tab': `document.querySelectorAll('.tools .check input')[1].click()`,
  'first, go live': `turn % 2 ? panelModel.goLive() : panelModel.first()`,
};
const CLICK_TURNS = 8;

/** Painted is the task after the next frame. */
const PAINTED = `const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = resolve;
  port2.postMessage(undefined);
}));`;

/** ms of each turn, from `act` until the panel is painted with what it did. */
export const turns = (page: Page, act: string, count: number = CLICK_TURNS): Promise<number[]> =>
  page.evaluate(`(async () => {
    ${PAINTED}
    const times = [];
    for (let turn = 0; turn < ${count}; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const from = performance.now();
      ${act};
      await painted();
      times.push(performance.now() - from);
    }
    return times;
  })()`) as Promise<number[]>;

/** One more request, as the connector gives it. */
export const APPEND = `{
  const started = recording.events.findLast((event) => event.type === 'exchange-started');
  const exchange = (0x1000 + turn).toString(16).padStart(32, 'f');
  panelModel.receive([{ ...started, seq: 90_000_000 + turn, at: started.at + 1e9 + turn * 10, exchange }]);
}`;

/** A request is chosen while its diff is shown. */
export const SELECT = `{
  const { exchanges } = panelModel.rows.value;
  const { id, operations } = exchanges[Math.floor(exchanges.length / 2) + turn * 7];
  panelModel.select({ exchange: id, index: operations.length });
}`;

/** ms between frames, of which each does `act`, sorted. */
export const frames = (page: Page, act: string, count: number): Promise<number[]> =>
  page.evaluate(`(async () => {
    const list = document.querySelector('.timeline') ?? document.scrollingElement;
    list.scrollTop = list.scrollHeight;
    const times = [];
    let last = 0;
    for (let turn = 0; turn < ${count}; turn++)
      await new Promise((resolve) => requestAnimationFrame((at) => {
        if (last > 0) times.push(at - last);
        last = at;
        ${act};
        resolve();
      }));
    return times.sort((a, b) => a - b);
  })()`) as Promise<number[]>;

/** In a short recording it goes up and down. */
export const scrollBy = (px: number) =>
  `list.scrollTop = list.scrollTop < ${px} ? list.scrollHeight : list.scrollTop - ${px}`;

/** Over the scrubber, one request for each frame. */
export const SWEEP = `{
  const { exchanges } = panelModel.rows.value;
  const { id, operations } = exchanges[exchanges.length - 1 - turn];
  panelModel.select({ exchange: id, index: operations.length });
}`;

/** MB, after a collection. */
export const heap = (page: Page): Promise<number> =>
  page.evaluate(() => {
    (globalThis as unknown as { gc: () => void }).gc();
    return (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6;
  });

/** Events as a companion sends them, made in the page before the clock runs: `json` is a list of the answers' texts. */
export const asJson = (events: string) => `{
  const all = ${events}.sort((a, b) => a.seq - b.seq);
  globalThis.json = [];
  for (let at = 0; at < all.length; at += ${ANSWER_EVENTS}) json.push(JSON.stringify(all.slice(at, at + ${ANSWER_EVENTS})));
}`;

/** How many requests write below, and what they write. */
export const WRITE_COUNT = 10_000;
/** Of which each is four events. */
const ANSWER_WRITES = Math.floor(ANSWER_EVENTS / 4);

/** The same writes as peers are told them: what was done, and the state after it. */
export const PEER_WRITES = `{
  const state = Object.fromEntries(Array.from({ length: 40 }, (_, key) => ['key' + key, 'value '.repeat(10) + key]));
  globalThis.writeOf = (turn) => {
    const path = 'key' + (turn % 40);
    const before = state[path];
    const after = (state[path] = 'value '.repeat(10) + turn);
    return { path, before, after, state: { ...state } };
  };
  const all = Array.from({ length: ${WRITE_COUNT} }, (_, turn) => writeOf(turn));
  globalThis.json = [];
  for (let at = 0; at < all.length; at += ${ANSWER_WRITES}) json.push(JSON.stringify(all.slice(at, at + ${ANSWER_WRITES})));
}`;

/** 10,000 requests that each write one part of a session of 2.9 KB and save it. */
export const WRITES = `(() => {
  const of = (type) => recording.events.find((event) => event.type === type);
  const operation = (name) => recording.events.find((event) => event.operation === name);
  const state = Object.fromEntries(Array.from({ length: 40 }, (_, key) => ['key' + key, 'value '.repeat(10) + key]));
  const all = [];
  let seq = 80_000_000;
  for (let turn = 0; turn < ${WRITE_COUNT}; turn++) {
    const own = { exchange: turn.toString(16).padStart(32, 'e'), epoch: of('exchange-started').epoch };
    const at = recording.endedAt + turn * 50;
    const before = state['key' + (turn % 40)];
    const after = (state['key' + (turn % 40)] = 'value '.repeat(10) + turn);
    all.push({ ...of('exchange-started'), ...own, seq: seq++, at });
    all.push({ ...operation('set'), ...own, seq: seq++, at, offsetMs: 1, path: ['key' + (turn % 40)], before, after });
    all.push({ ...operation('save'), ...own, seq: seq++, at, offsetMs: 2, state: { ...state } });
    all.push({ ...of('exchange-finished'), ...own, seq: seq++, at: at + 3, durationMs: 3 });
  }
  return all;
})()`;

/** Takes a parsed answer in: `answer`, and whether there are `more`. */
const TAKE = 'panelModel.receive(answer, more)';

/**
 * Takes the answers in as they would come: ms until the first screenful is painted, and until all of it is. `row`: a
 * selector of what is there as soon as rows are; a peer that loads a script of its own first has painted nothing before.
 */
export const receiveJson = (
  page: Page,
  take: string = TAKE,
  row: string = '.timeline .row',
): Promise<{ first: number; all: number }> =>
  page.evaluate(`(async () => {
    ${PAINTED}
    const from = performance.now();
    let first;
    const { port1, port2 } = new MessageChannel();
    const next = () => new Promise((resolve) => { port1.onmessage = resolve; port2.postMessage(undefined); });
    for (let at = 0; at < json.length; at++) {
      const [answer, more] = [JSON.parse(json[at]), at + 1 < json.length];
      ${take};
      if (at === 0) void painted().then(() => { first = performance.now() - from; });
      await next();
    }
    do await painted();
    while (document.querySelector('${row}') === null);
    const all = performance.now() - from;
    globalThis.json = [];
    return { first, all };
  })()`) as Promise<{ first: number; all: number }>;

/** Until the rules have looked at all of it. */
export const checked = (page: Page) =>
  page.waitForFunction(() => (globalThis as unknown as PageUnderTest).panelModel.unchecked.value === 0, {
    timeout: 300_000,
    polling: 200,
  });
